// Explanations: plain words for everything that rules hold, annotated text, and why policies select what they select.

import { readRuleNets } from '../src/netfilter/rule-net.ts'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import { printAnnotated } from '../src/backend/iptables/annotated-restore.ts'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { allocateMarks } from '../src/calico/marks.ts'
import { LATEST_RELEASE } from '../src/calico/releases/releases.ts'
import { compile, type CompileOutput } from '../src/compile.ts'
import { annotateChain, createRuleAnnotator } from '../src/explain/annotations.ts'
import { describeChain } from '../src/words/chain.ts'
import { describeMatch } from '../src/words/match.ts'
import { describeTarget } from '../src/words/target.ts'
import { explainPlace } from '../src/explain/explain-place.ts'
import { createSelectionExplainer } from '../src/explain/explain-selection.ts'
import { explainChainNamed, explainRuleHash } from '../src/explain/explain-subject.ts'
import { createExplainer, type Explainer } from '../src/explain/explainer.ts'
import { explainChain } from '../src/explain/explanation.ts'
import { allEndpoints, allPolicies, findPolicies } from '../src/explain/names.ts'
import { describeSelected } from '../src/words/selector.ts'
import { policiesOf } from '../src/explain/which.ts'
import type { SourceFile } from '../src/diagnostics/source.ts'
import { SourceIndex } from '../src/diagnostics/source-index.ts'
import type { Match, Ruleset, Target } from '../src/model/ruleset.ts'
import { evaluateSelector } from '../src/selector/evaluate.ts'
import { contradictionOf } from '../src/selector/contradiction.ts'
import { explainTerms } from '../src/selector/explain.ts'
import { parseSelector } from '../src/selector/parse.ts'
import { printable } from '../src/text/printable.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

function compileCase(name: string): CompileOutput | undefined {
  const { files, host, node } = readCase(join(GOLDEN_FOLDER, name))
  const result = compile({ files, host, node })
  return result.ok ? result.output : undefined
}

function explainerOf({ plan, resources, sources }: CompileOutput, ruleset: Ruleset): Explainer {
  return createExplainer({ plan, resources, ruleset, sources }, IPTABLES)
}

/** The only file of a case. */
function fileOf({ resources, sources }: CompileOutput): SourceFile {
  const location = resources.find(resource => resource.location !== undefined)?.location
  const file = location === undefined ? undefined : sources.document(location.document).file
  if (file === undefined) throw new Error('no file')
  return file
}

