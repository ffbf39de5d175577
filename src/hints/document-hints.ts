// What is wrong with a document as a whole: its syntax, its indentation, its type; and what the file is where it is no policy.

import type { Fix, Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'
import { orList } from '../diagnostics/wording.ts'
import type { TextEdit } from '../text/mend.ts'
import { quoteSelector } from './quote-selector.ts'
import { type IndentationFault, reindent } from './reindent.ts'
import { didYouMean } from '../text/did-you-mean.ts'

/** A finding of the YAML library, with offsets in the document. */
export interface YamlFinding {
  readonly code: string
  readonly message: string
  readonly pos: readonly [number, number]
}

type ToSpan = (from: number, to: number) => Span

export function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}

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
  const tab = /^[ ]*\t[ \t]*(?=\S)/m.exec(text)
  if (tab !== null) return reportTabs(text, span, report)
  if (NO_BREAK_INDENT.test(text)) return reportNoBreakSpaces(text, span, report)
  const indentation = reindent(text)
  if (indentation !== undefined && indentation.faults.length > 0) {
    for (const fault of indentation.faults) reportIndentation(fault, span, report)
    return edits.length === 0 ? indentation.edits : undefined
  }
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

function reportTabs(text: string, span: ToSpan, report: Report): readonly TextEdit[] {
  const edits: TextEdit[] = []
  for (const match of text.matchAll(/^([ ]*)(\t[ \t]*)(?=\S)/gm)) {
    const start = match.index + (match[1]?.length ?? 0)
    const tabs = match[2] ?? ''
    edits.push({ start, end: start + tabs.length, text: tabs.replaceAll('\t', '  ') })
  }
  const [first] = edits
  const more = edits.length > 1 ? `, here and on ${edits.length - 1} more ${edits.length === 2 ? 'line' : 'lines'}` : ''
  report.error('yaml-syntax', `a tab is used for indentation${more}`, span(first?.start ?? 0, first?.end ?? 1), {
    help: 'indent with blanks',
    fix: {
      title: 'indent with blanks',
      edits: edits.map(({ start, end, text: blanks }) => ({ place: span(start, end), text: blanks })),
    },
  })
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
  const [first] = edits
  const more = edits.length > 1 ? `, here and on ${edits.length - 1} more ${edits.length === 2 ? 'line' : 'lines'}` : ''
  report.error(
    'yaml-syntax',
    `a no-break space is used for indentation${more}`,
    span(first?.start ?? 0, first?.end ?? 1),
    { help: 'indent with blanks', fix: toFix('indent with blanks', edits, span) },
  )
  return edits
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

/** The last bracket of a flow list or map that is still open at the end of a text; quotes and comments are passed over. */
function openBracket(text: string): number | undefined {
  const open: number[] = []
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|(?:^|\s)#[^\n]*|[[\]{}]/gm)) {
    if (token === '[' || token === '{') open.push(index)
    else if (token === ']' || token === '}') open.pop()
  }
  return open.at(-1)
}

