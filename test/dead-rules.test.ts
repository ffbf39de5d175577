// Rules that never decide: what is said, and that taking them out changes nothing.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compareTables } from '../src/analysis/effect.ts'
import { nodeNetsOf } from '../src/analysis/node-nets-of.ts'
import { PolicyRuleUses } from '../src/answers/dead-rules.ts'
import { arePlainlyUsed, RuleUses } from '../src/answers/plainly-used.ts'
import { check } from '../src/check.ts'
import { compile } from '../src/compile.ts'
import type { NodePlan } from '../src/model/plan.ts'
import type { Origin } from '../src/model/origin.ts'
import type { Ruleset } from '../src/model/ruleset.ts'
import type { IpVersion } from '../src/net/cidr.ts'
import { renderRuleset } from '../src/renderer/render-ruleset.ts'
import { kernelTablesOf, type KernelTables } from '../src/netfilter/kernel-tables.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { runCommand } from './helpers/run-command.ts'

const CLUSTER = `
apiVersion: v1
kind: Node
metadata: {name: worker-1}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Pod
metadata: {name: web-0, namespace: shop, labels: {app: web}}
spec: {nodeName: worker-1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
`

function policy(name: string, order: number, rules: readonly string[]): string {
  return `---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: {selector: app == 'web', order: ${order}, types: [Ingress], ingress: [${rules.map(rule => `{${rule}}`).join(', ')}]}
`
}

function found(...policies: readonly string[]): readonly string[] {
  const files = [{ name: 'input.yaml', text: `${CLUSTER}${policies.join('')}` }]
  return check({ files, node: 'worker-1', isExact: true }).diagnostics.flatMap(({ code, severity, message }) =>
    ['dead-rule', 'dead-policy', 'redundant-rule'].includes(code) ? [`${severity} ${code} ${message}`] : [],
  )
}

const ALLOW_TCP = 'action: Allow, protocol: TCP'