t.test('every rule of every golden case is explained, and annotations change no rule', async t => {
  let rules = 0
  for (const name of goldenCases()) {
    const output = compileCase(name)
    if (output === undefined) continue
    for (const { ruleset, text } of Object.values(output.versions)) {
      const explainer = explainerOf(output, ruleset)
      const lines = new Set(text.iptables.split('\n'))
      for (const indexed of explainer.chains) {
        const chain = explainChain(indexed, () => [], explainer.context)
        const sentences = [chain.purpose, ...chain.rules.flatMap(rule => [...rule.matches, rule.target, rule.origin])]
        rules += chain.rules.length
        const bad = sentences.find(
          sentence => sentence === '' || /undefined|NaN|\[object|Not one of Calico/.test(sentence),
        )
        if (bad !== undefined) t.fail(`${name}: ${indexed.name}: ${bad}`)
        const stranger = chain.rules.find(rule => !lines.has(rule.text))
        if (stranger !== undefined) t.fail(`${name}: ${stranger.text} is not in the text`)
        const unplaced = chain.rules.find(({ source }) => source !== undefined && source.lines.join('').trim() === '')
        if (unplaced !== undefined) t.fail(`${name}: ${unplaced.text} has an empty source`)
      }
      const annotated = printAnnotated(ruleset.tables, {
        chain: annotateChain,
        rule: createRuleAnnotator(output.sources),
      })
      t.equal(annotated.replace(/^#.*\n/gm, ''), text.iptables, `${name}: IPv${ruleset.ipVersion} without comments`)
      t.match(annotated, /^# /m)
    }
  }
  t.ok(rules > 10_000, `looked at ${rules} rules`)
})

t.test('sentences', async t => {
  const marks = allocateMarks(0xffff0000, false, LATEST_RELEASE)
  if (marks === undefined) throw new Error('marks')
  const context = { marks, sets: new Map(), sources: new SourceIndex() }
  const matches: readonly (readonly [Match, string])[] = [
    [{ kind: 'mark', value: 0x20000, mask: 0x20000, negated: false }, 'mark 0x20000 (passed) is set'],
    [{ kind: 'markClear', mask: 0x10000, negated: false }, 'mark 0x10000 (accepted) is not set'],
    [{ kind: 'markClear', mask: 0x10000, negated: true }, 'mark 0x10000 (accepted) is set'],
    [{ kind: 'markClear', mask: 0x30000, negated: false }, 'none of the marks 0x30000 (accepted, passed) is set'],
    [
      { kind: 'markClear', mask: 0x30000, negated: true },
      'at least one of the marks 0x30000 (accepted, passed) is set',
    ],
    [{ kind: 'inInterface', name: 'cali+' }, 'it comes in by an interface whose name starts with cali'],
    [
      { kind: 'net', side: 'source', nets: readRuleNets('10.0.0.0/8'), negated: true },
      'the source is not in 10.0.0.0/8',
    ],
    [
      { kind: 'conntrackState', states: ['INVALID'], negated: false },
      'it belongs to no connection that the kernel can make sense of',
    ],
    [
      {
        kind: 'ports',
        side: 'destination',
        ranges: [
          { first: 80, last: 80 },
          { first: 90, last: 99 },
        ],
        negated: false,
      },
      'the destination port is one of 80, 90:99',
    ],
    [{ kind: 'protocol', protocol: 4, negated: true }, 'the protocol is not number 4 (IP in IP)'],
    [{ kind: 'icmp', ipVersion: 4, type: 8, code: 0, negated: false }, 'the ICMP type is 8 with code 0'],
    [{ kind: 'unlistedInterfaces' }, 'its interfaces fit, which `iptables -L` lists with `-v` only'],
  ]
  for (const [match, sentence] of matches) t.equal(describeMatch(match, context), sentence)
  const targets: readonly (readonly [Target, string])[] = [
    [{ kind: 'setMark', value: 0x10000, mask: 0x10000 }, 'set mark 0x10000 (accepted)'],
    [{ kind: 'clearMark', mask: 0x20000 }, 'clear mark 0x20000 (passed)'],
    [{ kind: 'reject' }, 'reject it: the sender gets an ICMP error'],
    [
      { kind: 'nflog', group: 1, prefix: 'DPI1|gnp/web', size: 80 },
      'report it to Felix for flow logs (NFLOG group 1): ingress, denied by rule 2 of policy gnp/web',
    ],
    [
      { kind: 'nflog', group: 2, prefix: 'DPE|default', size: 80 },
      'report it to Felix for flow logs (NFLOG group 2): egress, denied at the end of tier default',
    ],
    [
      { kind: 'jump', chain: 'cali-failsafe-in' },
      'go through the chain cali-failsafe-in (fail-safe ports, incoming) and come back',
    ],
  ]
  for (const [target, sentence] of targets) t.equal(describeTarget(target, context), sentence)
  t.equal(describeTarget(undefined, context), 'do nothing: the rule only carries a comment')
  t.match(describeChain('cali-from-wl-dispatch-1', 'filter'), /^A branch of cali-from-wl-dispatch/)
})

t.test('from the YAML to the rules and back', async t => {
  const output = compileCase('actions/log-denied-packets-kubernetes')
  if (output === undefined) throw new Error('case')
  const explainer = explainerOf(output, output.versions[4].ruleset)
  const file = fileOf(output)
  const byLine = explainPlace(file, 61, undefined, explainer)
  const [chain] = byLine?.chains ?? []
  t.equal(chain?.name, 'cali-pi-_ZGe_CBEYi1Q3ic73s2t')
  t.same(
    chain?.rules.map(({ target }) => target),
    ['set mark 0x10000 (accepted)'],
  )
  const [rule] = chain?.rules ?? []
  const byHash = explainRuleHash(`cali:${rule?.hash ?? ''}`, explainer)
  t.same(byHash?.chains[0]?.rules[0]?.source, {
    file: 'input/cluster.yaml',
    line: 60,
    endLine: 62,
    lines: rule?.source?.lines,
  })
  t.equal(explainChainNamed('cali-nothing', explainer), undefined)
  t.equal(explainPlace(file, 100_000, undefined, explainer), undefined, 'a line that is not there')
})

t.test('which policies, in order, and why', async t => {
  const output = compileCase('actions/log-denied-packets-kubernetes')
  if (output === undefined) throw new Error('case')
  const { plan, sources } = output
  const explainSelection = createSelectionExplainer(plan, sources)
  const endpoints = allEndpoints(plan)
  const nginx = endpoints.find(({ name }) => name === 'pod/default/nginx-5f9c')
  const curl = endpoints.find(({ name }) => name === 'pod/default/curl-1')
  const [policy] = findPolicies('default/access-nginx', allPolicies(plan))
  if (nginx === undefined || curl === undefined || policy === undefined) throw new Error('case')
  const ingress = policiesOf(nginx, plan, explainSelection, sources).find(({ direction }) => direction === 'ingress')
  t.same(
    ingress?.tiers[0]?.policies.map(({ kindAndName, order, isOrderImplied }) => [kindAndName, order, isOrderImplied]),
    [
      ['KubernetesNetworkPolicy default/access-nginx', 1000, true],
      ['NetworkPolicy default/log-denied-packets', 3000, false],
    ],
  )
  t.ok(explainSelection(policy, nginx).matches)
  t.same(explainSelection(policy, curl).reasons, ['podSelector run == "nginx": label run is "curl"'])
})

t.test('why a selector does not match', async t => {
  const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[], boolean])[] = [
    ["a == 'x' && b == 'y'", { a: 'x' }, ['b'], false],
    ["a == 'x' && a == 'y'", { a: 'x' }, ['a'], true],
    ['a in {}', { a: 'x' }, ['a'], true],
    ['has(a) && !has(a)', {}, ['a'], true],
    ["a == 'x' || b == 'y'", {}, ['a', 'b'], false],
    ["a starts with 'x' && a == 'yz'", { a: 'x' }, ['a'], true],
  ]
  for (const [text, labels, failing, isNever] of rows) {
    const parsed = parseSelector(text)
    if (!parsed.ok) throw new Error(text)
    const { matches, terms } = explainTerms(parsed.selector, key => labels[key])
    const contradiction = matches ? undefined : contradictionOf(parsed.selector)
    t.equal(matches, false, text)
    t.same(
      terms.map(({ term }) => ('label' in term ? term.label : term.kind)),
      failing,
      text,
    )
    t.equal(contradiction !== undefined, isNever, text)
  }
})

t.test(
  'an explanation agrees with the evaluation, its terms hold or fail, and contradictions are never satisfied',
  async t => {
    const label = fc.constantFrom('a', 'b')
    const value = fc.constantFrom('', 'x', 'xy', 'y')
    const leaf = fc.oneof(
      fc.constantFrom('all()', 'global()'),
      label.map(key => `has(${key})`),
      fc
        .tuple(label, fc.constantFrom('==', '!=', 'contains', 'starts with', 'ends with'), value)
        .map(([key, op, text]) => `${key} ${op} '${text}'`),
      fc
        .tuple(label, fc.constantFrom('in', 'not in'), fc.array(value, { maxLength: 2 }))
        .map(([key, op, texts]) => `${key} ${op} {${texts.map(text => `'${text}'`).join(',')}}`),
    )
    const selector = fc.letrec<{ node: string }>(tie => ({
      node: fc.oneof(
        { maxDepth: 4 },
        leaf,
        tie('node').map(text => `!(${text})`),
        fc.tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node')).map(([a, op, b]) => `(${a}) ${op} (${b})`),
      ),
    })).node
    const labels = fc.record({ a: value, b: value }, { requiredKeys: [] }) as fc.Arbitrary<
      Readonly<Record<string, string>>
    >
    let contradictions = 0
    fc.assert(
      fc.property(selector, labels, fc.array(labels, { minLength: 5, maxLength: 5 }), (text, own, others) => {
        const parsed = parseSelector(text)
        if (!parsed.ok) throw new Error(text)
        const lookup = (key: string): string | undefined => own[key]
        const { matches, terms } = explainTerms(parsed.selector, lookup)
        const contradiction = matches ? undefined : contradictionOf(parsed.selector)
        if (matches !== evaluateSelector(parsed.selector, lookup) || terms.length === 0) return false
        if (terms.some(({ term, isNegated }) => (evaluateSelector(term, lookup) !== isNegated) !== matches))
          return false
        if (contradiction === undefined) return true
        contradictions++
        return others.every(other => !evaluateSelector(parsed.selector, key => other[key]))
      }),
      { numRuns: 3000, seed: 7 },
    )
    t.ok(contradictions > 100, `${contradictions} contradictions found`)
  },
)

t.test(
  'every line of every golden case has an explanation, and every rule is found from the line it comes from',
  async t => {
    let lines = 0
    let rules = 0
    for (const name of goldenCases()) {
      const output = compileCase(name)
      if (output === undefined) continue
      const explainer = explainerOf(output, output.versions[4].ruleset)
      const files = new Set(
        output.resources.flatMap(({ location }) =>
          location === undefined ? [] : output.sources.document(location.document).file,
        ),
      )
      for (const file of files) {
        const count = file.text.replace(/\n$/, '').split('\n').length
        for (let line = 1; line <= count; line++, lines++) {
          const found = explainPlace(file, line, undefined, explainer)
          const texts = [...(found?.notes ?? []), ...(found?.chains.flatMap(chain => chain.purpose) ?? [])]
          const bad = texts.find(text => /undefined|NaN|\[object/.test(text))
          if (texts.length === 0 || bad !== undefined) t.fail(`${name}: line ${line}: ${bad ?? 'nothing is said'}`)
        }
        t.equal(explainPlace(file, count + 1, undefined, explainer), undefined, `${name} has no line ${count + 1}`)
      }
      for (const { rules: printed } of explainer.chains) {
        for (const { rule, hash } of printed) {
          if (rule.origin.kind !== 'policyRule') continue
          rules++
          const { path } = rule.origin.location
          const document = output.sources.document(rule.origin.location.document)
          const { start } = document.locate(path, 'extent')
          const line = document.file.text.slice(0, start).split('\n').length
          const found = explainPlace(document.file, line, undefined, explainer)
          const isThere = found?.chains.some(chain => chain.rules.some(other => other.hash === hash))
          if (isThere !== true) t.fail(`${name}: line ${line} does not lead to ${hash}`)
        }
      }
    }
    t.ok(lines > 5_000 && rules > 200, `looked at ${lines} lines and ${rules} rules`)
  },
)

const CLUSTER = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {team: a}}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, serviceAccountName: robot}
status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: n2}
status: {podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}]}
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  selector: app == 'web'
  serviceAccountSelector: all()
  types: [Ingress]
  ingress:
    - action: Allow
      protocol: TCP
      source:
        selector: app == 'db'
        notNets: [10.9.0.0/16]
      destination:
        ports: [80, 443]
    - action: Deny
      source: {nets: ["2001:db8::/32"]}
  egress:
    - action: Allow
