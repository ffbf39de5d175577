// The work grows with the input and not with a power of it: counted in the code under test, never timed.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import type { Match, Rule, Target } from '../src/model/ruleset.ts'
import { movingPacket, NetCache } from '../src/netfilter/moving-packet.ts'
import { SetIndex } from '../src/netfilter/set-index.ts'
import { tableExits } from '../src/walk/table-exits.ts'
import { WalkTooLong } from '../src/walk/walk-work.ts'
import {
  parseFailsafePorts,
  parseCidrList,
  parseInterfacePatterns,
  parseKeyValues,
} from '../src/calico/felix-parameters.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { fixFile } from '../src/fix.ts'
import { formatDiff } from '../src/report/format-diff.ts'
import {
  MAX_MATCH_STEPS,
  MAX_PLACED_GROUPS,
  MAX_PLACED_POLICIES,
  MAX_SET_MEMBERS,
  PlanWork,
} from '../src/planner/plan-work.ts'
import { reindent } from '../src/hints/reindent.ts'
import { parseQuantity } from '../src/parser/kubernetes/quantity.ts'
import { normaliseName } from '../src/parser/calico-v1/names.ts'
import { readLogEntry } from '../src/trace/log-entry.ts'
import { parseRegularExpression } from '../src/text/regular-expression.ts'
import { guardLines, printable, shortenQuotes } from '../src/text/printable.ts'
import { isIptablesAddress } from '../src/netfilter/address-text.ts'
import { clusterReach } from '../src/cluster-reach.ts'
import { compileYaml } from './helpers/build.ts'
import { compareTimes } from './helpers/cpu-time.ts'
import { NODE, rule, tables, TCP, walk } from './helpers/hand-made-tables.ts'

const DROP: Target = { kind: 'drop' }

t.test('the work grows with the rules, however often chains lead to each other', async t => {
  const unknown: Match = { kind: 'unknown', text: '-m foo --bar' }
  /** Each chain jumps to the next one twice, the last one does `end`. */
  const fan = (depth: number, first: readonly Match[], end: readonly Rule[], mark?: Target): KernelTables => {
    const name = (index: number): string => `c${index}`
    const chains = Array.from({ length: depth }, (_, index): readonly [string, readonly Rule[]] => {
      const target: Target = { kind: 'jump', chain: name(index + 1) }
      return [name(index), [...(mark === undefined ? [] : [rule([], mark)]), rule(first, target), rule([], target)]]
    })
    return tables({
      filter: {
        INPUT: [rule([], { kind: 'jump', chain: name(0) })],
        ...Object.fromEntries(chains),
        [name(depth)]: end,
      },
    })
  }
  for (const [title, make] of [
    ['chains that jump twice', (depth: number) => fan(depth, [], [])],
    ['chains that set a mark', (depth: number) => fan(depth, [], [], { kind: 'setMark', value: 1, mask: 1 })],
    [
      'chains that end in a log line',
      (depth: number) => fan(depth, [], [rule([], { kind: 'log', prefix: 'x', level: 5 })]),
    ],
  ] as const) {
    const [few, many] = [walk(make(40)), walk(make(80))]
    t.ok(many.looks <= 2.2 * few.looks, `${title}: ${few.looks} rules looked at, then ${many.looks}`)
  }
  const open = walk(fan(60, [unknown], []))
  t.strictSame([open.verdict, open.isComplete], ['accept', false], 'unknown matches on each level leave one verdict')
  const two = walk(fan(60, [unknown], [rule([unknown], DROP)]))
  t.strictSame([two.verdict, two.verdicts], ['unknown', ['accept', 'drop']], 'both verdicts are found')
  const toggle = (bit: number): Target => ({ kind: 'xorMark', value: 1 << bit, mask: 0 })
  const bitIs = (bit: number, isSet: boolean): Match => ({
    kind: 'mark',
    value: isSet ? 1 << bit : 0,
    mask: 1 << bit,
    negated: false,
  })
  // A counter of 26 bits in the mark: each call of `count` adds one, so no state comes twice.
  const add = Array.from({ length: 26 }, (_, bit) => [
    rule([], toggle(bit)),
    rule([bitIs(bit, true)], { kind: 'return' }),
  ]).flat()
  const kernel = fan(26, [], add)
  t.throws(() => walk(kernel), { message: new WalkTooLong().message }, 'what is too long is said to be')
})

