// `check` as a user and a pipeline meet it: what it finds, how it prints that, and what it mends.

import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { check } from '../src/check.ts'
import { compile } from '../src/compile.ts'
import { applyFixes } from '../src/diagnostics/apply-fixes.ts'
import { DIAGNOSTIC_CODES } from '../src/diagnostics/codes.ts'
import type { Diagnostic } from '../src/diagnostics/diagnostic.ts'
import type { SourceFile } from '../src/diagnostics/source.ts'
import { fixFile } from '../src/fix.ts'
import { formatConcise } from '../src/report/format-concise.ts'
import { formatDiff } from '../src/report/format-diff.ts'
import { formatGithub } from '../src/report/format-github.ts'
import { formatJson } from '../src/report/format-json.ts'
import { formatPretty } from '../src/report/format-pretty.ts'
import { formatSarif } from '../src/report/format-sarif.ts'
import { hostEndpoint, pod, policy } from './helpers/build.ts'
import { type CommandRun, type CommandWorld, runCommand as run } from './helpers/run-command.ts'

const GOOD = policy('good', '{selector: all()}')
const BAD =
  'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec:\n  slector: all()\n'
/** A warning: the tier is not in the input. */
const ODD = policy('lost.p', '{tier: lost, selector: all()}')
const TAG = 'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: x}\nspec:\n'

t.test('exit codes: 0 clean, 1 findings at or above the level, 2 not done and nothing on standard output', async t => {
  const folder = t.testdir({ 'good.yaml': GOOD, 'bad.yaml': BAD, 'odd.yaml': ODD })
  const rows: readonly (readonly [readonly string[], Partial<Record<keyof CommandRun, unknown>>])[] = [
    [['-f', 'good.yaml'], { code: 0, out: '', err: /^nothing wrong\nread 1 policy, / }],
    [
      ['-f', 'bad.yaml'],
      { code: 1, out: /^\S*bad\.yaml:5:3: error: .* \[unknown-field\]\n$/, err: '1 error in 1 file\n' },
    ],
    [['-f', 'odd.yaml'], { code: 0, out: /: warning: .* \[unknown-tier\]\n$/, err: '1 warning in 1 file\n' }],
    [['-f', 'odd.yaml', '--fail-on', 'warning'], { code: 1 }],
    [['-f', 'good.yaml', '--fail-on', 'warning'], { code: 0 }],
    [['-f', 'nowhere.yaml'], { code: 2, out: '', err: /cannot read/ }],
    [['-f', 'good.yaml', '--format', 'xml'], { code: 2, out: '', err: /Allowed choices/ }],
    [['-f', 'good.yaml', '--fail-on', 'note'], { code: 2, out: '', err: /Allowed choices/ }],
    [['-f', '-', '--fix'], { code: 2, out: '', err: /standard input cannot be rewritten/ }],
    [['-f', 'bad.yaml', '--dry-run', '--format', 'json'], { code: 2, out: '', err: /cannot be used with/ }],
  ]
  for (const [args, wanted] of rows) {
    const there = args.map(arg => (arg.endsWith('.yaml') ? join(folder, arg) : arg))
    t.match(await run(['check', ...there]), wanted, args.join(' '))
  }
  t.match(await run(['check', '--help']), { code: 0, out: /^Examples:/, err: '' }, 'examples come first')
  t.match(await run(['check', '-f', '-'], { input: BAD }), { code: 1, out: /^-:5:3: error/ }, 'standard input')
})

t.test('pretty on a terminal, concise elsewhere; colours as the terminal and the environment want', async t => {
  const folder = t.testdir({ 'bad.yaml': BAD })
  const rows: readonly (readonly [string, CommandWorld, readonly string[], boolean, boolean])[] = [
    ['a pipe', {}, [], false, false],
    ['a terminal', { isTerminal: true }, [], true, true],
    ['NO_COLOR', { isTerminal: true, env: { NO_COLOR: '1' } }, [], true, false],
    ['an empty NO_COLOR', { isTerminal: true, env: { NO_COLOR: '' } }, [], true, true],
    ['a dumb terminal', { isTerminal: true, env: { TERM: 'dumb' } }, [], true, false],
    ['FORCE_COLOR', { env: { FORCE_COLOR: '1' } }, ['--format', 'pretty'], true, true],
    ['FORCE_COLOR=0', { isTerminal: true, env: { FORCE_COLOR: '0' } }, [], true, false],
    ['asked for', { isTerminal: true }, ['--format', 'concise'], false, false],
  ]
  for (const [title, world, options, isPretty, isColored] of rows) {
    const { out } = await run(['check', '-f', join(folder, 'bad.yaml'), ...options], world)
    t.equal(out.includes('-->'), isPretty, `${title}: pretty`)
    t.equal(out.includes('\u001b['), isColored, `${title}: colours`)
  }
  const compiled = await run(['compile', '-f', join(folder, 'bad.yaml')], { isTerminal: true })
  t.match(compiled, { code: 2, out: '', err: /-->/ }, 'compile says it in the same way')
})