t.test('each kind of rule that decides nothing, beside one that does', async t => {
  const rows: readonly (readonly [string, readonly string[], readonly RegExp[]])[] = [
    [
      'what comes first takes all',
      [ALLOW_TCP, `${ALLOW_TCP}, destination: {ports: [80]}`],
      [/^warning dead-rule `ingress\[1\]` never decides: rules before it take/],
    ],
    [
      'or only some',
      [`${ALLOW_TCP}, destination: {ports: [80]}`, `action: Deny, protocol: TCP, destination: {ports: ["80:81"]}`],
      [],
    ],
    [
      'two before it together',
      [
        `${ALLOW_TCP}, source: {nets: [10.0.0.0/9]}`,
        `${ALLOW_TCP}, source: {nets: [10.128.0.0/9]}`,
        `action: Deny, protocol: TCP, source: {nets: [10.0.0.0/8]}`,
      ],
      [/^warning dead-rule `ingress\[2\]` never decides/],
    ],
    [
      'nets that exclude each other',
      ['action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.0.0.0/7]}'],
      [/^warning dead-rule `ingress\[0\]` never matches a packet/],
    ],
    [
      'labels that nobody has, yet',
      [`action: Allow, source: {selector: app == 'nobody'}`],
      [/^note dead-rule with today's pods, `ingress\[0\]` never matches/],
    ],
    [
      'a later rule decides alike',
      [`${ALLOW_TCP}, source: {nets: [10.0.0.0/8]}`, ALLOW_TCP],
      [/^warning redundant-rule nothing would change without `ingress\[0\]`/],
    ],
    ['a later rule decides otherwise', [`${ALLOW_TCP}, source: {nets: [10.0.0.0/8]}`, 'action: Deny'], []],
    ['one that only logs', ['action: Log', ALLOW_TCP], []],
    [
      'a long list of ports is several rules',
      [
        `${ALLOW_TCP}, destination: {ports: [${Array.from({ length: 20 }, (_, i) => i * 3 + 1).join(', ')}]}, source: {ports: [${Array.from({ length: 20 }, (_, i) => i * 3 + 1).join(', ')}]}`,
      ],
      [],
    ],
  ]
  for (const [name, rules, wanted] of rows) {
    const messages = found(policy('p', 1, rules))
    t.equal(messages.length, wanted.length, name, { found: messages })
    wanted.forEach((pattern, i) => t.match(messages[i], pattern, name))
  }
  t.match(found(policy('first', 1, ['action: Deny']), policy('second', 2, [ALLOW_TCP, 'action: Allow'])), [
    /^warning dead-policy no packet comes to the ingress rules of this policy/,
  ])
  t.match(
    found(policy('first', 1, ['action: Deny, protocol: TCP']), policy('second', 2, [ALLOW_TCP, 'action: Allow'])),
    [/^warning dead-rule `ingress\[0\]` never decides: policies before it take/],
  )
})

t.test('who takes the packets of a rule is named, wherever it stands', async t => {
  const host = (policies: string, more = ''): readonly string[] => {
    const text = `
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: host}}
spec: {node: n1, interfaceName: eth0, expectedIPs: [192.0.2.1]}
---
apiVersion: projectcalico.org/v3
kind: WorkloadEndpoint
metadata: {name: n1-k8s-web-eth0, namespace: shop, labels: {app: web}}
spec: {node: n1, orchestrator: k8s, pod: web, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.65.0.1/32]}
${more}${policies}`
    const { diagnostics } = check({ files: [{ name: 'input.yaml', text }], node: 'n1', isExact: true })
    return diagnostics.flatMap(({ code, message, help = '', related = [] }) =>
      code.startsWith('dead-') ? [`${message} (${help})`, ...related.map(one => one.message)] : [],
    )
  }
  const global = (name: string, order: number, rules: string, selector = "role == 'host'", type = 'Ingress'): string =>
    `---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: ${name}}
spec: {selector: "${selector}", order: ${order}, types: [${type}], ${type.toLowerCase()}: [${rules}]}
`
  const tcp = (action: string, port: number): string =>
    `{action: ${action}, protocol: TCP, destination: {ports: [${port}]}}`
  const felix = `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: [{protocol: tcp, port: 2222}]}
`
  const none = felix.replace(/spec: .*/, 'spec: {failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []}')
  const early = (flag: 'doNotTrack' | 'preDNAT'): string =>
    global('early', 1, tcp('Allow', 80)).replace('spec: {', `spec: {${flag}: true, applyOnForward: true, `)
  const later = (flag: 'doNotTrack' | 'preDNAT', port: number): string =>
    global('later', 2, `${tcp('Deny', 80)}, ${tcp('Allow', port)}`).replace(
      'spec: {',
      `spec: {${flag}: true, applyOnForward: true, `,
    )
  const rows: readonly (readonly [found: readonly string[], wanted: readonly RegExp[]])[] = [
    [
      host(global('a', 1, `${tcp('Deny', 22)}, ${tcp('Allow', 80)}`)),
      [/^`ingress\[0\]` never decides: fail-safe ports \(`failsafeInboundHostPorts`\) take all .*out of the fail-safe/],
    ],
    [host(global('a', 1, `${tcp('Deny', 22)}, ${tcp('Allow', 80)}`), felix), []],
    [
      host(global('a', 1, `${tcp('Deny', 2222)}, ${tcp('Allow', 80)}`), felix),
      [
        /fail-safe ports \(`failsafeInboundHostPorts`\)/,
        /failsafeInboundHostPorts: tcp port 2222 .* takes some of them/,
      ],
    ],
    [
      host(global('a', 1, `${tcp('Deny', 22)}, ${tcp('Allow', 6443)}`)),
      [
        /^none of the 2 ingress rules .*: fail-safe ports \(`failsafeInboundHostPorts`\) take all packets that they match/,
      ],
    ],
    [
      host(global('a', 1, tcp('Deny', 80)) + global('b', 2, `${tcp('Allow', 80)}, ${tcp('Allow', 81)}`)),
      [/^`ingress\[0\]` never decides: policies before it take/, /^`ingress\[0\]` takes some of them/],
    ],
    [
      host(
        global('a', 1, '{action: Deny, protocol: TCP, destination: {ports: ["23:80"]}}') +
          global('b', 2, `{action: Allow, protocol: TCP, destination: {ports: ["22:80"]}}, ${tcp('Allow', 81)}`),
      ),
      [
        /^`ingress\[0\]` never decides: fail-safe ports \(.*\) and policies before it take/,
        /^`ingress\[0\]` takes some/,
      ],
    ],
    [
      host(early('doNotTrack') + global('a', 1, `${tcp('Deny', 80)}, ${tcp('Allow', 81)}`), none),
      [
        /^`ingress\[0\]` never decides: doNotTrack or preDNAT policies take all .*\(remove it, or take its packets out/,
        /^`ingress\[0\]` takes some of them/,
      ],
    ],
    [
      host(early('preDNAT') + later('doNotTrack', 81), none),
      [
        /^`ingress\[0\]` never decides: doNotTrack policies take all .*\(remove it, or take/,
        /^`ingress\[0\]` takes some/,
      ],
    ],
    [
      host(early('doNotTrack') + later('preDNAT', 81), none),
      [
        /^`ingress\[0\]` never decides: doNotTrack policies take all .*\(remove it, or take/,
        /^`ingress\[0\]` takes some/,
      ],
    ],
    [
      host(early('preDNAT') + later('preDNAT', 81), none),
      [/^`ingress\[0\]` never decides: policies before it take all .*\(move it up/, /^`ingress\[0\]` takes some/],
    ],
    // What takes the rest of the packets is nearer to the rule than what takes some of them before.
    [
      host(
        early('doNotTrack').replace('{action: Allow, ', '{action: Allow, source: {nets: [10.0.0.0/8]}, ') +
          global('a', 1, tcp('Deny', 80)) +
          global('b', 2, `${tcp('Allow', 80)}, ${tcp('Allow', 81)}`),
        none,
      ),
      [
        /^`ingress\[0\]` never decides: policies before it take all .*\(move it up/,
        /^`ingress\[0\]` takes some of them/,
      ],
    ],
    // What comes from a fail-safe port is let through before doNotTrack policy, and comes to this rule.
    [host(early('doNotTrack') + global('a', 1, `${tcp('Deny', 80)}, ${tcp('Allow', 81)}`)), []],
    [
      host(early('preDNAT') + global('a', 1, `${tcp('Deny', 80)}, ${tcp('Allow', 81)}`)),
      [/^`ingress\[0\]` never decides: doNotTrack or preDNAT policies take all/, /^`ingress\[0\]` takes some of them/],
    ],
    [
      host(
        global(
          'a',
          1,
          `{action: Allow, protocol: UDP, destination: {ports: [4789]}}, ${tcp('Allow', 80)}`,
          "app == 'web'",
          'Egress',
        ),
      ),
      [
        /^`egress\[0\]` never decides: rules before all policy \(.*allowVXLANPacketsFromWorkloads.*\) take all .*\(remove it\)/,
      ],
    ],
  ]
  for (const [index, [messages, wanted]] of rows.entries()) {
    t.equal(messages.length, wanted.length, `row ${index}`, { messages })
    wanted.forEach((pattern, i) => t.match(messages[i], pattern, `row ${index}`))
  }
})

t.test('a rule that decides on one node is not dead where another has other settings', t => {
  const host = (node: string): string => `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: ${node}-eth0, labels: {role: host}}
spec: {node: ${node}, interfaceName: eth0}
`
  const text = `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: ssh}
spec: {selector: role == 'host', types: [Ingress], ingress: [{action: Deny, protocol: TCP, destination: {ports: [22]}}, {action: Allow}]}
${host('n1')}${host('n2')}`
  const open = (node: string): string => `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: node.${node}}
spec: {failsafeInboundHostPorts: []}
`
  const rows: readonly (readonly [why: string, settings: string, dead: number])[] = [
    ['fail-safe ports take its packets on both nodes', '', 1],
    ['the second node has none', open('n2'), 0],
    ['the first node has none', open('n1'), 0],
  ]
  for (const [why, settings, dead] of rows) {
    const { diagnostics } = check({ files: [{ name: 'input.yaml', text: text + settings }], isExact: true })
    t.equal(diagnostics.filter(({ code }) => code === 'dead-rule').length, dead, why)
  }
  t.end()
})

t.test('the option, and what it points at', async t => {
  const folder = t.testdir({
    'a.yaml': `${CLUSTER}${policy('p', 1, [ALLOW_TCP, `${ALLOW_TCP}, destination: {ports: [80]}`])}`,
  })
  const run = await runCommand(['check', '--exact', '-o', 'json', join(folder, 'a.yaml')])
  t.match(run.out, /"dead-rule"/)
  t.match(run.out, /`ingress\[0\]` takes some of them/)
  t.equal(
    (await runCommand(['check', '-o', 'json', join(folder, 'a.yaml')])).out,
    run.out,
    'so is a small input by itself',
  )
  t.notMatch((await runCommand(['check', '--no-exact', '-o', 'json', join(folder, 'a.yaml')])).out, /dead-rule/)
})

t.test('whole tiers and policies are told of once', async t => {
  const tier = (name: string, order: number, more = ''): string =>
    `---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: ${name}}\nspec: {order: ${order}${more}}\n`
  const inTier = (name: string, tierName: string, rules: string): string =>
    `---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: ${tierName}.${name}}\nspec: {tier: ${tierName}, selector: app == 'web', types: [Ingress], ingress: [${rules}]}\n`
  const late = [
    inTier('a', 'late', '{action: Allow}'),
    inTier('b', 'late', '{action: Allow}, {action: Allow, protocol: TCP}'),
  ]
  const all = inTier('all', 'early', '{action: Allow, protocol: TCP}, {action: Deny}')
  t.match(found(tier('early', 1), tier('late', 2), all, ...late), [
    /^warning dead-policy no ingress packet comes to tier `late`: tiers before it decide .* its 2 policies with ingress rules select/,
  ])
  t.match(
    found(tier('early', 1), tier('late', 2), all, inTier('a', 'late', '{action: Allow}')),
    [/^warning dead-policy no packet comes to the ingress rules of this policy/],
    'a tier of one policy is told of as the policy',
  )
  const onlyUdp = inTier('all', 'early', '{action: Pass, protocol: UDP}')
  const tcpToo = inTier('c', 'late', '{action: Allow, protocol: TCP}, {action: Allow, protocol: UDP}')
  t.match(
    found(tier('early', 1), tier('late', 2), onlyUdp, tcpToo),
    [/^warning dead-rule `ingress\[0\]` never decides: policies before it take all packets that it matches/],
    'the end of a tier that denies the rest is due to its policies',
  )
  const passing = inTier('all', 'early', '{action: Allow, protocol: TCP}, {action: Pass}')
  const some = inTier(
    'c',
    'late',
    '{action: Allow, protocol: TCP}, {action: Deny, protocol: TCP, destination: {ports: [80]}}',
  )
  t.match(found(tier('early', 1), tier('late', 2), passing, some), [
    /^warning dead-policy none of the 2 ingress rules of this policy ever decides/,
  ])
  t.same(
    found(
      tier('early', 1, ', defaultAction: Pass'),
      tier('late', 2),
      inTier('x', 'early', '{action: Log}'),
      late[0] ?? '',
    ),
    [],
  )
})

t.test('a policy without a rule that decides counts where its tier denies what none of its policies allows', t => {
  const tcp = (port: number): string => `{action: Allow, protocol: TCP, destination: {ports: [${port}]}}`
  const two = (tier: string, more: string, tierText: string): string => `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: n1-eth0, labels: {role: host}}
spec: {node: n1, interfaceName: eth0}
${tierText}---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: ${tier}.a}
spec: {tier: ${tier}, order: 1, selector: role == 'host', types: [Ingress], ingress: [{action: Deny, protocol: TCP}]${more}}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: ${tier}.b}
spec: {tier: ${tier}, order: 2, selector: role == 'host', types: [Ingress], ingress: [${tcp(80)}, ${tcp(81)}]${more}}
`
  const tier = (action: string): string =>
    `---\napiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: t}\nspec: {order: 1, defaultAction: ${action}}\n`
  const rows: readonly (readonly [why: string, text: string, counts: boolean])[] = [
    ['the default tier denies', two('default', '', ''), true],
    ['as does a tier that is to', two('t', '', tier('Deny')), true],
    ['one that passes does not', two('t', '', tier('Pass')), false],
    ['nothing is denied before conntrack', two('default', ', doNotTrack: true, applyOnForward: true', ''), false],
    ['nor before DNAT', two('default', ', preDNAT: true, applyOnForward: true', ''), false],
  ]
  for (const [why, text, counts] of rows) {
    const { diagnostics } = check({ files: [{ name: 'input.yaml', text }], node: 'n1', isExact: true })
    const dead = diagnostics.filter(({ code }) => code === 'dead-policy')
    t.strictSame(
      dead.map(({ message, help = '' }) => [/allow nothing$/.test(message), !/remove it/.test(help)]),
      [[counts, counts]],
      why,
    )
  }
  t.end()
})

t.test('an endpoint stands for others only where rules cannot tell them apart', async t => {
  const second = `---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web}}
spec: {nodeName: worker-2, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: v1
kind: Node
metadata: {name: worker-2}
`
  const files = [
    {
      name: 'input.yaml',
      text: `${CLUSTER}${second}${policy('p', 1, ['action: Allow, destination: {nets: [10.0.0.2/32]}', 'action: Deny'])}`,
    },
  ]
  const dead = check({ files, isExact: true }).diagnostics.filter(({ code }) => code === 'dead-rule')
  t.same(dead, [], 'the rule is for the second pod alone')
})

t.test('a large input is looked at only when that is asked for', async t => {
  const many = Array.from(
    { length: 30 },
    (_, i) => `---
apiVersion: v1
kind: Pod
metadata: {name: p-${i}, namespace: shop, labels: {app: web, nr: "${i}"}}
spec: {nodeName: worker-1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.0.1.${i}, podIPs: [{ip: 10.0.1.${i}}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: p-${i}, namespace: shop}
spec: {selector: "app == 'web' && nr != '${i}'", order: ${i}, types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [${i + 1}]}}]}
`,
  )
  const folder = t.testdir({ 'a.yaml': `${CLUSTER}${many.join('')}${policy('p', 99, [ALLOW_TCP, ALLOW_TCP])}` })
  const run = await runCommand(['check', join(folder, 'a.yaml')])
  t.match(
    run.err,
    /note: rules that never decide were not looked for, since the input is large: --exact looks for them/,
  )
  t.notMatch(run.out, /dead-rule/)
  const asked = await runCommand(['check', '--exact', join(folder, 'a.yaml')])
  t.match(asked.out, /dead-rule/)
  t.notMatch(asked.err, /were not looked for/)
})

function without(tables: KernelTables, isOut: (origin: Origin) => boolean): KernelTables {
  return {
    ...tables,
    tables: tables.tables.map(table => ({
      ...table,
      userChains: new Map(
        [...table.userChains].map(([name, chain]) => [
          name,
          { ...chain, rules: chain.rules.filter(({ origin }) => !isOut(origin)) },
        ]),
      ),
    })),
  }
}

t.test('what plainly decides needs no sets, and sets say the same of it', t => {
  const document = (kind: string, name: string, spec: string, namespace = ''): string =>
    `---\napiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata: {name: ${name}${namespace}}\nspec: {${spec}}\n`
  const host = (name: string): string =>
    document('HostEndpoint', `n1-${name === '*' ? 'all' : name}`, `node: n1, interfaceName: "${name}"`)
  const pod = (name: string, address: string, interfaceName: string): string =>
    document(
      'WorkloadEndpoint',
      `n1-k8s-${name}-eth0`,
      `node: n1, orchestrator: k8s, pod: ${name}, endpoint: eth0, interfaceName: ${interfaceName}, ipNetworks: [${address}]`,
      ', namespace: shop',
    )
  const policy = (rules: string, more = ''): string =>
    (['Ingress', 'Egress'] as const)
      .map(type =>
        document(
          'GlobalNetworkPolicy',
          `p-${type.toLowerCase()}${more === '' ? '' : '-more'}`,
          `selector: all(), types: [${type}], ${type.toLowerCase()}: [${rules}]${more}`,
        ),
      )
      .join('')
  const rule = (action: string, protocol: string, ports: string, more = ''): string =>
    `{action: ${action}, protocol: ${protocol}, destination: {ports: [${ports}]}${more}}`
  /** Each direction by itself, with what is asked of who is on the other side. */
  const towards = (peer: string): string =>
    document(
      'GlobalNetworkPolicy',
      'from',
      `selector: "!has(app)", ingress: [{action: Allow, protocol: TCP, source: {${peer}}, destination: {ports: [80]}}]`,
    ) +
    document(
      'GlobalNetworkPolicy',
      'to',
      `selector: "!has(app)", types: [Egress], egress: [{action: Deny, protocol: TCP, destination: {ports: [80], ${peer}}}]`,
    )
  const database = document(
    'WorkloadEndpoint',
    'n2-k8s-db-eth0',
    'node: n2, orchestrator: k8s, pod: db, endpoint: eth0, interfaceName: cali9, ipNetworks: [10.0.0.9/32]',
    ', namespace: shop, labels: {app: db}',
  )
  const settings = (spec: string): string => document('FelixConfiguration', 'default', spec)
  const [eth0, web, http] = [host('eth0'), pod('web', '10.0.0.1/32', 'cali1'), rule('Allow', 'TCP', '80')]
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['of an interface', eth0 + policy(http), true],
    ['of two', eth0 + host('eth1') + policy(http), true],
    ['of a pod', web + policy(http), true],
    ['of both', eth0 + web + policy(http), true],
    ['a protocol by its number', eth0 + policy(rule('Deny', '132', '1')), true],
    ['ports apart', web + policy(`${rule('Allow', 'TCP', '79')}, ${rule('Deny', 'TCP', '"80:81"')}`), true],
    ['ports of two protocols', web + policy(`${http}, ${rule('Allow', 'UDP', '80')}`), true],
    ['of a range only one end is its own', eth0 + policy(`${http}, ${rule('Deny', 'TCP', '"80:81"')}`), false],
    ['a second policy with other ports', eth0 + policy(http) + policy(rule('Allow', 'TCP', '81'), ', order: 9'), true],
    ['a second policy with the same ports', eth0 + policy(http) + policy(http, ', order: 9'), false],
    ['a fail-safe port', eth0 + policy(rule('Allow', 'TCP', '179')), false],
    ['a port of a tunnel', eth0 + policy(rule('Allow', 'UDP', '4789')), false],
    ['a port of a tunnel by another number', eth0 + policy(http) + settings('vxlanPort: 65616'), false],
    [
      'no fail-safe ports',
      web +
        policy(rule('Allow', 'TCP', '22')) +
        settings('failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []'),
      true,
    ],
    ['all ports of a protocol', web + policy('{action: Allow, protocol: TCP}'), false],
    ['a protocol without ports', web + policy('{action: Allow, protocol: ICMP}'), false],
    ['any packet', web + policy('{action: Allow}'), false],
    ['a rule that passes', web + policy(rule('Pass', 'TCP', '80')), false],
    ['a rule of IPv6', web + policy(rule('Allow', 'TCP', '80', ', ipVersion: 6')), false],
    ['a rule of IPv4', web + policy(rule('Allow', 'TCP', '80', ', ipVersion: 4')), true],
    ['ports that packets come from', web + policy(rule('Allow', 'TCP', '80', ', source: {ports: [1]}')), false],
    ['addresses', web + policy(rule('Allow', 'TCP', '80', ', source: {nets: [10.0.0.0/8]}')), false],
    ['labels', web + policy(rule('Allow', 'TCP', '80', ", source: {selector: app == 'web'}")), false],
    ['nets of the other side', web + towards('nets: [192.0.2.0/24]'), true],
    ['the same for an interface', eth0 + towards('nets: [192.0.2.0/24]'), true],
    ['one of several nets', eth0 + towards('nets: [127.0.0.0/8, 192.0.2.0/24]'), true],
    ['the address of the pod itself', web + towards('nets: [10.0.0.1/32]'), false],
    ['that of a pod, for an interface', eth0 + web + towards('nets: [10.0.0.1/32]'), false],
    ['that of the node itself', eth0 + towards('nets: [127.0.0.0/8]'), false],
    ['those of many', web + towards('nets: [224.0.0.0/4]'), false],
    ['nets of IPv6', web + towards('nets: ["2001:db8::/32"]'), false],
    ['other nets than these', web + towards('notNets: [192.0.2.0/24]'), false],
    ['labels of the other side', web + database + towards("selector: app == 'db'"), true],
    ['the same for an interface, too', eth0 + web + database + towards("selector: app == 'db'"), true],
    ['labels that nobody has', web + database + towards("selector: app == 'nobody'"), false],
    ['labels of the pod alone', web + database + towards("selector: '!has(app)'"), false],
    ['labels and nets', web + database + towards("selector: app == 'db', nets: [10.0.0.0/24]"), false],
    ['labels of others', web + database + towards("notSelector: app == 'db'"), false],
    ['every protocol but one', web + policy('{action: Allow, notProtocol: UDP}'), false],
    ['before connection tracking', eth0 + policy(http, ', doNotTrack: true, applyOnForward: true'), false],
    ['for what is forwarded', eth0 + policy(http, ', applyOnForward: true'), false],
    ['every interface', host('*') + policy(http), false],
    ['the loopback interface', host('lo') + policy(http), false],
    ['a pod without an address of IPv4', pod('web', 'fd00::1/128', 'cali1') + policy(http), false],
    ['pods with one address', web + pod('api', '10.0.0.1/32', 'cali2') + policy(http), false],
    ['a pod with an address of the node', pod('web', '127.0.0.5/32', 'cali1') + policy(http), false],
    ['interfaces of other names', web + policy(http) + settings('interfacePrefix: tap'), false],
  ]
  for (const [name, text, isPlain] of rows) {
    const result = compile({ files: [{ name: 'input.yaml', text }], node: 'n1' })
    if (!result.ok) {
      t.fail(name, { diagnostics: result.diagnostics.map(({ message }) => message) })
      continue
    }
    const { plan, resources } = result.output
    t.equal(arePlainlyUsed(plan, resources, undefined), isPlain, name)
    const looked = { plan, resources, rulesetOf: renderRuleset }
    const [short, whole] = [new RuleUses(100), new PolicyRuleUses()]
    short.add(looked)
    whole.add(looked)
    t.equal(short.work, isPlain ? 0 : whole.work, name)
    if (isPlain)
      t.ok(
        whole.uses().every(({ today }) => today.isEntered && today.isMet && today.isNeeded),
        name,
      )
    else t.same(short.uses(), whole.uses(), name)
    const limited = new RuleUses(0)
    limited.add(looked)
    t.equal(limited.work, whole.work, `${name}: more than are told of without sets`)
  }
  t.end()
})

t.test('golden and recorded cases: without a rule that is told of, no packet gets another verdict', async t => {
  const recorded = existsSync(join(CORPUS_FOLDER, 'random')) ? findCases(join(CORPUS_FOLDER, 'random')) : []
  if (recorded.length === 0) t.comment(`*** NO RECORDED CASES at ${CORPUS_FOLDER}: golden cases only ***`)
  const folders = [
    ...findCases(GOLDEN_FOLDER).filter((_, i) => i % 4 === 1),
    ...recorded.filter((_, i) => i % 24 === 3),
  ]
  let told = 0
  let kept = 0
  let plain = 0
  for (const folder of folders) {
    const { files, host, node } = readCase(folder)
    const result = compile({ files, host, node })
    if (!result.ok) continue
    const { plan, resources, versions, host: facts } = result.output
    for (const version of [4, 6] as const) {
      const ruleset = versions[version]?.ruleset
      if (ruleset === undefined) continue
      const uses = new PolicyRuleUses()
      // Of a plan with fewer endpoints the rules are made anew.
      const rulesetOf = (some: NodePlan, ipVersion: IpVersion): Ruleset | undefined =>
        ipVersion === version ? renderRuleset(some, ipVersion) : undefined
      uses.add({ plan, rulesetOf, resources, host: facts })
      const tables = kernelTablesOf(ruleset)
      const nets = nodeNetsOf(tables, { plan, resources, host: facts })
      const isPlain = version === 4 && arePlainlyUsed(plan, resources, facts)
      for (const { origin, today } of uses.uses()) {
        if (isPlain) plain++
        if (today.isMet && today.isNeeded) {
          kept++
          continue
        }
        t.notOk(isPlain, `${folder}: sets say what is plain`)
        told++
        const isIt = (other: Origin): boolean =>
          other.kind === 'policyRule' &&
          other.index === origin.index &&
          other.direction === origin.direction &&
          JSON.stringify(other.policy) === JSON.stringify(origin.policy)
        const effect = compareTables({ tables, nets }, { tables: without(tables, isIt), nets })
        t.equal(
          effect.isSame,
          true,
          `${folder} IPv${version}: ${JSON.stringify([origin.policy, origin.direction, origin.index])}`,
        )
      }
    }
  }
  t.ok(told > 20 && kept > 20 && plain > 2, `${told} told of, ${kept} not, ${plain} plainly used`)
})
