// The selector language, against what Calico's own parser made of each text (test/fixtures/selectors.json).

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { selectorSetId } from '../src/calico/names.ts'
import type { Selector } from '../src/selector/ast.ts'
import { contradictionOf } from '../src/selector/contradiction.ts'
import { evaluateSelector } from '../src/selector/evaluate.ts'
import { MAX_SELECTOR_DEPTH, parseSelector } from '../src/selector/parse.ts'
import { prefixLabels, printSelector } from '../src/selector/print.ts'
import type { SelectorFaultCode } from '../src/selector/tokens.ts'

interface Fixture {
  /** Text, canonical text, id, truth for each of the label sets below. */
  readonly accepted: readonly (readonly [string, string, string, string])[]
  /** Text and reason. */
  readonly rejected: readonly (readonly [string, string])[]
}

const fixture = JSON.parse(readFileSync(new URL('./fixtures/selectors.json', import.meta.url), 'utf8')) as Fixture

const LABEL_SETS: readonly Readonly<Record<string, string>>[] = [
  { app: 'web', env: 'prod' },
  { app: 'db', tier: 'back-end', 'pcns.projectcalico.org/name': 'shop' },
  {},
  { 'projectcalico.org/namespace': 'shop', 'projectcalico.org/serviceaccount': 'sa1', app: 'web1' },
]

function mustParse(text: string): Selector {
  const result = parseSelector(text)
  if (!result.ok) throw new Error(`${text}: ${result.fault.code}`)
  return result.selector
}

t.test('canonical text, id and truth are those of Calico', async t => {
  for (const [text, canonical, id, truth] of fixture.accepted) {
    const selector = mustParse(text)
    t.equal(printSelector(selector), canonical, `${JSON.stringify(text)} in canonical form`)
    t.equal(selectorSetId(canonical), id, `${JSON.stringify(text)} has its id`)
    const verdicts = LABEL_SETS.map(labels => (evaluateSelector(selector, key => labels[key]) ? 'T' : 'F')).join('')
    t.equal(verdicts, truth, `${JSON.stringify(text)} against the label sets`)
  }
})

t.test('what Calico refuses is refused', async t => {
  for (const [text, reason] of fixture.rejected) t.notOk(parseSelector(text).ok, `${JSON.stringify(text)}: ${reason}`)
})

t.test('a fault names its kind and its place', async t => {
  const rows: readonly (readonly [string, SelectorFaultCode, string])[] = [
    ["a = 'b'", 'single-equals', '='],
    ['a == b', 'value-not-quoted', 'b'],
    ["a == 'x' & b == 'y'", 'single-ampersand', '&'],
    ["a == 'x' | b == 'y'", 'single-bar', '|'],
    ["a == 'x' and b == 'y'", 'left-over', 'and'],
    ["app and 'x'", 'unknown-operator', 'and'],
    ['all', 'label-without-operator', 'all'],
    ["a == 'x", 'quote-not-closed', "'x"],
    ['has (a)', 'blank-before-bracket', 'has ('],
    ["a in ('b')", 'set-without-brace', '('],
    ['a in {web}', 'set-not-closed', 'web'],
    ["(a == 'b'", 'parenthesis-not-closed', '('],
    ["a == 'b' && ", 'operand-missing', ''],
    ["a == 'b'\n", 'newline', '\n'],
    [`${'('.repeat(MAX_SELECTOR_DEPTH + 1)}all()${')'.repeat(MAX_SELECTOR_DEPTH + 1)}`, 'too-deep', '('],
  ]
  for (const [text, code, place] of rows) {
    const result = parseSelector(text)
    t.match(result, { ok: false, fault: { code } }, JSON.stringify(text.slice(0, 40)))
    if (!result.ok)
      t.equal(
        text.slice(result.fault.start, result.fault.end),
        place,
        `place of the fault in ${JSON.stringify(text.slice(0, 40))}`,
      )
  }
})