/** A diagnostic about the first place in the text where `part` stands. */
function about(text: string, part: string, rest: Partial<Diagnostic> = {}, name = 'a.yaml'): Diagnostic {
  const start = text.indexOf(part)
  const file = { name, text }
  return {
    severity: 'error',
    code: 'bad-value',
    message: 'wrong',
    place: { file, start, end: start + part.length },
    ...rest,
  }
}

t.test('pretty underlines what is meant, whatever stands before it', async t => {
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    ['plain', 'a: bad\n', 'bad', ' 1 | a: bad', '   |    ^^^'],
    ['a tab', '\ta: bad', 'bad', ' 1 |     a: bad', '   |        ^^^'],
    ['a tab in the middle', 'ab\tbad', 'bad', ' 1 | ab  bad', '   |     ^^^'],
    ['wide letters', '日本: bad', 'bad', ' 1 | 日本: bad', '   |       ^^^'],
    ['wide letters marked', 'a: 日本', '日本', ' 1 | a: 日本', '   |    ^^^^'],
    ['an emoji', '😀: bad', 'bad', ' 1 | 😀: bad', '   |     ^^^'],
    ['an emoji of two code points', '❤️: bad', 'bad', ' 1 | ❤️: bad', '   |     ^^^'],
    ['a flag', '🇩🇪: bad', 'bad', ' 1 | 🇩🇪: bad', '   |     ^^^'],
    ['a combining mark', 'e\u0301: bad', 'bad', ' 1 | e\u0301: bad', '   |    ^^^'],
    ['an escape sequence', '\u001b[2J: bad', 'bad', ' 1 | \\u{1b}[2J: bad', '   |            ^^^'],
    ['a change of direction', '\u202ea: bad', 'bad', ' 1 | \\u{202e}a: bad', '   |            ^^^'],
    ['CRLF', 'a: bad\r\n', 'bad', ' 1 | a: bad', '   |    ^^^'],
    ['the end of the text', 'a:', '', ' 1 | a:', '   | ^'],
    ['several lines', 'a: bad\nworse\n', 'bad\nworse', ' 1 | a: bad', '   |    ^^^'],
    ['a command of GitHub', 'a: ##[x] bad', 'bad', ' 1 | a: #\\u{23}[x] bad', '   |               ^^^'],
  ]
  for (const [title, text, part, line, underline] of rows) {
    const lines = formatPretty([about(text, part)], { color: false }).split('\n')
    t.equal(lines[3], line, title)
    t.equal(lines[4], underline, title)
  }
  const long = formatPretty([about(`${'x'.repeat(1_000_000)} bad ${'y'.repeat(1_000_000)}`, 'bad')], { color: false })
  const [, , , shown = '', mark = ''] = long.split('\n')
  t.ok(shown.length < 120, 'a long line is cut')
  t.match(shown, /^ 1 \| …x+ bad y+…$/)
  t.equal(shown.slice(mark.indexOf('^'), mark.indexOf('^') + 3), 'bad', 'the underline is below it')
  const wide = `${'日'.repeat(5000)} bad`
  const [, , , wideLine = '', wideMark = ''] = formatPretty([about(wide, 'bad')], { color: false }).split('\n')
  t.equal([...wideLine.slice(5)].reduce((sum, it) => sum + (it === '日' ? 2 : 1), 5) - 3, wideMark.indexOf('^'), 'wide')
})

