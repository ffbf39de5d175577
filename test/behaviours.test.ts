// Small behaviours that the recorded cases hardly ever show: each is said in words, and a change of it fails here.

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import * as z from 'zod'
import { parseFailsafePorts, parseInteger, parseTableRange, parseTableRanges } from '../src/calico/felix-parameters.ts'
import { FELIX_PARAMETERS } from '../src/calico/felix-config.ts'
import { automaticHostEndpointName, workloadInterfaceName } from '../src/calico/names.ts'
import { presence } from '../src/calico/releases/history.ts'
import { allReleases, findRelease } from '../src/calico/releases/releases.ts'
import { trace } from '../src/ask.ts'
import { check } from '../src/check.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { Verdicts } from '../src/cli/packet-verdicts.ts'
import { readPlainYaml } from '../src/documents/bulk-documents.ts'
import { findRefusedCharacter } from '../src/documents/refused-characters.ts'
import { resolvePlainScalar } from '../src/documents/scalars.ts'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import type { Rule, Target } from '../src/model/ruleset.ts'
import { createEngine } from '../src/page/engine/engine.ts'
import type { WhatIfValue } from '../src/page/engine/what-if.ts'
import { readShared } from '../src/page/share.ts'
import { parsePort } from '../src/net/port.ts'
import { protocolName } from '../src/net/protocol.ts'
import { leadsOf } from '../src/netfilter/chain-outline.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { addressToBits, NetTable } from '../src/netfilter/net-table.ts'
import { atMost, emptyAsMissing, Fault, field, list, optional, text, textMap } from '../src/parser/fields.ts'
import { MISFIT, readQuickly } from '../src/parser/quick-schema.ts'
import { readProtocol } from '../src/netfilter/protocols.ts'
import { recent } from '../src/netfilter/matches/recent.ts'
import type { MovingPacket } from '../src/netfilter/moving-packet.ts'
import { SetTests } from '../src/netfilter/set-index.ts'
import { isIptablesAddress } from '../src/netfilter/address-text.ts'
import { readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { parseSelector } from '../src/selector/parse.ts'
import { utf8Length } from '../src/text/bytes.ts'
import { guardLines, printable } from '../src/text/printable.ts'
import { isSteering } from '../src/text/steering.ts'
import { explainDecision } from '../src/trace/decision.ts'
import { linesOfText, readPackets } from '../src/trace/packets-file.ts'
import type { Scene } from '../src/trace/scene.ts'
import type { Walk } from '../src/walk/steps.ts'
import { calico, chainLines, compileYaml, hostEndpoint, mustCompile, places, pod, policy } from './helpers/build.ts'

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
  const text = 'a: |\n    x\n  y\n'
  t.equal(readPlainYaml(text, 0, text.length), undefined, 'a line between the block and its key is for the full reader')
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

t.test('the quick reader of schemas gives what zod gives', async t => {
  const short = field(value => (value === 'bad' ? new Fault('bad-value', 'is bad') : value))
  const schemas: readonly z.ZodType[] = [
    z.strictObject({ a: optional(text), b: list(text), c: z.optional(z.unknown()) }),
    z.looseObject({ a: text, b: atMost(1, short) }),
    z.object({
      a: short,
      b: emptyAsMissing(text),
      c: z.preprocess(value => value ?? {}, z.strictObject({ a: short })),
    }),
    z
      .strictObject({ a: z.optional(z.nullable(text)), b: textMap, c: z.string().optional() })
      .superRefine(({ c }, context) => {
        if (c === 'bad') context.addIssue({ code: 'custom', message: 'c' })
      }),
    z.array(
      z.strictObject({
        a: z.record(z.string(), text),
        b: z.union([z.number(), z.boolean()]),
        c: z.string().default('d'),
      }),
    ),
    optional(z.strictObject({ a: optional(z.strictObject({ a: optional(text) })), b: short, c: z.literal('x') })),
  ]
  const leaf = fc.constantFrom(undefined, null, '', 'bad', 'x', 1, true)
  const values = fc.letrec<{ node: unknown }>(tie => ({
    node: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.array(tie('node'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'toString'), tie('node'), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  })).node
  let fitting = 0
  fc.assert(
    fc.property(fc.constantFrom(...schemas), values, (schema, value) => {
      const quick = readQuickly(schema, value)
      const { success, data } = schema.safeParse(value)
      if (quick === MISFIT) return true
      fitting++
      return success && isDeepStrictEqual(quick, data) && JSON.stringify(quick) === JSON.stringify(data)
    }),
    { numRuns: 5_000 },
  )
  t.ok(fitting > 200, `${fitting} fit`)
  const whole = { a: 'x', b: ['y'], c: 1 }
  for (const schema of schemas.slice(0, 2))
    t.strictSame(readQuickly(schema, whole), whole, 'what fits is not left to zod')
})

t.test('characters that steer are the same in text of ASCII alone and in other text', t => {
  const visible = (text: string): string => text.replace(/^e\u0301/, '')
  for (let code = 0; code < 0x80; code++) {
    const character = String.fromCharCode(code)
    const isSeen = code >= 0x20 && code < 0x7f
    t.equal(isSteering(character), !isSeen && !'\n\t'.includes(character), `U+${code.toString(16)}`)
    t.equal(isSteering(`e\u0301${character}`), isSteering(character), `U+${code.toString(16)} behind other text`)
    t.equal(visible(printable(`e\u0301${character}`)), printable(character))
    t.equal(visible(guardLines(`e\u0301${character}`)), guardLines(character))
    t.equal(printable(character) === character, isSeen)
  }
  for (const text of ['a\u200bb', 'a\u202eb', '\u0085', '\ufeff', '\ud800', '\u{e0041}'])
    t.ok(isSteering(text), printable(text))
  t.notOk(isSteering('\u2764\ufe0f'), 'an emoji with its selector')
  t.end()
})

t.test('characters that no YAML may hold', t => {
  const isRefused = (code: number): boolean => findRefusedCharacter(`a${String.fromCharCode(code)}`, 0) === 1
  for (const [first, last, refused] of [
    [0x00, 0x08, true],
    [0x09, 0x0a, false],
    [0x0b, 0x0c, true],
    [0x0d, 0x0d, false],
    [0x0e, 0x1f, true],
    [0x20, 0x7e, false],
    [0x7f, 0x84, true],
    [0x85, 0x85, false],
    [0x86, 0x9f, true],
    [0xa0, 0xd7ff, false],
    [0xe000, 0xfffd, false],
    [0xfffe, 0xffff, true],
  ] as const)
    for (const code of [first, (first + last) >> 1, last]) t.equal(isRefused(code), refused, `U+${code.toString(16)}`)
  t.equal(findRefusedCharacter('\u0000a', 1), 2, 'none behind the place is the end of the text')
  t.end()
})

t.test('of packets of which nothing is expected none is different', t => {
  const verdicts = new Verdicts()
  verdicts.add('accept', undefined)
  verdicts.add('drop', 'drop')
  verdicts.add('unknown', 'reject')
  const indexes = [0, 1, 2]
  t.strictSame(
    indexes.map(index => verdicts.isDifferent(index)),
    [false, false, true],
  )
  t.strictSame(
    indexes.map(index => [verdicts.found(index), verdicts.expected(index)]),
    [
      ['accept', undefined],
      ['drop', 'drop'],
      ['unknown', 'reject'],
    ],
  )
  t.match(verdicts, { length: 3, compared: 2, differing: 1 })
  t.end()
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
    ['+017', 15],
    ['-0o17', -15],
    ['+0x1F', 31],
    ['-0b11', -3],
    ['08', 8],
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
  t.strictSame(
    ['tcp:0', 'tcp:65535', 'tcp:65536'].map(text => parseFailsafePorts(text).ok),
    [true, true, false],
  )
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

t.test(
  'a port may be called by one letter, and a protocol by its number alone where Calico has no name for it',
  async t => {
    t.strictSame(parsePort('x'), { ok: true, port: 'x' })
    t.strictSame([6, 17, 132, 47].map(protocolName), ['tcp', 'udp', 'sctp', undefined])
  },
)

t.test('a range of route tables may be one table, and all ranges together may be 65535', async t => {
  t.equal(parseTableRange('5-5').ok, true)
  t.equal(parseTableRanges('1-65535').ok, true)
  t.equal(parseTableRanges('1-65536').ok, false)
  t.equal(parseTableRanges('1-30000,40000-75534').ok, true)
  t.equal(parseTableRanges('1-30000,40000-75535').ok, false)
  t.equal(parseTableRanges('4294967295-4294967295').ok, true, 'the last number that a table may have')
  t.equal(parseTableRanges('4294967295-4294967296').ok, false)
})

t.test('the automatic endpoint of a host with a long name has small letters and digits of its digest', async t => {
  const node = 'n'.repeat(253)
  t.equal(automaticHostEndpointName('n'.repeat(253 - '-auto-hep'.length)).length, 253, 'what fits stays')
  t.match(automaticHostEndpointName(node), /^[a-z0-9]+-auto-hep$/)
  t.equal(automaticHostEndpointName(node).length <= 253, true)
})

t.test('a message says the first later release that has a thing, and the last earlier one that had it', async t => {
  const between = (name: string, first: string, last: string): unknown => {
    const release = findRelease(name)
    if (release === undefined) throw new Error(name)
    const names = allReleases().map(one => one.name)
    const [from, to] = [first, last].map(one => names.findIndex(other => other.startsWith(one)))
    return presence(release, one => {
      const at = names.indexOf(one.name)
      return at >= (from ?? 0) && at <= (to ?? 0)
    })
  }
  t.strictSame(between('v3.28', 'v3.30.', 'v3.31.'), { since: 'v3.30' })
  t.strictSame(between('v3.31', 'v3.28.', 'v3.28.'), { until: 'v3.28' })
})

t.test('the chains that a chain leads to are those it jumps or goes to', async t => {
  const rule = (target: Target): Rule => ({
    comments: [],
    matches: [],
    target,
    origin: { kind: 'calicoDefault', because: '' },
  })
  const chain = {
    name: 'a',
    origin: { kind: 'calicoDefault', because: '' } as const,
    rules: [rule({ kind: 'accept' }), rule({ kind: 'jump', chain: 'b' }), rule({ kind: 'goto', chain: 'c' })],
  }
  t.strictSame(leadsOf(chain), ['b', 'c'])
})

t.test('a table of nets takes none of the other IP version, and nothing that is no net', async t => {
  t.equal(new NetTable<true>(4).add('fd00::/8', true), false)
  t.equal(new NetTable<true>(6).add('10.0.0.0/8', true), false)
  t.equal(new NetTable<true>(4).add('ten', true), false)
})

t.test('DSCP rules stand in the order of their addresses, whatever the order of the input', async t => {
  const marked = (name: string, ip: string, value: string): string =>
    pod(name, ip).replace('labels:', `annotations: {qos.projectcalico.org/dscp: ${value}}, labels:`)
  const two = [marked('a', '10.65.0.9', 'EF'), marked('b', '10.65.0.10', 'AF11')]
  const lines = (input: readonly string[]): readonly string[] =>
    chainLines(mustCompile(input), 'cali-egress-dscp', 4, 'mangle')
  t.match(lines(two), [/10\.65\.0\.10 .*DSCP/, /10\.65\.0\.9 .*DSCP/])
  t.strictSame(lines([...two].reverse()), lines(two))
})

t.test('of two pools of one net the one with the smaller name counts', async t => {
  const pool = (name: string, nat: boolean): string =>
    calico('IPPool', name, `{cidr: 10.65.0.0/16, natOutgoing: ${nat}}`)
  const hasNat = (first: boolean, second: boolean): boolean => {
    const result = compileYaml([pool('pool-b', second), pool('pool-a', first), pod('a', '10.65.0.2')], { force: true })
    return result.ok && result.output.plan.network.natOutgoing[4] !== undefined
  }
  t.strictSame([hasNat(true, false), hasNat(false, true)], [true, false])
})

t.test('a prefix of NFLOG is written out up to 62 bytes', async t => {
  const prefixOf = (tier: string): string | undefined =>
    chainLines(
      mustCompile([
        calico('FelixConfiguration', 'default', '{flowLogsLocalReporter: Enabled}'),
        calico('Tier', tier, '{order: 1}'),
        policy(`${tier}.p`, `{tier: ${tier}, types: [Ingress], selector: all()}`),
        pod('web', '10.65.0.2'),
      ]),
      `cali-tw-${workloadInterfaceName('cali', 'default', 'web')}`,
    )
      .flatMap(line => /--nflog-prefix (DPI\|\S+)/.exec(line)?.[1] ?? [])
      .at(0)
  t.equal(prefixOf('t'.repeat(58)), `DPI|${'t'.repeat(58)}`)
  t.match(prefixOf('t'.repeat(59)), /^DPI\|t{6}_.*_t{10}$/, 'one more and its middle is a hash')
})

t.test('an untracked policy without rules for one direction is written so on purpose', async t => {
  const codes = (more: string): readonly string[] => {
    const rules = `{selector: all(), types: [Ingress, Egress], ${more}ingress: [{action: Allow}]}`
    const text = [hostEndpoint('eth'), policy('p', rules)].join('\n---\n')
    return check({ files: [{ name: 'input.yaml', text }] }).diagnostics.map(({ code }) => code)
  }
  t.match(codes('').join(), /empty-direction/)
  t.notMatch(codes('doNotTrack: true, applyOnForward: true, ').join(), /empty-direction/)
})

t.test('rules of a profile know their place in the input', async t => {
  const { sources, versions } = mustCompile([
    calico('Profile', 'own', '{ingress: [{action: Allow, protocol: TCP}]}'),
    hostEndpoint('eth', {}, 'interfaceName: eth0, profiles: [own]'),
  ])
  const rules = versions[4].ruleset.tables.flatMap(({ chains }) => chains.flatMap(({ rules: own }) => own))
  const origin = rules.map(one => one.origin).find(({ kind }) => kind === 'profileRule')
  if (origin?.kind !== 'profileRule' || origin.location === undefined) throw new Error('no place')
  const { file, start } = sources.spanOf(origin.location)
  t.match(file.text.slice(start), /^\{?action: Allow, protocol: TCP/)
})

t.test('a packet may go to the last port there is, and to none behind it', async t => {
  const output = mustCompile([pod('web', '10.65.0.2')])
  const isAsked = (dport: string): boolean => trace(output, { from: '192.0.2.9', to: 'pod/default/web', dport }).ok
  t.strictSame(['65535', '65536', '-1'].map(isAsked), [true, false, false])
})

t.test('limits hold at the number itself, and not one before or behind it', async t => {
  const codes = (...documents: readonly string[]): readonly string[] => [
    ...new Set(compileYaml(documents).diagnostics.map(({ code }) => code)),
  ]
  const burst = (count: number): readonly string[] =>
    codes(
      calico('FelixConfiguration', 'default', `{logActionRateLimit: 10/second, logActionRateLimitBurst: ${count}}`),
      policy('p', '{selector: all(), ingress: [{action: Log}]}'),
      pod('web', '10.65.0.2'),
    ).filter(code => code.startsWith('kernel'))
  t.strictSame([burst(10_000), burst(10_001)], [[], ['kernel-refuses-rule']], 'the burst of a log limit')

  const cluster = [
    policy('p', "{selector: all(), ingress: [{action: Allow, source: {selector: app == 'web'}}]}"),
    ...Array.from({ length: 20 }, (_, i) => pod(`web-${i}`, `10.65.0.${i + 2}`, { app: 'web' })),
  ]
  const members = (max: number): readonly string[] =>
    codes(calico('FelixConfiguration', 'default', `{maxIpsetSize: ${max}}`), ...cluster).filter(code =>
      code.startsWith('kernel'),
    )
  t.strictSame([members(20), members(19)], [[], ['kernel-refuses-set']], 'a set holds as many as it may')

  const policyOf = (ingress: string): string =>
    `{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, namespace: default}, spec: {podSelector: {}, ingress: [${ingress}]}}`
  const ports = (port: number, endPort: number): readonly string[] =>
    codes(policyOf(`{ports: [{protocol: TCP, port: ${port}, endPort: ${endPort}}]}`), pod('a', '10.65.0.2'))
  t.strictSame([ports(80, 80), ports(80, 79).length > 0], [[], true], 'a range of ports may be one port')
  const block = (except: string): readonly string[] =>
    codes(policyOf(`{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [${except}]}}]}`), pod('a', '10.65.0.2'))
  t.strictSame([block('10.0.0.0/25'), block('10.0.0.0/24')], [[], ['bad-net']], 'an exception is smaller than its net')

  const label = (length: number): boolean => parseSelector(`has(${'a'.repeat(length)})`).ok
  t.strictSame([label(512), label(513)], [true, false], 'a name of a label in a selector')
  t.strictSame(['255', '256'].map(readProtocol), [255, undefined], 'protocols have eight bits')
  t.strictSame(
    ['10.0.0.0/32', '10.0.0.0/33'].map(text => isIptablesAddress(text, 4)),
    [true, false],
  )
  t.strictSame(
    ['fd00::/128', 'fd00::/129'].map(text => isIptablesAddress(text, 6)),
    [true, false],
  )
})

t.test('matches of chance and of memory at their ends', async t => {
  const matchOf = (words: string): unknown => {
    const iptables = `*filter\n:INPUT ACCEPT [0:0]\n-A INPUT ${words} -j DROP\nCOMMIT\n`
    const { tables } = readKernelTables({ iptables: { name: 'rules', text: iptables }, ipVersion: 4 }, new Report())
    return tables.flatMap(({ kernelChains }) => kernelChains.flatMap(({ rules }) => rules))[0]?.matches[0]
  }
  t.match(matchOf('-m statistic --mode random --probability 1'), { kind: 'statistic', probability: 1 })
  t.equal(matchOf('-m statistic --mode random --probability 1.1'), undefined, 'more often than always: no such rule')
  t.match(matchOf('-m nfacct --nfacct-name all'), { kind: 'accounting', name: 'all' })
  const moving = {} as MovingPacket
  const sender = (hits: number): string =>
    recent.evaluate({ kind: 'recent', options: '--rcheck', isSetting: false, hits }, moving, {} as never)
  t.strictSame(
    [1, 2].map(sender),
    ['unknown', 'no'],
    'one packet may have come before; an attempt too many is not assumed',
  )
})

t.test('a set of addresses with ports is met by both together only', async t => {
  const tests = new SetTests()
  const set = { name: 's', type: 'hash:ip,port', ipVersion: 4, members: ['10.0.0.1,tcp:80'] } as const
  const address = addressToBits('10.0.0.1', 4)
  const ask = (port: number, dimensions: 1 | 2): string => tests.of(set)({ address, protocol: 6, port, dimensions })
  t.strictSame([ask(80, 2), ask(81, 2), ask(80, 1)], ['yes', 'no', 'no'])
})

t.test('a file of packets: what stands on a line is what is asked', t => {
  const rows: readonly (readonly [
    why: string,
    text: string,
    requests: readonly unknown[],
    messages: readonly RegExp[],
  ])[] = [
    [
      'quotes stand for themselves where there are two, and an empty cell for nothing',
      'from,to,dport\n"10.0.0.1", "say ""a"", b" ,\n',
      [{ from: '10.0.0.1', to: 'say "a", b' }],
      [],
    ],
    [
      'comments and empty lines are none, before the header and behind it',
      '# packets\n\nfrom\n  # one\n\n10.0.0.1\n',
      [{ from: '10.0.0.1' }],
      [],
    ],
    [
      'null in JSON is nothing, and numbers and truth values are their text',
      '{"from": "10.0.0.1", "to": null, "dport": 80, "ipv6": false}\n',
      [{ from: '10.0.0.1', dport: '80', ipv6: 'false' }],
      [],
    ],
    ['fewer cells than columns are none', 'from,to,dport\n10.0.0.1\n', [{ from: '10.0.0.1' }], []],
    ['more are a mistake', 'from,to\n10.0.0.1,10.0.0.2,80\n', [], [/^3 values, but the header names 2 columns$/]],
    ['a column of another name', 'src,dest\n1,2\n', [], [/did you mean `from` for `src`, `to` for `dest`\?/]],
    ['nothing but comments', '# from,to\n', [], [/^`packets` has no packets$/]],
  ]
  for (const [why, text, requests, messages] of rows) {
    const report = new Report()
    const found = [...readPackets(linesOfText({ name: 'packets', text }), report)].map(({ request }) => request)
    t.strictSame(found, requests, why)
    t.match(
      report.diagnostics.map(({ message, help = '' }) => (message.startsWith('unknown') ? help : message)),
      messages,
      why,
    )
    t.equal(report.diagnostics.length, messages.length, why)
  }
  t.end()
})

t.test('the page: why a policy stands where it does, and a what-if of one field', t => {
  const policyOf = (name: string, order: string): string => `apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata:
  name: ${name}
spec:
${order === '' ? '' : `  order: ${order}   # a note\n`}  selector: app == 'web'
  types: [Ingress]
`
  const text = [
    pod('web', '10.0.0.1', { app: 'web' }),
    policyOf('a', '5'),
    policyOf('b', '5'),
    policyOf('c', '7'),
    policyOf('d', ''),
  ]
  const input = { files: [{ name: 'a.yaml', text: text.join('\n---\n') }], host: '', node: '', release: '' }
  const engine = createEngine(input)
  const { model } = engine.view
  const [met] = engine.met(model?.endpoints[0]?.id ?? '')
  t.strictSame(
    met?.tiers.flatMap(({ policies }) => policies.map(({ why }) => why)),
    [
      'first in its tier: its order is 5',
      'its order is 5, as has the one before it: kind, namespace and name break the tie',
      'its order is 7, and the one before it has 5',
      'it has no order: those come last',
    ],
  )
  t.match(
    model?.tiers.find(({ name }) => name === 'default'),
    { defaultAction: 'Deny', isWritten: false },
  )
  const rows: readonly (readonly [policy: string, field: string, value: WhatIfValue, before: string, after: string])[] =
    [
      ['a', 'order', 0, policyOf('a', '5'), policyOf('a', '0')],
      ['c', 'order', undefined, policyOf('c', '7'), policyOf('c', '')],
      ['d', 'order', 1, policyOf('d', ''), policyOf('d', '1').replace('   # a note', '')],
      ['d', 'order', undefined, policyOf('d', ''), policyOf('d', '')],
      [
        'b',
        'applyOnForward',
        false,
        policyOf('b', '5'),
        policyOf('b', '5').replace('spec:', 'spec:\n  applyOnForward: false'),
      ],
      ['none', 'order', 1, '', ''],
      ['a', 'tier default', 'Pass', '', ''],
    ]
  for (const [name, field, value, before, after] of rows) {
    const id = model?.policies.find(({ title }) => title.endsWith(` ${name}`))?.id ?? name
    const changed = engine.change(id, field, value)
    t.equal(changed.files[0]?.text, input.files[0]?.text.replace(before, after), `${name}: ${field} ${String(value)}`)
  }
  t.end()
})

t.test('a link to the page is taken field by field, or not at all', t => {
  const file = { name: 'a.yaml', text: 'x' }
  const whole = { input: { files: [file] }, packet: { from: 'a', dport: 80, node: 'n1', extra: 'x' }, direction: 'up' }
  const none = undefined
  const rows: readonly (readonly [why: string, link: unknown, read: object | undefined])[] = [
    ['what is no text or no field is left out', whole, { packet: { from: 'a' }, direction: 'ingress', ipVersion: 4 }],
    [
      'what it says',
      { ...whole, direction: 'egress', ipVersion: 6, endpoint: 'pod/a' },
      { direction: 'egress', ipVersion: 6, endpoint: 'pod/a' },
    ],
    ['a number as text', { ...whole, ipVersion: '6' }, { ipVersion: 4 }],
    ['a file that is none among others', { input: { files: [file, { name: 'b.yaml' }] } }, none],
    ['no file', { input: { files: [] } }, none],
    ['200 files', { input: { files: Array.from({ length: 200 }, () => file) } }, { endpoint: '' }],
    ['201 files', { input: { files: Array.from({ length: 201 }, () => file) } }, none],
    ['no input', [], none],
  ]
  for (const [why, link, read] of rows) {
    const found = readShared(JSON.stringify(link))
    if (read === undefined) t.equal(found, undefined, why)
    else t.match(found, read, why)
  }
  t.strictSame(Object.keys(readShared(JSON.stringify(whole))?.packet ?? {}), ['from'])
  t.equal(readShared('{"input"'), undefined, 'a link that was cut')
  t.end()
})
