// Cures in words, taken at their word: what the text of a file becomes when somebody writes what a message says.

import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts'

/** A verb, a few words at most, and then what to write. */
const NAMED = /(?:\b(?:write|did you mean|use|set|add)\b[^`;,]{0,25}?|put it in quotes: )(?:`([^`]*)`|("[^"]*"))/

/** What a cure says to write; undefined where it names nothing to write. */
export function namedInCure(help: string | undefined): string | undefined {
  const [, inTicks, quoted] = NAMED.exec(help ?? '') ?? []
  return inTicks ?? quoted
}

/**
 * Texts that a user may end up with who follows the cure: the value or field in question replaced, the rest of the line
 * replaced, a line added beside it or below it, or one word for another.
 */
export function curedTexts(text: string, { place, help = '' }: Diagnostic): readonly string[] {
  const wanted = namedInCure(help)
  if (place === undefined || wanted === undefined) return []
  const replaced = (from: number, to: number, by: string): string => text.slice(0, from) + by + text.slice(to)
  const [, instead] = /instead of ((?:`[^`]*`(?: or )?)+)/.exec(help) ?? []
  if (instead !== undefined) return [...instead.matchAll(/`([^`]*)`/g)].map(([, old = '']) => text.replace(old, wanted))
  const [, list] = /add `[^`]*` to `(\w+)`/.exec(help) ?? []
  if (list !== undefined) return [text.replace(`${list}: [`, `${list}: [${wanted}, `)]
  const { start, end } = place
  if (/without the dash/.test(help)) return [text.slice(0, start - 2) + '  ' + text.slice(start)]
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const newline = text.indexOf('\n', start)
  const lineEnd = newline < 0 ? text.length : newline
  const line = text.slice(lineStart, lineEnd)
  const indent = /^ *(?:- )?/.exec(line)?.[0] ?? ''
  const value = lineStart + (/^ *(?:- +)?(?:[\w./-]+: +)/.exec(line)?.[0].length ?? indent.length)
  const quoted = wanted.includes('"') ? `'${wanted}'` : `"${wanted}"`
  const blanks = ' '.repeat(indent.length)
  const values = [wanted, quoted].flatMap(by => [replaced(start, end, by), replaced(value, lineEnd, by)])
  if (!/^[\w.-]+: /.test(wanted)) return values
  return [
    ...values,
    replaced(lineStart + indent.length, lineEnd, wanted),
    replaced(lineStart, lineStart, `${indent}${wanted}\n`),
    replaced(lineEnd, lineEnd, `\n${blanks}${wanted}`),
    replaced(lineEnd, lineEnd, `\n${blanks}  ${wanted}`),
    ...[text.lastIndexOf('{', start), text.indexOf('{', start)].map(at => replaced(at + 1, at + 1, `${wanted}, `)),
  ]
}