---
apiVersion: projectcalico.org/v3
kind: StagedNetworkPolicy
metadata: {name: staged, namespace: shop}
spec: {selector: all(), ingress: [{action: Allow}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: idle}
spec:
  namespaceSelector: team == 'b'
  types: [Egress]
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: never}
spec:
  selector: app == 'web' && app == 'db'
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkSet
metadata: {name: net, labels: {app: db}}
spec:
  nets:
    - 192.0.2.0/24
    - 2001:db8::/64
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec:
  vxlanPort: 4790
  logPrefix: log
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: node.n2}
spec:
  iptablesFilterDenyAction: Reject
---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: {name: empty}
spec: {order: 5}
---
apiVersion: projectcalico.org/v3
kind: IPPool
metadata: {name: pool}
spec: {cidr: 10.0.0.0/16, natOutgoing: true, vxlanMode: Always}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop, labels: {role: x}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: peers, namespace: shop}
spec:
  podSelector: {}
  ingress:
    - from:
        - podSelector: {matchLabels: {app: db}}
        - ipBlock: {cidr: 198.51.100.0/24}
      ports: [{protocol: TCP, port: 53}, {protocol: UDP, port: 53}]

# The end
`

t.test('a place in the input: what comes of it, or why nothing does', async t => {
  const result = compile({ files: [{ name: 'dir/c.yaml', text: CLUSTER }], node: 'n1' })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const explainer = explainerOf(result.output, result.output.versions[4].ruleset)
  const file = fileOf(result.output)
  const rows: readonly (readonly [line: string, notes: RegExp, rules: number, column?: string])[] = [
    ['# The end', /^A comment: nothing comes of it\.$/, 0],
    ['', /^A blank line: nothing comes of it\.$/, 0],
    ['---', /^A separator/, 0],
    ['metadata: {name: d}', /^This Deployment makes no rules/, 0],
    [
      'spec: {nodeName: n2}',
      /^pod\/shop\/db is on node n2, so node n1 has no chains for it\. The set cali40s:\S+ \(addresses of endpoints and network sets in namespace shop with app == "db"\) has its addresses; 1 rule matches it\. The set cali40s:\S+ \(addresses of pods in namespace shop with app == "db"\) has its addresses; 2 rules match it\.$/,
      3,
    ],
    [
      "        selector: app == 'db'",
      /`source\.selector` became: the source address is in the set \S+ \(addresses of endpoints and network sets in namespace shop with app == "db"\)\.$/,
      1,
    ],
    ['        notNets: [10.9.0.0/16]', /`source\.notNets` became: the source is not in 10\.9\.0\.0\/16\.$/, 1],
    ['        ports: [80, 443]', /`destination\.ports` became: the destination port is one of 80, 443\.$/, 1],
    [
      '      protocol: TCP',
      /^In ingress\[0\] of NetworkPolicy shop\/web\. `protocol` became: the protocol is tcp\.$/,
      1,
    ],
    [
      '    - action: Deny',
      /^In ingress\[1\] of NetworkPolicy shop\/web\. It makes no IPv4 rules: its source nets are all IPv6\.$/,
      0,
    ],
    ['  egress:', /Its egress\[0\] makes no IPv4 rules: the policy's types leave egress out\.$/, 0],
    ['metadata: {name: staged, namespace: shop}', /It is staged: it is never enforced, so it makes no rules\.$/, 0],
    [
      "  namespaceSelector: team == 'b'",
      /^GlobalNetworkPolicy idle is in tier default without order: behind all policies that have one; for egress\. It selects endpoints whose namespace has team == "b"; of node n1 that is no endpoint, so it makes no rules here\. Nearest is pod\/shop\/web: namespaceSelector team == "b": label team of namespace shop is "a"\.$/,
      0,
    ],
    [
      "  selector: app == 'web' && app == 'db'",
      /No labels could help: the selector can never be true: selector app == "web" and selector app == "db" exclude each other\.$/,
      0,
    ],
    ['    - 192.0.2.0/24', /^No IPv4 set of this node has this net\.$/, 0],
    ['    - 2001:db8::/64', /^2001:db8::\/64 is of IPv6; these are the rules of IPv4/, 0],
    ['  vxlanPort: 4790', /^vxlanPort says the UDP port of the VXLAN tunnel.* 6 rules carry it\.$/, 6],
    ['  logPrefix: log', /^logPrefix says the start of the lines.* No IPv4 rule of this node carries it\.$/, 0],
    ['  iptablesFilterDenyAction: Reject', /This value is not in force on node n1/, 0],
    ['metadata: {name: node.n2}', /^Nothing of FelixConfiguration node\.n2 is in force on node n1\.$/, 0],
    [
      'metadata: {name: default}',
      /^In force on node n1: vxlanPort, logPrefix\.|^In force on node n1: logPrefix, vxlanPort\./,
      0,
    ],
    [
      'metadata: {name: empty}',
      /^Tier empty, order 5; default action Deny.* No policy is in it, so it makes no rules\.$/,
      0,
    ],
    [
      'spec: {cidr: 10.0.0.0/16, natOutgoing: true, vxlanMode: Always}',
      /^Addresses of pods: 10\.0\.0\.0\/16, reached through VXLAN; what leaves the pools is masqueraded \(natOutgoing\)\. It is in the sets cali40masq-ipam-pools, /,
      0,
    ],
    [
      'metadata: {name: robot, namespace: shop, labels: {role: x}}',
      /^Service account shop\/robot is that of 1 endpoint, 1 on this node\.$/,
      0,
    ],
    [
      'metadata: {name: robot, namespace: shop, labels: {role: x}}',
      /^Label role is "x" for the endpoints of the service account\. No policy/,
      0,
      'role',
    ],
    [
      'metadata: {name: shop, labels: {team: a}}',
      /^Label team is "a" for the endpoints of the namespace\. GlobalNetworkPolicy idle: namespaceSelector team == "b" fails\.$/,
      0,
      'team',
    ],
    [
      'metadata: {name: web, namespace: shop, labels: {app: web}}',
      /NetworkPolicy shop\/web: selector app == "web" holds\..*Set \S+ \(.*\): the label does not fit\./,
      0,
      'app',
    ],
    [
      '        - ipBlock: {cidr: 198.51.100.0/24}',
      /^In ingress\[0\] of KubernetesNetworkPolicy shop\/peers\. `from\[1\]` became: the source is in 198\.51\.100\.0\/24\.$/,
      3,
    ],
    [
      '      ports: [{protocol: TCP, port: 53}, {protocol: UDP, port: 53}]',
      /^In ingress\[0\] of .* became: the protocol is tcp; the destination port is 53; the protocol is udp\.$/,
      7,
    ],
  ]
  const lines = CLUSTER.split('\n')
  for (const [text, notes, rules, word] of rows) {
    const index = lines.indexOf(text)
    if (index < 0) throw new Error(text)
    const found = explainPlace(file, index + 1, word === undefined ? undefined : text.indexOf(word) + 1, explainer)
    t.match(found?.notes.join(' '), notes, text)
    if (rules > 0) t.equal(found?.chains.flatMap(chain => chain.rules).length, rules, `${text}: rules`)
  }
})

t.test('selectors in words', async t => {
  const rows: readonly (readonly [string, string])[] = [
    ['all()', 'all endpoints'],
    ["projectcalico.org/orchestrator == 'k8s' && projectcalico.org/namespace == 'a'", 'pods in namespace a'],
    [
      "pcns.team == 'x' && has(b) && !has(c)",
      'endpoints whose namespace has team == "x" with a label b and no label c',
    ],
    ["pcns.team == 'x' || b == 'y'", 'endpoints with (namespace label team == "x" || b == "y")'],
    ['has(projectcalico.org/namespace)', 'endpoints in any namespace'],
    ['!has(projectcalico.org/namespace)', 'endpoints in no namespace'],
    [
      "projectcalico.org/serviceaccount in {'a','b'} && pcsa.r == 'x'",
      'endpoints of service account a or b whose service account has r == "x"',
    ],
  ]
  for (const [text, words] of rows) {
    const parsed = parseSelector(text)
    if (!parsed.ok) throw new Error(text)
    t.equal(describeSelected(parsed.selector, 'endpoints'), words, text)
  }
})

t.test('names of files and policies, and annotations, cannot leave the comments', async t => {
  const odd = 'a\n-A FORWARD -j ACCEPT\r\u2028\u202e\u001b[31m\u0085\u0000##[error]'
  const text = `apiVersion: v1
