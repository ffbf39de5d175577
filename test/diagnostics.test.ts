// Mistakes and the messages they get: golden/diagnostics/, and the codes and documents that go with them.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse, parseDocument } from 'yaml'
import { check } from '../src/check.ts'
import { compile } from '../src/compile.ts'
import { DIAGNOSTIC_CODES } from '../src/diagnostics/codes.ts'
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { Lines } from '../src/diagnostics/lines.ts'
import type { LocationTarget, Path } from '../src/diagnostics/source.ts'
import { PlacedYaml } from '../src/documents/yaml-places.ts'
import { curedTexts, namedInCure } from './helpers/apply-cure.ts'

const FOLDER = fileURLToPath(new URL('../golden/diagnostics/', import.meta.url))

interface Expectation {
  readonly code: string
  readonly line: number
  readonly column: number
  readonly severity: string
  /** The cure in words, where it matters. */
  readonly help?: string
}

interface DiagnosticCase {
  readonly title: string
  readonly input: string
  readonly expect: readonly Expectation[]
  /** The whole text of all messages, where it matters. */
  readonly text?: string
}

const classes = readdirSync(FOLDER)
  .filter(name => name.endsWith('.yaml'))
  .sort()
  .map(name => ({ name, cases: parse(readFileSync(join(FOLDER, name), 'utf8')) as readonly DiagnosticCase[] }))

const wanted = new Set(classes.flatMap(({ cases }) => cases.flatMap(({ expect }) => expect.map(({ code }) => code))))

/** By input: most are asked for by several tests. */
const found = new Map<string, readonly Diagnostic[]>()

/** Findings about the resources; what is said of the node and the cluster around them is left to other tests. */
function findings(input: string): readonly Diagnostic[] {
  const known = found.get(input)
  if (known !== undefined) return known
  const { diagnostics } = check({ files: [{ name: 'input.yaml', text: input }] })
  const own = diagnostics.filter(
    ({ severity, code }) => (severity === 'error' || wanted.has(code)) && code !== 'unknown-node',
  )
  found.set(input, own)
  return own
}

function placed({ severity, code, place }: Diagnostic): string {
  if (place === undefined) return `${severity} ${code}`
  const { file, start } = place
  const { line, column } = new Lines().at(file, start)
  return `${line}:${column} ${severity} ${code}`
}

t.test('every mistake is found at its place, and nothing else is said', async t => {
  const cases = classes.flatMap(({ cases }) => cases)
  t.ok(cases.length >= 300, `there are at least 300 inputs: ${cases.length}`)
  t.ok(classes.length >= 24, `in at least 24 classes: ${classes.length}`)
  for (const { name, cases } of classes) {
    for (const { title, input, expect, text } of cases) {
      const wanted = expect.map(({ line, column, severity, code }) => `${line}:${column} ${severity} ${code}`)
      const found = findings(input)
      t.same(found.map(placed), wanted, `${name}: ${title}`)
      for (const [index, { help }] of expect.entries())
        if (help !== undefined) t.equal(found[index]?.help, help, `${name}: ${title}: the cure`)
      if (text !== undefined)
        t.equal(found.map(one => `${formatDiagnostic(one)}\n`).join(''), text, `${name}: ${title}`)
    }
  }
})

/** What these are found in is read no further. */
const HIDING: readonly string[] = ['unknown-kind', 'yaml-syntax', 'yaml-tag']

t.test('fixes change what they should and cure the finding', async t => {
  let fixes = 0
  for (const { name, cases } of classes) {
    for (const { title, input } of cases) {
      const before = findings(input)
      for (const { fix, code, severity } of before) {
        if (fix === undefined) continue
        fixes++
        const edits = fix.edits.map(({ place, text }) => ({ ...place, text })).sort((a, b) => b.start - a.start)
        const mended = edits.reduce((all, { start, end, text }) => all.slice(0, start) + text + all.slice(end), input)
        const same = (all: readonly Diagnostic[]): number =>
          all.filter(one => one.code === code && one.severity === severity).length
        const after = findings(mended)
        t.ok(same(after) < same(before), `${name}: ${title}: ${fix.title}`)
        const errors = (all: readonly Diagnostic[]): number => all.filter(one => one.severity === 'error').length
        // A document that could not be read may hold more mistakes than that.
        if (severity === 'error' && !HIDING.includes(code))
          t.ok(errors(after) < errors(before), `${name}: ${title}: nothing new is wrong`)
      }
    }
  }
  t.ok(fixes > 10, `tried ${fixes} fixes`)
})

/** Cures whose value only the user knows. */
const OPEN_CURES = ['write `portNumber` or `portRange`']

