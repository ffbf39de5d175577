// A line as iptables-restore cuts it into words (xshared.c: add_param_to_argv).

import type { Word } from '../netfilter/option.ts'

export type WordsResult =
  { readonly ok: true; readonly words: readonly Word[] } | { readonly ok: false; readonly at: number }

/**
 * Words are separated by blanks and tabs. A quote opens and closes a quoted piece, in which a backslash takes the next
 * character as it is; the closing quote ends the word. Fails, at the quote, when one is not closed.
 */
export function splitWords(line: string, from = 0): WordsResult {
  const words: Word[] = []
  let i = from
  while (i < line.length) {
    const character = line.charAt(i)
    if (character === ' ' || character === '\t') {
      i++
      continue
    }
    const start = i
    while (i < line.length && !' \t"'.includes(line.charAt(i))) i++
    let text = line.slice(start, i)
    let raw = text
    if (line.charAt(i) === '"') {
      const open = i++
      const inside = i
      while (i < line.length && line.charAt(i) !== '"') i += line.charAt(i) === '\\' ? 2 : 1
      if (i >= line.length) return { ok: false, at: open }
      const quoted = line.slice(inside, i++)
      raw += quoted
      text += quoted.replace(/\\([^])/g, '$1')
    }
    words.push({ text, raw, start, end: i })
  }
  return { ok: true, words }
}