t.test('pretty shows lines around, related places, help and the cure', async t => {
  const text = 'one: 1\ntwo: 2\nthree: 3\none: 4\nfive: 5\nsix: 6\n'
  const file = { name: 'a.yaml', text }
  const start = text.indexOf('one: 4')
  const diagnostic: Diagnostic = {
    severity: 'warning',
    code: 'duplicate-key',
    message: 'twice',
    place: { file, start, end: start + 3 },
    help: 'keep one',
    related: [{ message: 'first here', place: { file, start: 0, end: 3 } }],
    fix: { title: 'write `uno`', edits: [{ place: { file, start, end: start + 3 }, text: 'uno' }] },
  }
  t.equal(
    formatPretty([diagnostic], { color: false }),
    `warning[duplicate-key]: twice
 --> a.yaml:4:1
   |
 2 | two: 2
 3 | three: 3
 4 | one: 4
   | ^^^ write \`uno\`
 5 | five: 5
   = first here:
 --> a.yaml:1:1
   |
 1 | one: 1
   | ---
 2 | two: 2
   = help: keep one
`.replace(/^ -->/gm, '  -->'),
  )
})

const HOSTILE = [
  'line\nbreak',
  'quote"s\'`',
  'esc\u001b[31m',
  'bidi\u202ex\u2066',
  '\n::error::x',
  '::add-mask::x',
  ' ::add-mask::x',
  '##[error]x',
  '%0A::error::x',
  'a,line=9::x',
  'tab\tx',
  'emoji😀',
  'c1\u009b2J',
  'ls\u2028x',
  '[click](https://example.org)',
  '\ud800lone',
]

t.test('nothing in the input steers what shows the findings, in any format', async t => {
  const options = { base: '/repo', version: '0', explain: () => undefined }
  for (const word of HOSTILE) {
    const title = JSON.stringify(word).replace(/[^ -~]/gu, '?')
    const diagnostic = about(
      `a: ${word}\n`,
      'a',
      {
        message: `bad \`${word}\``,
        help: `not ${word}`,
        related: [{ message: word, place: { file: { name: word, text: word }, start: 0, end: 1 } }],
        fix: { title: word, edits: [{ place: { file: { name: word, text: word }, start: 0, end: 1 }, text: word }] },
      },
      word,
    )
    const texts = {
      concise: formatConcise([diagnostic]),
      pretty: formatPretty([diagnostic], { color: false }),
      json: formatJson([diagnostic]),
      sarif: formatSarif([diagnostic], options),
      github: formatGithub([diagnostic], options),
    }
    for (const [format, text] of Object.entries(texts)) {
      t.notMatch(
        text,
        /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066\p{Surrogate}]/u,
        `${format}: ${title}`,
      )
      t.notMatch(text, /##\[/, `${format}: ${title}: no old command`)
      const commands = text.split('\n').filter(line => line.trimStart().startsWith('::'))
      t.equal(commands.length, format === 'github' ? 1 : 0, `${format}: ${title}: no other command`)
    }
    t.equal(texts.concise.split('\n').length, 2, 'one line')
    t.match(texts.github, /^::error file=[^,:\n]*,line=1,endLine=1,col=1,endColumn=2,title=bad-value::[^\n]*\n$/, title)
    const json = JSON.parse(texts.json) as {
      diagnostics: readonly { file: string; fix: { edits: { text: string }[] } }[]
    }
    t.equal(json.diagnostics[0]?.file, word, `${title}: json names the file as it is`)
    t.equal(json.diagnostics[0]?.fix.edits[0]?.text, word)
    const said = JSON.stringify(JSON.parse(texts.sarif), (key, value: unknown) =>
      key === 'insertedContent' ? '' : value,
    )
    t.notMatch(said, /(?<!\\)\]\(https/, `${title}: no link`)
  }
})

interface Sarif {
  readonly version: string
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly name: string; readonly rules: readonly Rule[] } }
    readonly results: readonly Result[]
  }[]
}
interface Rule {
  readonly id: string
  readonly shortDescription: { readonly text: string }
  readonly help: { readonly text: string }
}
interface Result {
  readonly ruleId: string
  readonly ruleIndex: number
  readonly level: string
  readonly message: { readonly text: string }
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string }
      readonly region: Readonly<Record<string, number>>
    }
  }[]
  readonly partialFingerprints: Readonly<Record<string, string>>
}

