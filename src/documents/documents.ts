// Source files -> documents, each a plain value that can say where its nodes stand.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { LocationTarget, Path, SourceFile, Span } from '../diagnostics/source.ts'
import type { SourceDocument, SourceIndex } from '../diagnostics/source-index.ts'
import { readPlainYaml } from './bulk-documents.ts'
import { readJson, readJsonSlice, splitJsonList } from './json-documents.ts'
import { isOverlong, MAX_RESOURCE_BYTES } from './limits.ts'
import { findRefusedCharacter, refuseCharacter } from './refused-characters.ts'
import { splitYamlList } from './yaml-lists.ts'
import { parseYaml, readYaml, type YamlValue } from './yaml-documents.ts'
import { PlacedYaml } from './yaml-places.ts'

export interface ReadDocument {
  readonly value: unknown
  readonly source: SourceDocument
  /** For an item of a list: the list's own fields. */
  readonly list?: unknown
}

const BLANK_NOTE = "a document without content is left out; Calico's own loader refuses it"

/**
 * All documents of a file that can be read, one after another, items of lists each on its own; what cannot be read is
 * reported. Nothing is kept of a document once the next is asked for.
 */
export function* readDocuments(file: SourceFile, report: Report): Generator<ReadDocument> {
  const reader = new PartReader(file, report)
  for (const part of splitDocuments(file.text)) yield* reader.read(part)
}

/** A piece of a file between separators: one document, or a list of them. Offsets in the file, `end` exclusive. */
export type Part = readonly [start: number, end: number]

/** Reads parts of one file, each by itself, from the first to the last. */
export class PartReader {
  readonly #file: SourceFile
  readonly #report: Report
  readonly #limit: number
  #isNoted = false
  /** The first character at or behind the current part that YAML may not hold: looked for once, not once a part. */
  #refused = -1

  /** @param limit offset behind the last part that will be read, where that is not all of them */
  constructor(file: SourceFile, report: Report, limit = file.text.length) {
    this.#file = file
    this.#report = report
    this.#limit = limit
  }

