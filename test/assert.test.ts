// Assertions: read with all their mistakes, proved over all packets or refuted by one, and told in each format.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { fromJSONSchema } from 'zod'
import { type AssertionOutcome, proveWith } from '../src/assertions.ts'
import { clusterReach, type ReachAnswer } from '../src/cluster-reach.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { followRequest } from '../src/trace/follow.ts'
import { outcomeDetails, outcomeMessage } from '../src/answers/assert/describe-outcome.ts'
import { type Example, worldOfNodes } from '../src/answers/assert/example.ts'
import { formatGithubTests } from '../src/report/format-github.ts'
import { formatJunit } from '../src/report/format-junit.ts'
import { formatTap } from '../src/report/format-tap.ts'
import type { TestOutcome } from '../src/report/test-outcome.ts'
import { runCommand } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'

const DOCS = fileURLToPath(new URL('../docs/', import.meta.url))
const SHOP = join(DOCS, 'assert/shop.yaml')
const SHOP_TEXT = readFileSync(SHOP, 'utf8')

const run = (args: readonly string[]): ReturnType<typeof runCommand> =>
  runCommand(['assert', ...args, '--config', 'none'])

function answerTo(text: string): ReachAnswer {
  const result = clusterReach({ files: [{ name: 'cluster.yaml', text }] })
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'))
  return result.answer
}

const SHOP_ANSWER = answerTo(SHOP_TEXT)

function outcomesOf(assertions: string, answer = SHOP_ANSWER): readonly AssertionOutcome[] {
  const result = proveWith([{ name: 'a.yaml', text: `assertions:\n${assertions}\n` }], answer)
  if (!result.ok) throw new Error(result.diagnostics.map(formatDiagnostic).join('\n'))
  return result.outcomes
}

const DOCUMENT = readFileSync(join(DOCS, 'assert.md'), 'utf8')
const EVERYDAY = [...DOCUMENT.slice(DOCUMENT.indexOf('## Ten of')).matchAll(/```yaml\n([^]*?)```/g)].map(
  ([, text = '']) => text,
)

t.test('the ten examples hold', async t => {
  t.equal(EVERYDAY.length, 10)
  for (const text of EVERYDAY)
    for (const { title, outcome, example } of outcomesOf(text)) t.equal(outcome, 'proved', title, { example })
})

t.test('each claim: what proves it, and what refutes it', async t => {
  const rows: readonly (readonly [assertion: string, outcome: string, words?: RegExp, because?: RegExp])[] = [
    ['allow: {from: shop/web-0, to: pod/shop/api, ports: 9000}', 'proved'],
    [
      'allow: {from: shop/web-0, to: pod/shop/api, ports: "9000-9001"}',
      'refuted',
      /^TCP from pod shop\/web-0 \(10\.65\.0\.2\) to pod shop\/api \(10\.65\.0\.3\), port 9001$/,
      /no policy of tier default allows this ingress of pod shop\/api \(KubernetesNetworkPolicy shop\/api\) \(node w1\)/,
    ],
    [
      'allow: {from: "namespace/shop", to: pod/shop/api, ports: grpc}',
      'refuted',
      /^TCP from pod shop\/db .* to pod shop\/api/,
    ],
    [
      'deny: {from: shop/web-*, to: pod/shop/api}',
      'refuted',
      /to pod shop\/api .*port 9000$/,
      /ingress\[0\] of KubernetesNetworkPolicy shop\/api/,
    ],
    ['deny: {from: namespace/dev, to: namespace/shop}', 'proved'],
    [
      'deny: {from: namespace/dev, to: world, ports: [tcp/25, udp/25]}',
      'refuted',
      /^UDP from pod dev\/laptop .*, port 25$/,
    ],
    ['only: {from: pod/shop/api, to: pod/shop/db, ports: 5432}', 'proved'],
    [
      'only: {from: shop/web-0, to: pod/shop/api}',
      'refuted',
      /^TCP from pod shop\/web-1 .* to pod shop\/api .*port 9000$/,
    ],
    ['only: {from: pod/shop/db, to: kube-system/coredns, others: receivers}', 'proved'],
    ['only: {from: pod/shop/api, to: pod/shop/db, others: receivers}', 'refuted', /^TCP from pod shop\/api /],
    [
      'allow: {from: dev/laptop, to: 198.51.100.0/24}',
      'refuted',
      /to 198\.51\.100\.\d+, port 25$/,
      /egress\[1\] of GlobalNetworkPolicy dev-stays-inside/,
    ],
    ['allow: {from: host/w1, to: pod/shop/api, ports: 22}', 'proved'],
    ['allow: {from: host/w2, to: pod/shop/api, ports: 22}', 'refuted', /^TCP from node w2 \(192\.0\.2\.2\)/],
  ]
  for (const [assertion, outcome, words, because] of rows) {
    const [found] = outcomesOf(`- ${assertion}`)
    t.equal(found?.outcome, outcome, assertion, { example: found?.example?.words, why: found?.why })
    if (words !== undefined) t.match(found?.example?.words, words, assertion)
    if (because !== undefined) t.match(found?.example?.because, because, assertion)
  }
})

