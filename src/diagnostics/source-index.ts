// The files and documents of one input: answers where a location lies.

import { Lines } from './lines.ts'
import {
  type DocumentId,
  isSpan,
  type Location,
  type LocationTarget,
  type Path,
  type SourceFile,
  type Span,
} from './source.ts'

/** One document of a file. Positions inside it are worked out only for what a message or an explanation points at. */
export interface SourceDocument {
  readonly file: SourceFile
  /** Offset at which the document's text starts. */
  readonly start: number
  /** Offset behind its last character. */
  readonly end: number
  /** The text is an item of a sequence: the dash in front of it counts as a blank. */
  readonly dash: boolean
  /** Span of the node at `path`; a missing node gives its nearest existing ancestor's key. */
  readonly locate: (path: Path, target: LocationTarget) => Span
  /** The innermost key, item or value that an offset of the file lies in: the opposite of `locate`. */
  readonly pathAt: (offset: number) => Path
  /** A path as the text has it: resources that were converted from another format have paths of their own. */
  readonly writtenPath: (path: Path) => Path
}

/** Its text as that of a document by itself. */
export function documentText({
  file,
  start,
  end,
  dash,
}: Pick<SourceDocument, 'file' | 'start' | 'end' | 'dash'>): string {
  const text = file.text.slice(start, end)
  return dash ? text.replace('-', ' ') : text
}

/** Text of documents whose nodes are kept, in UTF-16 units; nodes take some fifty times the room of their text. */
const MAX_KEPT_TEXT = 4 * 2 ** 20

const MAX_KEPT_DOCUMENTS = 64

/** Owner of everything that is known of the text behind locations. Lives as long as somebody may ask for a place. */
export class SourceIndex {
  /** Where the lines of its files start. */
  readonly lines = new Lines()
  readonly #documents = new Map<DocumentId, SourceDocument>()
  readonly #files = new Map<string, { readonly file: SourceFile; readonly order: number }>()
  /** The documents that were parsed for positions last: messages about a document come close together. */
  readonly #kept = new Map<SourceDocument, { readonly size: number; readonly value: unknown }>()
  #next: DocumentId

  /** @param first number of the first document; others stay free for documents that are put in with numbers of their own */
  constructor(first: DocumentId = 0) {
    this.#next = first
  }

  /** Fixes the place of a file among the others. */
  addFile(file: SourceFile): void {
    const order = this.#files.get(file.name)?.order ?? this.#files.size
    this.#files.set(file.name, { file, order })
  }

  fileNamed(name: string): SourceFile {
    const known = this.#files.get(name)
    if (known === undefined) throw new Error(`file ${name} is not of this input`)
    return known.file
  }

  add(document: SourceDocument): DocumentId {
    const id = this.#next++
    this.#documents.set(id, document)
    return id
  }

  /** Puts in a document under the number that it had in an earlier index. */
  put(id: DocumentId, document: SourceDocument): void {
    this.#documents.set(id, document)
    if (id >= this.#next) this.#next = id + 1
  }

  get nextId(): DocumentId {
    return this.#next
  }

  document(id: DocumentId): SourceDocument {
    const document = this.#documents.get(id)
    if (document === undefined) throw new Error(`document ${id} is not of this input`)
    return document
  }

  /** Position of a file among those of the input, from 0; files that are none of it come last. */
  orderOf({ name }: SourceFile): number {
    return this.#files.get(name)?.order ?? this.#files.size
  }

  spanOf(place: Span | Location): Span {
    if (isSpan(place)) return place
    if (place.because !== undefined) return this.document(place.document).locate(place.because, 'key')
    const { entry, target = typeof entry === 'string' ? 'key' : 'value' } = place
    const path = entry === undefined ? place.path : [...place.path, entry]
    const span = this.document(place.document).locate(path, target)
    return place.within === undefined ? span : narrow(span, place.within)
  }

  /** Line on which a place starts, from 1. */
  lineOf(place: Span | Location): number {
    const { file, start } = this.spanOf(place)
    return this.lines.at(file, start).line
  }

  /** Whether two locations are of one piece of text, also when one of them has paths of its own. */
  isSameText(a: Location, b: Location): boolean {
    if (a.document === b.document) return true
    const [one, other] = [this.document(a.document), this.document(b.document)]
    return one.start === other.start && one.file.name === other.file.name
  }

  /** Makes what is needed to find positions in a document, and keeps it while it is one of the latest. */
  keep<T>(document: SourceDocument, make: () => T): T {
    const known = this.#kept.get(document)
    if (known !== undefined) return known.value as T
    const value = make()
    const size = document.end - document.start
    let total = size
    for (const other of this.#kept.values()) total += other.size
    for (const [other, { size: otherSize }] of this.#kept) {
      if (total <= MAX_KEPT_TEXT && this.#kept.size < MAX_KEPT_DOCUMENTS) break
      this.#kept.delete(other)
      total -= otherSize
    }
    this.#kept.set(document, { size, value })
    return value
  }
}

/** The part of a scalar's span that holds part of its value; the whole scalar where escapes or folding blur the mapping. */
function narrow(span: Span, within: { readonly start: number; readonly end: number }): Span {
  const text = span.file.text.slice(span.start, span.end)
  const quote = text.charAt(0)
  const isQuoted = quote === '"' || quote === "'"
  const isPlainText = !/[\n\r]/.test(text) && (!isQuoted || !text.slice(1, -1).includes(quote === '"' ? '\\' : "'"))
  if (!isPlainText) return span
  const start = Math.min(span.start + (isQuoted ? 1 : 0) + within.start, span.end)
  return { file: span.file, start, end: Math.min(Math.max(start + within.end - within.start, start + 1), span.end) }
}
