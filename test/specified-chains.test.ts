// Chains of endpoints, dispatch and settings whose hashes are known from Calico itself. The hash of a chain's last rule is of
// everything before it, so that it alone tells whether the chain is right.

import t from 'tap'
import { calico, hostEndpoint, hostJson, mustCompile, policy } from './helpers/build.ts'

type Chain = readonly [chain: string, lastHash: string, table?: string, ipVersion?: 6]

interface Case {
  readonly title: string
  readonly documents: readonly string[]
  readonly host?: string
  readonly chains: readonly Chain[]
}

const NODE = 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}'
const ACCOUNT = 'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default, namespace: default}'

function workload(interfaceName: string, profiles: string, more = '', addresses = '10.0.0.1/32'): string {
  return `{apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint, metadata: {name: node--1-cni-${interfaceName}-eth0, namespace: default, labels: {x: here}}, spec: {orchestrator: cni, node: node-1, containerID: ${interfaceName}, endpoint: eth0, interfaceName: ${interfaceName}, ipNetworks: [${addresses}], profiles: [${profiles}]${more}}}`
}

const felix = (spec: string): string => calico('FelixConfiguration', 'default', spec)

const TIER = calico('Tier', 'sec', '{order: 10, defaultAction: Pass}')
const tiers = (more: string): readonly string[] => [
  TIER,
  policy('s1', `{tier: sec, types: [Ingress]${more}}`),
  policy('a', `{order: 1, selector: all(), types: [Ingress, Egress]${more}}`),
  policy('b', `{order: 2, selector: all(), types: [Ingress]${more}}`),
  policy('c', `{order: 3, selector: has(x), types: [Ingress]${more}}`),
]
const PRE = policy('pre', '{selector: has(x), types: [Ingress], preDNAT: true, applyOnForward: true}')
const UNTRACKED = [
  policy('unt', '{order: 1, selector: all(), types: [Ingress, Egress], doNotTrack: true, applyOnForward: true}'),
  policy('unt2', '{order: 2, selector: all(), types: [Egress], doNotTrack: true, applyOnForward: true}'),
]

const host = (profiles: string, name = 'h', interfaceName = 'eth0'): string =>
  hostEndpoint(name, { x: 'here' }, `interfaceName: "${interfaceName}", profiles: [${profiles}]`)
const HOST = host('projectcalico-default-allow')

const WEP = 'cali1234567890a'