function reportPlainly(error: YamlFinding, text: string, span: ToSpan, report: Report): void {
  const [from, to] = error.pos
  const lineStart = text.lastIndexOf('\n', from - 1) + 1
  const line = text.slice(lineStart, text.indexOf('\n', from) < 0 ? text.length : text.indexOf('\n', from))
  const joined = /^(\s*(?:- +)*)([A-Za-z]\w*):(?=[^\s:/])/.exec(line)
  const undashed = /^(\s*)-(?=[A-Za-z]\w*:)/.exec(line)
  const several = /^\s*(?:- +)*[A-Za-z][\w./-]*: +[^"'{[#\s][^#]*?\s([A-Za-z]\w*:)(?:\s|$)/.exec(line)
  const open = /Flow (?:sequence|map)/.test(error.message) ? openBracket(text.slice(0, from)) : undefined
  const uncoloned = /^(\s*(?:- +)*)([A-Za-z]\w*) +\S/.exec(line)
  const second = /^(\s*(?:- +)*[A-Za-z][\w./-]*: +)[^"'{[#\s:][^#:]*: /.exec(line)
  if (open !== undefined) {
    const bracket = text.charAt(open)
    report.error(
      'yaml-syntax',
      `\`${bracket}\` is never closed`,
      span(open, open + 1),
      `close it with \`${bracket === '[' ? ']' : '}'}\` behind the last value`,
    )
  } else if (uncoloned !== null && /IMPLICIT_KEY|MISSING_CHAR/.test(error.code) && !/:(?:\s|$)/.test(line)) {
    const start = lineStart + (uncoloned[1]?.length ?? 0)
    const key = uncoloned[2] ?? ''
    report.error(
      'yaml-syntax',
      `a colon is missing behind \`${key}\``,
      span(start, start + key.length),
      `write \`${key}: \``,
    )
  } else if (second !== null && several === null) {
    const start = lineStart + (second[1]?.length ?? 0)
    report.error(
      'yaml-syntax',
      'a second `: ` stands on the line',
      span(start, lineStart + line.trimEnd().length),
      'put the value in quotes where it is part of it, or write each field on a line of its own',
    )
  } else if (undashed !== null) {
    const start = lineStart + (undashed[1]?.length ?? 0)
    report.error(
      'yaml-syntax',
      'a blank is missing behind the dash',
      span(start, start + 1),
      'write `- ` in front of the first field',
    )
  } else if (joined !== null) {
    const start = lineStart + (joined[1]?.length ?? 0)
    const key = joined[2] ?? ''
    report.error('yaml-syntax', `a blank is missing behind \`${key}:\``, span(start, start + key.length + 1), {
      help: `write \`${key}: \``,
      fix: {
        title: 'put a blank behind the colon',
        edits: [{ place: span(start + key.length + 1, start + key.length + 1), text: ' ' }],
      },
    })
  } else if (several !== null) {
    const start = lineStart + several[0].lastIndexOf(several[1] ?? '')
    report.error(
      'yaml-syntax',
      `a second field, \`${(several[1] ?? '').slice(0, -1)}\`, stands on the line`,
      span(start, start + (several[1]?.length ?? 1)),
      'write each field on a line of its own, or put the value in quotes where `: ` is part of it',
    )
  } else if (/Missing closing ["']quote|Missing closing/.test(error.message)) {
    const open = /^[^#\n]*?[:-] +(["'])(?:(?!\1)[^\n])*$/m.exec(text)
    const at = open === null ? from : open.index + open[0].search(/["'](?:[^"']*)$/)
    report.error(
      'yaml-syntax',
      'the quote opened here is never closed',
      span(at, at + 1),
      'close it with the same kind of quote',
    )
  } else if (error.code === 'BAD_INDENT' || /IMPLICIT_KEY|MISSING_CHAR/.test(error.code)) {
    report.error(
      'yaml-syntax',
      lowerFirst(error.message),
      span(from, Math.max(to, from + 1)),
      'fields of one mapping start in one column, and items of one list with a dash in one column',
    )
  } else {
    report.error('yaml-syntax', lowerFirst(error.message), span(from, Math.max(to, from + 1)))
  }
}

/** What a file is that is found among policies and is none; undefined for anything else. */
const OTHER_FILES: readonly (readonly [apiVersion: RegExp, kind: RegExp, what: string])[] = [
  [/^(v1|projectcalico\.org\/v3)$/, /^calicoApiConfig$/i, 'the configuration of calicoctl'],
  [/^v1$/, /^Config$/, 'a kubeconfig'],
  [
    /^kustomize\.config\.k8s\.io\//,
    /^(Kustomization|Component)$/,
    'a kustomization; `kustomize build` makes resources of it',
  ],
  [/^apiextensions\.k8s\.io\//, /^CustomResourceDefinition$/, 'the definition of a kind, not a resource of it'],
  [/^operator\.tigera\.io\//, /./, 'configuration of the Calico operator'],
]

export function describeOtherFile(apiVersion: string, kind: string): string | undefined {
  return OTHER_FILES.find(([version, name]) => version.test(apiVersion) && name.test(kind))?.[2]
}

/** What a mapping without apiVersion or kind may be. */
export function describeUntyped(value: Readonly<Record<string, unknown>>): string | undefined {
  if ('apiVersion' in value && 'version' in value && 'name' in value)
    return 'this looks like the Chart.yaml of a Helm chart'
  if ('image' in value || 'replicaCount' in value || 'global' in value)
    return 'this looks like the values of a Helm chart; check what `helm template` prints instead'
  return undefined
}

/** The text ends inside a block scalar (`key: |`), so the separator behind it cut the scalar in two. */
export function isInsideTextBlock(text: string): boolean {
  const lines = text.slice(-4000).trimEnd().split('\n')
  const indent = (line: string): number => /^ */.exec(line)?.[0].length ?? 0
  const last = indent(lines.at(-1) ?? '')
  if (last === 0) return false
  const parent = lines.findLast(line => line.trim() !== '' && indent(line) < last)
  return parent !== undefined && /:\s*[|>][+-]?\d?\s*$/.test(parent)
}

/** Kinds that command lines abbreviate. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  gnp: 'GlobalNetworkPolicy',
  np: 'NetworkPolicy',
  netpol: 'NetworkPolicy',
  hep: 'HostEndpoint',
  wep: 'WorkloadEndpoint',
  gns: 'GlobalNetworkSet',
  ns: 'Namespace',
  netset: 'NetworkSet',
  felixconfig: 'FelixConfiguration',
  ippools: 'IPPool',
}

export function suggestKind(kind: string, kinds: readonly string[]): string | undefined {
  const short = kind.toLowerCase()
  const known = Object.hasOwn(SHORT_NAMES, short) ? SHORT_NAMES[short] : undefined
  if (known !== undefined && kinds.includes(known)) return known
  const singular = kinds.find(one => [`${one}s`, one.replace(/y$/, 'ies')].includes(kind) && one !== kind)
  return singular ?? didYouMean(kind, kinds)
}