t.test('the ways out of a table are those of all walks through it', async t => {
  const unknown: Match = { kind: 'unknown', text: '-m foo --bar' }
  const target = fc.constantFrom<Target>(
    ...([{ kind: 'accept' }, { kind: 'drop' }, { kind: 'return' }, { kind: 'reject' }] as const),
    ...([1, 2] as const).map(value => ({ kind: 'setMark', value, mask: value }) as const),
    { kind: 'clearMark', mask: 1 },
    ...(['a', 'b', 'c'] as const).flatMap(chain => [
      { kind: 'jump', chain } as const,
      { kind: 'goto', chain } as const,
    ]),
    { kind: 'unknown', text: '-j FOO', continues: false },
  )
  const match = fc.constantFrom<Match>(
    unknown,
    { kind: 'mark', value: 1, mask: 1, negated: false },
    { kind: 'mark', value: 2, mask: 2, negated: true },
  )
  const written = fc.tuple(fc.array(match, { maxLength: 1 }), target)
  const chain = fc.array(written, { maxLength: 3 })
  let compared = 0
  fc.assert(
    fc.property(fc.tuple(chain, chain, chain, chain), ([INPUT, a, b, c]) => {
      // A chain leads only to those behind it.
      const forward = (rules: typeof INPUT, from: number): readonly Rule[] =>
        rules.flatMap(([matches, to]) => ('chain' in to && 'abc'.indexOf(to.chain) < from ? [] : [rule(matches, to)]))
      const kernel = tables({
        filter: { INPUT: forward(INPUT, 0), a: forward(a, 1), b: forward(b, 2), c: forward(c, 3) },
      })
      const { walks, isComplete } = walk(kernel)
      if (!isComplete) return
      compared++
      const [table] = kernel.tables
      const base = table?.kernelChains.find(({ name }) => name === 'INPUT')
      if (table === undefined || base === undefined) throw new Error('no table')
      const context = { sets: new SetIndex(new Map()), nets: new NetCache(), node: NODE }
      const exits = tableExits(table, 'INPUT', base, movingPacket(TCP, undefined, 0), context, true)
      const ends = (list: readonly { readonly verdict: string; readonly mark: number }[]): readonly string[] =>
        [...new Set(list.map(({ verdict, mark }) => `${verdict} ${mark}`))].sort()
      assert.deepEqual(ends(exits.map(({ verdict, moving }) => ({ verdict, mark: moving.mark }))), ends(walks))
    }),
    { numRuns: 500, seed: 1 },
  )
  t.ok(compared > 300, `${compared} compared`)
})

