// What is wrong with a document as a whole: its syntax, its indentation, tags, tabs and blanks.

import type { Fix, Report } from '../diagnostics/diagnostic.ts'
import { orList } from '../text/wording.ts'
import type { TextEdit } from '../text/mend.ts'
import { bracketedValues } from './bracketed-values.ts'
import { copiedLines } from './copied-lines.ts'
import { quoteSelector } from './quote-selector.ts'
import { reportPlainly, type ToSpan, type YamlFinding } from './line-faults.ts'
import { type IndentationFault, reindent } from './reindent.ts'

/**
 * Reports why a document is not YAML, once, and every value that YAML would take for a tag. Edits with which the rest can
 * be read all the same; undefined where there is no reading it.
 */
export function reportSyntax(
  error: YamlFinding | undefined,
  text: string,
  warnings: readonly YamlFinding[],
  span: ToSpan,
  report: Report,
): readonly TextEdit[] | undefined {
  const edits: TextEdit[] = []
  for (const { code, pos } of warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') continue
    const found = reportTag(pos, text, span, report)
    // The rest of a line is quoted as a whole, with all the tags in it.
    const last = edits.at(-1)
    if (last === undefined || pos[0] >= last.end) for (const edit of found) edits.push(edit)
  }
  if (error === undefined || edits.some(edit => isOnLineOf(edit, error, text))) return edits
  const lines = reportOddLines(error, text, span, report)
  if (lines !== undefined) return lines
  const indentation = reindent(text)
  if (indentation !== undefined && indentation.faults.length > 0) {
    for (const fault of indentation.faults) reportIndentation(fault, span, report)
    return edits.length === 0 ? indentation.edits : undefined
  }
  const bracketed = bracketedValues(error, text)
  for (const [start, end] of bracketed) {
    const { edits: marks, shown } = quotedEdits(start, end, text)
    const message = `\`${text.slice(start, end)}\` has to be in quotes: between brackets, YAML takes those in it for its own`
    const fix = toFix('put the value in quotes', marks, span)
    report.error('yaml-syntax', message, span(start, end), { help: `write ${shown}`, fix })
    for (const edit of marks) edits.push(edit)
  }
  if (bracketed.length > 0) return edits.sort((left, right) => left.start - right.start)
  const quoted = unquotedValue(error, text)
  if (quoted !== undefined) {
    const [start, end] = quoted
    const value = text.slice(start, end)
    const isSelector = /selector: +$/i.test(text.slice(text.lastIndexOf('\n', start) + 1, start))
    const quote = quotedEdits(start, end, text)
    const shown = isSelector && value === '*' ? '`all()` for everything' : quote.shown
    report.error(
      'yaml-syntax',
      `\`${value}\` has to be in quotes: YAML reads the start of it in a way of its own`,
      span(start, end),
      {
        help: `write ${shown}`,
        fix: isSelector ? undefined : toFix('put the value in quotes', quote.edits, span),
      },
    )
    // Whether the selector is right is for the next run to say: in quotes it would be another one.
    if (isSelector) edits.push({ start, end, text: 'all()' })
    else if (value === '*') for (const edit of quote.edits) edits.push(edit)
    else return undefined
    return edits.sort((left, right) => left.start - right.start)
  }
  reportPlainly(error, text, span, report)
  return undefined
}

/** What is wrong with the line of a tag that was reported is said already. */
function isOnLineOf({ start }: TextEdit, { pos: [position] }: YamlFinding, text: string): boolean {
  return position >= start && !text.slice(start, position).includes('\n')
}

/** How far around a tag is looked: a line may have many of them, and each value that people write is shorter. */
const REACH = 1000

function lineBehind(text: string): string {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end)
}

/**
 * A value that starts with `!`. What Calico's loader makes of it depends on what stands behind: nothing leaves the value
 * empty, `&&` is an anchor without a name, `||` the start of a text block, and anything else is the value.
 */
