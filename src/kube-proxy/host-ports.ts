// Host ports of pods: the rules of the portmap plugin, which container runtimes call beside Calico's own
// (containernetworking/plugins: plugins/meta/portmap/portmap_iptables.go).

import type { WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { Match, Rule } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { readNatAddress } from '../netfilter/nat-address.ts'
import { type Because, destinationPort, jump, net, protocol, ruleOf } from './rules.ts'
import { textOf } from './service-endpoints.ts'
import { addTo } from '../text/group-by.ts'

/** Of packets that are to be masqueraded for a host port. */
const HOST_PORT_MARK = 0x2000

/** Chains of the nat table; empty where no pod of the node has a host port. @param workloads those of the node */
export function hostPortChains(
  workloads: readonly WorkloadEndpoint[],
  ipVersion: IpVersion,
): ReadonlyMap<string, readonly Rule[]> {
  const chains = new Map<string, Rule[]>()
  for (const workload of workloads) {
    const address = workload.addresses.find(found => found.ipVersion === ipVersion)?.text
    const { hostPorts = [], namespace, name, location } = workload
    if (address === undefined || hostPorts.length === 0) continue
    const why: Because = { because: `host ports of pod ${namespace}/${name}`, location }
    const own = `CNI-DN-${namespace}/${name}`
    const rules: Rule[] = []
    for (const { hostPort, port, protocol: kind, hostIp } of hostPorts) {
      if (hostIp !== undefined && hostIp.ipVersion !== ipVersion) continue
      const to: readonly Match[] = [
        ...(hostIp === undefined ? [] : [net('destination', hostIp.text)]),
        protocol(kind),
        destinationPort(hostPort),
      ]
      // Its own pod, and the node itself by the loopback address, would not take the answer otherwise.
      const senders = [address, ...(ipVersion === 4 ? ['127.0.0.1'] : [])]
      for (const sender of senders)
        rules.push(ruleOf([net('source', sender), ...to], jump('CNI-HOSTPORT-SETMARK'), why))
      rules.push(ruleOf(to, { kind: 'dnat', to: readNatAddress(textOf(address, port)) }, why))
      const matches = [protocol(kind), destinationPort(hostPort)]
      addTo(chains, 'CNI-HOSTPORT-DNAT', ruleOf(matches, jump(own), why))
    }
    chains.set(own, rules)
  }
  if (chains.size === 0) return chains
  const always: Because = { because: 'host ports of pods' }
  const marked: Match = { kind: 'mark', value: HOST_PORT_MARK, mask: HOST_PORT_MARK, negated: false }
  return chains
    .set('CNI-HOSTPORT-SETMARK', [
      ruleOf(
        [],
        { kind: 'setMark', value: HOST_PORT_MARK, mask: HOST_PORT_MARK },
        always,
        'CNI portfwd masquerade mark',
      ),
    ])
    .set('CNI-HOSTPORT-MASQ', [ruleOf([marked], { kind: 'masquerade', randomFully: false }, always)])
}
