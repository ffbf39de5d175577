// Where in a rule or policy a word stands: the label, value, port or name that a finding is about.

import type { Place, Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'

/** Letters that are part of labels, names and values. */
const WORD = /[\w./-]/

/**
 * The place of the last of some words that follow each other in the text of a location; the location itself where they do not
 * stand there as they are; words that are not there are passed over. Selectors of Kubernetes are made of several fields, so no path leads to their terms.
 */
export function placeOfWords(report: Report, location: Location, ...words: readonly string[]): Place {
  const { document, path } = location
  const { file, start, end } = report.sources.spanOf({ document, path, target: 'extent' })
  const text = file.text.slice(start, end)
  let from = 0
  let found: { readonly start: number; readonly end: number } | undefined
  for (const word of words) {
    if (word === '') continue
    const offset = indexOfWord(text, word, from)
    if (offset === undefined) continue
    from = offset + word.length
    found = { start: start + offset, end: start + from }
  }
  return found === undefined ? location : { file, ...found }
}

function indexOfWord(text: string, word: string, from: number): number | undefined {
  for (let offset = text.indexOf(word, from); offset >= 0; offset = text.indexOf(word, offset + 1)) {
    const isWhole = !WORD.test(text.charAt(offset - 1)) && !WORD.test(text.charAt(offset + word.length))
    if (isWhole && !isInComment(text, offset)) return offset
  }
  return undefined
}

function isInComment(text: string, offset: number): boolean {
  return /(?:^|\s)#/.test(text.slice(text.lastIndexOf('\n', offset - 1) + 1, offset))
}