kind: Pod
metadata: {name: p, namespace: x, labels: {a: b}, annotations: {k: ${JSON.stringify(odd)}}}
spec: {nodeName: n1}
status: {podIP: 10.0.0.1, podIPs: [{ip: 10.0.0.1}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: p}
spec: {selector: has(a), ingress: [{action: Allow, metadata: {annotations: {k: ${JSON.stringify(odd.replace('\u0000', ''))}}}}]}
`.replaceAll('\\u0000', '')
  const result = compile({ files: [{ name: odd, text }], node: 'n1' })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const { ruleset, text: plain } = result.output.versions[4]
  const annotated = printAnnotated(ruleset.tables, {
    chain: annotateChain,
    rule: createRuleAnnotator(result.output.sources),
  })
  const comments = annotated.split('\n').filter(line => line.startsWith('#'))
  t.equal(annotated.replace(/^#.*\n/gm, ''), plain.iptables)
  t.ok(
    comments.some(line => line.includes('\\n-A FORWARD')),
    'the name of the file is in the comments',
  )
  t.notOk(
    comments.some(line => printable(line) !== line),
    'and nothing in them steers what shows them',
  )
})

const run = (...args: string[]): Promise<CommandRun> => runCommand(args)

const NGINX = join(GOLDEN_FOLDER, 'actions/log-denied-packets-kubernetes')
const NGINX_INPUT = ['-f', join(NGINX, 'input'), '--host', join(NGINX, 'host.json')]

t.test('what explain is asked about, what it prints, and its exit code', async t => {
  const rows: readonly (readonly [args: readonly string[], code: number, out: RegExp, err: RegExp])[] = [
    [['cluster.yaml:62'], 0, /`from\[0\]\.podSelector` became: the source address is in the set/, /^$/],
    [['cluster.yaml:1'], 1, /A comment: nothing comes of it/, /^$/],
    [['cluster.yaml:99'], 2, /^$/, /cluster\.yaml` has no line 99/],
    [['clutser.yaml:9'], 2, /^$/, /there is no file `clutser\.yaml`/],
    [['--chain', 'cali-FORWARD'], 0, /^chain cali-FORWARD\n[^]*forward policy of the host endpoint/, /^$/],
    [['--chain', 'cali-FORWRAD'], 2, /^$/, /there is no chain `cali-FORWRAD`; did you mean `cali-FORWARD`\?/],
    [['--rule', 'mTQqu3mLtdnljBqD'], 0, /ingress\[0\] of KubernetesNetworkPolicy default\/access-nginx/, /^$/],
    [['--rule', 'cali:mTQqu3mLtdnljBqX'], 2, /^$/, /did you mean `cali:mTQqu3mLtdnljBqD`\?/],
    [
      ['--policy', 'access-nginx'],
      0,
      /It selects pods in namespace default with run == "nginx"; on this node\n {4}pod\/default\/nginx-5f9c\./,
      /^$/,
    ],
    [['--policy', 'knp/default/access-nginx'], 0, /with order 1000, as all policies of\s+Kubernetes/, /^$/],
    [['--policy', 'acces-nginx'], 2, /^$/, /there is no policy `acces-nginx`; did you mean `access-nginx`\?/],
    [
      ['--endpoint', 'pod/default/nginx-5f9c'],
      0,
      /has interface cali468066a8ae1 of node node-1[^]*chain cali-tw-cali468066a8ae1/,
      /^$/,
    ],
    [['--endpoint', 'default/nginx'], 2, /^$/, /did you mean `default\/nginx-5f9c`\?/],
    [
      ['--set', 'cali40s:vo4-kfEnOosXkVLJ1lskp4l'],
      0,
      /Sets\n {2}cali40s:vo4-kfEnOosXkVLJ1lskp4l \(hash:net\)\n {4}addresses of pods in namespace default with access == "true"; 1 member:\s+10\.65\.0\.21\/32/,
      /^$/,
    ],
    [['--set', 'cali40s:nothing'], 2, /^$/, /there is no set `cali40s:nothing`/],
    [['--mark', '0x20000'], 0, /Marks\n {2}0x20000 passed:/, /^$/],
    [['--mark', '0x1'], 0, /0x1 not Calico: outside iptablesMarkMask/, /^$/],
    [['--mark', 'pass'], 2, /^$/, /`pass` is not a mark/],
    [['--mark', '1', '--set', 'x'], 2, /^$/, /say what to explain: one of/],
    [[], 2, /^$/, /say what to explain: one of/],
  ]
  for (const [args, code, out, err] of rows) {
    const result = await run('explain', ...args, ...NGINX_INPUT)
    t.equal(result.code, code, args.join(' '))
    t.match(result.out, out, args.join(' '))
    t.match(result.err, err, args.join(' '))
    const long = result.out
      .split('\n')
      .find(line => line.length > 80 && / \S+ /.test(line) && !/^ {4}-A | \| /.test(line))
    t.equal(long, undefined, `${args.join(' ')} fits into 80 columns`)
  }
  t.match(await run('explain', 'cluster.yaml:3'), { code: 2, out: '', err: /files or folders with -f/ })
  t.match(await run('explain', 'bad-port'), { code: 0, out: /^bad-port: / })
})