t.test('no expression of ours over text of the input takes more than linear time', async t => {
  const yaml = (line: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec:\n${line}\n`
  const rows: readonly (readonly [string, (text: string) => unknown, (n: number) => string])[] = [
    ['blanks in fail-safe ports', parseFailsafePorts, n => `a${' '.repeat(n)}b`],
    ['brackets in fail-safe ports', parseFailsafePorts, n => '['.repeat(n)],
    ['closing brackets in fail-safe ports', parseFailsafePorts, n => `[${']'.repeat(n)}`],
    ['blanks in a list of nets', parseCidrList, n => `a${' '.repeat(n)}b`],
    ['blanks in a list of values', parseKeyValues, n => `a=${' '.repeat(n)}b\nc`],
    ['an interface expression', parseInterfacePatterns, n => `/${'(a|b)*'.repeat(n / 10)}$/`],
    ['digits of a quantity', parseQuantity, n => `${'1'.repeat(n)}x`],
    ['dashes of a name', normaliseName, n => `a${'-'.repeat(n)}a`],
    ['dashes before a dot', normaliseName, n => `${'-.'.repeat(n / 2)}a${'-'.repeat(n)}/a`],
    ['a log line without interfaces', text => readLogEntry(text, new Report()), n => 'IN='.repeat(n / 3)],
    ['a log line of open brackets', text => readLogEntry(text, new Report()), n => `IN=a OUT=b ${'['.repeat(n)}`],
    ['blanks in an address', text => isIptablesAddress(text, 4), n => `a${' '.repeat(n)}b`],
    ['blanks and comments to indent', reindent, n => yaml(`  a:${' #'.repeat(n / 4)}\u2028x`)],
    ['blanks to indent', reindent, n => yaml(`  a:${' '.repeat(n)}\u2028x`)],
    ['backticks in a message', shortenQuotes, n => '`a'.repeat(n)],
    ['commands to print', printable, n => '##['.repeat(n / 3)],
    ['commands to guard', guardLines, n => `${' '.repeat(n)}:\u001b[`.repeat(2)],
    ['a value with comments', text => compileYaml([text]), n => yaml(`  selector: *a${' #'.repeat(n / 2)}\u2028x`)],
    ['a tag with comments', text => compileYaml([text]), n => yaml(`  selector: !a b${' #'.repeat(n / 2)}\u2028x`)],
    ['an unclosed quote', text => compileYaml([text]), n => yaml(`  selector: "${`: '`.repeat(n / 3)}`)],
    ['blank lines', text => compileYaml([text]), n => yaml(`  selector: all()${'\n'.repeat(n)}`)],
    ['tags on one line', text => compileYaml([text]), n => yaml(`  ingress: [${'!a b, '.repeat(n / 12)}]`)],
    [
      'cures',
      text => fixFile({ name: 'a.yaml', text }),
      n => yaml(`  Ingress:${'\n  - action: allow'.repeat(n / 200)}`),
    ],
    // Up to 2,000 edits the work grows with their square, and no further: both are longer.
    ['cures in a diff', diffOfCures, n => yaml(`  ingress:${'\n  - action: allow'.repeat(n / 10)}`)],
    ['pieces of labels', text => compileYaml([text]), n => setsAndSelectors(n / 160)],
    [
      'aliases behind anchors',
      text => compileYaml([text]),
      n => yaml(`  ingress:${'\n  - &a x'.repeat(n / 16)}${'\n  - *a'.repeat(n / 18)}`),
    ],
    ['names', text => compileYaml([text]), n => yaml('').replace('name: x', `name: ${'a-'.repeat(n / 2)}.`)],
  ]
  for (const [title, run, make] of rows) {
    const [few, many] = [make(20_000), make(160_000)]
    // Eight times the text: a quadratic expression takes 64 times as long.
    const { isEnough, text } = compareTimes(
      () => run(few),
      () => run(many),
      (short, long) => long < 24 * Math.max(short, 10),
    )
    t.ok(isEnough, `${title}: ${text}`)
  }
})

function diffOfCures(before: string): string {
  const after = before.replaceAll('allow', 'Allow')
  return formatDiff({ path: 'a.yaml', before, after }, { color: false, isTerminal: false, base: '.' })
}

/** As many sets with a label each as selectors that ask for a piece of it. */
function setsAndSelectors(count: number): string {
  const documents = Array.from({ length: count }, (_, index) => [
    'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet',
    `metadata: {name: s${index}, labels: {k: v${index}}}\nspec: {nets: [192.0.2.0/24]}`,
    '---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy',
    `metadata: {name: p${index}}\nspec: {ingress: [{action: Allow, source: {selector: k contains "x${index}"}}]}\n`,
  ])
  return documents.map(lines => lines.join('\n')).join('---\n')
}

t.test('regular expressions are those of RE2, which cannot blow up', async t => {
  const rows: readonly (readonly [string, string, boolean | undefined])[] = [
    ['^(.|.|.|.|.)*$x', 'abcdefghijklmno', false],
    ['(a*)*b', 'a'.repeat(50_000), false],
    ['(?i)^ETH', 'eth0', true],
    ['^[[:alpha:]]+[0-9]$', 'eth0', true],
    ['^\\pL+$', 'eth', true],
    ['eth0\\z', 'eth0', true],
    ['(?=a)', 'a', undefined],
    ['(a)\\1', 'aa', undefined],
    ['a{1001}', 'a', undefined],
    ['(', 'a', undefined],
  ]
  for (const [source, text, wanted] of rows)
    t.equal(parseRegularExpression(source)?.matches(text), wanted, `${source} over ${text.slice(0, 20)}`)
})

t.test('what rules select times what is selected is refused before it is worked out', async t => {
  const list = (...items: readonly object[]): string => JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
  const times = (count: number, make: (index: number) => object): readonly object[] =>
    Array.from({ length: count }, (_, index) => make(index))
  const calico = (kind: string, name: string, spec: object, more: object = {}): object => ({
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata: { name, ...more },
    spec,
  })
  const address = (index: number): string => `10.0.${index >> 8}.${index & 255}`
  const endpoint = (node: string, index: number): object =>
    calico(
      'HostEndpoint',
      `h${index}`,
      { node, interfaceName: `e${index}`, expectedIPs: [address(index)] },
      { labels: { a: 'b' } },
    )
  const ingress = (name: string, selector: string, source: object): object =>
    calico('GlobalNetworkPolicy', name, { selector, types: ['Ingress'], ingress: [{ action: 'Allow', source }] })
  const slice = (addresses: readonly string[], ports: readonly object[]): object => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's', namespace: 'd', labels: { 'kubernetes.io/service-name': 's' } },
    addressType: 'IPv4',
    endpoints: [{ addresses }],
    ports,
  })
  const service = (count: number, port: (index: number) => number): readonly object[] => [
    calico('GlobalNetworkPolicy', 'x', {
      types: ['Egress'],
      egress: [{ action: 'Allow', destination: { services: { name: 's', namespace: 'd' } } }],
    }),
    slice(
      Array.from({ length: count }, (_, index) => address(port(index))),
      times(count, index => ({ name: `p${index}`, port: port(index), protocol: 'TCP' })),
    ),
  ]
  const node = [
    'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}',
    'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: first}\nspec: {node: node-1, interfaceName: eth0}',
  ]
  const rows: readonly (readonly [string, readonly object[], RegExp | undefined])[] = [
    [
      'addresses times ports of a service',
      service(2240, index => index + 1),
      /more than 5,000,000 members with those of the service `d\/s`/,
    ],
    ['the same ones again and again', service(2240, () => 1), undefined],
    [
      'selectors times what they select',
      [
        ...times(2240, index => endpoint('other', index)),
        ...times(2240, index => ingress(`p${index}`, 'all()', { selector: `a == "b" && !has(x${index})` })),
      ],
      /more than 5,000,000 members with those of `/,
    ],
    [
      'policies times endpoints',
      [...times(2240, index => endpoint('node-1', index)), ...times(2240, index => ingress(`p${index}`, 'all()', {}))],
      /more than 5,000,000 policies/,
    ],
    [
      'groups of policies times endpoints',
      [
        ...times(710, index => endpoint('node-1', index)),
        ...times(710, index => ingress(`p${index}`, `!has(x${index})`, {})),
      ],
      /jump to policies more than 500,000 times/,
    ],
  ]
  const interfaces = JSON.stringify(times(2240, index => ({ ifname: `e${index}`, addr_info: [] })))
  for (const [title, items, wanted] of rows) {
    const result = compileYaml([...node, list(...items)], { host: interfaces })
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error')
    if (wanted === undefined) t.strictSame(errors, [], title)
    else t.match(errors, [{ code: 'over-limit', message: wanted }], title)
  }
})

t.test('a plan has its limits', async t => {
  const limits: readonly (readonly [number, (work: PlanWork, count: number) => void])[] = [
    [MAX_SET_MEMBERS, (work, count) => work.addMembers(count, () => 'x')],
    [MAX_MATCH_STEPS, (work, count) => work.match(count)],
    [MAX_PLACED_POLICIES, (work, count) => work.placePolicies(count)],
    [MAX_PLACED_GROUPS, (work, count) => work.placeGroups(count)],
  ]
  for (const [most, spend] of limits) {
    const work = new PlanWork()
    spend(work, most)
    t.throws(() => spend(work, 1), { message: /more than/ }, `${most} and one`)
  }
})

t.test('pods times nodes are refused before any node is planned, unless one is asked about', t => {
  const node = (index: number): string => `{apiVersion: v1, kind: Node, metadata: {name: n${index}}}`
  const pod = (index: number): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: p${index}, namespace: d}, spec: {nodeName: n0, containers: [{name: c, image: x}]}, status: {phase: Running, podIP: 10.0.${index >> 8}.${index & 255}}}`
  const many = (count: number, one: (index: number) => string): readonly string[] =>
    Array.from({ length: count }, (_, i) => one(i))
  const text = [...many(2_000, node), ...many(501, pod)].join('\n---\n')
  const files = [{ name: 'input.yaml', text }]
  t.match(clusterReach({ files }), {
    ok: false,
    diagnostics: [{ code: 'too-many-packets', message: /^501 pods times 2000 nodes are more/, help: /`--node`/ }],
  })
  t.ok(clusterReach({ files, node: 'n0' }).ok)
  t.end()
})