function reportTag(pos: readonly [number, number], text: string, span: ToSpan, report: Report): readonly TextEdit[] {
  const [start, end] = pos
  const tag = text.slice(start, end)
  const rest = lineBehind(text.slice(end, end + REACH))
    .replace(/(?:^|[ \t])#[^]*/, '')
    .trim()
  const isSelector = /selector: +$/i.test(text.slice(Math.max(0, start - REACH), start))
  const fix = quoteSelector(span(start, end))
  const isBadAnchor = /^&(?![\w-])/.test(rest)
  if (isBadAnchor || /^[|>][^+\-0-9]/.test(rest)) {
    const other = isBadAnchor ? 'an anchor without a name' : 'the start of a text block'
    const message = `\`${tag}\` is read as a YAML tag, and \`${rest.slice(0, 2)}\` behind it as ${other}, which Calico's loader refuses`
    report.error('yaml-tag', message, span(start, end), {
      help: isSelector ? 'quote selectors that begin with `!`' : 'put the value in quotes',
      fix,
    })
    const value = lineBehind(text.slice(start)).trimEnd()
    return quotedEdits(start, start + value.length, text).edits
  }
  const effect = rest === '' ? 'which leaves the value empty' : `which leaves \`${rest}\` as the value`
  const everything = rest === '' && isSelector ? ': an empty selector selects everything' : ''
  report.warn('yaml-tag', `\`${tag}\` is read as a YAML tag, ${effect}${everything}`, span(start, end), {
    help: isSelector ? 'quote selectors that begin with `!`' : undefined,
    fix,
  })
  return []
}

function toFix(title: string, edits: readonly TextEdit[], span: ToSpan): Fix {
  return { title, edits: edits.map(({ start, end, text }) => ({ place: span(start, end), text })) }
}

function quotedEdits(
  start: number,
  end: number,
  text: string,
): { readonly edits: readonly TextEdit[]; readonly shown: string } {
  const value = text.slice(start, end)
  if (!/["\\]/.test(value)) {
    return {
      edits: [
        { start, end: start, text: '"' },
        { start: end, end, text: '"' },
      ],
      shown: `"${value}"`,
    }
  }
  const escaped = value.replaceAll("'", "''")
  return { edits: [{ start, end, text: `'${escaped}'` }], shown: `'${escaped}'` }
}

/** A one-line value that starts with a character YAML keeps for itself, or goes on behind a closing quote. */
function unquotedValue(error: YamlFinding, text: string): readonly [number, number] | undefined {
  const lineStart = text.lastIndexOf('\n', error.pos[0] - 1) + 1
  const lineEnd = text.indexOf('\n', error.pos[0])
  const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd)
  const match = /^(\s*(?:- +)*[A-Za-z][\w./-]*: +)((?:[*@`%&|]|(["'])[^"']*\3\s*[=&|!]))([^]*)/.exec(line)
  const [, lead, head = '', , tail = ''] = match ?? []
  const value = `${head}${tail.replace(/\s#[^]*/, '')}`.trimEnd()
  if (lead === undefined || /^[|>][+-]?\d?$/.test(value)) return undefined
  return [lineStart + lead.length, lineStart + lead.length + value.length]
}

/** Lines that are none of YAML, or begin as none; undefined where there are none. */
function reportOddLines(
  error: YamlFinding,
  text: string,
  span: ToSpan,
  report: Report,
): readonly TextEdit[] | undefined {
  const copied = copiedLines(error, text)
  if (copied !== undefined) return reportLines(copied, span, report)
  if (/^[ ]*\t[ \t]*(?=\S)/m.test(text)) return reportTabs(text, span, report)
  return NO_BREAK_INDENT.test(text) ? reportNoBreakSpaces(text, span, report) : undefined
}

function reportTabs(text: string, span: ToSpan, report: Report): readonly TextEdit[] {
  const edits: TextEdit[] = []
  for (const match of text.matchAll(/^([ ]*)(\t[ \t]*)(?=\S)/gm)) {
    const start = match.index + (match[1]?.length ?? 0)
    const tabs = match[2] ?? ''
    edits.push({ start, end: start + tabs.length, text: tabs.replaceAll('\t', '  ') })
  }
  return reportLines({ message: 'a tab is used for indentation', help: 'indent with blanks', edits }, span, report)
}

/** Lines alike that are told at the first of them; where the edits are no cure, some of the others are shown with it. */
interface OddLines {
  readonly message: string
  readonly help: string
  readonly edits: readonly TextEdit[]
  readonly isCure?: boolean
}

const MOST_RELATED = 5

function reportLines(
  { message, help, edits, isCure = true }: OddLines,
  span: ToSpan,
  report: Report,
): readonly TextEdit[] {
  const [first, ...others] = edits
  const more = others.length > 0 ? `, here and on ${others.length} more ${others.length === 1 ? 'line' : 'lines'}` : ''
  const place = span(first?.start ?? 0, first?.end ?? 1)
  const related = others
    .slice(0, MOST_RELATED)
    .map(({ start, end }) => ({ message: 'and here', place: span(start, end) }))
  const advice = isCure ? { help, fix: toFix(help, edits, span) } : { help, ...(related.length > 0 && { related }) }
  report.error('yaml-syntax', message + more, place, advice)
  return edits
}

/** Blanks that editors and web pages put in, which YAML takes for letters. */
const NO_BREAK_INDENT = /^[ ]*[\u00a0\u2007\u202f\u3000][ \u00a0\u2007\u202f\u3000]*(?=\S)/m

function reportNoBreakSpaces(text: string, span: ToSpan, report: Report): readonly TextEdit[] {
  const edits = [...text.matchAll(new RegExp(NO_BREAK_INDENT, 'gm'))].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
    text: ' '.repeat(length),
  }))
  const message = 'a no-break space is used for indentation'
  return reportLines({ message, help: 'indent with blanks', edits }, span, report)
}

function reportIndentation(fault: IndentationFault, span: ToSpan, report: Report): void {
  const { names, found, wanted, parent } = fault
  const isItem = names[0] === '-'
  const what = isItem ? `the items of \`${parent}\`` : orList(names, 'and')
  const isPlural = isItem || names.length > 1
  const beside =
    parent === ''
      ? 'the top-level fields'
      : isItem
        ? 'their list'
        : /^(in|e)gress$/.test(parent)
          ? 'the other fields of the rule'
          : `the fields of \`${parent}\``
  report.error(
    'indentation',
    `${what} ${isPlural ? 'are' : 'is'} indented by ${blanks(found)} instead of ${wanted}`,
    span(fault.start, fault.end),
    {
      help: `indent ${isPlural ? 'them' : 'it'} by ${blanks(wanted)}, in one column with ${beside}; what is inside moves along`,
    },
  )
}

function blanks(count: number): string {
  return count === 1 ? '1 blank' : `${count} blanks`
}
