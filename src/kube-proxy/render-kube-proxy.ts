// What kube-proxy in iptables mode, kubelet and the portmap plugin put beside Calico's rules on one node. Calico does not make
// these rules: trace needs them to know where a Service leads.

import type { Resource } from '../model/ast/resources.ts'
import type { Chain, KernelChainName, Rule } from '../model/ruleset.ts'
import type { Address, IpVersion } from '../net/cidr.ts'
import { formatCidr } from '../net/cidr.ts'
import { labelValue } from '../model/ast/endpoint.ts'
import type { TablesBeside } from '../netfilter/kernel-tables.ts'
import { hostPortChains } from './host-ports.ts'
import {
  type Because,
  isLocalAddress,
  jump,
  MARK_MASQ_CHAIN,
  MASQUERADE_MARK,
  net,
  NEW,
  destinationPort,
  protocol,
  ruleOf,
} from './rules.ts'
import { addServiceRules, type ChainRules } from './service-rules.ts'
import { addTo } from '../text/group-by.ts'

export interface KubeProxyInput {
  readonly resources: readonly Resource[]
  readonly node: string
  readonly nodeAddresses: readonly Address[]
  readonly ipVersion: IpVersion
  /** As kube-proxy is told them; left out, the nets of the IPPools. */
  readonly clusterCidrs?: readonly string[]
}

const ALWAYS: Because = { because: 'always there' }
const ZONE_LABEL = 'topology.kubernetes.io/zone'

/** Undefined where the input has no Service and no host port: nothing says that kube-proxy runs. */
export function renderKubeProxy(input: KubeProxyInput): TablesBeside | undefined {
  const { resources, node, ipVersion, nodeAddresses } = input
  const services = resources.filter(found => found.kind === 'service')
  const workloads = resources.filter(found => found.kind === 'workloadEndpoint')
  const hostPorts = hostPortChains(
    workloads.filter(workload => workload.node === node),
    ipVersion,
  )
  if (services.length === 0 && hostPorts.size === 0) return undefined
  const labels = resources.find(found => found.kind === 'node' && found.name === node)
  const rules: ChainRules = { nat: new Map(), filter: new Map() }
  for (const service of services) {
    addServiceRules(
      service,
      {
        slices: resources.filter(found => found.kind === 'endpointSlice'),
        workloads,
        node,
        zone: labels?.kind === 'node' ? labelValue(labels.labels, ZONE_LABEL) : undefined,
        ipVersion,
        clusterCidrs: input.clusterCidrs ?? poolNets(resources, ipVersion),
        nodeAddresses,
      },
      rules,
    )
    const { healthCheckNodePort } = service
    if (healthCheckNodePort === undefined) continue
    const why = { because: `health check of service ${service.namespace}/${service.name}`, location: service.location }
    const rule = ruleOf([protocol('tcp'), destinationPort(healthCheckNodePort)], { kind: 'accept' }, why)
    addTo(rules.filter, 'KUBE-NODEPORTS', rule)
  }
  return new Map([
    ['nat', natTable(rules.nat, hostPorts, ipVersion)],
    ['filter', filterTable(rules.filter, ipVersion)],
  ])
}

/** Nets of pods; those of pools for load balancers are none. */
function poolNets(resources: readonly Resource[], ipVersion: IpVersion): readonly string[] {
  return resources.flatMap(found =>
    found.kind === 'ipPool' && found.cidr.ipVersion === ipVersion && !found.isLoadBalancerOnly
      ? [formatCidr(found.cidr)]
      : [],
  )
}

type TableBeside = TablesBeside extends ReadonlyMap<string, infer Table> ? Table : never

function tableOf(
  chains: ReadonlyMap<string, readonly Rule[]>,
  hooks: readonly (readonly [KernelChainName, readonly Rule[]])[],
): TableBeside {
  return {
    chains: [...chains].map(([name, rules]): Chain => ({ name, rules, origin: { kind: 'kubeProxy', ...ALWAYS } })),
    hooks: new Map(hooks),
  }
}