t.test('IP versions are those of both sides, and Services are reached by the ways that lead there', async t => {
  const mixed = answerTo(`
apiVersion: v1
kind: Node
metadata: {name: w1}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: w1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: 10.65.0.2, podIPs: [{ip: 10.65.0.2}, {ip: "fd00:65::2"}]}
---
apiVersion: v1
kind: Service
metadata: {name: inner, namespace: shop}
spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], selector: {app: db}, ports: [{port: 80, targetPort: 9000}]}
`)
  for (const [assertion, outcome, ipVersions, because] of [
    ['allow: {from: world, to: pod/shop/db}', 'proved', [4, 6]],
    ['allow: {from: world, to: host/w1}', 'proved', [4]],
    ['deny: {from: pod/shop/db, to: host/w1}', 'proved', [4]],
    ['allow: {from: "2001:db8::/32", to: namespace/shop}', 'proved', [6]],
    ['allow: {from: pod/shop/db, to: service/shop/inner}', 'proved', [4]],
    ['deny: {from: world, to: service/shop/inner}', 'proved', [4]],
    [
      'allow: {from: world, to: service/shop/inner}',
      'refuted',
      [4],
      /^nothing leads to service shop\/inner from outside/,
    ],
    ['allow: {from: world, to: service/shop/inner, ports: 80}', 'refuted', [4], /it has no node port, no external IP/],
  ] as const) {
    const [found] = outcomesOf(`- ${assertion}`, mixed)
    t.strictSame([found?.outcome, found?.ipVersions], [outcome, ipVersions], assertion)
    if (because !== undefined) t.match(found?.example?.because, because, assertion)
  }
})

t.test('of a Service one of whose two pods is shut, no more is said than is sure', t => {
  const pod = (name: string, address: string, labels: string): string => `apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: {${labels}}}
spec: {nodeName: w1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: ${address}}
---
`
  const half = answerTo(`apiVersion: v1
kind: Node
metadata: {name: w1}
status: {addresses: [{type: InternalIP, address: 192.0.2.1}]}
---
${pod('a', '10.65.0.2', 'app: a')}${pod('open', '10.65.0.3', 'app: web')}${pod('shut', '10.65.0.4', 'app: web, is: shut')}apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10], selector: {app: web}, ports: [{port: 80, targetPort: 9000}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: shop}
spec: {podSelector: {matchLabels: {is: shut}}, policyTypes: [Ingress]}
`)
  const chance = ['it depends on the endpoint of the Service that a packet is sent on to']
  const rows: readonly (readonly [assertion: string, outcome: string, why: readonly string[]])[] = [
    ['allow: {from: shop/a, to: service/shop/web}', 'unclear', chance],
    ['deny: {from: shop/a, to: service/shop/web}', 'unclear', chance],
    ['only: {from: shop/open, to: service/shop/web, ports: 80}', 'unclear', chance],
    ['allow: {from: shop/a, to: service/shop/web, ports: 81}', 'refuted', []],
    ['allow: {from: shop/a, to: 10.96.0.0/16, ports: 80}', 'unclear', chance],
    // Of a net nobody means the ports that a Service in it does not have.
    ['allow: {from: shop/a, to: 10.96.0.0/16, ports: 81}', 'proved', []],
    ['deny: {from: shop/a, to: shop/shut}', 'proved', []],
    ['allow: {from: shop/a, to: shop/open}', 'proved', []],
  ]
  for (const [assertion, outcome, why] of rows) {
    const [found] = outcomesOf(`- ${assertion}`, half)
    t.strictSame([found?.outcome, found?.why], [outcome, why], assertion)
  }
  const nobody = proveWith([{ name: 'a.yaml', text: 'assertions: [{deny: {from: world, to: world}}]' }], half)
  t.match(nobody, { ok: false, diagnostics: [{ message: /is about no packet/ }] }, 'what no node forwards')
  t.end()
})

