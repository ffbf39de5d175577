// Felix's environment as people have it at hand: lines of NAME=VALUE, the text of /proc/PID/environ, or felix.cfg.

import { FELIX_NAMES, felixFieldNamed } from '../../calico/felix-config.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import type { Path, SourceFile, Span } from '../../diagnostics/source.ts'
import type { SourceDocument } from '../../diagnostics/source-index.ts'
import type { FelixEnvironment } from '../../model/ast/felix-environment.ts'
import { similarName } from '../../text/did-you-mean.ts'
import { environmentSettings, fileSettings, type Variable } from './variables.ts'

/** What is said of Felix's environment beside the resources. */
export interface GivenEnvironment {
  /** What the resources tell of it does not count. */
  readonly isAll: boolean
  /** `NAME=VALUE`, as the shell hands them over; they win over files. Those of settings know their place, and stand first. */
  readonly variables: readonly (string | PlacedText)[]
  /** Later ones win. */
  readonly files: readonly SourceFile[]
}

export interface PlacedText {
  readonly text: string
  readonly place: Span
}

/** Name of the variables given one by one, in messages. */
const COMMAND_LINE = '--felix-env'

/** How a text is written: settings by themselves, a file of them for a shell, a process's environment, felix.cfg. */
type Form = 'bare' | 'env' | 'environ' | 'cfg'

/** One entry of a file. */
interface Entry {
  readonly name: string
  readonly value: string
  readonly start: number
  readonly end: number
}

export function readGivenEnvironment(
  { isAll, variables, files }: GivenEnvironment,
  report: Report,
): readonly FelixEnvironment[] {
  const found = files.map(file => readFile(file, formOf(file), report))
  const placed = variables.filter(one => typeof one === 'object')
  const [first] = placed
  if (first !== undefined) found.push(readPlaced(first.place.file, placed, report))
  const bare = variables.filter(one => typeof one === 'string')
  if (bare.length > 0) found.push(readFile({ name: COMMAND_LINE, text: bare.join('\n') }, 'bare', report))
  if (!isAll) return found
  const document = new EntryDocument({ name: COMMAND_LINE, text: 'none' }, [])
  const location = { document: report.sources.add(document), path: [] }
  return [{ kind: 'felixEnvironment', source: 'none', name: COMMAND_LINE, settings: new Map(), location }, ...found]
}

function formOf({ name, text }: SourceFile): Form {
  if (text.includes('\0')) return 'environ'
  return /\.(?:cfg|conf|ini)$/i.test(name) || /^\s*\[[^\]\n]*\]\s*$/m.test(text) ? 'cfg' : 'env'
}

function readFile(file: SourceFile, form: Form, report: Report): FelixEnvironment {
  if (form !== 'environ') reportStrangeLines(file, form, report)
  return readDocument(new EntryDocument(file, readEntries(file, form)), form, report)
}

/** Variables of settings, all of one file. */
function readPlaced(file: SourceFile, variables: readonly PlacedText[], report: Report): FelixEnvironment {
  const entries = variables.flatMap(({ text, place }): readonly Entry[] => {
    const entry = readLine(text, 0, text.length, 'bare')
    if (entry === undefined) reportStrange(place, 'bare', report)
    return entry === undefined ? [] : [{ ...entry, start: place.start, end: place.end }]
  })
  return readDocument(new EntryDocument(file, entries), 'bare', report)
}

function readDocument(entries: EntryDocument, form: Form, report: Report): FelixEnvironment {
  const { file } = entries
  report.sources.addFile(file)
  const document = report.sources.add(entries)
  const variables = entries.entries.map(({ name, value }, index): Variable => ({
    name,
    value,
    location: { document, path: [index] },
  }))
  if (form === 'bare' || form === 'env') reportStrangeNames(variables, form, report)
  const common = { kind: 'felixEnvironment', name: file.name, location: { document, path: [] } } as const
  return form === 'cfg'
    ? { ...common, source: 'configFile', ...fileSettings(variables) }
    : { ...common, source: 'given', ...environmentSettings(variables) }
}

