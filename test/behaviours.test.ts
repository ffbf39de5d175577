// Small behaviours that the recorded cases hardly ever show: each is said in words, and a change of it fails here.

import t from 'tap'
import { parseFailsafePorts, parseInteger, parseTableRange } from '../src/calico/felix-parameters.ts'
import { FELIX_PARAMETERS } from '../src/calico/felix-config.ts'
import { check } from '../src/check.ts'
import { readPlainYaml } from '../src/documents/bulk-documents.ts'
import { resolvePlainScalar } from '../src/documents/scalars.ts'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import type { Rule } from '../src/model/ruleset.ts'
import { parsePort } from '../src/net/port.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { contradictionOf } from '../src/selector/contradiction.ts'
import { parseSelector } from '../src/selector/parse.ts'
import { utf8Length } from '../src/text/bytes.ts'
import { explainDecision } from '../src/trace/decision.ts'
import type { Scene } from '../src/trace/scene.ts'
import type { Walk } from '../src/walk/steps.ts'
import { calico, compileYaml, hostEndpoint, mustCompile, places, pod, policy } from './helpers/build.ts'

t.test('the quick YAML reader ends a text block as YAML does', async t => {
  const rows: readonly (readonly [string, string])[] = [
    ['a: |\n  x\n\n\n', 'x\n'],
    ['a: |-\n  x\n\n', 'x'],
    ['a: |\n  x\n\n  y\n\n', 'x\n\ny\n'],
  ]
  for (const [text, wanted] of rows) {
    const read = readPlainYaml(text, 0, text.length)
    // What it leaves to the full reader is no mistake of its own.
    if (read !== undefined) t.strictSame(read.value, { a: wanted }, JSON.stringify(text))
  }
})

t.test('the quick YAML reader takes brackets on one line', async t => {
  const rows: readonly (readonly [string, unknown])[] = [
    ['a: { b: c, d: [80, "8080:8090", 1.5] } # e', { a: { b: 'c', d: [80, '8080:8090', 1.5] } }],
    ['a: {}', { a: {} }],
    ['- { name: web }\n- [Ingress, Egress]', [{ name: 'web' }, ['Ingress', 'Egress']]],
    [
      "a: { selector: app == 'web', nets: [10.0.0.0/8, fd00::/8] }",
      { a: { selector: "app == 'web'", nets: ['10.0.0.0/8', 'fd00::/8'] } },
    ],
  ]
  for (const [text, wanted] of rows) t.strictSame(readPlainYaml(text, 0, text.length)?.value, wanted, text)
  for (const text of ['a: { b }', 'a: {b: 1, b: 2}', 'a: [b,\n c]', 'a: {{ .b }}', 'a: [b, ]', 'a: [b] c', '[a]: b'])
    t.equal(readPlainYaml(text, 0, text.length), undefined, `${text} is left to the full reader`)
})

t.test('what looks like a number and is none stays text', async t => {
  for (const [text, wanted] of [
    ['.1_0', '.1_0'],
    ['1_0', 10],
    ['.1', 0.1],
    ['-1', -1],
    ['1.5', 1.5],
    ['0x1F', 31],
    ['017', 15],
    ['1:30', '1:30'],
  ] as const)
    t.strictSame(resolvePlainScalar(text), wanted, text)
})

t.test('ports are not negative', async t => {
  for (const port of ['-1', '-80', '"-1:5"', '"5:-1"', '"80:79"']) {
    const rule = `{action: Allow, protocol: TCP, destination: {ports: [${port}]}}`
    const { diagnostics } = compileYaml([policy('p', `{selector: all(), ingress: [${rule}]}`)])
    t.match(places(diagnostics), [/ bad-port$/], port)
  }
  t.strictSame(parsePort('0'), { ok: true, port: { first: 0, last: 0 } })
  t.strictSame(parsePort('-1'), { ok: true, port: '-1' }, 'to the loader a dash and digits are a name')
  t.equal(parsePort('-1:5').ok, false)
  t.equal(parseFailsafePorts('tcp:-1').ok, false)
  t.equal(parseFailsafePorts('tcp:1').ok, true)
})

