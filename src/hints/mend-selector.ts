// The one safe cure of a selector that does not parse, where there is one: slips that can mean only one thing.

import { parseSelector } from '../selector/parse.ts'
import type { SelectorFault } from '../selector/tokens.ts'
import { equalitySelectorText } from './shape-rewrites.ts'

/** A selector of more slips than this is left to people. */
const MAX_SLIPS = 20

const TYPOGRAPHIC = /[\u2018\u2019\u201a\u201c\u201d\u201e]/g

/** The selector without its slips; undefined where one of its faults has no safe cure. */
export function mendSelector(text: string): string | undefined {
  const equality = equalitySelectorText(text)
  if (equality !== undefined && parseSelector(equality).ok) return equality
  let mended = text
  for (let slips = 0; slips < MAX_SLIPS; slips++) {
    const result = parseSelector(mended)
    if (result.ok) return slips === 0 ? undefined : mended
    const next = mendFault(result.fault, mended)
    if (next === undefined) return undefined
    mended = next
  }
  return undefined
}

function mendFault({ code, start, end }: SelectorFault, text: string): string | undefined {
  const found = text.slice(start, end)
  const write = (replacement: string, length = end - start): string =>
    text.slice(0, start) + replacement + text.slice(start + length)
  switch (code) {
    case 'single-equals':
      return write('==')
    case 'single-ampersand':
      return write('&&', /^&[ \t]+&/.exec(text.slice(start))?.[0].length)
    case 'single-bar':
      return write('||', /^\|[ \t]+\|/.exec(text.slice(start))?.[0].length)
    case 'value-not-quoted':
      return /^[\w./-]+$/.test(found) ? write(`'${found}'`) : undefined
    case 'label-without-operator':
      return found === 'all' ? write('all()') : undefined
    case 'blank-before-bracket':
      return /^(?:has|all|global)[ \t]+\($/.test(found) ? write(found.replace(/[ \t]+/, '')) : undefined
    case 'left-over':
    case 'unknown-operator':
      return /^and$/i.test(found) ? write('&&') : /^or$/i.test(found) ? write('||') : undefined
    case 'bad-character': {
      const quoted = /^has\(\s*(['"])([\w./-]+)\1\s*\)/.exec(text.slice(start))
      if (quoted !== null) return write(`has(${quoted[2] ?? ''})`, quoted[0].length)
      return found.search(TYPOGRAPHIC) >= 0 && !text.includes("'") ? text.replaceAll(TYPOGRAPHIC, "'") : undefined
    }
    default:
      return undefined
  }
}

/** A selector as it may stand between the quotes that are there. */
export function withOtherQuotes(selector: string, quote: string): string {
  const other = quote === "'" ? '"' : "'"
  return quote === "'" || quote === '"' ? selector.replaceAll(quote, other) : selector
}
