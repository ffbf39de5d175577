// Packets of any kind between everybody whom a node knows: pods, Services, node ports, the node, other nodes, strangers.

import type { PacketRequest } from '../../src/trace/request-fields.ts'
import type { Scene } from '../../src/trace/scene.ts'
import { edgesOf } from './sample-packets.ts'

/** @param random numbers from 0 to below 1 */
export function randomRequests(scene: Scene, random: () => number, count: number): readonly PacketRequest[] {
  const { resources = [], ipVersion, nodeAddresses, workloads } = scene
  const pick = <T>(list: readonly T[], otherwise: T): T => list[Math.floor(random() * list.length)] ?? otherwise
  const chance = (share: number): boolean => random() < share
  const ofVersion = (address: { readonly ipVersion: number }): boolean => address.ipVersion === ipVersion
  const texts = (addresses: readonly { readonly ipVersion: number; readonly text: string }[]): readonly string[] =>
    addresses.filter(ofVersion).map(({ text }) => text)
  const rules = resources.flatMap(one => (one.kind === 'policy' ? [...one.ingress, ...one.egress] : []))
  const entities = rules.flatMap(({ source, destination }) => [source, destination])
  const nets = [
    ...entities.flatMap(one => [...one.nets, ...one.notNets]),
    ...resources.flatMap(one => (one.kind === 'networkSet' ? one.nets : one.kind === 'ipPool' ? [one.cidr] : [])),
  ].filter(ofVersion)
  const pods = [...workloads.values()].flatMap(({ addresses }) => texts(addresses))
  const nodes = resources.flatMap(one => (one.kind === 'node' ? texts(one.addresses) : []))
  const strangers = ipVersion === 4 ? ['198.51.100.7', '203.0.113.9', '8.8.8.8'] : ['2001:db8:77::1', '2001:db8:99::9']
  const edges = nets.flatMap(edgesOf)
  const ports = [22, 53, 80, 443, 179, 6443, 8080, ...entities.flatMap(one => one.ports.map(({ first }) => first))]
  const services = resources.flatMap(one =>
    one.kind === 'service'
      ? one.ports.flatMap(({ port, protocol, nodePort }) => [
          ...texts(one.clusterIps).map(to => ({ to, dport: port, proto: protocol })),
          ...(nodePort === undefined ? [] : nodeAddresses.map(to => ({ to, dport: nodePort, proto: protocol }))),
        ])
      : [],
  )
  const party = (): string =>
    pick(pick([pods, pods, nodeAddresses, nodes, strangers, edges], strangers), '') || pick(strangers, '')
  const icmp = ipVersion === 4 ? 'icmp' : 'icmpv6'
  return Array.from({ length: count }, (): PacketRequest => {
    const anywhere = {
      to: party(),
      dport: pick(ports, 80),
      proto: pick(['tcp', 'tcp', 'udp', 'sctp', icmp, '47'], 'tcp'),
    }
    const { to, dport, proto } = chance(0.35) ? pick(services, anywhere) : anywhere
    return {
      from: chance(0.15) ? 'host' : party(),
      to,
      proto,
      ...(ipVersion === 6 ? { ipv6: 'true' } : {}),
      ...(proto === icmp || proto === '47'
        ? {}
        : { dport: String(dport), sport: String(chance(0.2) ? pick(ports, 80) : 40_000) }),
      state: pick(['new', 'new', 'new', 'new', 'established', 'invalid'], 'new'),
    }
  })
}
