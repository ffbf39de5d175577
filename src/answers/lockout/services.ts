// What a node must be reached by, and must reach, so that nobody is locked out of it: one row for each service.

import type { FelixConfig } from '../../calico/felix-config.ts'
import type { PortRange } from '../../net/port.ts'
import { PROTOCOL_NUMBERS } from '../../net/protocol.ts'
import { protocolHasPorts } from '../../netfilter/protocols.ts'

/** Seen from the node: `in` is what others open to it. */
export type LockoutDirection = 'in' | 'out'

export interface Traffic {
  /** 0 to 255. */
  readonly protocol: number
  /** Destination ports; empty: of a protocol without ports, or all of them. */
  readonly ports: readonly PortRange[]
}

export interface LockoutService {
  /** As options name it: `api-server`. */
  readonly name: string
  /** As people name it: `API server`. */
  readonly title: string
  readonly directions: readonly LockoutDirection[]
  readonly traffic: readonly Traffic[]
  /** kube-proxy sends its packets on to pods: only what stands before that, and policy for forwarded traffic, decides about them. */
  readonly isForwarded?: true
}

const BOTH: readonly LockoutDirection[] = ['in', 'out']

/** IP in IP, as IANA numbers it. */
const IPIP = 4

const tcp = (...ports: readonly (number | PortRange)[]): Traffic => ({
  protocol: PROTOCOL_NUMBERS.tcp,
  ports: ports.map(range),
})
const udp = (...ports: readonly (number | PortRange)[]): Traffic => ({
  protocol: PROTOCOL_NUMBERS.udp,
  ports: ports.map(range),
})

function range(port: number | PortRange): PortRange {
  return typeof port === 'number' ? { first: port, last: port } : port
}

/** Ports that can be set are taken from FelixConfiguration, the others are what these programs listen on by default. */
export function lockoutServices(config: FelixConfig): readonly LockoutService[] {
  const { vxlanPort, wireguardListeningPort, wireguardListeningPortV6, kubeNodePortRanges } = config
  return [
    { name: 'ssh', title: 'SSH', directions: ['in'], traffic: [tcp(22)] },
    { name: 'api-server', title: 'API server', directions: BOTH, traffic: [tcp(6443)] },
    { name: 'etcd', title: 'etcd', directions: BOTH, traffic: [tcp({ first: 2379, last: 2380 })] },
    { name: 'kubelet', title: 'kubelet', directions: BOTH, traffic: [tcp(10250)] },
    { name: 'bgp', title: 'BGP', directions: BOTH, traffic: [tcp(179)] },
    { name: 'typha', title: 'Typha', directions: BOTH, traffic: [tcp(5473)] },
    { name: 'dns', title: 'DNS', directions: ['out'], traffic: [udp(53), tcp(53)] },
    { name: 'dhcp', title: 'DHCP answers', directions: ['in'], traffic: [udp(68)] },
    { name: 'dhcp', title: 'DHCP requests', directions: ['out'], traffic: [udp(67)] },
    { name: 'ntp', title: 'NTP', directions: ['out'], traffic: [udp(123)] },
    {
      name: 'node-ports',
      title: 'node ports',
      directions: ['in'],
      traffic: [tcp(...kubeNodePortRanges), udp(...kubeNodePortRanges)],
      isForwarded: true,
    },
    { name: 'vxlan', title: 'VXLAN', directions: BOTH, traffic: [udp(vxlanPort)] },
    { name: 'ipip', title: 'IPIP', directions: BOTH, traffic: [{ protocol: IPIP, ports: [] }] },
    {
      name: 'wireguard',
      title: 'WireGuard',
      directions: BOTH,
      traffic: [udp(wireguardListeningPort, wireguardListeningPortV6)],
    },
  ]
}

/** Why a text is no service. */
export interface BadService {
  readonly message: string
}

const FORM = 'write NAME=PROTOCOL/PORTS, then ,in or ,out where only one way is meant: consul=tcp/8300-8302,in'

/** `consul=tcp/8300-8302`, `vrrp=112,in`: a row of the user's own. */
export function readService(text: string): LockoutService | BadService {
  const bad = (why: string): BadService => ({ message: `${why} in \`${text}\`: ${FORM}` })
  const [, name, protocolText = '', portsText, direction] =
    /^([A-Za-z0-9][\w.-]*)=([a-z0-9]+)(?:\/([0-9]+(?:-[0-9]+)?))?(?:,(in|out))?$/.exec(text) ?? []
  if (name === undefined) return bad('there is no service')
  const protocol = /^\d+$/.test(protocolText)
    ? Number(protocolText)
    : Object.entries(PROTOCOL_NUMBERS).find(([known]) => known === protocolText)?.[1]
  if (protocol === undefined || protocol > 255) return bad(`there is no protocol \`${protocolText}\``)
  const directions: readonly LockoutDirection[] = direction === 'in' || direction === 'out' ? [direction] : BOTH
  if (portsText === undefined) return { name, title: name, directions, traffic: [{ protocol, ports: [] }] }
  if (!protocolHasPorts(protocol)) return bad(`protocol \`${protocolText}\` has no ports`)
  const [first = -1, last = first] = portsText.split('-').map(Number)
  if (first > 65_535 || last > 65_535 || first > last) return bad(`there are no ports \`${portsText}\``)
  return { name, title: name, directions, traffic: [{ protocol, ports: [{ first, last }] }] }
}
