// What is wrong with a line that is not YAML, in the words of whoever wrote it.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'

/** A finding of the YAML library, with offsets in the document. */
export interface YamlFinding {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

/** Offsets in the document to a place in the file. */
export type ToSpan = (from: number, to: number) => Span

/** A message of the YAML library in our style. */
export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

/** The last bracket of a flow list or map that is still open at the end of a text; quotes and comments are passed over. */
export function openBracket(text: string): number | undefined {
  const open: number[] = []
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?:^|\s)#[^\n]*|[[\]{}]/gm)) {
    if (token === '[' || token === '{') open.push(index)
    else if (token === ']' || token === '}') open.pop()
  }
  return open.at(-1)
}

interface Line {
  /** Offset of its start. */
  readonly start: number
  readonly text: string
}

/** What another tool was to fill in; between brackets it is no YAML. */
const PLACEHOLDER = /\$\{[\w.:-]*\}/

/** Reports why the line of an error is not YAML, as plainly as can be told. */
export function reportPlainly(error: YamlFinding, text: string, span: ToSpan, report: Report): void {
  const [from, to] = error.pos
  const start = text.lastIndexOf('\n', from - 1) + 1
  const line = { start, text: text.slice(start, text.indexOf('\n', from) < 0 ? text.length : text.indexOf('\n', from)) }
  if (PLACEHOLDER.test(line.text)) {
    // The others would be the next mistake, one run after another.
    for (const { index, 0: word } of text.matchAll(new RegExp(PLACEHOLDER, 'g'))) {
      if (/(?:^|\s)#/.test(text.slice(text.lastIndexOf('\n', index) + 1, index))) continue
      const place = span(index, index + word.length)
      report.error('yaml-syntax', `\`${word}\` is not filled in`, place, `put a value in place of \`${word}\``)
    }
    return
  }
  const open = /Flow (?:sequence|map)/.test(error.message) ? openBracket(text.slice(0, from)) : undefined
  if (open !== undefined) {
    const bracket = text.charAt(open)
    report.error(
      'yaml-syntax',
      `\`${bracket}\` is never closed`,
      span(open, open + 1),
      `close it with \`${bracket === '[' ? ']' : '}'}\` behind the last value`,
    )
    return
  }
  if (
    reportStray(error, line, span, report) ||
    reportColon(error, line, span, report) ||
    reportBlank(line, span, report) ||
    reportDeeper(error, line, text, span, report)
  )
    return
  if (reportSecondField(line, span, report)) return
  if (/Missing closing ["']quote|Missing closing/.test(error.message)) {
    const opened = /^[^#\n]*?[:-] +(["'])(?:(?!\1)[^\n])*$/m.exec(text)
    const at = opened === null ? from : opened.index + opened[0].search(/["'](?:[^"']*)$/)
    const help = 'close it with the same kind of quote'
    report.error('yaml-syntax', 'the quote opened here is never closed', span(at, at + 1), help)
    return
  }
  const isColumns = error.code === 'BAD_INDENT' || /IMPLICIT_KEY|MISSING_CHAR/.test(error.code)
  report.error(
    'yaml-syntax',
    lowerFirst(error.message),
    span(from, Math.max(to, from + 1)),
    isColumns
      ? 'fields of one mapping start in one column, and items of one list with a dash in one column'
      : error.message.includes('cannot start with')
        ? 'put the value in quotes'
        : undefined,
  )
}

/** A bracket that closes nothing, a quote without its other one, a separator with too few dashes. True where that is it. */
function reportStray(
  { message, pos: [from] }: YamlFinding,
  { start, text }: Line,
  span: ToSpan,
  report: Report,
): boolean {
  const tell = (what: string, at: number, length: number, help: string): boolean => {
    report.error('yaml-syntax', what, span(at, at + length), help)
    return true
  }
  if (/^--?\s*$/.test(text))
    return tell(`\`${text.trim()}\` separates nothing`, start, text.length, 'write `---` between two resources')
  const [, bracket] = /^Unexpected flow-\w+-end token in YAML stream: "(.)"/.exec(message) ?? []
  if (bracket !== undefined) return tell(`\`${bracket}\` closes nothing`, from, 1, 'remove it')
  if (!/^Missing , or :/.test(message)) return false
  const odd = ['"', "'"].find(quote => text.split(quote).length % 2 === 0)
  if (odd === undefined) return false
  return tell(`a \`${odd}\` is missing on this line`, from, 1, 'put each value between two quotes of one kind')
}

/** A colon is missing, or there is one too many. True where that is it, and has been reported. */
function reportColon(
  error: YamlFinding,
  { start: lineStart, text: line }: Line,
  span: ToSpan,
  report: Report,
): boolean {
  const uncoloned = /^(\s*(?:- +)*)([A-Za-z]\w*)(?: +\S|\s*$)/.exec(line)
  if (uncoloned !== null && /IMPLICIT_KEY|MISSING_CHAR/.test(error.code) && !/:(?:\s|$)/.test(line)) {
    const start = lineStart + (uncoloned[1]?.length ?? 0)
    const key = uncoloned[2] ?? ''
    const place = span(start, start + key.length)
    if (/^(?:In|E)gress$/.test(line.trim()))
      report.error('yaml-syntax', `a dash is missing in front of \`${key}\``, place, `write \`- ${key}\``)
    else report.error('yaml-syntax', `a colon is missing behind \`${key}\``, place, `write \`${key}: \``)
    return true
  }
  const second = /^(\s*(?:- +)*[A-Za-z][\w./-]*: +)[^"'{[#\s:][^#:]*: /.exec(line)
  if (second === null || SEVERAL_FIELDS.test(line)) return false
  report.error(
    'yaml-syntax',
    'a second `: ` stands on the line',
    span(lineStart + (second[1]?.length ?? 0), lineStart + line.trimEnd().length),
    'put the value in quotes where it is part of it, or write each field on a line of its own',
  )
  return true
}

/** A blank is missing behind a dash or a colon. */
function reportBlank({ start: lineStart, text: line }: Line, span: ToSpan, report: Report): boolean {
  const undashed = /^(\s*)-(?=[A-Za-z]\w*:)/.exec(line)
  if (undashed !== null) {
    const start = lineStart + (undashed[1]?.length ?? 0)
    const help = 'write `- ` in front of the first field'
    report.error('yaml-syntax', 'a blank is missing behind the dash', span(start, start + 1), help)
    return true
  }
  const joined = /^(\s*(?:- +)*)([A-Za-z]\w*):(?=[^\s:/])/.exec(line)
  if (joined === null) return false
  const start = lineStart + (joined[1]?.length ?? 0)
  const key = joined[2] ?? ''
  const end = start + key.length + 1
  report.error('yaml-syntax', `a blank is missing behind \`${key}:\``, span(start, end), {
    help: `write \`${key}: \``,
    fix: { title: 'put a blank behind the colon', edits: [{ place: span(end, end), text: ' ' }] },
  })
  return true
}

/** A field that stands deeper than the one above it, which has a value already. */
function reportDeeper(error: YamlFinding, line: Line, text: string, span: ToSpan, report: Report): boolean {
  const [, lead, above] = /^( *(?:- +)*)([\w./-]+): +[^\s#]/.exec(line.text) ?? []
  if (lead === undefined || !error.message.startsWith('Nested mappings')) return false
  const below = /\s*\n( *)([\w./-]+):/y
  below.lastIndex = line.start + line.text.length
  const [all = '', blanks = '', key = ''] = below.exec(text) ?? []
  if (blanks.length <= lead.length) return false
  const start = line.start + line.text.length + all.length - key.length - 1
  report.error(
    'indentation',
    `\`${key}\` is indented by ${blanks.length} blanks instead of ${lead.length}`,
    span(start, start + key.length),
    `indent it in one column with \`${above}\`, which has a value already`,
  )
  return true
}

const SEVERAL_FIELDS = /^\s*(?:- +)*[A-Za-z][\w./-]*: +[^"'{[#\s][^#]*?\s([A-Za-z]\w*:)(?:\s|$)/

function reportSecondField({ start: lineStart, text: line }: Line, span: ToSpan, report: Report): boolean {
  const several = SEVERAL_FIELDS.exec(line)
  if (several === null) return false
  const key = several[1] ?? ''
  const start = lineStart + several[0].lastIndexOf(key)
  report.error(
    'yaml-syntax',
    `a second field, \`${key.slice(0, -1)}\`, stands on the line`,
    span(start, start + (several[1]?.length ?? 1)),
    'write each field on a line of its own, or put the value in quotes where `: ` is part of it',
  )
  return true
}
