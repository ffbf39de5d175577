// Services whose destinations are translated: virtual addresses and node ports.

import type { IpVersion } from '../../../src/net/cidr.ts'
import type { Service } from './kernel-node.ts'
import type { Random } from './random.ts'
import type { VersionView } from './topology.ts'

const VIRTUAL: Readonly<Record<IpVersion, string>> = { 4: '10.96.0.10', 6: 'fd00:96::10' }
const REMOTE: Readonly<Record<IpVersion, string>> = { 4: '198.51.100.77', 6: '2001:db8:99::77' }

/** Two virtual addresses and two node ports, to pods, to somewhere else and to the node itself. */
export function makeServices(random: Random, view: VersionView, ipVersion: IpVersion): readonly Service[] {
  const own = view.own[0]?.address
  const pod = (): string => random.pick(view.pods)?.address ?? REMOTE[ipVersion]
  const services: Service[] = [
    { ipVersion, protocol: 'tcp', address: VIRTUAL[ipVersion], port: 80, toAddress: pod(), toPort: 8080 },
    { ipVersion, protocol: 'udp', address: VIRTUAL[ipVersion], port: 53, toAddress: pod(), toPort: 53 },
    { ipVersion, protocol: 'tcp', address: VIRTUAL[ipVersion], port: 81, toAddress: REMOTE[ipVersion], toPort: 443 },
  ]
  if (own === undefined) return services
  return [
    ...services,
    { ipVersion, protocol: 'tcp', address: VIRTUAL[ipVersion], port: 443, toAddress: own, toPort: 6443 },
    { ipVersion, protocol: 'tcp', address: own, port: 30080, toAddress: pod(), toPort: 80 },
    { ipVersion, protocol: 'udp', address: own, port: 30053, toAddress: REMOTE[ipVersion], toPort: 53 },
  ]
}

/**
 * Rules as other people have them beside Calico's: services as kube-proxy writes them, every second one with masquerading, and
 * a FORWARD policy of DROP as Docker sets it.
 */
export function foreignRules(services: readonly Service[], ipVersion: IpVersion, canMasquerade: boolean): string {
  const chains: string[] = []
  const entries: string[] = []
  const rules: string[] = []
  for (const [index, { protocol, address, port, toAddress, toPort }] of services.entries()) {
    const [net, to] = ipVersion === 4 ? [`${address}/32`, toAddress] : [`${address}/128`, `[${toAddress}]`]
    const chain = `KUBE-SVC-${index}`
    chains.push(`:${chain} - [0:0]\n`)
    entries.push(`-A KUBE-SERVICES -d ${net} -p ${protocol} -m ${protocol} --dport ${port} -j ${chain}\n`)
    if (canMasquerade && index % 2 === 1) rules.push(`-A ${chain} -j KUBE-MARK-MASQ\n`)
    rules.push(`-A ${chain} -p ${protocol} -m ${protocol} -j DNAT --to-destination ${to}:${toPort}\n`)
  }
  return `*filter
:FORWARD DROP [0:0]
COMMIT
*nat
:KUBE-MARK-MASQ - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-SERVICES - [0:0]
${chains.join('')}-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
${entries.join('')}${rules.join('')}COMMIT
`
}