t.test('two prefixes exclude each other only where neither begins with the other', async t => {
  const clash = (text: string): boolean => {
    const result = parseSelector(text)
    if (!result.ok) throw new Error(text)
    return contradictionOf(result.selector) !== undefined
  }
  t.equal(clash("a starts with 'x' && a starts with 'xy'"), false, 'xyz begins with both')
  t.equal(clash("a ends with 'y' && a ends with 'xy'"), false, 'axy ends in both')
  t.equal(clash("a contains 'x' && a contains 'y'"), false)
  t.equal(clash("a == 'x' && a == 'y'"), true)
  t.equal(clash("a == 'x' && a starts with 'y'"), true)
})

t.test('settings of Felix at their ends', async t => {
  t.strictSame(parseTableRange('1-250'), { ok: true, value: '1-250' }, 'the last route table that Felix may have')
  t.equal(parseTableRange('1-251').ok, false)
  t.equal(parseTableRange('0-5').ok, false)
  t.equal(parseTableRange('9-5').ok, false)
  t.equal(parseInteger(0, 65535)('-1').ok, false)
  t.equal(FELIX_PARAMETERS.serviceLoopPrevention.zero, 'Disabled', '`none` switches the prevention off')
})

t.test('metadataPort 0 stands for the port as it is, and does not speak of OpenStack', async t => {
  const nat = (settings: string): string =>
    mustCompile([calico('FelixConfiguration', 'default', settings), pod('a', '10.65.0.1')]).versions[4].text.iptables
  t.match(nat('{metadataAddr: 10.0.0.9, metadataPort: 0}'), /--to-destination 10\.0\.0\.9\n/)
  t.match(nat('{metadataAddr: 10.0.0.9, metadataPort: 8080}'), /--to-destination 10\.0\.0\.9:8080\n/)
  t.equal(nat('{metadataPort: 0}'), nat('{}'), 'no rule of OpenStack')
  t.not(nat('{metadataPort: 80}'), nat('{}'))
})

t.test('of two policies with one order the name decides, then the namespace, then the kind', async t => {
  const np = (namespace: string, name: string): string =>
    `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: ${name}, namespace: ${namespace}}, spec: {order: 5, selector: "a == 'b'", ingress: [{action: Allow}]}}`
  const output = mustCompile([
    pod('x', '10.65.0.1', { a: 'b' }, { namespace: 'shop' }),
    np('shop', 'b'),
    np('shop', 'a'),
    policy('b', `{order: 5, selector: "a == 'b'", ingress: [{action: Deny}]}`),
    policy('a', `{order: 5, selector: "a == 'b'", ingress: [{action: Deny}]}`),
  ])
  const [tier] = output.plan.matching.tiers
  t.strictSame(
    tier?.policies.map(({ id }) => `${id.kind} ${id.namespace}/${id.name}`),
    ['GlobalNetworkPolicy /a', 'NetworkPolicy shop/a', 'GlobalNetworkPolicy /b', 'NetworkPolicy shop/b'],
  )
})

t.test('the namespace of a policy decides before its kind does', async t => {
  const output = mustCompile([
    pod('x', '10.65.0.1', {}, { namespace: 'alpha' }),
    pod('z', '10.65.0.2', {}, { namespace: 'beta' }),
    // The order of every policy of Kubernetes.
    '{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: a, namespace: beta}, spec: {podSelector: {}}}',
    '{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: a, namespace: alpha}, spec: {order: 1000, selector: all()}}',
  ])
  t.strictSame(
    output.plan.matching.tiers.flatMap(({ policies }) =>
      policies.map(({ id }) => `${id.kind} ${id.namespace}/${id.name}`),
    ),
    ['NetworkPolicy alpha/a', 'KubernetesNetworkPolicy beta/a'],
  )
})