t.test('who follows a cure in words is rid of the finding, and nothing new is wrong', async t => {
  let tried = 0
  for (const { name, cases } of classes) {
    for (const { title, input } of cases) {
      const before = findings(input)
      for (const one of before) {
        const wanted = namedInCure(one.help)
        if (one.place === undefined || wanted === undefined || OPEN_CURES.includes(one.help ?? '')) continue
        tried++
        const typed = input.slice(one.place.start, one.place.end)
        // A dash in front of a field is not in its place.
        if (typed === wanted)
          t.match(one.help, /without the dash/, `${name}: ${title}: \`${wanted}\` is what was typed`)
        const same = (all: readonly Diagnostic[]): number =>
          all.filter(({ code, message }) => code === one.code && message === one.message).length
        const errors = (all: readonly Diagnostic[]): number => all.filter(({ severity }) => severity === 'error').length
        const isCured = curedTexts(input, one).some(text => {
          const after = findings(text)
          return same(after) < same(before) && (HIDING.includes(one.code) || errors(after) <= errors(before))
        })
        if (!isCured) t.fail(`${name}: ${title}: ${one.message} (${one.help})`)
      }
    }
  }
  t.ok(tried >= 300, `tried ${tried} cures`)
})

/** What is said of a whole file or resource. */
const OF_A_WHOLE: readonly string[] = ['other-file', 'converted-v1', 'felix-default', 'beyond-calico']

t.test('what is pointed at: a value, the key of what has several, the beginning of an item', t => {
  const text = `a: &x {b: [1, 2], c: long value}
d: *x
e:
  - f: 1
    g: 2
  - [1,
    2]
h: ""
I: x
`
  const rows: readonly (readonly [path: Path, target: LocationTarget, wanted: string])[] = [
    [['a'], 'value', 'a'],
    [['a', 'b'], 'value', 'b'],
    [['a', 'b', 1], 'value', '2'],
    [['a', 'c'], 'value', 'long value'],
    [['a', 'c'], 'key', 'c'],
    [['d'], 'value', '*x'],
    [['d', 'c'], 'value', 'long value'],
    [['e', 0], 'value', 'f'],
    [['e', 1], 'value', '['],
    [['e', 1, 1], 'value', '2'],
    [['e', 7], 'value', 'e'],
    [['h'], 'value', '""'],
    [['i'], 'value', 'x'],
    [['zz'], 'value', 'a'],
    [['e', 0], 'extent', 'f: 1\n    g: 2'],
    [['d', 'c'], 'extent', 'c: long value'],
  ]
  const placed = new PlacedYaml(parseDocument(text))
  for (const [path, target, wanted] of rows)
    t.equal(text.slice(...placed.locate(path, target)).trimEnd(), wanted, `${path.join('.')} ${target}`)
  t.end()
})

t.test('a part of a text is pointed at where its characters are those of the file', t => {
  const rows: readonly (readonly [written: string, pointed: string])[] = [
    ['has(a) & b', '& b'],
    [`"a == 'x' & b"`, '& b"'],
    [`'a == "x" & b'`, "& b'"],
    [`'a == "\\x" & b'`, "& b'"],
    [`'a == ''x'' & b'`, `'a == ''x'' & b'`],
    ['"a == \\"x\\" & b"', '"a == \\"x\\" & b"'],
    ['has(a)\n   & b', 'has(a)'],
  ]
  for (const [written, pointed] of rows) {
    const text = `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec:\n  selector: ${written}\n`
    const [found] = check({ files: [{ name: 'a.yaml', text }] }).diagnostics.filter(one => one.severity === 'error')
    const line = text.slice(found?.place?.start).split('\n')[0]
    t.equal(line, pointed, written)
  }
  t.end()
})

t.test('what is worth a second look stands where it was written, and not at the top', async t => {
  for (const { name, cases } of classes) {
    for (const { title, input } of cases) {
      for (const one of findings(input)) {
        if (one.severity === 'error' || OF_A_WHOLE.includes(one.code)) continue
        if (one.place?.start === 0) t.fail(`${name}: ${title}: ${one.code} stands at 1:1`)
      }
    }
  }
})

const DOCUMENT = readFileSync(new URL('../docs/diagnostics.md', import.meta.url), 'utf8')

t.test('codes and documentation hold together', async t => {
  const sections = [...DOCUMENT.matchAll(/^## (\S+)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm)].map(([, code, body]) => ({
    code: code ?? '',
    body: body ?? '',
  }))
  t.same(sections.map(({ code }) => code).sort(), Object.keys(DIAGNOSTIC_CODES).sort(), 'one section for each code')
  for (const { code, body } of sections) {
    const example = /```yaml\n([\s\S]*?)```/.exec(body)?.[1]
    if (example === undefined) {
      const file = /^Shown by `(test\/[a-z-]+\.test\.ts)`\.$/m.exec(body)?.[1]
      t.ok(
        file !== undefined && existsSync(new URL(`../${file}`, import.meta.url)),
        `${code} names a test that is there`,
      )
      continue
    }
    const files = [{ name: 'example.yaml', text: example }]
    const diagnostics = [
      ...compile({ files, node: 'node-1' }).diagnostics,
      ...compile({ files }).diagnostics,
      ...check({ files }).diagnostics,
    ]
    t.ok(
      diagnostics.some(one => one.code === code),
      `the example of ${code} yields it: ${diagnostics.map(one => one.code).join(', ')}`,
    )
  }
})
