// Real packets sent through recorded nodes: what became of each on the clean node and on a damaged one, against what an audit says
// of them.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compareTables, type Effect } from '../../src/analysis/effect.ts'
import { isIn, pointOf } from '../../src/analysis/sets/points.ts'
import { type DiffSide, netsOfScene } from '../../src/answers/diff-tables.ts'
import { effectSidesOf } from '../../src/audit-effect.ts'
import type { IpVersion } from '../../src/net/cidr.ts'
import type { NodeAudit } from '../../src/node-audit.ts'
import type { Scene } from '../../src/trace/scene.ts'
import type { Journey } from '../../src/walk/packet.ts'

/** One attempt of a packets.csv, by column. */
export type Attempt = Readonly<Record<string, string>>

export function readAttempts(folder: string): readonly Attempt[] {
  const path = join(folder, 'packets.csv')
  if (!existsSync(path)) return []
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split('\n')
  const names = head.split(',')
  const fields = (line: string): readonly string[] =>
    [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  return lines.map(line => Object.fromEntries(fields(line).map((value, index) => [names[index] ?? '', value])))
}

export interface PacketComparison {
  readonly compared: number
  readonly changed: number
  /** What the audit says otherwise than the wire. */
  readonly problems: readonly string[]
}

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmp6: 58, sctp: 132 }

/** @param clean attempts on the clean node, in the same order */
export function comparePackets(
  audit: NodeAudit,
  clean: readonly Attempt[],
  damaged: readonly Attempt[],
): PacketComparison {
  const problems: string[] = []
  const effects = new Map<
    IpVersion,
    { readonly effect: Effect; readonly scene: Scene; readonly sides: readonly Scene[] }
  >()
  for (const one of audit.versions) {
    const { should, does } = effectSidesOf(audit, one, true)
    const side = (one: DiffSide) => ({ tables: one.scene.tables, nets: netsOfScene(one) })
    const names = should.host?.interfaces?.map(({ name }) => name) ?? []
    effects.set(one.audit.ipVersion, {
      effect: compareTables(side(should), side(does), { interfaces: names }),
      scene: does.scene,
      sides: [should.scene, does.scene],
    })
  }
  let [compared, changed] = [0, 0]
  for (const attempt of damaged) {
    const before = clean.find(one => one.from === attempt.from && one.id === attempt.id && one.dst === attempt.dst)
    const ipVersion = attempt.dst?.includes(':') ? 6 : 4
    const known = effects.get(ipVersion)
    if (before === undefined || known === undefined) continue
    // A pod's packets to itself never leave it.
    if (attempt.from === attempt.to) continue
    const { effect, scene, sides } = known
    const { space } = effect
    const journey = journeyOf(attempt, scene, ipVersion, space.interfaces)
    // Where kube-proxy sends a packet on to decides by which interface it leaves.
    const points = leavingBy(journey, sides).flatMap(outInterface => pointOf(space, { ...journey, outInterface }) ?? [])
    if (points.length === 0) {
      problems.push(`#${attempt.id}: an interface that nobody knows`)
      continue
    }
    compared++
    const isChanged = before.outcome !== attempt.outcome
    if (isChanged) changed++
    const told = (name: 'opened' | 'closed' | 'answered' | 'diverted' | 'unclear' | 'perhapsSame'): number =>
      points.filter(point => isIn(space, effect[name], point)).length
    const isTold = (['opened', 'closed', 'answered', 'diverted', 'unclear', 'perhapsSame'] as const).some(
      name => told(name) > 0,
    )
    const isSure = told('opened') + told('closed') === points.length
    if (isChanged ? !isTold : isSure) {
      const what = `${attempt.from} -> ${attempt.to} ${attempt.proto} ${attempt.dport}`
      problems.push(
        `#${attempt.id} ${what}: ${before.outcome} -> ${attempt.outcome}, told ${isTold ? 'as a change' : 'as the same'}`,
      )
    }
  }
  return { compared, changed, problems }
}

/** By which interfaces a packet leaves, whichever way it takes; any where it never comes to leave. */
export function leavingBy(journey: Journey, sides: readonly Scene[]): readonly string[] {
  const names = sides.flatMap(({ walker }) =>
    walker.walk(journey).walks.flatMap(({ steps }) => {
      // What the node sends is told apart by its first route.
      const routes = steps.flatMap(step => (step.kind === 'route' ? step.route : []))
      const route = journey.inInterface === undefined ? routes[0] : routes.at(-1)
      return route?.kind === 'out' ? route.interfaceName : []
    }),
  )
  return names.length === 0 ? ['lo'] : [...new Set(names)]
}

function journeyOf(attempt: Attempt, scene: Scene, ipVersion: IpVersion, interfaces: readonly string[]): Journey {
  const { from = '', src = '', dst = '', proto = 'tcp', dport = '', sport = '' } = attempt
  const isOwn = from === 'host'
  const towards = (address: string): string => {
    const route = scene.route(address)
    return route.kind === 'out' ? route.interfaceName : 'eth0'
  }
  const holder = (address: string): string | undefined =>
    interfaces.find(name => scene.addressesOf(name).includes(address))
  const pod = from.startsWith('pod/') ? scene.workloads.get(from.slice('pod/'.length)) : undefined
  const inInterface = (): string => attempt.in_interface || pod?.interfaceName || holder(dst) || towards(src)
  const protocol = proto === 'icmp' && ipVersion === 6 ? 58 : (PROTOCOLS[proto] ?? Number(proto))
  const ports = [6, 17, 132].includes(protocol) ? { sourcePort: Number(sport), destinationPort: Number(dport) } : {}
  const icmp = protocol === 1 ? { icmpType: 8, icmpCode: 0 } : protocol === 58 ? { icmpType: 128, icmpCode: 0 } : {}
  return {
    packet: {
      ipVersion,
      source: src === '' ? (scene.nodeAddresses[0] ?? '') : src,
      destination: dst,
      protocol,
      ...ports,
      ...icmp,
      ...(protocol === 6 ? { tcpFlags: ['SYN'] } : {}),
    },
    state: 'NEW',
    ...(isOwn ? {} : { inInterface: inInterface() }),
  }
}