function reportStrangeLines(file: SourceFile, form: Form, report: Report): void {
  for (const { start, end } of pieces(file.text, '\n')) {
    const isEmpty = form !== 'bare' && isEmptyLine(file.text.slice(start, end), form)
    if (!isEmpty && readLine(file.text, start, end, form) === undefined)
      reportStrange({ file, start, end }, form, report)
  }
}

function reportStrange(place: Span, form: Form, report: Report): void {
  const help = form === 'cfg' ? 'write `Name = value`' : 'write `NAME=VALUE`, such as `FELIX_IPV6SUPPORT=false`'
  report.error('bad-value', 'this is no setting of Felix', place, help)
}

/** Names that Felix does not look at, where they are surely meant for it. */
function reportStrangeNames(variables: readonly Variable[], form: Form, report: Report): void {
  for (const { name, location } of variables) {
    const bare = name.replace(/^felix_/i, '')
    if (felixFieldNamed(bare) !== undefined && bare !== name) continue
    const meant = similarName(bare.toLowerCase(), FELIX_NAMES)
    const help = `write \`FELIX_${(meant ?? bare).toUpperCase()}\``
    if (bare === name && (form === 'bare' || felixFieldNamed(bare) !== undefined))
      report.error('bad-name', `\`${name}\` is no variable of Felix: their names begin with \`FELIX_\``, location, help)
    else if (bare !== name && meant !== undefined)
      report.warn('similar-name', `Felix knows no parameter \`${bare}\`, and ignores \`${name}\``, location, help)
  }
}

function isEmptyLine(line: string, form: Form): boolean {
  return /^\s*(?:[#;].*)?$/.test(line) || (form === 'cfg' && /^\s*\[[^\]]*\]\s*$/.test(line))
}

/** One setting; `export` before it, blanks around the sign, comments and quotes belong to files. */
function readLine(text: string, start: number, end: number, form: Form): Entry | undefined {
  const line = text.slice(start, end)
  if (form === 'bare') {
    const sign = line.indexOf('=')
    return sign < 1 ? undefined : { name: line.slice(0, sign), value: line.slice(sign + 1), start, end }
  }
  const pattern = form === 'cfg' ? /^\s*([\w.-]+)\s*[=:]\s*(.*?)\s*$/ : /^\s*(?:export\s+)?([\w.-]+)=(.*?)\s*$/
  const [, name, written = ''] = pattern.exec(line) ?? []
  if (name === undefined) return undefined
  const [, , quoted] = /^(["'])(.*)\1$/.exec(written) ?? []
  const indent = line.length - line.trimStart().length
  return {
    name,
    value: quoted ?? written.replace(/\s+[#;].*$/, ''),
    start: start + indent,
    end: start + line.trimEnd().length,
  }
}

function* pieces(text: string, separator: string): Generator<{ readonly start: number; readonly end: number }> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf(separator, start)
    const end = found < 0 ? text.length : found
    yield { start, end }
    start = end + 1
  }
}

function readEntries({ text }: SourceFile, form: Form): readonly Entry[] {
  // In the environment of a process nothing but the zero byte separates, and every other character belongs to the value.
  if (form === 'environ')
    return [...pieces(text, '\0')].flatMap(({ start, end }) => readLine(text, start, end, 'bare') ?? [])
  return [...pieces(text, '\n')].flatMap(({ start, end }) => {
    const isEmpty = form !== 'bare' && isEmptyLine(text.slice(start, end), form)
    return isEmpty ? [] : (readLine(text, start, end, form) ?? [])
  })
}

/** A file whose places are its entries, by number. */
class EntryDocument implements SourceDocument {
  readonly file: SourceFile
  readonly start = 0
  readonly end: number
  readonly dash = false
  readonly entries: readonly Entry[]

  constructor(file: SourceFile, entries: readonly Entry[]) {
    this.file = file
    this.end = file.text.length
    this.entries = entries
  }

  locate([index]: Path): Span {
    const entry = typeof index === 'number' ? this.entries[index] : undefined
    return { file: this.file, start: entry?.start ?? 0, end: entry?.end ?? this.end }
  }

  pathAt(offset: number): Path {
    const index = this.entries.findIndex(({ start, end }) => start <= offset && offset <= end)
    return index < 0 ? [] : [index]
  }

  writtenPath(path: Path): Path {
    return path
  }
}