const ENDPOINTS: readonly Case[] = [
  {
    title: 'tiers, groups and profiles of a workload',
    documents: [ACCOUNT, workload(WEP, 'kns.default, ksa.default.default'), ...tiers('')],
    chains: [
      [`cali-tw-${WEP}`, '2X-V3n4d-5h1f0c-'],
      [`cali-fw-${WEP}`, '3wNmTD01cjHH0sii'],
    ],
  },
  {
    title: 'no policies and no profiles',
    documents: [workload(WEP, '')],
    chains: [
      [`cali-tw-${WEP}`, 'uNpyqrElSeJyD7kS'],
      [`cali-fw-${WEP}`, 'MibT7u1XpC3LROeX'],
    ],
  },
  {
    title: 'limits of packets and connections',
    documents: [
      workload(
        WEP,
        '',
        ', qosControls: {ingressPacketRate: 100, ingressPacketBurst: 5, egressPacketRate: 200, egressPacketBurst: 6, ingressMaxConnections: 10, egressMaxConnections: 11}',
      ),
    ],
    chains: [
      [`cali-tw-${WEP}`, 'OP3pXwwSWr9yjE-6'],
      [`cali-fw-${WEP}`, 'h8L0J9Fpy8FVp6Zb'],
    ],
  },
  {
    title: 'staged policies alone start a tier and do not end it',
    documents: [workload(WEP, 'kns.default'), calico('StagedGlobalNetworkPolicy', 'st', '{types: [Ingress]}')],
    chains: [[`cali-tw-${WEP}`, '8i1g7KFOyZslgrpg']],
  },
  {
    title: 'flow logs at the end of tiers and behind profiles',
    documents: [workload(WEP, 'kns.default'), ...tiers(''), felix('{flowLogsLocalReporter: Enabled}')],
    chains: [[`cali-tw-${WEP}`, 'wmIJd1KmLnOAIpG9']],
  },
  {
    title: 'a group of seven policies and a staged one',
    documents: [
      workload(WEP, ''),
      calico('StagedGlobalNetworkPolicy', 'st', '{order: 0.5, selector: all(), types: [Ingress]}'),
      ...[0, 1, 2, 3, 4, 5, 6].map(order =>
        policy(`p${order}`, `{order: ${order}, selector: all(), types: [Ingress]}`),
      ),
    ],
    chains: [['cali-gi-RarrjqBEEx9P0rIgp2In', 'iypYrtuCnB35j9vn']],
  },
  {
    title: 'a host endpoint without forward policy',
    documents: [HOST, ...tiers('')],
    chains: [
      ['cali-th-eth0', 'C1248537UOQ1hZdh'],
      ['cali-fh-eth0', 'GsbShTmMLsaCt3NY'],
      ['cali-thfw-eth0', '36JAratAVXwrIf8c'],
      ['cali-fhfw-eth0', 'G8M31Gcr6xYIsEtZ'],
    ],
  },
  {
    title: 'forward policy',
    documents: [HOST, ...tiers(', applyOnForward: true')],
    chains: [
      ['cali-thfw-eth0', '6Uuol7szoK3MKLX6'],
      ['cali-fhfw-eth0', 'BsBo41ddfW3JZK39'],
    ],
  },
  {
    title: 'egress policy again in mangle',
    documents: [host('prof'), policy('a', '{types: [Egress]}')],
    chains: [['cali-th-eth0', 'nWgVKxG_ae0toqh8', 'mangle']],
  },
  { title: 'preDNAT policy', documents: [HOST, PRE], chains: [['cali-fh-eth0', '9aKaKZAlHRNd18Ts', 'mangle']] },
  {
    title: 'untracked policy',
    documents: [HOST, ...UNTRACKED],
    chains: [
      ['cali-th-eth0', 'NZKsx-WUER1v6hf_', 'raw'],
      ['cali-fh-eth0', 'h3Rgt6ChhL-4MaIy', 'raw'],
    ],
  },
  {
    title: 'RETURN and REJECT instead of ACCEPT and DROP',
    documents: [
      ...[workload(WEP, 'kns.default'), HOST, PRE, ...tiers('')],
      felix('{iptablesFilterAllowAction: Return, iptablesMangleAllowAction: Return, iptablesFilterDenyAction: Reject}'),
    ],
    chains: [
      [`cali-tw-${WEP}`, 'rw6cduL36EXkKVPL'],
      ['cali-fh-eth0', 'E_nM1I7XH05Ias8j', 'mangle'],
      ['cali-PREROUTING', 'ImG8QIfdrikTQaa9', 'raw'],
    ],
  },
]

const DISPATCH: readonly Case[] = [
  {
    title: 'interfaces of workloads in a tree',
    documents: ['cali1a', 'cali1b', 'cali2c'].map(name => workload(name, '')),
    chains: [
      ['cali-from-wl-dispatch', 'Up8lu72SZcsVCJPP'],
      ['cali-from-wl-dispatch-1', '9zYZBYQIfTq08EmZ'],
      ['cali-to-wl-dispatch', 'rcWaODZp-pzoaNHV'],
      ['cali-to-wl-dispatch-1', 'KGP3kQRdSnegLl_L'],
    ],
  },
  {
    title: 'an interface whose name begins the others',
    documents: ['eth', 'eth01', 'eth02'].map(name => host('', `h-${name}`, name)),
    host: hostJson(['eth', '192.0.2.1/24'], ['eth01', '192.0.2.2/24'], ['eth02', '192.0.2.3/24']),
    chains: [
      ['cali-from-host-endpoint', 'c6LEqylwV7ohTsne'],
      ['cali-from-host-endpoint-0', '4QKhoV6TtmDK2hG5'],
    ],
  },
  {
    title: 'marks of endpoints under IPVS',
    documents: [workload('cali1a', ''), HOST],
    host: hostJson(['eth0', '192.0.2.1/24'], ['kube-ipvs0', '10.96.0.1/32']),
    chains: [
      ['cali-sm-cali1a', 'l1FtEhnaVdMfJbYv'],
      ['cali-set-endpoint-mark', 'nzUuk0jmBbM5rznc'],
      ['cali-from-endpoint-mark', 'xOyHag-dbCITLzol'],
    ],
  },
]

