// An explanation as text for people: source lines in front of the rules they make.

import { printable } from '../text/printable.ts'
import { wrap } from '../text/wrap.ts'
import { describeMembers } from '../words/set.ts'
import type { ExplainedChain, ExplainedRule, Explanation } from './explanation.ts'
import { formatPlace, type SourceExcerpt } from './source-excerpt.ts'

export function formatExplanation({ subject, notes, source, chains, sets, marks }: Explanation): string {
  const lines = [printable(subject), ...notes.flatMap(note => wrap(printable(note), '  '))]
  if (source !== undefined) for (const line of quote(source)) lines.push(line)
  for (const chain of chains) {
    lines.push('')
    for (const line of formatChain(chain, source)) lines.push(line)
  }
  if (sets.length > 0) lines.push('', 'Sets')
  for (const { name, type, holds, members } of sets) {
    lines.push(`  ${name} (${type})`, ...wrap(printable(`${holds}; ${describeMembers(members)}`), '    '))
  }
  if (marks.length > 0) lines.push('', 'Marks')
  for (const { bit, name, meaning } of marks)
    for (const line of wrap(`0x${bit.toString(16)} ${name}: ${meaning}`, '  ')) lines.push(line)
  return `${lines.join('\n')}\n`
}

function formatChain(
  { name, tables, purpose, calledFrom, rules }: ExplainedChain,
  shown: SourceExcerpt | undefined,
): readonly string[] {
  const lines = [
    `chain ${name} (${tables.length === 1 ? 'table' : 'tables'} ${tables.join(', ')})`,
    ...wrap(purpose, '  '),
  ]
  if (calledFrom.length > 0) {
    const more = calledFrom.length > 4 ? ` and ${calledFrom.length - 4} more` : ''
    for (const line of wrap(`Called from ${calledFrom.slice(0, 4).join(', ')}${more}.`, '  ')) lines.push(line)
  }
  // Rules that come from one place follow one another: what they come from is said once.
  let last = ''
  for (const rule of rules) {
    const { origin, source } = rule
    const heading = source === undefined ? origin : `${formatPlace(source)}: ${origin}`
    if (heading !== last) {
      lines.push('', ...wrap(printable(heading), '  '))
      const isShown = shown !== undefined && source !== undefined && isSamePlace(shown, source)
      if (source !== undefined && !isShown && source.lines.length > 0 && source.endLine - source.line < 8)
        for (const line of quote(source)) lines.push(line)
      last = heading
    }
    for (const line of formatRule(rule)) lines.push(line)
  }
  return lines
}

function isSamePlace(a: SourceExcerpt, b: SourceExcerpt): boolean {
  return a.file === b.file && a.line === b.line && a.endLine === b.endLine
}

function formatRule({ text, matches, target }: ExplainedRule): readonly string[] {
  const conditions = matches.flatMap((match, index) =>
    wrap(printable(`${index === 0 ? 'if' : 'and'} ${match}`), '      '),
  )
  return [
    `    ${printable(text)}`,
    ...conditions,
    ...wrap(printable(`${matches.length === 0 ? 'always' : 'then'} ${target}`), '      '),
  ]
}

function quote({ line, endLine, lines }: SourceExcerpt): readonly string[] {
  const width = String(line + lines.length - 1).length
  const quoted = lines.map((text, index) => `    ${String(line + index).padStart(width)} | ${printable(text)}`)
  return endLine - line + 1 > lines.length ? [...quoted, `    ${' '.repeat(width)} | …`] : quoted
}
