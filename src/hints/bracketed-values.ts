// Values without quotes between brackets that hold brackets of their own: `{selector: app in {'a'}}`.

import { openBracket, type YamlFinding } from './line-faults.ts'

/** A selector up to the bracket in it. */
const SELECTOR = /selector: +[^\s"'[\]{},][^"'[\]{},\n]{0,500}(?=\{)/gi

/** How far around one is looked, and how many: what people write is less, and a line made to hurt is not. */
const REACH = 1000
const MOST = 50

/** Their ranges in the text, of one after the first all that are selectors; none where the finding is of something else. */
export function bracketedValues(
  { message, pos: [first] }: YamlFinding,
  text: string,
): readonly (readonly [number, number])[] {
  if (!/^Unexpected flow-(?:map|seq)-start at node end/.test(message)) return []
  const others = [...text.matchAll(SELECTOR)].map(({ index, 0: { length } }) => index + length).filter(at => at > first)
  const isBetween = (at: number): boolean => openBracket(text.slice(lineStart(text, at), at)) !== undefined
  return [first, ...others.slice(0, MOST).filter(isBetween)]
    .map(at => valueAround(at, text))
    .filter(range => range !== undefined)
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1
}

/** The value in which a bracket opens, up to what ends it on its line. */
function valueAround(at: number, text: string): readonly [number, number] | undefined {
  const start = Math.max(lineStart(text, at), at - REACH)
  const value = /[^\s:,[\]{}'"][^:,[\]{}'"]*$/.exec(text.slice(start, at))
  if (value === null) return undefined
  let depth = 0
  let end = at
  const rest = /^.*/.exec(text.slice(at, at + REACH))?.[0] ?? ''
  for (const { 0: token, index } of rest.matchAll(/"[^"]*"|'[^']*'|[[\]{},]|[^\s"'[\]{},]+/g)) {
    if (/^[\]},]/.test(token) && depth === 0) break
    if (/^[[{]/.test(token)) depth++
    else if (/^[\]}]/.test(token)) depth--
    end = at + index + token.length
  }
  return [start + value.index, end]
}
