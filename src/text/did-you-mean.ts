// The word that was meant, where a word is not known.

import { closest, distance } from 'fastest-levenshtein'

/** The word of a list that was meant: the same but for case, or within two edits; `!nets` is no slip of its opposite. */
export function didYouMean(word: string, words: readonly string[]): string | undefined {
  const written = word.replace(/^!/, 'not')
  const sameButForCase = words.find(one => one.toLowerCase() === written.toLowerCase())
  if (sameButForCase !== undefined) return sameButForCase
  if (words.length === 0 || written.length < 3 || written.length > 100) return undefined
  const nearest = closest(written, words)
  return distance(written, nearest) <= 2 ? nearest : undefined
}

/** How many characters have to be put in, left out or changed. */
export const editDistance = distance

/** As `didYouMean` for names that people make up: `team-1` beside `team-2`, or `team-a` beside `team-b`, is no slip. */
export function similarName(written: string, names: readonly string[]): string | undefined {
  const found = didYouMean(written, names)
  return found === undefined || withoutCounters(found) === withoutCounters(written) ? undefined : found
}

/** A name without what tells its like apart: numbers, and single letters such as in `team-a`. */
function withoutCounters(name: string): string {
  return name.replaceAll(/[0-9]+|(?<=[-_.])[a-z](?![a-z])/g, '')
}

/** The word of which another is one slip away: a letter too many, missing, wrong or in its neighbour's place; two in long words. */
export function slipOf(written: string, words: readonly string[]): string | undefined {
  if (written.length < 2 || written.length > 100) return undefined
  const most = written.length >= 8 ? 2 : 1
  return words.find(
    word =>
      word !== written &&
      Math.abs(word.length - written.length) <= most &&
      withoutCounters(word) !== withoutCounters(written) &&
      (distance(word, written) <= most || isSwap(word, written)),
  )
}

/** Whether two letters side by side have changed places. */
export function isSwap(a: string, b: string): boolean {
  if (a.length !== b.length) return false
  const first = [...a].findIndex((letter, index) => letter !== b[index])
  const swapped = a.slice(0, first) + (a[first + 1] ?? '') + (a[first] ?? '') + a.slice(first + 2)
  return first >= 0 && swapped === b
}