t.test('a default deny is only what the end of a tier or of the profiles does', async t => {
  const limit = "annotations: {qos.projectcalico.org/ingressPacketRate: '10'}, labels"
  const output = mustCompile([
    pod('x', '10.65.0.1', { a: 'b' }).replace('labels', limit),
    pod('z', '10.65.0.2'),
    policy('p', `{selector: "a == 'b'", ingress: [{action: Allow, protocol: TCP}]}`),
  ])
  const version = output.versions[4]
  const tables = kernelTablesOf(version.ruleset)
  const scene = { ...output, ...version, tables, backend: IPTABLES, originOf: (rule: Rule) => rule.origin }
  const filter = tables.tables.find(({ name }) => name === 'filter')
  const drops = output.plan.workloads.flatMap(({ name, interfaceName }) => {
    const chain = `cali-tw-${interfaceName}`
    const rules = filter?.userChains.get(chain)?.rules ?? []
    return rules.flatMap((rule, index) => {
      if (rule.target?.kind !== 'drop') return []
      const step = { kind: 'rule', hook: 'FORWARD', table: 'filter', chain, index, rule, markBefore: 0, markAfter: 0 }
      const walk = { verdict: 'drop', steps: [step], decidedBy: step } as unknown as Walk
      const { defaultDeny } = explainDecision(walk, scene as unknown as Scene)
      return [`${name}: ${rule.comments.join()} ${defaultDeny === undefined ? 'no' : (defaultDeny.tier ?? 'profiles')}`]
    })
  })
  t.strictSame(drops, [
    'default/z:  no', // conntrack does not know it
    'default/z: Drop if no profiles matched profiles',
    'default/x: Drop packets over ingress packet rate limit no',
    'default/x:  no',
    'default/x: End of tier default. Drop if no policies passed packet default',
    'default/x: Drop if no profiles matched profiles',
  ])
})

t.test('unmatched-label does not ask for a label that its own namespace gives', async t => {
  const codes = (selector: string, own = 'shop'): readonly string[] => {
    const documents = [
      '{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: x}}}',
      '{apiVersion: v1, kind: Namespace, metadata: {name: other, labels: {team: z}}}',
      pod('a', '10.65.0.1', { app: 'a' }, { namespace: 'shop' }),
      `{apiVersion: projectcalico.org/v3, kind: NetworkPolicy, metadata: {name: p, namespace: ${own}}, spec: {selector: all(), ingress: [{action: Allow, source: {namespaceSelector: "${selector}"}}]}}`,
    ]
    const files = [{ name: 'a.yaml', text: documents.join('\n---\n') }]
    const { diagnostics } = check({ files, node: 'node-1' })
    t.notOk(
      diagnostics.some(({ severity }) => severity === 'error'),
      'the input is right',
    )
    return diagnostics.map(({ code }) => code).filter(code => code === 'unmatched-label')
  }
  t.strictSame(codes("team == 'x'"), [])
  t.strictSame(codes("projectcalico.org/name == 'shop'"), [])
  t.strictSame(codes("projectcalico.org/name == 'lone'", 'lone'), [], 'a namespace of which only its policy tells')
  t.strictSame(codes("projectcalico.org/name == 'lone'"), ['unmatched-label'])
  t.strictSame(codes("team == 'shop'"), ['unmatched-label'], 'the name of its namespace is no value of another label')
})

t.test('no-addresses is said only where nobody that the selector finds has an address', async t => {
  const rule = `{selector: all(), ingress: [{action: Allow, source: {selector: "role == 'h'"}}]}`
  const codes = (documents: readonly string[]): readonly string[] =>
    places(check({ files: [{ name: 'a.yaml', text: documents.join('\n---\n') }], node: 'node-1' }).diagnostics).filter(
      place => place.endsWith('no-addresses'),
    )
  const without = hostEndpoint('one', { role: 'h' })
  const other = hostEndpoint('two', { role: 'h' }, 'interfaceName: eth1, expectedIPs: [192.0.2.9]')
  const nobody = pod('a', '10.65.0.1', { role: 'p' })
  t.equal(codes([nobody, without, policy('p', rule)]).length, 1)
  t.equal(codes([nobody, without, other, policy('p', rule)]).length, 0, 'the other one gives the set its member')
})

t.test('bytes of UTF-8 are counted as an encoder would make them, half pairs too', async t => {
  const rows: readonly (readonly [string, number])[] = [
    ['', 0],
    ['web', 3],
    ['ä', 2],
    ['€', 3],
    ['😀', 4],
    ['\ud83d', 3],
    ['\ude00', 3],
    ['\ud83d\ud83d\ude00', 7],
    ['\ude00\ud83d', 6],
  ]
  for (const [text, bytes] of rows) t.equal(utf8Length(text), bytes, JSON.stringify(text))
  t.equal(utf8Length('a😀b', 1, 2), 3, 'a piece that ends in the middle of a pair')
})