t.test('which, as a user asks it', async t => {
  const rows: readonly (readonly [args: readonly string[], code: number, out: RegExp, err: RegExp])[] = [
    [
      ['policies', '--endpoint', 'default/nginx-5f9c'],
      0,
      /podSelector run == "nginx": label run is "nginx"\n {6}namespace default: the endpoint is in it\n/,
      /^$/,
    ],
    [
      ['policies', '--endpoint', 'default/nginx-5f9c'],
      0,
      /egress, normal policy \(cali468066a8ae1\)\n {2}no policy\n {2}then profile kns\.default\n$/,
      /^$/,
    ],
    [['policies', '--endpoint', 'default/curl-1'], 1, /no policy\n {2}then profile kns\.default/, /^$/],
    [
      ['policies', '--endpoint', 'default/curl-1', '--all'],
      1,
      /KubernetesNetworkPolicy\/default\/access-nginx: not selected\n {2}podSelector run == "nginx": label run is "curl"/,
      /^$/,
    ],
    [['policies'], 2, /^$/, /say whose policies: --endpoint/],
    [['policies', '--endpoint', 'default/nginx'], 2, /^$/, /did you mean `default\/nginx-5f9c`\?/],
    [
      ['endpoints', '--policy', 'access-nginx'],
      0,
      /^pod\/default\/nginx-5f9c: selected\n[^]*selected on other nodes: 0\n$/,
      /^$/,
    ],
    [
      ['endpoints', '--policy', 'access-nginx', '--endpoint', 'default/curl-1'],
      1,
      /^pod\/default\/curl-1: not selected\n {2}podSelector run == "nginx": label run is "curl"\n$/,
      /^$/,
    ],
    [
      ['endpoints', '--policy', 'access-nginx', '--endpoint', 'default/nginx-5f9c'],
      0,
      /^pod\/default\/nginx-5f9c: selected\n/,
      /^$/,
    ],
    [['endpoints'], 2, /^$/, /say which policy: --policy/],
  ]
  for (const [args, code, out, err] of rows) {
    const result = await run('which', ...args, ...NGINX_INPUT)
    t.equal(result.code, code, args.join(' '))
    t.match(result.out, out, args.join(' '))
    t.match(result.err, err, args.join(' '))
  }
})

