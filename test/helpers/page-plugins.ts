// What is left out of libraries for browsers, since nothing here asks for it or the browser has it already.

import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'

/** A module with the same names, none of which does anything: what is taken from it is mentioned and never called. */
function emptied(text: string, path: string): string {
  const lists = [...text.matchAll(/^export \{ ([\w, ]+) \};/gm)].flatMap(([, list = '']) =>
    list.split(', ').map(name => name.replace(/.* as /, '')),
  )
  const single = [...text.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(([, name = '']) => name)
  const names = [...lists, ...single]
  if (names.length === 0) throw new Error(`${path} exports nothing: it has changed`)
  return `const none = () => ({})\nexport { ${names.map(name => `none as ${name}`).join(', ')} }`
}

type Change = (text: string, path: string) => string

/** Changes files of libraries. Each must be met: of two plugins for one file esbuild asks the first alone. */
function changing(name: string, ...changes: readonly (readonly [filter: RegExp, change: Change])[]): Plugin {
  return {
    name,
    setup: ({ onLoad, onEnd }) => {
      const unmet = new Set<RegExp>()
      for (const [filter, change] of changes) {
        unmet.add(filter)
        onLoad({ filter }, ({ path }) => {
          unmet.delete(filter)
          return { contents: change(readFileSync(path, 'utf8'), path) }
        })
      }
      onEnd(({ errors }) => {
        if (errors.length === 0 && unmet.size > 0) throw new Error(`no file of ${[...unmet].join(', ')} was changed`)
      })
    },
  }
}

/** zod carries what makes JSON schemas of its own: nothing here asks for them, and they are 5 KB of the page, packed. */
export const withoutJsonSchemas = changing('without-json-schemas', [
  /zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/,
  emptied,
])

/**
 * zod remembers what it has read of values that contain themselves. No document gives one, since an alias within its own anchor
 * is a mistake, and no schema here contains itself.
 */
export const withoutCycles = changing('without-cycles', [
  /zod\/v4\/core\/memoizer\.js$/,
  (text, path) => {
    if (!/^export function memoizer\(\)/m.test(text)) throw new Error(`${path} has no memoizer: it has changed`)
    return 'export class $ZodCyclicError extends Error {}\nexport function memoizer() {}\nexport const isBackEdge = () => false, isRecursiveSchema = isBackEdge'
  },
])

/** `email(params) { return this.check(core._email(ZodEmail, params)) }` */
const FORMAT =
  /^    \w+\((?:\.\.\.args|[\w, ]*)\) \{\n        return this\.check\((?:core\._\w+\(Zod\w+, params\)|checks\.(?:regex|includes|startsWith|endsWith|lowercase|uppercase|trim|normalize|toLowerCase|toUpperCase|slugify|gt|lt|multipleOf|positive|negative|nonpositive|nonnegative)\([^;\n]*\))\);\n    \},?\n/gm

/** Texts that are addresses of mail, tokens or dates: zod knows thirty such forms, and no schema here asks for one. */
export const withoutFormats = changing('without-formats', [
  /zod\/v4\/classic\/schemas\.js$/,
  (text, path) => {
    const plain = text.replace(FORMAT, '')
    if (text.length - plain.length < 1000) throw new Error(`${path} has no formats: it has changed`)
    return plain
  },
])

/** zod would make functions of text where it may; in the page it may not, so that objects are checked by what it has instead. */
export const withoutMadeFunctions = changing('without-made-functions', [
  /zod\/v4\/core\/schemas\.js$/,
  text => {
    const plain = text.replace(
      /^export const \$ZodObjectJIT = [^]*?^}\);$/m,
      'export const $ZodObjectJIT = $ZodObject;',
    )
    if (plain === text) throw new Error('zod makes its functions elsewhere: it has changed')
    return plain
  },
])

/** The worker reads YAML and never writes it; of keys that are mappings, which yaml writes as text, the guard lets none through. */
export const withoutWritingYaml = changing('without-writing-yaml', [
  /yaml\/browser\/dist\/stringify\/\w+\.js$/,
  emptied,
])

