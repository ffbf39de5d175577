// Explanations: plain words for everything that rules hold, annotated text, and why policies select what they select.

import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { printAnnotated } from '../src/backend/annotated-restore.ts'
import { printChainRules, printHookRules } from '../src/backend/iptables-restore.ts'
import { allocateMarks } from '../src/calico/marks.ts'
import { compile, type CompileOutput } from '../src/compile.ts'
import { annotateChain, createRuleAnnotator } from '../src/explain/annotations.ts'
import { describeChain } from '../src/explain/describe-chain.ts'
import { describeMatch } from '../src/explain/describe-match.ts'
import { describeTarget } from '../src/explain/describe-target.ts'
import { createExplainer, explainChainNamed, explainLine, explainRuleHash } from '../src/explain/explain-subject.ts'
import { explainChain } from '../src/explain/explanation.ts'
import { allEndpoints, allPolicies, findPolicies } from '../src/explain/names.ts'
import { explainSelection, policiesOf } from '../src/explain/which.ts'
import type { Match, Target } from '../src/model/ruleset.ts'
import { evaluateSelector } from '../src/selector/evaluate.ts'
import { explainSelector } from '../src/selector/explain.ts'
import { parseSelector } from '../src/selector/parse.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'

const PRINTER = { chain: printChainRules, hooks: printHookRules }

function compileCase(name: string): CompileOutput | undefined {
  const { files, host, node } = readCase(join(GOLDEN_FOLDER, name))
  const result = compile({ files, host, node })
  return result.ok ? result.output : undefined
}

t.test('every rule of every golden case is explained, and annotations change no rule', async t => {
  let rules = 0
  for (const name of goldenCases()) {
    const output = compileCase(name)
    if (output === undefined) continue
    for (const { ruleset, text } of Object.values(output.versions)) {
      const explainer = createExplainer(output.plan, ruleset, PRINTER)
      const lines = new Set(text.iptables.split('\n'))
      for (const indexed of explainer.chains) {
        const chain = explainChain(indexed, [], explainer.context)
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
      const annotated = printAnnotated(ruleset.tables, { chain: annotateChain, rule: createRuleAnnotator() })
      t.equal(annotated.replace(/^#.*\n/gm, ''), text.iptables, `${name}: IPv${ruleset.ipVersion} without comments`)
      t.match(annotated, /^# /m)
    }
  }
  t.ok(rules > 10_000, `looked at ${rules} rules`)
})

t.test('sentences', async t => {
  const marks = allocateMarks(0xffff0000, false)
  if (marks === undefined) throw new Error('marks')
  const context = { marks, sets: new Map() }
  const matches: readonly (readonly [Match, string])[] = [
    [{ kind: 'mark', value: 0x20000, mask: 0x20000, negated: false }, 'mark 0x20000 (passed) is set'],
    [{ kind: 'markClear', mask: 0x30000, negated: false }, 'none of the marks 0x30000 (accepted, passed) is set'],
    [
      { kind: 'markClear', mask: 0x30000, negated: true },
      'at least one of the marks 0x30000 (accepted, passed) is set',
    ],
    [{ kind: 'inInterface', name: 'cali+' }, 'it comes in by an interface whose name starts with cali'],
    [{ kind: 'net', side: 'source', address: '10.0.0.0/8', negated: true }, 'the source is not in 10.0.0.0/8'],
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
  const explainer = createExplainer(output.plan, output.versions[4].ruleset, PRINTER)
  const byLine = explainLine('cluster.yaml', 61, explainer)
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
  t.equal(explainLine('cluster.yaml', 1, explainer), undefined, 'a comment makes no rule')
})

t.test('which policies, in order, and why', async t => {
  const output = compileCase('actions/log-denied-packets-kubernetes')
  if (output === undefined) throw new Error('case')
  const { plan } = output
  const endpoints = allEndpoints(plan)
  const nginx = endpoints.find(({ name }) => name === 'pod/default/nginx-5f9c')
  const curl = endpoints.find(({ name }) => name === 'pod/default/curl-1')
  const [policy] = findPolicies('default/access-nginx', allPolicies(plan))
  if (nginx === undefined || curl === undefined || policy === undefined) throw new Error('case')
  const ingress = policiesOf(nginx, plan).find(({ direction }) => direction === 'ingress')
  t.same(
    ingress?.tiers[0]?.policies.map(({ kindAndName, order, isOrderImplied }) => [kindAndName, order, isOrderImplied]),
    [
      ['KubernetesNetworkPolicy default/access-nginx', 1000, true],
      ['NetworkPolicy default/log-denied-packets', 3000, false],
    ],
  )
  t.ok(explainSelection(policy, nginx, plan).matches)
  t.same(explainSelection(policy, curl, plan).reasons, ['run == "nginx": label run is "curl"'])
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
    const { matches, terms, contradiction } = explainSelector(parsed.selector, key => labels[key])
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
        const { matches, terms, contradiction } = explainSelector(parsed.selector, lookup)
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