t.test('what is claimed of single packets is what trace says of each', async t => {
  const pods = SHOP_ANSWER.cluster.pods.map(({ name, endpoint }) => ({
    name,
    address: endpoint.addresses[0]?.text ?? '',
  }))
  const world = worldOfNodes(SHOP_ANSWER.nodesOf(4), SHOP_ANSWER.resources)
  if (world === undefined) throw new Error('no node')
  const claims: { readonly words: string; readonly isThrough: boolean }[] = []
  for (const from of pods) {
    for (const to of pods) {
      if (from === to) continue
      for (const [proto, dport] of [
        ['tcp', '8080'],
        ['tcp', '9000'],
        ['udp', '53'],
        ['tcp', '5432'],
      ] as const) {
        const request = { from: from.address, to: to.address, proto, dport }
        const verdict = followRequest(request, world, {}, undefined, new Report())?.verdict
        claims.push({
          words: `{from: ${from.name}, to: ${to.name}, ports: ${proto}/${dport}}`,
          isThrough: verdict === 'accept',
        })
      }
    }
  }
  const lines = claims.map(({ words, isThrough }) => `- ${isThrough ? 'allow' : 'deny'}: ${words}`)
  const wrong = outcomesOf(lines.join('\n')).filter(({ outcome }) => outcome !== 'proved')
  t.same(
    wrong.map(({ title }) => title),
    [],
  )
  const opposite = claims.map(({ words, isThrough }) => `- ${isThrough ? 'deny' : 'allow'}: ${words}`)
  const right = outcomesOf(opposite.join('\n')).filter(({ outcome }) => outcome !== 'refuted')
  t.same(
    right.map(({ title }) => title),
    [],
  )
  t.ok(claims.length === 120 && claims.some(({ isThrough }) => isThrough), `${claims.length} claims`)
})

t.test('all mistakes of a file in one run, each at its place', async t => {
  const folder = t.testdir({
    'a.yaml': `assertions:
- allow: {from: shop/wb-0, to: namespace/shp, ports: tpc/80}
- alow: {from: world, to: shop/api}
- deny: {from: [], to: shop/api, port: 80}
- only: {from: world, to: shop/api, others: x}
- allow: {from: world, to: shop/api}
  deny: {from: world, to: shop/api}
- {}
- hello
- deny: {from: networkset/none, to: service/far/away-from-all}
`,
  })
  const { code, out, err } = await run([join(folder, 'a.yaml'), '-f', SHOP])
  t.match({ code, out }, { code: 2, out: '' })
  const wanted = [
    /a\.yaml:2:17: error: `allow\.from`: the input has no pod `shop\/wb-0` \(did you mean `shop\/web-0`\?\)/,
    /a\.yaml:2:32: error: `allow\.to`: the input has no namespace `shp` \(did you mean `namespace\/shop`\?\)/,
    /a\.yaml:2:54: error: `allow\.ports`: `tpc` is no protocol/,
    /a\.yaml:3:3: error: unknown field `alow` \(did you mean `allow`\?\)/,
    /a\.yaml:4:10: error: `deny\.from`: is empty/,
    /a\.yaml:4:34: error: unknown field `port` in `deny` \(did you mean `ports`\?\)/,
    /a\.yaml:5:45: error: .*`senders` or `receivers`/,
    /a\.yaml:7:3: error: `allow` and `deny` are two assertions/,
    /a\.yaml:8:3: error: nothing is claimed/,
    /a\.yaml:9:3: error: an assertion is a mapping/,
    /a\.yaml:10:16: error: `deny\.from`: the input has no network set `none` \(add it to the input\)/,
    /a\.yaml:10:37: error: `deny\.to`: the input has no Service `far\/away-from-all` \(add it to the input, with its EndpointSlices\)/,
  ]
  const told = err.split('\n').filter(line => line.includes('a.yaml:'))
  t.equal(told.length, wanted.length)
  wanted.forEach((pattern, index) => t.match(told[index], pattern))
  const nobody = t.testdir({ 'a.yaml': 'assertions:\n- deny: {from: world, to: world}\n' })
  t.match(await run([join(nobody, 'a.yaml'), '-f', SHOP]), {
    code: 2,
    out: '',
    err: /a\.yaml:2:3: error: .* is about no packet/,
  })
  for (const [text, place] of [
    ['', '1:1'],
    ['# later\n', '1:1'],
    ['assertions: []\n', '1:1'],
  ] as const) {
    const empty = t.testdir({ 'a.yaml': text })
    const answer = await run([join(empty, 'a.yaml'), '-f', SHOP])
    t.match(
      answer,
      { code: 2, out: '', err: new RegExp(`a\\.yaml:${place}: error: `) },
      `nothing is claimed by ${text}`,
    )
  }
  const two = proveWith(
    [
      { name: 'a.yaml', text: 'assertions: []' },
      { name: 'b.yaml', text: '' },
    ],
    answerTo(SHOP_TEXT),
  )
  t.strictSame(
    two.diagnostics.filter(({ code }) => code === 'missing-field').map(({ place }) => place?.file.name),
    ['a.yaml', 'b.yaml'],
    'whatever is wrong with the file before it',
  )
  t.match(await run([]), { code: 2, out: '', err: /give the file of assertions/ })
  t.match(await run([join(folder, 'none.yaml'), '-f', SHOP]), { code: 2, out: '' })
})