t.test('the JSON of explain and which has the fields that docs/explain.md lists', async t => {
  const document = readFileSync(new URL('../docs/explain.md', import.meta.url), 'utf8')
  const listed = (title: string): ReadonlySet<string> => {
    const [, text = ''] = new RegExp(`^${title}\\n([^]*?)(?=^#|(?![^]))`, 'm').exec(document) ?? []
    return new Set([...text.matchAll(/`([a-zA-Z]+)`/g)].map(([, name]) => name ?? ''))
  }
  const keys = (value: unknown): readonly string[] => {
    if (Array.isArray(value)) return value.flatMap(keys)
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, inner]) => [key, ...keys(inner)])
  }
  const rows: readonly (readonly [title: string, args: readonly string[]])[] = [
    ['### JSON of explain', ['explain', 'cluster.yaml:62']],
    ['### JSON of explain', ['explain', '--endpoint', 'default/nginx-5f9c']],
    ['### JSON of explain', ['explain', '--set', 'cali40s:vo4-kfEnOosXkVLJ1lskp4l']],
    ['### JSON of which', ['which', 'policies', '--endpoint', 'default/nginx-5f9c', '--all']],
    ['### JSON of which', ['which', 'endpoints', '--policy', 'access-nginx', '--all']],
  ]
  for (const [title, args] of rows) {
    const { out } = await run(...args, '-o', 'json', ...NGINX_INPUT)
    const value = JSON.parse(out) as Readonly<Record<string, unknown>>
    t.match(value, { version: 1, node: 'node-1' }, args.join(' '))
    const known = listed(title)
    t.same(
      [...new Set(keys(value))].filter(key => !known.has(key)),
      [],
      `${args.join(' ')}: every field is listed`,
    )
  }
})

