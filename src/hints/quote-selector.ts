// The cure for a selector that begins with `!` and is not quoted.

import type { Fix } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'

/** A field of its own line that holds a selector, up to its value. */
const SELECTOR_FIELD = /^( *(?:- +)*)(?:\w*[sS]elector): +$/

/** Indentation and a field's name are shorter; a line made to hurt is not. */
const REACH = 1000

/** Quotes the rest of the line that a tag starts; undefined where it is not plain that this is the whole selector. */
export function quoteSelector({ file, start }: Span): Fix | undefined {
  const { text } = file
  const before = text.slice(Math.max(0, start - REACH), start)
  const indent = SELECTOR_FIELD.exec(before.slice(before.lastIndexOf('\n') + 1))?.[1]?.length
  if (indent === undefined) return undefined
  const newline = text.indexOf('\n', start)
  const lineEnd = newline < 0 ? text.length : newline
  const selector = text.slice(start, lineEnd).trimEnd()
  const isWhole = !/[ \t]#/.test(selector) && !continues(text, lineEnd + 1, indent)
  if (!isWhole) return undefined
  const quoted = /["\\]/.test(selector) ? `'${selector.replaceAll("'", "''")}'` : `"${selector}"`
  const place: Span = { file, start, end: start + selector.length }
  return { title: `write ${quoted}`, edits: [{ place, text: quoted }] }
}

/** Whether the next line that is not blank is further in: then it belongs to the value. */
function continues(text: string, from: number, indent: number): boolean {
  const next = /^[ \t]*(?=\S)/m
  const rest = text.slice(from, from + 10_000)
  return (next.exec(rest)?.[0].length ?? 0) > indent
}