t.test('formats say the same', async t => {
  const file = join(DOCS, 'assert/expectations.yaml')
  const args = [file, '-f', SHOP, '-q']
  const words = /gets through: TCP from pod shop\/db \(10\.65\.1\.4\) to pod kube-system\/coredns/
  t.match(await run(args), {
    code: 1,
    out: /^ok {6}deny namespace\/dev[^]*\nfailed {2}the database gets no updates\n[^]*\n1 of 2 assertions failed\n$/,
  })
  const tap = await run([...args, '-o', 'tap'])
  t.match(tap.out, /^TAP version 14\n1\.\.2\nok 1 - deny [^\n]*\nnot ok 2 - the database gets no updates\n {2}---\n/)
  t.match(parse(/---\n([^]*?) {2}\.\.\./.exec(tap.out)?.[1] ?? ''), { message: words })
  const junit = await run([...args, '-o', 'junit'])
  t.match(junit.out, /<testsuite name="[^"]*" tests="2" failures="1"/)
  t.match(junit.out, /<failure message="gets through: TCP/)
  const github = await run([...args, '-o', 'github'])
  t.match(
    github.out,
    /^::error file=[^:]*expectations\.yaml,line=4,title=the database gets no updates::gets through[^\n]*%0Aaccept, [^\n]*\n$/,
  )
  const json = await run([...args, '-o', 'json'])
  const schema = fromJSONSchema(strictSchema(join(DOCS, 'schemas/assert.schema.json')))
  const found = schema.safeParse(JSON.parse(json.out))
  t.ok(found.success, 'as the schema says', { issues: found.error?.issues.slice(0, 3) })
  t.match(JSON.parse(json.out), {
    isProved: false,
    assertions: [{ outcome: 'proved' }, { outcome: 'refuted', example: { port: 53 } }],
  })
  const hostile = t.testdir({
    'a.yaml': 'assertions:\n- name: "a<b>&\\"\\e[31m\\n::error::x # y"\n  allow: {from: world, to: pod/shop/db}\n',
  })
  for (const format of ['text', 'tap', 'junit', 'github']) {
    const { out } = await run([join(hostile, 'a.yaml'), '-f', SHOP, '-q', '-o', format])
    t.notMatch(out, /\u001b|\n::error::x/, format)
  }
})

t.test('an outcome says what the packet does, and then why', t => {
  const example = { words: 'TCP from a to b', verdict: 'accept', because: 'a rule says so' } as unknown as Example
  const told = (kind: 'allow' | 'deny' | 'only', outcome: 'refuted' | 'unclear', why: readonly string[] = []) => {
    const one = { outcome, kind, example, why }
    return [outcomeMessage(one), ...outcomeDetails(one)]
  }
  const because = 'accept, a rule says so'
  t.strictSame(told('allow', 'refuted'), ['does not get through: TCP from a to b', because])
  t.strictSame(told('deny', 'refuted'), ['gets through: TCP from a to b', because])
  t.strictSame(told('only', 'refuted'), ['gets through: TCP from a to b', because], 'somebody else does')
  t.strictSame(told('only', 'unclear', ['one doubt', 'another']), [
    'cannot be proved: TCP from a to b',
    'one doubt',
    'another',
    because,
  ])
  t.end()
})

t.test('what build servers read of tests, in the forms that each of them has', t => {
  const outcome = (name: string, isOk: boolean, line: number): TestOutcome => ({
    name,
    isOk,
    message: isOk ? 'holds for all packets' : 'gets through: "a" & 100 %0A',
    details: isOk ? [] : ['accept, by <b>', 'node w1'],
    place: { file: 'tests/a,b.yaml', line, column: 3 },
  })
  const outcomes = [outcome('first', true, 5), outcome('say "no" \\# 2', false, 7), outcome('third', false, 9)]
  const junit = formatJunit('a "suite"', outcomes)
  const counts = 'name="a &quot;suite&quot;" tests="3" failures="2" errors="0" skipped="0"'
  t.match(junit, `<testsuites ${counts}>\n  <testsuite ${counts}>\n`)
  t.match(junit, '<testcase name="first" classname="tests/a,b.yaml" file="tests/a,b.yaml" line="5"/>\n')
  t.match(
    junit,
    '<testcase name="say &quot;no&quot; \\# 2" classname="tests/a,b.yaml" file="tests/a,b.yaml" line="7">\n' +
      '      <failure message="gets through: &quot;a&quot; &amp; 100 %0A" type="assertion">' +
      'gets through: &quot;a&quot; &amp; 100 %0A\naccept, by &lt;b&gt;\nnode w1\ntests/a,b.yaml:7:3</failure>\n    </testcase>\n',
  )
  // TAP 14: `#` begins a directive unless a backslash stands before it, which itself takes another one.
  const tap = formatTap(outcomes)
  t.match(tap, 'TAP version 14\n1..3\nok 1 - first\nnot ok 2 - say "no" \\\\\\# 2\n  ---\n')
  t.strictSame(parse(/---\n([^]*?) {2}\.\.\./.exec(tap)?.[1] ?? ''), {
    message: 'gets through: "a" & 100 %0A',
    details: ['accept, by <b>', 'node w1'],
    at: 'tests/a,b.yaml:7:3',
  })
  // GitHub reads `%25` as a percent sign, `%0A` as an end of line, `%2C` as a comma in a property.
  t.strictSame(formatGithubTests(outcomes, { base: '/' }).split('\n'), [
    '::error file=tests/a%2Cb.yaml,line=7,title=say "no" \\# 2::gets through: "a" & 100 %250A%0Aaccept, by <b>%0Anode w1',
    '::error file=tests/a%2Cb.yaml,line=9,title=third::gets through: "a" & 100 %250A%0Aaccept, by <b>%0Anode w1',
    '',
  ])
  t.end()
})

t.test('what --init writes holds, and the schema takes it as it takes every example', async t => {
  const schema = fromJSONSchema(JSON.parse(readFileSync(join(DOCS, 'schemas/assertions.schema.json'), 'utf8')))
  const written = await run(['--init', '-f', SHOP, '-q'])
  t.equal(written.code, 0)
  t.ok(schema.safeParse(parse(written.out)).success)
  const folder = t.testdir({ 'today.yaml': written.out })
  const { code, out } = await run([join(folder, 'today.yaml'), '-f', SHOP, '-q'])
  t.equal(code, 0, out)
  t.match(out, /\n1\d assertions: all are proved over all packets\n$/)
  t.match(written.out, /deny: \{from: "namespace\/dev", to: "namespace\/shop"\}/)
  const opened = SHOP_TEXT.replace("{action: Deny, destination: {namespaceSelector: env == 'prod'}}", '{action: Log}')
  const cluster = t.testdir({ 'shop.yaml': opened, 'today.yaml': written.out })
  t.match(await run([join(cluster, 'today.yaml'), '-f', join(cluster, 'shop.yaml'), '-q']), {
    code: 1,
    out: /failed {2}deny namespace\/dev to namespace\/shop/,
  })
  // Longer lists of ports are nobody's to keep by hand.
  for (const [count, lines] of [
    [12, 1],
    [13, 0],
  ] as const) {
    const ports = Array.from({ length: count }, (_, index) => `{port: ${8000 + 2 * index}}`)
    const text = SHOP_TEXT.replace('ports: [{port: http}]', `ports: [${ports.join(', ')}]`).replaceAll(
      /app: (api|db)/g,
      'app: web',
    )
    const { out } = await run(['--init', '-q', '-f', join(t.testdir({ 'shop.yaml': text }), 'shop.yaml')])
    t.equal(out.match(/allow: .from: "world", to: "namespace.shop", ports: .*tcp.8022"/g)?.length ?? 0, lines, out)
  }
  for (const text of EVERYDAY) t.ok(schema.safeParse({ assertions: parse(text) }).success)
  t.notOk(schema.safeParse({ assertions: [{ allow: { from: 'a' } }] }).success)
  t.notOk(schema.safeParse({ assertions: [{ alow: { from: 'a', to: 'b' } }] }).success)
})
