// What is left out of libraries for browsers, since nothing here asks for it or the browser has it already.

import { readFileSync } from 'node:fs'
import type { Plugin } from 'esbuild'

/** zod carries what makes JSON schemas of its own: nothing here asks for them, and they are 5 KB of the page, packed. */
export const withoutJsonSchemas: Plugin = {
  name: 'without-json-schemas',
  setup: ({ onLoad }) => {
    onLoad({ filter: /zod\/v4\/core\/(json-schema-processors|to-json-schema)\.js$/ }, ({ path }) => {
      const names = [...readFileSync(path, 'utf8').matchAll(/^export (?:const|function|class) (\w+)/gm)]
      if (names.length === 0) throw new Error(`${path} exports nothing: zod has changed`)
      return {
        contents: `const none = () => ({})\nexport { ${names.map(([, name]) => `none as ${name}`).join(', ')} }`,
      }
    })
  },
}

/** `Greek: () => new UnicodeRangeTable(decodeRanges("…", true)),` */
const TABLE = /^\s*(\w+): \(\) => new UnicodeRangeTable\(decodeRanges\("[^"]*", (?:true|false)\)\),?\n/gm

/**
 * Which characters are Greek, or letters: re2js carries tables of all of Unicode, 30 KB of the page, packed, for expressions
 * like `\p{Greek}` in the name of an interface. Browsers know them too: a table is made when somebody asks for it. Characters
 * of a script that is younger than the browser are then in no table.
 */
export const withUnicodeOfBrowser: Plugin = {
  name: 'unicode-of-browser',
  setup: ({ onLoad }) => {
    onLoad({ filter: /re2js\/build\/index\.js$/ }, ({ path }) => {
      let text = readFileSync(path, 'utf8')
      for (const [map, make] of [
        ['CATEGORIES', 'tableOfBrowser'],
        ['SCRIPTS', 'tableOfScript'],
      ] as const) {
        const start = text.indexOf(`static ${map} = new LazyMap({`)
        const end = text.indexOf('});', start)
        const names = [...text.slice(start, end).matchAll(TABLE)].map(([, name]) => name)
        if (start < 0 || names.length < 20) throw new Error(`${path} has no ${map}: re2js has changed`)
        const list = `static ${map} = new LazyMap(lazyTables(${JSON.stringify(names.join(' '))}, ${make})`
        text = `${text.slice(0, start)}${list}${text.slice(end + 1)}`
      }
      return { contents: `${text}\n${MAKE_TABLES}` }
    })
  },
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
function tableOfBrowser(property) {
  const ranges = []
  try {
    const surrogates = new RegExp('\\\\p{' + property + '}', 'u').test('\\ud800')
    let isOpen = surrogates
    for (const { 0: run, index } of (allOfUnicode ??= charactersOfUnicode()).matchAll(new RegExp('\\\\p{' + property + '}+', 'gu'))) {
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
