// Packets that come near the edges of what a case's rules say: addresses in, beside and outside its nets, ports on both ends of
// its ranges, its ICMP types.

import type { Resource } from '../../src/model/ast/resources.ts'
import type { EntityRule, PolicyRule } from '../../src/model/ast/policy.ts'
import { type Cidr, fromBits, type IpVersion, toBits } from '../../src/net/cidr.ts'
import type { Packet } from '../../src/netfilter/packet.ts'
import type { PacketPath, PacketState } from './policy-evaluator.ts'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export interface Sample {
  readonly packet: Packet
  readonly path: PacketPath
  readonly state: Exclude<PacketState, 'UNTRACKED'>
}

export interface SampleWorld {
  readonly resources: readonly Resource[]
  readonly hostInterfaces: readonly string[]
  readonly workloadInterfaces: readonly { readonly name: string; readonly addresses: readonly string[] }[]
  readonly hostAddresses: readonly string[]
  readonly failsafePorts: readonly number[]
}

export function createSampler(world: SampleWorld, random: () => number): (ipVersion: IpVersion) => Sample {
  const pick = <T>(list: readonly T[], fallback: T): T => list[Math.floor(random() * list.length)] ?? fallback
  const chance = (share: number): boolean => random() < share
  const rules = world.resources.flatMap(resource =>
    resource.kind === 'policy' || resource.kind === 'profile' ? [...resource.ingress, ...resource.egress] : [],
  )
  const entities = rules.flatMap(({ source, destination }) => [source, destination])
  const addresses = { 4: interestingAddresses(world, entities, 4), 6: interestingAddresses(world, entities, 6) }
  const ports = interestingPorts(world, entities)
  const protocols = [...new Set([1, 6, 6, 6, 17, 17, 58, 132, 136, 47, ...rules.flatMap(protocolsOf)])]
  const messages = rules.flatMap(({ icmp, notIcmp }) => [icmp, notIcmp].flatMap(match => (match ? [match] : [])))
  const workloadNames = world.workloadInterfaces.map(({ name }) => name)
  const strangers = ['eth99', 'calistranger']

  const path = (): PacketPath => {
    const any = (): string =>
      chance(0.05) ? pick(strangers, 'eth99') : pick(chance(0.5) ? workloadNames : world.hostInterfaces, 'eth0')
    const kind = pick(['toHost', 'fromHost', 'forward', 'forward'] as const, 'forward')
    if (kind === 'toHost') return { kind, inInterface: any() }
    if (kind === 'fromHost') return { kind, outInterface: any() }
    return { kind, inInterface: any(), outInterface: any() }
  }
  const addressAt = (interfaceName: string | undefined, ipVersion: IpVersion): string => {
    const own = world.workloadInterfaces.find(({ name }) => name === interfaceName)?.addresses ?? []
    const mine = own.filter(address => address.includes(':') === (ipVersion === 6))
    return mine.length > 0 && chance(0.7) ? pick(mine, '') : pick(addresses[ipVersion], '192.0.2.1')
  }

  return ipVersion => {
    const way = path()
    const protocol = pick(protocols, 6)
    const hasPorts = [6, 17, 132, 136].includes(protocol)
    const isMessage = protocol === 1 || protocol === 58
    const message = chance(0.7) ? pick(messages, { type: 8, code: 0 }) : { type: Math.floor(random() * 255) }
    const packet: Packet = {
      ipVersion,
      source: addressAt(way.kind === 'fromHost' ? undefined : way.inInterface, ipVersion),
      destination: addressAt(way.kind === 'toHost' ? undefined : way.outInterface, ipVersion),
      protocol,
      ...(hasPorts ? { sourcePort: pick(ports, 40_000), destinationPort: pick(ports, 80) } : {}),
      ...(isMessage ? { icmpType: message.type, icmpCode: message.code ?? Math.floor(random() * 3) } : {}),
    }
    const state = pick(['NEW', 'NEW', 'NEW', 'NEW', 'NEW', 'NEW', 'NEW', 'ESTABLISHED', 'INVALID'] as const, 'NEW')
    return { packet, path: way, state }
  }
}

function protocolsOf({ protocol, notProtocol }: PolicyRule): readonly number[] {
  return [protocol, notProtocol].filter(value => typeof value === 'number')
}

function interestingAddresses(
  { resources, hostAddresses }: SampleWorld,
  entities: readonly EntityRule[],
  ipVersion: IpVersion,
): readonly string[] {
  const nets: Cidr[] = entities.flatMap(({ nets, notNets }) => [...nets, ...notNets])
  const texts: string[] = [...hostAddresses, '203.0.113.77', '8.8.8.8', '2001:db8:77::1']
  for (const resource of resources) {
    if (resource.kind === 'networkSet') nets.push(...resource.nets)
    if (resource.kind === 'workloadEndpoint' || resource.kind === 'endpointSlice')
      texts.push(...resource.addresses.map(({ text }) => text))
    if (resource.kind === 'hostEndpoint') texts.push(...resource.expectedIps.map(({ text }) => text))
  }
  const edges = nets.filter(net => net.ipVersion === ipVersion).flatMap(net => edgesOf(net))
  return [...new Set([...texts.filter(text => text.includes(':') === (ipVersion === 6)), ...edges])].sort()
}

/** First and last address of a net, one in the middle, and its neighbours on both sides. */
export function edgesOf({ ipVersion, address, prefixLength }: Cidr): readonly string[] {
  const width = ipVersion === 4 ? 32 : 128
  const size = 1n << BigInt(width - prefixLength)
  const first = toBits({ ipVersion, text: address })
  const limit = 1n << BigInt(width)
  return [first - 1n, first, first + size / 2n, first + size - 1n, first + size]
    .filter(bits => bits >= 0n && bits < limit)
    .map(bits => fromBits(bits, ipVersion))
}

function interestingPorts(
  { resources, failsafePorts }: SampleWorld,
  entities: readonly EntityRule[],
): readonly number[] {
  const ports = [1, 40_000, 65_535, 4789, ...failsafePorts]
  for (const { ports: ranges, notPorts } of entities)
    for (const { first, last } of [...ranges, ...notPorts]) ports.push(first - 1, first, last, last + 1)
  for (const resource of resources) {
    if (resource.kind === 'workloadEndpoint' || resource.kind === 'hostEndpoint' || resource.kind === 'endpointSlice')
      ports.push(...resource.ports.map(({ port }) => port))
  }
  return [...new Set(ports)].filter(port => port > 0 && port <= 65_535).sort((a, b) => a - b)
}
