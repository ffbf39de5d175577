// Where kube-proxy uses IPVS: no rule says where a Service leads, for the kernel sends its packets on between INPUT and OUTPUT.

import { SET_ENDPOINT_MARK } from '../calico/chains.ts'
import type { Packet } from '../netfilter/packet.ts'
import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import type { Scene } from './scene.ts'
import type { TraceNote } from './way.ts'

/** The interface that has the addresses of all Services. */
const INTERFACE = 'kube-ipvs0'

/** Sets of ports that kube-proxy in IPVS mode makes for node ports (pkg/proxy/ipvs/ipset.go); that of SCTP holds addresses as well. */
const NODE_PORT_SETS: Readonly<Record<number, string>> = {
  [PROTOCOL_NUMBERS.tcp]: 'KUBE-NODE-PORT-TCP',
  [PROTOCOL_NUMBERS.udp]: 'KUBE-NODE-PORT-UDP',
}

/** By its interface, by what Felix writes for it, or by the sets that kube-proxy has then. */
function usesIpvs({ plan, tables, addressesOf }: Scene): boolean {
  return (
    plan?.network.isIpvs === true ||
    addressesOf(INTERFACE).length > 0 ||
    tables.ipSets.has('KUBE-CLUSTER-IP') ||
    tables.tables.some(({ userChains }) => userChains.has(SET_ENDPOINT_MARK))
  )
}

/** Why it is not known what becomes of a packet that the node takes in; undefined where it is no Service's, or IPVS is not used. */
export function ipvsNote(packet: Packet, scene: Scene): TraceNote | undefined {
  if (!usesIpvs(scene) || !isForService(packet, scene)) return undefined
  const { destination, destinationPort } = packet
  const where = destinationPort === undefined ? destination : `${destination} port ${destinationPort}`
  const text = `kube-proxy uses IPVS on this node: where ${where} leads stands in no rule (\`ipvsadm -Ln\` tells it on the node); what the rules do to the packet behind INPUT is not followed: trace it to the pod itself`
  return { kind: 'ipvs', text }
}

function isForService({ destination, destinationPort, protocol }: Packet, scene: Scene): boolean {
  if (scene.addressesOf(INTERFACE).includes(destination)) return true
  const services = (scene.resources ?? []).filter(found => found.kind === 'service')
  const isOf = ({ text }: { readonly text: string }): boolean => text === destination
  if (services.some(({ clusterIps, externalIps }) => [...clusterIps, ...externalIps].some(isOf))) return true
  if (services.some(({ loadBalancerIps }) => loadBalancerIps.some(({ address }) => isOf(address)))) return true
  const hasPort = services.some(({ ports }) =>
    ports.some(port => port.nodePort === destinationPort && PROTOCOL_NUMBERS[port.protocol] === protocol),
  )
  const members = scene.tables.ipSets.get(NODE_PORT_SETS[protocol] ?? '')?.members ?? []
  return destinationPort !== undefined && (hasPort || members.includes(String(destinationPort)))
}