t.test('sarif has what code scanning needs, and fingerprints that survive moving', async t => {
  const folder = t.testdir({ 'a b.yaml': `${BAD}  slector: x\n---\n${ODD}`, 'c.yaml': BAD })
  const cwd = process.cwd()
  process.chdir(folder)
  const paths = ['a b.yaml', join(process.cwd(), 'c.yaml')]
  const sarif = async (): Promise<Sarif> =>
    JSON.parse((await run(['check', '-f', ...paths, '--format', 'sarif'])).out) as Sarif
  const before = await sarif()
  writeFileSync('a b.yaml', `# moved\n\n${readFileSync('a b.yaml', 'utf8')}`)
  const after = await sarif()
  process.chdir(cwd)
  t.equal(before.version, '2.1.0')
  const [first] = before.runs
  const rules = first?.tool.driver.rules ?? []
  const results = first?.results ?? []
  t.ok(results.length >= 2)
  t.same(
    rules.map(({ id }) => id),
    [...new Set(results.map(({ ruleId }) => ruleId))].sort(),
  )
  for (const { shortDescription, help } of rules) t.ok(shortDescription.text !== '' && help.text !== '')
  for (const { ruleId, ruleIndex, level, message, locations } of results) {
    t.equal(rules[ruleIndex]?.id, ruleId)
    t.match(level, /^(error|warning|note)$/)
    t.not(message.text, '')
    const place = locations[0]?.physicalLocation
    t.match(place?.artifactLocation.uri, /^(a%20b|c)\.yaml$/, 'relative and escaped')
    const { startLine = 0, endLine = 0, startColumn = 0, endColumn = 0 } = place?.region ?? {}
    t.ok(startLine >= 1 && startColumn >= 1 && (endLine > startLine || endColumn > startColumn))
  }
  const prints = (log: Sarif): readonly string[] =>
    log.runs.flatMap(it => it.results.map(result => Object.values(result.partialFingerprints).join()))
  t.same(prints(after), prints(before), 'two lines on top change no fingerprint')
  t.equal(new Set(prints(before)).size, results.length, 'each its own')
})

t.test('a change of very many lines is one piece, at the lines where it is', t => {
  const text = (word: string): string =>
    [...Array.from({ length: 5 }, (_, i) => `before ${i}`), ...Array.from({ length: 3000 }, (_, i) => `${word} ${i}`)]
      .concat(Array.from({ length: 5 }, (_, i) => `behind ${i}`))
      .join('\n')
  const change = { path: 'a.yaml', before: `${text('old')}\n`, after: `${text('new')}\n` }
  const patch = formatDiff(change, { color: false, isTerminal: false, base: '/' })
  // Three lines around it, of 5, and 3,000 that differ.
  t.match(
    patch,
    /^--- a\/a\.yaml\n\+\+\+ b\/a\.yaml\n@@ -3,3006 \+3,3006 @@\n before 2\n before 3\n before 4\n-old 0\n/,
  )
  t.match(patch, /\+new 2999\n behind 0\n behind 1\n behind 2\n$/)
  const two = { ...change, after: change.before.replace('before 0', 'first').replace('behind 4', 'last') }
  const pieces = formatDiff(two, { color: false, isTerminal: false, base: '/' }).match(/^@@ .*$/gm)
  t.strictSame(pieces, ['@@ -1,4 +1,4 @@', '@@ -3007,4 +3007,4 @@'], 'of two lines far apart, two')
  t.end()
})

