// The index over labels says what trying each item would, and what that takes is counted and stays far below the limit.

import fc from 'fast-check'
import t from 'tap'
import { effectiveLabel, type Labels } from '../src/model/ast/endpoint.ts'
import { collectLabels, LabelIndex } from '../src/planner/label-index.ts'
import type { Labelled } from '../src/planner/label-postings.ts'
import { MAX_MATCH_STEPS, PlanWork } from '../src/planner/plan-work.ts'
import type { Selector } from '../src/selector/ast.ts'
import { evaluateSelector } from '../src/selector/evaluate.ts'
import { parseSelector } from '../src/selector/parse.ts'

function parsed(text: string): Selector {
  const result = parseSelector(text)
  if (!result.ok) throw new Error(text)
  return result.selector
}

function indexFor<T extends Labelled>(
  items: readonly T[],
  parents: ReadonlyMap<string, Labels>,
  selectors: readonly Selector[],
  work = new PlanWork(),
): LabelIndex<T> {
  const labels = new Set<string>()
  for (const selector of selectors) collectLabels(selector, labels)
  return new LabelIndex(items, parents, labels, work)
}

const label = fc.constantFrom('a', 'b', 'c', '__proto__')
const value = fc.constantFrom('', 'x', 'y', 'xy', 'yx')
const labelled = fc
  .array(fc.tuple(label, value), { maxLength: 3 })
  .map((entries): Labels => Object.fromEntries(entries))
const selector = fc.letrec<{ any: Selector; leaf: Selector }>(tie => ({
  leaf: fc.oneof(
    fc.constantFrom<Selector>({ kind: 'all' }, { kind: 'global' }),
    label.map((name): Selector => ({ kind: 'has', label: name })),
    fc.record({
      kind: fc.constantFrom('equals', 'notEquals', 'contains', 'startsWith', 'endsWith'),
      label,
      value,
    }),
    fc.record({ kind: fc.constantFrom('in', 'notIn'), label, values: fc.uniqueArray(value, { maxLength: 4 }) }),
  ),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.record({ kind: fc.constant('not'), operand: tie('any') }),
    fc.record({
      kind: fc.constantFrom('and', 'or'),
      operands: fc.array(tie('any'), { minLength: 2, maxLength: 4 }),
    }),
  ),
})).any

t.test('what the index finds is what each item says for itself, in its order', async t => {
  const parents = fc.record({ p: labelled, q: labelled }).map(all => new Map(Object.entries(all)))
  const item = fc.record({
    labels: labelled,
    parents: fc.constantFrom<readonly string[]>([], ['p'], ['q', 'p'], ['p', 'missing', 'q'], ['p', 'p']),
  })
  let [few, many] = [0, 0]
  fc.assert(
    fc.property(
      fc.array(item, { maxLength: 70 }),
      parents,
      fc.array(selector, { maxLength: 12 }),
      (own, all, asked) => {
        const more = Array.from({ length: 900 }, (): Labelled => ({ labels: {}, parents: [] }))
        // Alone most items can match; among 900 others, few.
        for (const items of [own, [...more, ...own]]) {
          const index = indexFor(items, all, asked)
          for (const one of asked) {
            const wanted = items.filter(({ labels, parents: names }) =>
              evaluateSelector(one, key => effectiveLabel(labels, names, all, key)?.value),
            )
            if (wanted.length > 0) wanted.length * 8 > items.length ? many++ : few++
            const found = index.match(one)
            if (found.length !== wanted.length || found.some((entry, place) => entry !== wanted[place]))
              throw new Error(`${JSON.stringify(one)}: ${found.length}, not ${wanted.length}`)
          }
        }
      },
    ),
    { numRuns: 150, seed: 11 },
  )
  t.ok(few > 50 && many > 50, `${few} times few, ${many} times many`)
})

/** Pods as a large cluster has them, fifty in a namespace. */
function pods(count: number): readonly Labelled[] {
  return Array.from({ length: count }, (_, index) => ({
    labels: {
      app: `app-${index % 8}`,
      env: index % 3 === 0 ? 'prod' : 'dev',
      'projectcalico.org/namespace': `ns-${Math.floor(index / 50)}`,
    },
    parents: [`kns.ns-${Math.floor(index / 50)}`],
  }))
}

const NAMESPACES = new Map(
  Array.from({ length: 1_000 }, (_, index) => [`kns.ns-${index}`, { 'pcns.team': `team-${index % 4}` }] as const),
)

const KINDS: readonly ((index: number) => string)[] = [
  index => `!has(x${index})`,
  index => `app != 'y${index}'`,
  index => `has(a${index}) || env == 'prod'`,
  () => 'all()',
  index => `app not in {'app-1', 'z${index}'}`,
  index => `pcns.team == 'team-1' && app != 'y${index}'`,
  index => `has(app) && env not in {'test', 'z${index}'} && projectcalico.org/namespace != 'ns-${index}'`,
  index => `!(app == 'app-1' && env == 'dev') || !has(x${index})`,
]

t.test('what a selector takes is counted, and large clusters stay far below the limit', async t => {
  const steps = (count: number, texts: readonly string[]): number => {
    const work = new PlanWork()
    const selectors = texts.map(parsed)
    const index = indexFor(pods(count), NAMESPACES, selectors, work)
    const before = work.matchSteps
    for (const one of selectors) index.match(one)
    return work.matchSteps - before
  }
  const honest = KINDS.flatMap(kind => Array.from({ length: 100 }, (_, index) => kind(index)))
  const taken = steps(20_000, honest)
  t.ok(taken < MAX_MATCH_STEPS / 50, `800 selectors over 20,000 pods: ${taken}`)
  // The same for twice the pods: it is the 50 of the namespace that are looked at.
  const pinned = ["projectcalico.org/namespace == 'ns-7' && !has(x)"]
  t.equal(steps(20_000, pinned), steps(40_000, pinned))
  t.ok(steps(20_000, pinned) < 2_000)
  const long = [Array.from({ length: 40 }, (_, index) => `!has(x${index})`).join(' && ')]
  t.ok(steps(20_000, long) > 40 * (20_000 / 32), 'each comparison looks at each word')
})

t.test('selectors beyond the limit are refused', async t => {
  const work = new PlanWork()
  const one = parsed('!has(x) && !has(y)')
  const index = indexFor(pods(1_000), new Map(), [one], work)
  work.match(MAX_MATCH_STEPS - work.matchSteps - 1_000)
  t.throws(() => index.match(one), { message: /comparing selectors with labels takes more than 1,000,000,000 steps/ })
})