function natTable(
  services: ReadonlyMap<string, readonly Rule[]>,
  hostPorts: ReadonlyMap<string, readonly Rule[]>,
  ipVersion: IpVersion,
): TableBeside {
  const isMarked = { kind: 'mark', value: MASQUERADE_MARK, mask: MASQUERADE_MARK } as const
  const toNode = [...(ipVersion === 6 ? [net('destination', '::1', true)] : []), isLocalAddress('dst')]
  const comment = 'kubernetes service nodeports; NOTE: this must be the last rule in this chain'
  const chains = new Map<string, readonly Rule[]>([
    ['KUBE-NODEPORTS', []],
    ...services,
    [
      'KUBE-SERVICES',
      [...(services.get('KUBE-SERVICES') ?? []), ruleOf(toNode, jump('KUBE-NODEPORTS'), ALWAYS, comment)],
    ],
    [MARK_MASQ_CHAIN, [ruleOf([], { kind: 'setMark', value: MASQUERADE_MARK, mask: MASQUERADE_MARK }, ALWAYS)]],
    [
      'KUBE-POSTROUTING',
      [
        ruleOf([{ ...isMarked, negated: true }], { kind: 'return' }, ALWAYS),
        ruleOf([], { kind: 'xorMark', value: MASQUERADE_MARK, mask: 0 }, ALWAYS),
        ruleOf([], { kind: 'masquerade', randomFully: true }, ALWAYS, 'kubernetes service traffic requiring SNAT'),
      ],
    ],
    ...hostPorts,
  ])
  const portals = ruleOf([], jump('KUBE-SERVICES'), ALWAYS, 'kubernetes service portals')
  const hostPortHooks = hostPorts.size === 0 ? [] : [ruleOf([isLocalAddress('dst')], jump('CNI-HOSTPORT-DNAT'), ALWAYS)]
  const masquerade = ruleOf([], jump('CNI-HOSTPORT-MASQ'), ALWAYS, 'CNI portfwd requiring masquerade')
  return tableOf(chains, [
    ['PREROUTING', [portals, ...hostPortHooks]],
    ['OUTPUT', [portals, ...hostPortHooks]],
    [
      'POSTROUTING',
      [
        ...(hostPorts.size === 0 ? [] : [masquerade]),
        ruleOf([], jump('KUBE-POSTROUTING'), ALWAYS, 'kubernetes postrouting rules'),
      ],
    ],
  ])
}

function filterTable(services: ReadonlyMap<string, readonly Rule[]>, ipVersion: IpVersion): TableBeside {
  const isMarked = { kind: 'mark', value: MASQUERADE_MARK, mask: MASQUERADE_MARK, negated: false } as const
  const known = { kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED'], negated: false } as const
  const translated = { kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED', 'DNAT'], negated: true } as const
  const counted = { kind: 'accounting', name: 'ct_state_invalid_dropped_pkts' } as const
  const invalid = { kind: 'conntrackState', states: ['INVALID'], negated: false } as const
  const loopback = [net('source', '127.0.0.0/8', true), net('destination', '127.0.0.0/8'), translated]
  const chains = new Map<string, readonly Rule[]>([
    ['KUBE-EXTERNAL-SERVICES', []],
    ['KUBE-NODEPORTS', []],
    ['KUBE-PROXY-FIREWALL', []],
    ['KUBE-SERVICES', []],
    [
      'KUBE-FIREWALL',
      ipVersion === 6 ? [] : [ruleOf(loopback, { kind: 'drop' }, ALWAYS, 'block incoming localnet connections')],
    ],
    [
      'KUBE-FORWARD',
      [
        ruleOf([invalid, counted], { kind: 'drop' }, ALWAYS),
        ruleOf([isMarked], { kind: 'accept' }, ALWAYS, 'kubernetes forwarding rules'),
        ruleOf([known], { kind: 'accept' }, ALWAYS, 'kubernetes forwarding conntrack rule'),
      ],
    ],
    ...services,
  ])
  const firewall = ruleOf([NEW], jump('KUBE-PROXY-FIREWALL'), ALWAYS, 'kubernetes load balancer firewall')
  const visible = ruleOf([NEW], jump('KUBE-EXTERNAL-SERVICES'), ALWAYS, 'kubernetes externally-visible service portals')
  const portals = ruleOf([NEW], jump('KUBE-SERVICES'), ALWAYS, 'kubernetes service portals')
  const ofKubelet = ruleOf([], jump('KUBE-FIREWALL'), ALWAYS)
  const health = ruleOf([], jump('KUBE-NODEPORTS'), ALWAYS, 'kubernetes health check service ports')
  const forward = ruleOf([], jump('KUBE-FORWARD'), ALWAYS, 'kubernetes forwarding rules')
  return tableOf(chains, [
    ['INPUT', [firewall, health, visible, ofKubelet]],
    ['FORWARD', [firewall, forward, portals, visible]],
    ['OUTPUT', [firewall, portals, ofKubelet]],
  ])
}
