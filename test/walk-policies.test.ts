// The walk through compiled rules: packets meet what policies say, at any size.

import { join } from 'node:path'
import t from 'tap'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { compile } from '../src/compile.ts'
import { readRequest } from '../src/trace/packet-request.ts'
import { createScene } from '../src/trace/scene.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { calico, hostEndpoint, hostJson, mustCompile, pod, policy } from './helpers/build.ts'
import { readCase } from './helpers/cases.ts'
import { compareVerdicts } from './helpers/compare-verdicts.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { LOCAL_NODE, SIZES, syntheticCluster } from './helpers/synthetic-cluster.ts'

t.test('the examples of packet semantics', async t => {
  const eth0 = hostJson(['eth0', '192.0.2.1/24'])
  const tiers = calico('Tier', 'sec', '{order: 100, defaultAction: Pass}')
  const tierDefault = calico('Tier', 'default', '{order: 1000000}')
  const sec = (rules: string): string =>
    calico('GlobalNetworkPolicy', 'sec.p', `{tier: sec, selector: "app == 'web'", types: [Ingress], ingress: ${rules}}`)
  const web = `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: web, namespace: default}, spec: {selector: "app == 'web'", types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]}}`
  const namespace = '{apiVersion: v1, kind: Namespace, metadata: {name: default}}'
  const pods = [namespace, tiers, tierDefault, pod('web', '10.65.0.2', { app: 'web' })]
  const deny = '{action: Deny, source: {nets: [10.9.0.0/16]}}'
  const icmp = policy(
    'allow-icmp',
    '{selector: has(hep), types: [Ingress], ingress: [{action: Allow, protocol: ICMP}]}',
  )
  const host = [hostEndpoint('h', { hep: 'x' })]
  const forward = policy(
    'fw',
    `{selector: has(hep), applyOnForward: true, types: [Ingress], order: 10, ingress: [${deny}]}`,
  )
  type Row = readonly [name: string, from: string, to: string, port: string, wanted: string]
  const cases: readonly (readonly [readonly string[], readonly Row[]])[] = [
    [
      [...pods, sec(`[${deny}]`), web],
      [
        ['1: denied in the first tier', '10.9.1.1', 'pod/default/web', '80', 'drop'],
        ['1: no verdict in the first tier, allowed in the next', '10.8.1.1', 'pod/default/web', '80', 'accept'],
        ['1: end of tier', '10.8.1.1', 'pod/default/web', '81', 'drop'],
        ['1: egress is for the profile', 'pod/default/web', '10.8.1.1', '81', 'accept'],
      ],
    ],
    [
      [...pods, sec(`[${deny}, {action: Pass, protocol: TCP, destination: {ports: [81]}}]`), web],
      [['2: passed to the next tier', '10.8.1.1', 'pod/default/web', '81', 'drop']],
    ],
    [
      [
        ...pods,
        policy(
          'p',
          '{selector: "app == \'web\'", order: 1, types: [Ingress], ingress: [{action: Pass, protocol: TCP, destination: {ports: [81]}}]}',
        ),
        web,
      ],
      [['2: passed to the profile', '10.8.1.1', 'pod/default/web', '81', 'accept']],
    ],
    [
      [...host, icmp],
      [
        ['3: ICMP to the host', '198.51.100.7', 'host', 'icmp', 'accept'],
        ['3: a fail-safe port', '198.51.100.7', 'host', '22', 'accept'],
        ['3: end of tier', '198.51.100.7', 'host', '80', 'drop'],
        ['3: from the host nothing is selected', 'host', '198.51.100.7', '80', 'drop'],
        ['3: a fail-safe port outwards', 'host', '198.51.100.7', '6443', 'accept'],
        ['3: forwarded', '198.51.100.7', '203.0.113.9', '80', 'accept'],
      ],
    ],
    [
      [...host, icmp, forward],
      [['4: forwarded in meets the end of the tier', '198.51.100.7', '203.0.113.9', '80', 'drop']],
    ],
    [
      [
        ...pods,
        calico(
          'StagedGlobalNetworkPolicy',
          's',
          '{selector: "app == \'web\'", types: [Ingress], ingress: [{action: Deny}]}',
        ),
      ],
      [['5: staged only, so the profile decides', '10.8.1.1', 'pod/default/web', '80', 'accept']],
    ],
    [
      pods,
      [
        ['a workload talks to its node', 'pod/default/web', 'host', '80', 'drop'],
        ['the node talks to its workload', 'host', 'pod/default/web', '80', 'accept'],
      ],
    ],
  ]
  for (const [documents, rows] of cases) {
    const { versions, plan, resources, host: facts } = mustCompile(documents, { host: eth0 })
    const { ruleset } = versions[4]
    const scene = createScene({
      backend: IPTABLES,
      tables: kernelTablesOf(ruleset),
      ruleset,
      plan,
      resources,
      host: facts,
    })
    for (const [name, from, to, port, wanted] of rows) {
      const report = new Report()
      const kind = port === 'icmp' ? { proto: 'icmp' } : { proto: 'tcp', dport: port }
      const journey = readRequest({ from, to, ...kind }, scene, undefined, report)
      t.strictSame(report.diagnostics, [], name)
      if (journey !== undefined) t.equal(scene.walker.walk(journey).verdict, wanted, name)
      if (journey === undefined || wanted !== 'drop') continue
      const later = scene.walker.walk({ ...journey, state: 'ESTABLISHED' })
      t.equal(later.verdict, 'accept', `${name}: known connections go on`)
    }
  }
})

