// The word that was meant, where a word is not known.

import { closest, distance } from 'fastest-levenshtein'

/** The word of a list that was meant: the same but for case, or within two edits. */
export function didYouMean(written: string, words: readonly string[]): string | undefined {
  const sameButForCase = words.find(word => word.toLowerCase() === written.toLowerCase())
  if (sameButForCase !== undefined) return sameButForCase
  if (words.length === 0 || written.length < 3 || written.length > 100) return undefined
  const nearest = closest(written, words)
  return distance(written, nearest) <= 2 ? nearest : undefined
}

/** How many characters have to be put in, left out or changed. */
export const editDistance = distance

/** As `didYouMean` for names that people make up: `team-1` beside `team-2` is no slip. */
export function similarName(written: string, names: readonly string[]): string | undefined {
  const found = didYouMean(written, names)
  const withoutDigits = (name: string): string => name.replaceAll(/[0-9]+/g, '')
  return found === undefined || withoutDigits(found) === withoutDigits(written) ? undefined : found
}
