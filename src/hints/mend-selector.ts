// What a selector that does not parse was meant to be: other languages and slips, read leniently and put into Calico's words.

import { parseSelector } from '../selector/parse.ts'
import { mendText } from '../text/mend.ts'
import { SelectorReader } from './selector-reader.ts'
import { equalitySelectorText } from './shape-rewrites.ts'

export interface MendedSelector {
  /** The selector in Calico's language; what was right stands as it was written. */
  readonly text: string
  /** How many places were changed. */
  readonly slips: number
  /** It can mean only this. */
  readonly isSure: boolean
}

/** Reads a selector as people write them; undefined where that is not to be told, or where nothing has to be changed. */
export function mendSelector(text: string): MendedSelector | undefined {
  const equality = equalitySelectorText(text)
  if (equality !== undefined && equality !== text && parseSelector(equality).ok)
    return { text: equality, slips: 1, isSure: true }
  const reader = new SelectorReader(text)
  if (!reader.whole() || reader.edits.length === 0) return undefined
  const { text: mended } = mendText(text, reader.edits)
  return parseSelector(mended).ok ? { text: mended, slips: reader.edits.length, isSure: reader.isSure } : undefined
}

/** A selector as it may stand between the quotes that are there. */
export function withOtherQuotes(selector: string, quote: string): string {
  const other = quote === "'" ? '"' : "'"
  return quote === "'" || quote === '"' ? selector.replaceAll(quote, other) : selector
}