/** Of yaml's schemas the worker asks for the plainest, with scalars of its own; `<<` is the one tag that it wants besides. */
export const withoutSchemasOfYaml = changing('without-schemas-of-yaml', [
  /yaml\/browser\/dist\/schema\/(?:(?:core|json)\/|yaml-1\.1\/[^m])\w+\.js$/,
  emptied,
])

const RE2JS = /re2js\/build\/index\.js$/

/** `Greek: () => new UnicodeRangeTable(decodeRanges("…", true)),` */
const TABLE = /^\s*(\w+): \(\) => new UnicodeRangeTable\(decodeRanges\("[^"]*", (?:true|false)\)\),?\n/gm

/** The large tables of characters that belong to a category once case is no matter. */
const FOLDED =
  /^\s*(Ll|Lu|Lowercase|Uppercase): \(\) => new UnicodeRangeTable\(decodeRanges\("[^"]*", (?:true|false)\)\),?\n/gm

/**
 * Which characters are Greek, or letters: re2js carries tables of all of Unicode, 30 KB of the page, packed, for expressions
 * like `\p{Greek}` in the name of an interface. Browsers know them too: a table is made when somebody asks for it. Characters
 * of a script that is younger than the browser are then in no table.
 */
export const withUnicodeOfBrowser = changing('unicode-of-browser', [RE2JS, unicodeOfBrowser])

/** The same, and of its ways to match the plainest alone. */
export const withPlainMatching = changing('plain-matching', [RE2JS, text => plainMatching(unicodeOfBrowser(text))])

function unicodeOfBrowser(whole: string): string {
  let text = whole
  for (const [map, make] of [
    ['CATEGORIES', 'tableOfBrowser'],
    ['SCRIPTS', 'tableOfScript'],
  ] as const) {
    const start = text.indexOf(`static ${map} = new LazyMap({`)
    const end = text.indexOf('});', start)
    const names = [...text.slice(start, end).matchAll(TABLE)].map(([, name]) => name)
    if (start < 0 || names.length < 20) throw new Error(`no ${map}: re2js has changed`)
    const list = `static ${map} = new LazyMap(lazyTables(${JSON.stringify(names.join(' '))}, ${make})`
    text = `${text.slice(0, start)}${list}${text.slice(end + 1)}`
  }
  const folded = text.replace(FOLDED, "$1: () => tableOfBrowser('$1', 'i'),\n")
  if (folded === text) throw new Error('no FOLD_CATEGORIES: re2js has changed')
  return `${folded}\n${MAKE_TABLES}`
}

/**
 * What stands for classes of re2js that one can do without who only asks whether a text matches. It has four ways of finding
 * that out; the one that is always right, and linear too, stays, and the others say that the expression is none for them.
 */
const STAND_INS: Readonly<Record<string, string>> = {
  OnePass: 'class { static compile() { return null } }',
  DFA: 'class { match() { return null } }',
  Backtracker: 'class { static maxBitStateLen() { return -1 } }',
  Prefilter: 'class { static Type = { NONE: 0 } }',
  PrefilterTree: 'class { static build() { return { type: 0 } } }',
  ...Object.fromEntries(
    ['DFAState', 'BitState', 'QueueOnePass', 'OnePassProg', 'AhoCorasick', 'Matcher', 'MatcherInput', 'RE2Set'].map(
      name => [name, 'class {}'],
    ),
  ),
  Utf8MatcherInput: 'class {}',
  Utf16MatcherInput: 'class {}',
  MachineUTF8Input: 'class {}',
  TranslateRegExpString: 'class {}',
}

/** Methods that nobody calls who compiles an expression and tests a text. */
const UNASKED =
  /^\t(?:static )?(?:find\w*|replace\w*|allMatches|pad|match(?:UTF8|WithGroup|MachineInput|es|er)|split|exec|testExact|translateRegExp|quote\w*|initTest|equals)\([^\n]*\) \{\n(?:\t\t[^\n]*\n|\n)*\t\}\n/gm

function plainMatching(whole: string): string {
  let text = whole
  for (const [name, standIn] of Object.entries(STAND_INS)) {
    const start = text.search(new RegExp(`^var ${name} = class`, 'm'))
    const end = text.indexOf('\n};', start)
    if (start < 0 || end < 0) throw new Error(`no class ${name}: re2js has changed`)
    text = `${text.slice(0, start)}var ${name} = ${standIn}${text.slice(end + 2)}`
  }
  const print = /decodeRanges\("[^"]*", (?:true|false)\)\);\n\t*return this\._Print/
  if (!print.test(text)) throw new Error('no table Print: re2js has changed')
  // Which characters can be shown is asked by who prints an expression.
  text = text.replace(print, 'new Uint32Array(0));\nreturn this._Print')
  const start = text.indexOf('var RE2 = class')
  return text.slice(0, start) + text.slice(start).replace(UNASKED, '')
}

const MAKE_TABLES = `
function lazyTables(names, make) {
  return Object.fromEntries(names.split(' ').map(name => [name, () => make(name)]))
}
function tableOfScript(name) {
  return tableOfBrowser('Script=' + name)
}
let allOfUnicode
function charactersOfUnicode() {
  const blocks = []
  for (let code = 0; code < 0x110000; code += 0x800) {
    if (code !== 0xd800) blocks.push(String.fromCodePoint(...Array.from({ length: 0x800 }, (_, i) => code + i)))
  }
  return blocks.join('')
}
// Surrogates are left out, and what is behind them takes two units.
function characterAt(index) {
  if (index < 0xd800) return index
  return index < 0xf800 ? index + 0x800 : 0x10000 + ((index - 0xf800) >> 1)
}
function tableOfBrowser(property, flags = '') {
  const ranges = []
  try {
    const surrogates = new RegExp('\\\\p{' + property + '}', 'u' + flags).test('\\ud800')
    let isOpen = surrogates
    for (const { 0: run, index } of (allOfUnicode ??= charactersOfUnicode()).matchAll(new RegExp('\\\\p{' + property + '}+', 'gu' + flags))) {
      const last = characterAt(index + run.length - 1)
      if (isOpen && last >= 0xd800) {
        isOpen = false
        if (index >= 0xd800) ranges.push(0xd800, 0xdfff, 1)
      }
      ranges.push(characterAt(index), last, 1)
    }
    if (isOpen) ranges.push(0xd800, 0xdfff, 1)
  } catch {}
  return new UnicodeRangeTable(Uint32Array.from(ranges))
}
`

/**
 * Commands and completion of the editor ask for the syntax tree of a language, to indent by it and to find pairs of brackets.
 * The editor has none, so that all they ever get is what stands here; the library with the parsers is 12 KB, packed.
 */
export const withoutLanguages = changing(
  'without-languages',
  [/@codemirror\/language\/dist\/index\.js$/, () => NO_LANGUAGES],
  [/@lezer\/common\/dist\/index\.js$/, () => 'export const NodeProp = {}'],
)

const NO_LANGUAGES = `
import { countColumn, Facet } from '@codemirror/state'
export const indentUnit = Facet.define({ combine: values => values[0] ?? '  ' })
export const getIndentUnit = state => state.facet(indentUnit).length
export const indentString = (state, columns) => ' '.repeat(columns)
export const getIndentation = () => null
export const matchBrackets = () => null
export class IndentContext {
  constructor(state) { this.state = state }
  lineIndent(position) {
    const { text } = this.state.doc.lineAt(position)
    return countColumn(text, this.state.tabSize, text.search(/\\S|$/))
  }
}
const nothing = { name: '', from: 0, to: 0, parent: null, type: { prop: () => undefined }, childBefore: () => null, childAfter: () => null }
export const syntaxTree = () => ({ resolveInner: () => nothing, resolveStack: () => ({ node: nothing, next: null }) })
`

/** What packs stands beside what unpacks, and the page only does that. */
export const withoutPacking = changing('without-packing', [/lzma1\/lib\/encoder\.js$/, () => 'export class Encoder {}'])