t.test('labels may have 512 characters and no more', async t => {
  const longest = 'a'.repeat(512)
  t.equal(selectorSetId(printSelector(mustParse(`has(${longest})`))), 's:evUX7GGCr9dKH_5lKDxw783KFdheg1nNg_EChg')
  t.notOk(parseSelector(`has(${longest}a)`).ok)
  t.notOk(parseSelector(`${longest}a == 'x'`).ok)
  t.ok(
    parseSelector(`${'('.repeat(MAX_SELECTOR_DEPTH)}all()${')'.repeat(MAX_SELECTOR_DEPTH)}`).ok,
    'nesting just within the limit',
  )
})

t.test('a prefix goes in front of every label', async t => {
  t.equal(
    printSelector(prefixLabels(mustParse("a == 'x' && !(has(b) || c in {'y'})"), 'pcns.')),
    '(pcns.a == "x" && !(has(pcns.b) || pcns.c in {"y"}))',
  )
  t.equal(printSelector(prefixLabels(mustParse('all()'), 'pcns.')), 'all()')
})

const label = fc.constantFrom('a', 'b.c/d', 'has', 'in', 'not')
const value = fc.constantFrom('', 'x', "it's", 'a "b"', 'é', 'a&&b')
const selectorTree: fc.Arbitrary<Selector> = fc.letrec<{ tree: Selector }>(tie => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Selector>({ kind: 'all' }, { kind: 'global' }),
    fc.record({ kind: fc.constant('has' as const), label }, { noNullPrototype: true }),
    fc.record(
      {
        kind: fc.constantFrom(
          'equals' as const,
          'notEquals' as const,
          'contains' as const,
          'startsWith' as const,
          'endsWith' as const,
        ),
        label,
        value,
      },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        kind: fc.constantFrom('in' as const, 'notIn' as const),
        label,
        values: fc.uniqueArray(value).map(values => values.sort()),
      },
      { noNullPrototype: true },
    ),
    fc.record(
      {
        kind: fc.constantFrom('and' as const, 'or' as const),
        operands: fc.array(tie('tree'), { minLength: 2, maxLength: 4 }),
      },
      { noNullPrototype: true },
    ),
    tie('tree').map((operand): Selector => (operand.kind === 'not' ? operand : { kind: 'not', operand })),
  ),
})).tree

t.test('canonical text parses back to the same tree', async t => {
  fc.assert(
    fc.property(selectorTree, tree => t.strictSame(mustParse(printSelector(tree)), tree)),
    { numRuns: 500 },
  )
})

t.test('selectors that nothing satisfies, and others that something does', t => {
  const rows: readonly (readonly [text: string, isContradiction: boolean])[] = [
    ["a starts with 'x' && a starts with 'xy'", false],
    ["a starts with 'x' && a starts with 'y'", true],
    ["a ends with 'y' && a ends with 'xy'", false],
    ["a ends with 'xy' && a ends with 'y'", false],
    ["a ends with 'y' && a ends with 'x'", true],
    ["!(a starts with 'x') && a starts with 'y'", false],
    ["a contains 'x' && a contains 'y'", false],
    ["a == 'x' && a == 'y'", true],
    ["a == 'x' && b == 'y'", false],
    ["a == 'x' || a == 'y'", false],
    ["a == 'x' && a starts with 'y'", true],
    ['a in {}', true],
    ['!(a in {})', false],
    ['a not in {}', false],
    ['!all()', true],
    ['!global()', true],
    ['!has(a) && has(a)', true],
    ["!has(a) && a contains 'x'", true],
    ["!has(a) && a != 'x'", false],
    ["!(a not in {'x', 'y'}) && a != 'x' && a != 'y'", false],
    ["!(a not in {'x'}) && a != 'x'", true],
    ["a not in {'x'} && a != 'x'", false],
  ]
  for (const [text, isContradiction] of rows) {
    const result = parseSelector(text)
    if (!result.ok) throw new Error(text)
    t.equal(contradictionOf(result.selector) !== undefined, isContradiction, text)
  }
  t.end()
})
