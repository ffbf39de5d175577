// Packets drawn around a node, walked one by one through two texts of it, against what the sets of packets say of the same two.

import { compareTables } from '../../src/analysis/effect.ts'
import { isIn, pointOf } from '../../src/analysis/sets/points.ts'
import { type DiffSide, netsOfScene } from '../../src/answers/diff-tables.ts'
import { decide } from '../../src/answers/decided.ts'
import { effectSide, effectSidesOf } from '../../src/audit-effect.ts'
import type { KernelTables } from '../../src/netfilter/kernel-tables.ts'
import type { AuditedTables, NodeAudit } from '../../src/node-audit.ts'
import type { Scene } from '../../src/trace/scene.ts'
import type { Journey } from '../../src/walk/packet.ts'
import type { Random } from './probes/random.ts'
import { leavingBy } from './recorded-packets.ts'

export interface SampledPackets {
  readonly changed: number
  /** What the sets say otherwise than the walks. */
  readonly problems: readonly string[]
}

/** @param right the text that the node should have; left out: what the audit makes of it */
export function samplePackets(
  audit: NodeAudit,
  one: AuditedTables,
  right: KernelTables | undefined,
  seed: Random,
  count: number,
): SampledPackets {
  const sides = effectSidesOf(audit, one, true)
  const { should, does } = sides
  const side = (one: DiffSide) => ({ tables: one.scene.tables, nets: netsOfScene(one) })
  const names = should.host?.interfaces?.map(({ name }) => name) ?? []
  const effect = compareTables(side(should), side(does), { interfaces: names })
  const { space } = effect
  const before = right === undefined ? should.scene : effectSide(audit, one, right).scene
  const after = does.scene
  const draw = journeys(after, names, seed)
  const problems: string[] = []
  let changed = 0
  for (let i = 0; i < count; i++) {
    const drawn = draw()
    for (const outInterface of leavingBy(drawn, [before, after])) {
      const journey = { ...drawn, outInterface }
      const point = pointOf(space, journey)
      const [was, is] = [decide(journey, before).verdict, decide(journey, after).verdict]
      if (point === undefined || was === 'unknown' || is === 'unknown') continue
      const isChanged = (was === 'accept') !== (is === 'accept')
      if (isChanged) changed++
      const told = (['opened', 'closed'] as const).find(name => isIn(space, effect[name], point))
      const wanted = isChanged ? (is === 'accept' ? 'opened' : 'closed') : undefined
      if (told === wanted) continue
      const { source, destination, protocol, destinationPort } = journey.packet
      const way = `${journey.inInterface ?? 'node'} -> ${outInterface}`
      problems.push(
        `${source} -> ${destination} ${protocol} ${destinationPort ?? ''} (${way}): ${was} -> ${is}, told ${told ?? 'the same'}`,
      )
    }
  }
  return { changed, problems }
}

const PROTOCOLS = [6, 6, 6, 17, 17, 1]

function journeys(scene: Scene, names: readonly string[], seed: Random): () => Journey {
  const { ipVersion, tables } = scene
  const is = (address: string): boolean => address.includes(':') === (ipVersion === 6)
  const texts = tables.tables
    .flatMap(({ kernelChains, userChains }) => [...kernelChains, ...userChains.values()])
    .flatMap(({ rules }) => rules.flatMap(({ origin }) => (origin.kind === 'read' ? [origin.text] : [])))
  const ports = new Set([22, 53, 80, 443, 8080, 4444, 5060, 30080])
  const destinations = new Set<string>()
  for (const text of texts) {
    for (const [, port] of text.matchAll(/--dports? (\d+)/g)) ports.add(Number(port))
    for (const [, address = ''] of text.matchAll(/-d (\S+)\/(?:32|128) /g)) if (is(address)) destinations.add(address)
  }
  const pods = [...scene.workloads.values()].flatMap(pod =>
    pod.addresses.filter(({ text }) => is(text)).map(({ text }) => ({ address: text, name: pod.interfaceName })),
  )
  const local = names.flatMap(name => scene.addressesOf(name).map(address => ({ address, name })))
  const outside =
    ipVersion === 4
      ? ['198.51.100.7', '203.0.113.9', '10.240.0.50', '192.0.2.50']
      : ['2001:db8:77::7', 'fd00:10:240::50']
  const towards = (address: string): string => {
    const route = scene.route(address)
    return route.kind === 'out' ? route.interfaceName : (names.find(name => name !== 'lo') ?? 'eth0')
  }
  const senders = [
    ...pods.map(({ address, name }) => ({ address, inInterface: name ?? towards(address) })),
    ...outside.map(address => ({ address, inInterface: towards(address) })),
    ...local.filter(({ name }) => name !== 'lo').map(({ address }) => ({ address, inInterface: undefined })),
  ]
  const all = [
    ...destinations,
    ...pods.map(({ address }) => address),
    ...local.map(({ address }) => address),
    ...outside,
  ]
  return () => {
    const { address = outside[0] ?? '', inInterface } = seed.pick(senders) ?? {}
    const drawn = seed.pick(PROTOCOLS) ?? 6
    const protocol = drawn === 1 && ipVersion === 6 ? 58 : drawn
    const header =
      drawn === 1
        ? { icmpType: ipVersion === 6 ? 128 : 8, icmpCode: 0 }
        : { sourcePort: 40_000 + seed.below(1000), destinationPort: seed.pick([...ports]) ?? 80 }
    const packet = { ipVersion, source: address, destination: seed.pick(all) ?? '', protocol, ...header }
    return {
      packet: { ...packet, ...(protocol === 6 ? { tcpFlags: ['SYN' as const] } : {}) },
      state: 'NEW',
      ...(inInterface === undefined ? {} : { inInterface }),
    }
  }
}