  *read([start, end]: Part): Generator<ReadDocument> {
    const { text } = this.#file
    const content = findContent(text, start, end)
    if (content === undefined) return this.#noteBlank(start, end)
    const isPrompt = content === '[' && /^\s*\[[^\]\n{"]+\][#$] /.test(text.slice(start, start + 200))
    if ((content === '{' || content === '[') && !isPrompt)
      return yield* readJsonDocument(this.#file, start, end, this.#report)
    if (this.#refused < start) this.#refused = findRefusedCharacter(text.slice(0, this.#limit), start)
    if (this.#refused < end) {
      const { code, message, help, ...place } = refuseCharacter(text, this.#refused)
      this.#report.error(code, message, { file: this.#file, ...place }, help)
      return
    }
    yield* readYamlDocument(this.#file, start, end, this.#report)
  }

  /** Said of the first part without content. */
  #noteBlank(start: number, end: number): void {
    const file = this.#file
    // What stands behind the last separator may be nothing at all.
    if (!this.#isNoted && (end < file.text.length || file.text.slice(start, end).trim() !== ''))
      this.#report.note('beyond-calico', BLANK_NOTE, { file, start, end: Math.max(start, end - 1) })
    this.#isNoted = true
  }
}

function* readJsonDocument(file: SourceFile, start: number, end: number, report: Report): Generator<ReadDocument> {
  const { text } = file
  const list = splitJsonList(text, start, end)
  const envelope =
    list === undefined || list.envelope === '' ? undefined : readJson(list.envelope, 0, list.envelope.length)
  // A list whose own fields cannot be read is read whole, for the sake of the messages.
  if (list !== undefined && (list.envelope === '' || (envelope !== undefined && isListEnvelope(envelope.value)))) {
    for (const item of list.items) {
      if (refuseOverlong(file, item.start, item.end, report)) continue
      const source = new TextDocument(file, item.start, item.end, false, report.sources)
      const value = readJsonSlice(text, item) ?? readYaml(source, report)
      if (value !== undefined)
        yield {
          value: value.value,
          source: sourceOf(value, source, report.sources),
          ...(envelope === undefined ? {} : { list: envelope.value }),
        }
    }
    return
  }
  if (refuseOverlong(file, start, end, report)) return
  const source = new TextDocument(file, start, end, false, report.sources)
  // Flow-style YAML, or JSON with a mistake: the YAML reader says which.
  const value = readJson(text, start, end) ?? readYaml(source, report)
  if (value !== undefined && value.value !== null && value.value !== undefined)
    yield { value: value.value, source: sourceOf(value, source, report.sources) }
}

function* readYamlDocument(file: SourceFile, start: number, end: number, report: Report): Generator<ReadDocument> {
  const { text } = file
  const list = splitYamlList(text, start, end)
  const envelope = list === undefined ? undefined : readPlainYaml(list.envelope, 0, list.envelope.length)
  if (list !== undefined && envelope !== undefined && isListEnvelope(envelope.value)) {
    for (const item of list.items) {
      if (refuseOverlong(file, item.start, item.end, report)) continue
      const source = new TextDocument(file, item.start, item.end, true, report.sources)
      const value = readPlainYaml(text, item.start, item.end, { dash: true }) ?? readYaml(source, report)
      if (value !== undefined)
        yield { value: value.value, source: sourceOf(value, source, report.sources), list: envelope.value }
    }
    return
  }
  if (refuseOverlong(file, start, end, report)) return
  const source = new TextDocument(file, start, end, false, report.sources)
  const value = readPlainYaml(text, start, end) ?? readYaml(source, report)
  if (value !== undefined && value.value !== null && value.value !== undefined)
    yield { value: value.value, source: sourceOf(value, source, report.sources) }
}

/** Places are found in the text that could be read, and given as offsets in the text as written. */
function sourceOf({ mended }: YamlValue, source: TextDocument, sources: SourceIndex): SourceDocument {
  if (mended === undefined) return source
  const readable = new TextDocument(mended.text.file, 0, mended.text.end, source.dash, sources)
  return {
    file: source.file,
    start: source.start,
    end: source.end,
    dash: source.dash,
    locate: (path, target) => {
      const { start, end } = readable.locate(path, target)
      return {
        file: source.file,
        start: source.start + mended.toWritten(start),
        end: source.start + mended.toWritten(end),
      }
    },
    // Nobody asks what comes of a document with mistakes: nothing does.
    pathAt: () => [],
    writtenPath: path => path,
  }
}

/** Calico's loader takes no document that long. The items of a list count one by one: Calico never sees the list. */
function refuseOverlong(file: SourceFile, start: number, end: number, report: Report): boolean {
  if (!isOverlong(file.text, start, end)) return false
  report.error(
    'over-limit',
    `a resource of more than ${MAX_RESOURCE_BYTES / 2 ** 20} MiB`,
    { file, start, end: start + 1 },
    'cut it into several; a list may be longer in the form in which `kubectl get -o json` or `-o yaml` prints it',
  )
  return true
}

/** `kind: List`, `kind: PodList`. */
function isListEnvelope(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('kind' in value)) return false
  return typeof value.kind === 'string' && value.kind.endsWith('List')
}

/** Calico cuts a file wherever a line starts with `---`, block scalars included, and throws the rest of that line away. */
export function splitDocuments(text: string): readonly Part[] {
  const parts: Part[] = []
  let start = skipStartMark(text, text.charCodeAt(0) === 0xfeff ? 1 : 0)
  for (;;) {
    const separator = text.indexOf('\n---', start)
    if (separator < 0) break
    parts.push([start, separator + 1])
    const lineEnd = text.indexOf('\n', separator + 1)
    if (lineEnd < 0) return parts
    // Two separators in a row: the second is the start mark of the document that follows.
    start = skipStartMark(text, lineEnd + 1) - 1
  }
  parts.push([start, text.length])
  return parts
}

const START_MARK = /---[ \t\r]*(?:#.*)?(?:\n|$)/y

function skipStartMark(text: string, start: number): number {
  START_MARK.lastIndex = start
  return START_MARK.test(text) ? START_MARK.lastIndex : start
}

const NEWLINE = 10
const CARRIAGE_RETURN = 13
const TAB = 9
const BLANK = 32
const HASH = 35
const DASH = 45

/** First character that is no blank, comment or start mark; undefined when there is nothing else. */
function findContent(text: string, start: number, end: number): string | undefined {
  let isLineStart = true
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === NEWLINE || code === CARRIAGE_RETURN) {
      isLineStart = true
    } else if (code === HASH) {
      const newline = text.indexOf('\n', i)
      if (newline < 0) return undefined
      i = newline - 1
    } else if (code === DASH && isLineStart && isStartMark(text, i, end)) {
      i += 2
      isLineStart = false
    } else if (code !== BLANK && code !== TAB && code !== BYTE_ORDER_MARK) {
      return text.charAt(i)
    } else {
      isLineStart = false
    }
  }
  return undefined
}

const BYTE_ORDER_MARK = 0xfeff

/** `---` with only blanks or a comment behind it. */
function isStartMark(text: string, start: number, end: number): boolean {
  if (!text.startsWith('---', start)) return false
  let i = start + 3
  while (text.charCodeAt(i) === BLANK || text.charCodeAt(i) === TAB) i++
  const code = text.charCodeAt(i)
  return i >= end || code === NEWLINE || code === CARRIAGE_RETURN || code === HASH
}

/** A piece of a file; parsed for positions only when somebody asks for one. */
export class TextDocument implements SourceDocument {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
  /** The text is an item of a sequence: the dash in front of it counts as a blank. */
  readonly dash: boolean
  readonly #sources: SourceIndex

  constructor(file: SourceFile, start: number, end: number, dash: boolean, sources: SourceIndex) {
    this.file = file
    this.start = start
    this.end = end
    this.dash = dash
    this.#sources = sources
  }

  /** The same text where it stands in another version of the file. */
  movedTo(file: SourceFile, by: number, sources: SourceIndex): TextDocument {
    return new TextDocument(file, this.start + by, this.end + by, this.dash, sources)
  }

  locate(path: Path, target: LocationTarget): Span {
    const parsed = this.#parse()
    const [from, to] = parsed === 'unsafe' ? [0, 1] : parsed.locate(path, target)
    return { file: this.file, start: this.start + from, end: this.start + to }
  }

  pathAt(offset: number): Path {
    const parsed = this.#parse()
    return parsed === 'unsafe' ? [] : parsed.pathAt(offset - this.start)
  }

  writtenPath(path: Path): Path {
    return path
  }

  /** Text that the quick readers take and the full one does not has its start for a place. */
  #parse(): PlacedYaml | 'unsafe' {
    return this.#sources.keep(this, () => {
      const document = parseYaml(this)
      return document === undefined ? 'unsafe' : new PlacedYaml(document)
    })
  }
}