const SETTINGS: readonly Case[] = [
  {
    title: 'a VXLAN pool of IPv6 on a node with a tunnel',
    documents: [
      calico('IPPool', 'p', '{cidr: "fd00:10::/64", vxlanMode: Always, ipipMode: Never}'),
      calico('Node', 'node-1', '{bgp: {ipv4Address: 192.0.2.1/24}, ipv6VXLANTunnelAddr: "fd00:10::1"}'),
    ],
    chains: [
      ['cali-INPUT', '6k9c6U3YfSW6cPxc', 'filter', 6],
      ['cali-OUTPUT', 'ljCKQe2mrD9G8Ygn', 'filter', 6],
      ['cali-POSTROUTING', 'MtS-9OgAQy-fAM-w', 'nat', 6],
    ],
  },
  {
    title: 'fail-safe ports with nets, and their answers in raw',
    documents: [
      ...[HOST, ...UNTRACKED],
      felix(
        '{failsafeInboundHostPorts: [{protocol: TCP, port: 22, net: 10.0.0.1}, {protocol: TCP, port: 23, net: "fd00::/8"}, {protocol: UDP, port: 53}], failsafeOutboundHostPorts: [{protocol: TCP, port: 443, net: 192.168.0.0/16}]}',
      ),
    ],
    chains: [
      ['cali-failsafe-in', 'VMW5BYcvgZSfhuoe', 'raw'],
      ['cali-failsafe-out', 'R4U763Eyz4KqE-6u', 'raw'],
    ],
  },
  {
    title: 'DSCP values and floating IPs, in the order of their texts',
    documents: [
      workload('cali1', '', ', qosControls: {dscp: AF22}'),
      workload('cali2', '', ', qosControls: {dscp: 0}', '10.0.0.2/32, 10.0.0.3/32'),
      workload(
        'cali3',
        '',
        ', ipNATs: [{internalIP: 10.2.0.1, externalIP: 10.1.0.9}, {internalIP: 10.2.0.2, externalIP: 10.1.0.10}]',
        '10.2.0.1/32, 10.2.0.2/32',
      ),
      felix('{floatingIPs: Enabled}'),
    ],
    chains: [
      ['cali-egress-dscp', 'Ouky_MiREdzp_1Xl', 'mangle'],
      ['cali-fip-dnat', 'aT2jQM8K_0ZYS638', 'nat'],
      ['cali-fip-snat', 'XcXAUBEOdjJcmodE', 'nat'],
    ],
  },
  {
    title: 'addresses of services, in the order of their texts',
    documents: [
      calico('BGPConfiguration', 'default', '{serviceClusterIPs: [{cidr: 10.96.0.0/12}, {cidr: 10.200.0.0/16}]}'),
    ],
    chains: [['cali-cidr-block', 'WEivY1tdwjXDwTl9']],
  },
]

/** The hash of the last rule of a chain. */
function lastHash(text: string, chain: string, table: string): string | undefined {
  const tableText = text.split(/^\*/m).find(part => part.startsWith(`${table}\n`)) ?? ''
  const rules = tableText.split('\n').filter(line => line.startsWith(`-A ${chain} `))
  return /--comment "cali:([^"]{16})"/.exec(rules.at(-1) ?? '')?.[1]
}

t.test('chains have the hashes that Calico gives them', async t => {
  for (const { title, documents, host: facts, chains } of [...ENDPOINTS, ...DISPATCH, ...SETTINGS]) {
    const isNamed = documents.some(document => document.includes('kind: Node,'))
    const input = isNamed ? documents : [NODE, ...documents]
    // Also what the kernel refuses: Felix makes the rules all the same.
    const output = mustCompile(input, { force: true, ...(facts === undefined ? {} : { host: facts }) })
    for (const [chain, wanted, table = 'filter', ipVersion = 4] of chains)
      t.equal(lastHash(output.versions[ipVersion]?.text.iptables ?? '', chain, table), wanted, `${title}: ${chain}`)
  }
})