t.test('what code scanning and GitHub are told of each finding', t => {
  const line = '  - action: Allow'
  const fileOf = (name: string, text: string): SourceFile => ({ name, text })
  const [a, b] = [fileOf('a.yaml', `kind: X\n${line}\n${line}\n`), fileOf('b.yaml', 'b: 1\nb: 2\n')]
  const placeIn = (file: SourceFile, start: number, length: number) => ({ file, start, end: start + length })
  const finding = (severity: Diagnostic['severity'], start: number, message: string): Diagnostic => ({
    severity,
    code: 'unknown-field',
    message,
    place: placeIn(a, start, 6),
  })
  const edits = [
    { place: placeIn(a, 0, 4), text: 'Kind' },
    { place: placeIn(b, 3, 1), text: '3' },
    { place: placeIn(a, 6, 1), text: 'Y' },
  ]
  const findings: readonly Diagnostic[] = [
    finding('error', 12, 'ingress[0] says so'),
    finding('warning', 30, 'ingress[1] says so'),
    {
      ...finding('note', 12, '50 %0A of it'),
      related: [{ message: 'seen here', place: placeIn(b, 5, 1) }],
      fix: { title: 'write it so', edits },
    },
  ]
  const sarifOf = (diagnostics: readonly Diagnostic[]) =>
    JSON.parse(formatSarif(diagnostics, { base: '/work', version: '1', explain: () => undefined })).runs[0].results
  const [first, second, third] = sarifOf(findings)
  t.strictSame([first.level, second.level, third.level], ['error', 'warning', 'note'])
  t.strictSame(first.locations[0].physicalLocation.region, {
    startLine: 2,
    startColumn: 5,
    endLine: 2,
    endColumn: 11,
    charOffset: 12,
    charLength: 6,
  })
  t.match(third.relatedLocations, [
    {
      message: { text: 'seen here' },
      physicalLocation: { artifactLocation: { uri: 'b.yaml' }, region: { startLine: 2, startColumn: 1 } },
    },
  ])
  t.match(third.fixes[0].artifactChanges, [
    {
      artifactLocation: { uri: 'a.yaml' },
      replacements: [{ insertedContent: { text: 'Kind' } }, { insertedContent: { text: 'Y' } }],
    },
    { artifactLocation: { uri: 'b.yaml' }, replacements: [{ insertedContent: { text: '3' } }] },
  ])
  const [inJson] = JSON.parse(formatJson(findings)).diagnostics
  t.match(inJson, { line: 2, column: 5, endLine: 2, endColumn: 11, offset: 12, endOffset: 18 })
  const print = (one: { readonly partialFingerprints: object }): string => Object.values(one.partialFingerprints).join()
  const [hash = '', count] = print(first).split(':')
  t.equal(count, '1')
  t.equal(print(second), `${hash}:2`, 'rules that say the same are counted through, whatever number they have')
  const deeper = { ...a, text: a.text.replace(/^ {2}/gm, '    ') }
  const moved = { ...finding('error', 14, 'ingress[0] says so'), place: placeIn(deeper, 14, 6) }
  t.equal(print(sarifOf([moved])[0]), `${hash}:1`, 'a line that is only further in is the same')
  t.strictSame(formatGithub(findings, { base: '/work' }).split('\n'), [
    '::error file=a.yaml,line=2,endLine=2,col=5,endColumn=11,title=unknown-field::ingress[0] says so',
    '::warning file=a.yaml,line=3,endLine=3,col=5,endColumn=11,title=unknown-field::ingress[1] says so',
    '::notice file=a.yaml,line=2,endLine=2,col=5,endColumn=11,title=unknown-field::50 %250A of it',
    '',
  ])
  t.end()
})

t.test('json says its version and every place', async t => {
  const folder = t.testdir({ 'bad.yaml': BAD })
  const { out } = await run(['check', '-f', join(folder, 'bad.yaml'), '--format', 'json'])
  t.match(JSON.parse(out), {
    version: 1,
    summary: { errors: 1, warnings: 0, notes: 0, files: 1 },
    diagnostics: [
      {
        file: join(folder, 'bad.yaml'),
        line: 5,
        column: 3,
        endLine: 5,
        endColumn: 10,
        offset: BAD.indexOf('slector'),
        severity: 'error',
        code: 'unknown-field',
      },
    ],
  })
})

const REFUSED = '{selector: role == "x", ingress: [{action: Log}]}'
const LONG_PREFIX =
  '{apiVersion: projectcalico.org/v3, kind: FelixConfiguration, metadata: {name: node.node-2}, spec: {maxIpsetSize: 0}}'

