// Pods whose egress is restricted and lets no query to the cluster's DNS: names are what breaks first.

import { isStaged } from '../calico/policy-kinds.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { WorkloadEndpoint } from '../model/ast/endpoint.ts'
import { labelValue } from '../model/ast/endpoint.ts'
import type { Policy, PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { cidrCovers, singleAddressCidr } from '../net/cidr.ts'
import type { PortRange } from '../net/port.ts'
import { protocolNumber, PROTOCOL_NUMBERS } from '../net/protocol.ts'
import { Matcher } from './endpoints.ts'
import { ofSpec, policiesOf } from './policies.ts'
import { addTo, groupBy } from '../text/group-by.ts'

const DNS_PORT = 53

/** Whoever allows no egress at all forgot nothing. */
export function noteForgottenDns(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  const servers = matcher.workloads.filter(
    ({ namespace, labels }) =>
      namespace === 'kube-system' && ['kube-dns', 'coredns'].includes(labelValue(labels, 'k8s-app') ?? ''),
  )
  if (servers.length === 0) return
  const policies = policiesOf(resources).filter(
    ({ types, doNotTrack, preDNAT, id }) => types.includes('egress') && !doNotTrack && !preDNAT && !isStaged(id.kind),
  )
  for (const [restricting, pods] of podsByPolicies(policies, matcher)) {
    const rules = restricting.flatMap(({ egress }) => egress)
    const last = restricting.findLast(({ egress }) => egress.some(isNarrowAllow))
    if (last === undefined || rules.some(rule => mayReachDns(rule, servers, matcher))) continue
    // The servers ask others.
    const clients = pods.filter(pod => !servers.includes(pod))
    const [first] = clients
    if (first === undefined) continue
    const more = clients.length === 1 ? '' : ` and ${clients.length - 1} more`
    report.note(
      'dns-forgotten',
      `no rule lets \`${first.namespace}/${first.name}\`${more} ask the DNS of the cluster (UDP port 53 of \`${servers[0]?.namespace ?? ''}/${servers[0]?.name ?? ''}\`)`,
      ofSpec(last, 'egress'),
      'allow UDP and TCP port 53 to the pods with `k8s-app: kube-dns` in `kube-system`',
    )
  }
}

/** Endpoints that the same policies select. Empty where too much would have to be looked at. */
function podsByPolicies(
  policies: readonly Policy[],
  matcher: Matcher,
): ReadonlyMap<readonly Policy[], readonly WorkloadEndpoint[]> {
  const selecting = new Map<WorkloadEndpoint, Policy[]>()
  for (const policy of policies) {
    const selected = matcher.among(matcher.workloads, policy.selector.selector)
    if (selected === undefined) return new Map()
    for (const pod of selected) addTo(selecting, pod, policy)
  }
  const numbers = new Map(policies.map((policy, index) => [policy, index]))
  const groups = groupBy(selecting, ([, own]) => own.map(policy => numbers.get(policy)).join(' '))
  return new Map([...groups.values()].map(alike => [alike[0]?.[1] ?? [], alike.map(([pod]) => pod)]))
}

/** Allows something by a selector or a Service, which pods are asked for by name. */
function isNarrowAllow({ action, destination }: PolicyRule): boolean {
  return action === 'Allow' && (destination.selector !== undefined || destination.service !== undefined)
}

/** Whether a rule may let a query through, or hand it to others; in doubt it may. */
function mayReachDns(rule: PolicyRule, servers: readonly WorkloadEndpoint[], matcher: Matcher): boolean {
  if (rule.action === 'Deny' || rule.action === 'Log') return false
  if (rule.protocol !== undefined && protocolNumber(rule.protocol) !== PROTOCOL_NUMBERS.udp) return false
  if (rule.notProtocol !== undefined && protocolNumber(rule.notProtocol) === PROTOCOL_NUMBERS.udp) return false
  const { ports, notPorts, namedPorts, nets, selector, service } = rule.destination
  const isDns = ({ first, last }: PortRange): boolean => first <= DNS_PORT && DNS_PORT <= last
  if (notPorts.some(isDns)) return false
  const isPort =
    (ports.length === 0 && namedPorts.length === 0) ||
    ports.some(isDns) ||
    namedPorts.some(name => servers.some(server => server.ports.some(port => port.name === name)))
  if (!isPort) return false
  if (service !== undefined) return service.namespace === 'kube-system'
  // Port 53 to an address is for a resolver of somebody's own, such as one on the node.
  const isNamed = ports.length > 0 || namedPorts.length > 0
  const isNet =
    nets.length === 0 ||
    isNamed ||
    servers.some(({ addresses }) =>
      addresses.some(address => nets.some(net => cidrCovers(net, singleAddressCidr(address)))),
    )
  return isNet && (selector === undefined || matcher.isAmong(servers, selector.selector) !== false)
}