t.test('compile --annotate: one table, and files', async t => {
  const folder = join(t.testdir({}), 'rules')
  t.match(await run('compile', ...NGINX_INPUT, '--annotate', '--output-dir', folder), { code: 0, out: '' })
  for (const name of ['v4.iptables', 'v6.iptables', 'v4.ipset', 'v6.ipset']) {
    const wanted = join(NGINX, 'expected', name)
    const text = readFileSync(join(folder, name), 'utf8')
    if (existsSync(wanted)) t.equal(text.replace(/^#.*\n/gm, ''), readFileSync(wanted, 'utf8'), name)
    t.equal(/^#/m.test(text), name.endsWith('iptables'), `${name} has comments if it has rules`)
  }
  const { out } = await run('compile', ...NGINX_INPUT, '--annotate', '--table', 'raw')
  t.same(out.match(/^\*.*$/gm), ['*raw'])
  t.match(out, /^# cali-PREROUTING: The first chain that an arriving packet meets/m)
})

t.test('rules of a node: in words by themselves, with their cause beside the resources', async t => {
  const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/node-nft.${name}-save`, import.meta.url))
  const node = ['--rules', fixture('iptables'), '--sets', fixture('ipset')]
  const access = join(GOLDEN_FOLDER, 'actions/access-nginx-calico')
  const resources = ['-f', join(access, 'input'), '--host', join(access, 'host.json')]
  const chain = ['--chain', 'cali-pi-_ax3X55_ZZSdxmWDmP2T']
  const rows: readonly (readonly [args: readonly string[], code: number, out: RegExp, err: RegExp])[] = [
    [
      [...chain, ...node],
      0,
      /line 141 of the text that was read\n[^]*cali40s:vo4-kfEnOosXkVLJ1lskp4l\s+\(read\s+from a node: [^)]*\)\s+then set mark\s+0x10000 \(accepted\)/,
      /^$/,
    ],
    [
      [...chain, ...node, ...resources],
      0,
      /input\/cluster\.yaml:\d+:\s+ingress\[0\]\s+of\s+NetworkPolicy\s+default\/access-nginx\n[^]*--set-xmark 0x10000\/0x10000\n[^]*addresses of/,
      /^$/,
    ],
    [
      ['--chain', 'FORWARD', ...node],
      0,
      /Marks are named as with the default[^]*a target that is not known here/,
      /^$/,
    ],
    [['--rule', 'cali:8y7UQ8OAUWsdXyzu', ...node], 0, /^rule cali:8y7UQ8OAUWsdXyzu\n/, /^$/],
    [
      ['--rule', 'cali:8y7UQ8OAUWsdXyzu', ...node, ...NGINX_INPUT],
      0,
      /Of the rules of Calico shown, 1 is not one that the resources given\s+make\./,
      /^$/,
    ],
    [['--set', 'cali40s:vo4-kfEnOosXkVLJ1lskp4l', ...node], 0, /1 member/, /^$/],
    [['--mark', '0x20000', ...node], 0, /Marks\n {2}0x20000 passed/, /^$/],
    [['--mark', '0x20000', '-6', ...node], 2, /^$/, /the text has no rules of IPv6/],
    [['--policy', 'x', ...node], 2, /^$/, /of the rules of a node, --chain, --rule, --set and --mark can be asked for/],
    [['--chain', 'cali-FORWRAD', ...node], 2, /^$/, /did you mean `cali-FORWARD`\?/],
    [['--chain', 'x', '--rules', '/nowhere'], 2, /^$/, /cannot read `\/nowhere`/],
  ]
  for (const [args, code, out, err] of rows) {
    const result = await run('explain', ...args)
    t.equal(result.code, code, args.join(' '))
    t.match(result.out, out, args.join(' '))
    t.match(result.err, err, args.join(' '))
  }
})