t.test('check finds what compile finds, on every node that has something of its own, and says it once', async t => {
  const file = (...documents: string[]): SourceFile => ({ name: 'a.yaml', text: documents.join('\n---\n') })
  const nodes = ['node-1', 'node-2', 'node-3'].map(node => pod(`p-${node}`, '10.65.0.2', { a: node }, { node }))
  const clean = check({ files: [file(...nodes, policy('p', REFUSED))] })
  t.notOk(
    clean.diagnostics.some(({ severity }) => severity === 'error'),
    'several nodes are no mistake',
  )
  const twice = file(...nodes, policy('p', REFUSED), policy('p', REFUSED))
  t.equal(check({ files: [twice] }).diagnostics.filter(({ code }) => code === 'duplicate-resource').length, 1, 'once')
  const configured = file(...nodes, LONG_PREFIX)
  const codes = (diagnostics: readonly Diagnostic[]): readonly string[] =>
    diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`)
  const compiled = codes(compile({ files: [configured], node: 'node-2' }).diagnostics)
  const checked = codes(check({ files: [configured] }).diagnostics)
  t.ok(compiled.length > 0, 'compile refuses node-2')
  for (const found of compiled) t.ok(checked.includes(found), found)
  t.same(codes(check({ files: [configured], node: 'node-1' }).diagnostics), [], 'but not node-1')
  t.notOk(
    check({ files: [file(hostEndpoint('h'))] }).diagnostics.some(({ code }) => code === 'host-unknown'),
    'addresses that nobody asked about are no finding',
  )
  const both = check({ files: [{ name: 'b.yaml', text: BAD }, file(GOOD, GOOD)] })
  t.same(
    both.diagnostics.map(({ code }) => code),
    ['unknown-field', 'duplicate-resource'],
    'one run shows what is wrong with a document and what is wrong with them all',
  )
})

t.test('cures: whole or not at all, the first of two that overlap', async t => {
  const file: SourceFile = { name: 'a', text: 'one two three' }
  const cure = (...edits: (readonly [number, number, string])[]): Diagnostic => ({
    severity: 'error',
    code: 'bad-value',
    message: 'm',
    fix: { title: 't', edits: edits.map(([start, end, text]) => ({ place: { file, start, end }, text })) },
  })
  const rows: readonly (readonly [readonly Diagnostic[], string, number])[] = [
    [[], 'one two three', 0],
    [[cure([4, 7, 'TWO'])], 'one TWO three', 1],
    [[cure([8, 13, '3']), cure([0, 3, '1'])], '1 two 3', 2],
    [[cure([0, 7, 'x']), cure([4, 7, 'y'])], 'x three', 1],
    [[cure([4, 7, 'y']), cure([0, 3, 'x'], [4, 5, 'z'])], 'one y three', 1],
    [[cure([4, 7, 'y']), cure([4, 7, 'y'])], 'one y three', 2],
    [[cure([0, 0, '"'], [3, 3, '"'])], '"one" two three', 1],
    [[cure([0, 0, 'a']), cure([0, 0, 'b'])], 'aone two three', 1],
    [[cure([0, 3, 'x']), cure([3, 3, '!'])], 'x! two three', 2],
    [[cure([0, 0, '!']), cure([0, 3, 'x'])], '!x two three', 2],
  ]
  for (const [diagnostics, text, count] of rows) {
    const result = applyFixes(file, diagnostics)
    t.equal(result.text, text)
    t.equal(result.cured.length, count)
  }
})

t.test('selectors that begin with `!` are quoted where it is plain what the selector is', async t => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['  selector: !has(a)\n', '  selector: "!has(a)"\n'],
    ['  selector: !has(a)', '  selector: "!has(a)"'],
    ['  selector: !has(a)   \r\n  order: 1\r\n', '  selector: "!has(a)"   \r\n  order: 1\r\n'],
    ['  selector: !has(a) && b == "c"\n', `  selector: '!has(a) && b == "c"'\n`],
    [`  selector: !has(a) && b == 'c'\n`, `  selector: "!has(a) && b == 'c'"\n`],
    ['  selector: !has(a)\n\n  # why\n  order: 1\n', '  selector: "!has(a)"\n\n  # why\n  order: 1\n'],
    ['  selector: !has(a) # why\n', undefined],
    ['  selector: !has(a)\n    && has(b)\n', undefined],
    ['  order: !foo 1\n', undefined],
  ]
  for (const [spec, wanted] of rows) {
    const { text, cured } = fixFile({ name: 'a.yaml', text: TAG + spec })
    t.equal(text, TAG + (wanted ?? spec), spec)
    t.equal(cured, wanted === undefined ? 0 : 1, spec)
    if (wanted === undefined) continue
    const result = compile({ files: [{ name: 'a.yaml', text: text + '\n---\n' + hostEndpoint('h', { b: 'c' }) }] })
    t.equal(result.ok && result.output.plan.policies.length, 1, `${spec}: selects an endpoint without the label`)
    const other = compile({ files: [{ name: 'a.yaml', text: text + '\n---\n' + hostEndpoint('h', { a: '' }) }] })
    t.equal(other.ok && other.output.plan.policies.length, 0, `${spec}: and none with it`)
  }
})

t.test('--fix leaves what stands for words that nobody wrote: without them a rule would be wider', async t => {
  const policy = TAG + '  selector: all()\n  ingress:\n  - action: Allow\n    protocol: TCP\n'
  for (const gap of ['    ...\n', '    …\n', '    <your source>\n', '    destination:\n      nets:\n      - ...\n']) {
    // The second one makes all of these text that is not YAML.
    const text = `${policy}${gap}  - action: Deny\n    ...\n`
    t.same(fixFile({ name: 'a.yaml', text }), { text, cured: 0 }, gap)
    const found = check({ files: [{ name: 'a.yaml', text }] }).diagnostics.filter(
      ({ severity }) => severity === 'error',
    )
    t.match(
      found,
      [{ code: 'yaml-syntax', help: /^write what belongs there/, related: [{ message: 'and here' }] }],
      gap,
    )
    t.equal(found.length, 1, gap)
  }
  const fenced = `\`\`\`yaml\n${policy}\`\`\`\n`
  t.equal(fixFile({ name: 'a.yaml', text: fenced }).text, `\n${policy}\n`, 'what is around YAML goes')
})