t.test('a packet through a cluster of 2,000 pods looks at few of its rules', async t => {
  const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: syntheticCluster(SIZES.M) })
  const result = compile({ files: [{ name: 'cluster.json', text }], node: LOCAL_NODE })
  if (!result.ok) return t.fail('the cluster does not compile')
  const { versions, plan, resources } = result.output
  const { ruleset } = versions[4]
  const scene = createScene({ backend: IPTABLES, tables: kernelTablesOf(ruleset), ruleset, plan, resources })
  const local = [...scene.workloads.values()].filter(({ interfaceName }) => interfaceName !== undefined)
  const all = [...scene.workloads.values()]
  const verdicts = new Map<string, number>()
  let mostLooks = 0
  for (let index = 0; index < 1000; index++) {
    const from = all[(index * 7919) % all.length]
    const to = local[index % local.length]
    const journey = readRequest(
      { from: `pod/${from?.name ?? ''}`, to: `pod/${to?.name ?? ''}`, dport: String([80, 443, 5432, 53][index % 4]) },
      scene,
      undefined,
      new Report(),
    )
    if (journey === undefined) return t.fail('no journey')
    const { verdict, looks } = scene.walker.walk(journey)
    mostLooks = Math.max(mostLooks, looks)
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  }
  t.ok((verdicts.get('accept') ?? 0) > 10 && (verdicts.get('drop') ?? 0) > 10, 'both verdicts occur')
  const rules = ruleset.tables.reduce(
    (sum, { chains }) => sum + chains.reduce((all, chain) => all + chain.rules.length, 0),
    0,
  )
  t.ok(mostLooks < rules / 5, `a packet looks at ${mostLooks} rules of ${rules} at most`)
})

t.test('rules decide as the policies say, by a plain reading of them', async t => {
  const verdicts = { accept: 0, drop: 0, none: 0 }
  for (const [index, name] of goldenCases().entries()) {
    const read = readCase(join(GOLDEN_FOLDER, name))
    if (!compile(read).ok) continue
    const comparison = compareVerdicts(read, 100, index)
    if (comparison === undefined) continue
    t.same(comparison.differences, [], name)
    for (const verdict of ['accept', 'drop', 'none'] as const) verdicts[verdict] += comparison.verdicts[verdict]
  }
  t.ok(Math.min(...Object.values(verdicts)) > 500, JSON.stringify(verdicts))
})