t.test('--fix rewrites files and nothing else; --dry-run shows what it would do', async t => {
  const text = `# kept\r\n${TAG.replaceAll('\n', '\r\n')}  selector: !has(a)  \r\n  # kept too\r\n  order:   1`
  const mended = text.replace('!has(a)', '"!has(a)"')
  const folder = t.testdir({ 'a.yaml': text, 'b.yaml': `${TAG.replace('x', 'y')}  slector: x\n`, 'c.yaml': GOOD })
  const path = (name: string): string => join(folder, name)
  chmodSync(path('a.yaml'), 0o640)
  symlinkSync('a.yaml', path('link.yaml'))
  const args = ['check', '-f', path('link.yaml'), path('b.yaml'), path('c.yaml')]
  const dry = await run([...args, '--dry-run'])
  t.match(dry, { code: 1, err: /slector[^]*\nwould fix 1 of 3 mistakes in 1 file\n$/ })
  t.match(dry.out, /^--- .*link\.yaml\n\+\+\+ .*link\.yaml\n@@ -3,6 \+3,6 @@\n/)
  t.match(dry.out, /^-  selector: !has\(a\)  \r$/m)
  t.match(dry.out, /^\+  selector: "!has\(a\)"  \r$/m)
  t.match(dry.out, /^\\ No newline at end of file$/m)
  t.equal(readFileSync(path('a.yaml'), 'utf8'), text, 'nothing is written')
  t.match(await run([...args, '--fix']), { code: 1, out: /slector/, err: /^fixed 1 of 3 mistakes in 1 file\n/ })
  t.equal(readFileSync(path('a.yaml'), 'utf8'), mended, 'line ends, comments and blanks are kept')
  t.equal(statSync(path('a.yaml')).mode & 0o777, 0o640, 'and the mode')
  t.match(await run([...args, '--fix']), { code: 1, err: /^fixed 0 of 2 mistakes in 0 files\n/ }, 'once is enough')
  t.match(await run(['check', '-f', '-', '--dry-run'], { input: text }), { code: 0, out: /^--- a\/-\n/ })
  const bytes = Buffer.concat([Buffer.from(text), Buffer.from('\n# \xff\n', 'latin1')])
  writeFileSync(path('c.yaml'), bytes)
  const refused = await run([...args, '--fix'])
  if (refused.code !== 2) t.fail('a file that is not UTF-8 is not rewritten', refused)
  t.match(refused.out, '')
  t.ok(readFileSync(path('c.yaml')).equals(bytes), 'its bytes stay')
})

t.test('explain says what each code means', async t => {
  for (const code of Object.keys(DIAGNOSTIC_CODES)) {
    const { code: exit, out, err } = await run(['explain', code])
    t.match({ exit, err }, { exit: 0, err: '' })
    t.ok(out.startsWith(`${code}: `) && out.split('\n').length > 3, `${code} has a section in docs/diagnostics.md`)
  }
  t.match(await run(['explain', 'unknown-feild']), { code: 2, out: '', err: /did you mean `unknown-field`/ })
  t.match(await run(['explain', 'x\u001b[2J\n']), { code: 2, out: '', err: /no code `x\\u\{1b\}\[2J\\n`/ })
})
