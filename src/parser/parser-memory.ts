// What was read of an earlier version of an input, so that only the parts that changed are read again.

import type { Release } from '../calico/releases/release.ts'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Diagnostic, Place, Report } from '../diagnostics/diagnostic.ts'
import { type DocumentId, isSpan, type SourceFile } from '../diagnostics/source.ts'
import type { SourceDocument, SourceIndex } from '../diagnostics/source-index.ts'
import { type Part, PartReader, type ReadDocument, splitDocuments, TextDocument } from '../documents/documents.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Made } from './repeated-resources.ts'
import { SelectorCache } from './compose-selectors.ts'

/** Everything that came of one part of a file, and of nothing else. */
interface Contribution {
  readonly resources: readonly Resource[]
  readonly diagnostics: readonly Diagnostic<Place>[]
  /** Kinds that were skipped, once for each document. */
  readonly skipped: readonly string[]
  readonly made: readonly Made[]
  readonly documents: readonly (readonly [DocumentId, TextDocument])[]
}

/** Where everything goes that is read. */
export interface Reading {
  readonly resources: Resource[]
  readonly skipped: string[]
  readonly made: readonly Made[]
  /** Takes what a document made into account, and adds it to `made`. */
  readonly add: (made: Made) => void
  /** How much has been put aside so far that is read together with what other parts say. */
  readonly shared: () => number
  readonly release: Release
  readonly report: Report
}

/** Notes how far everything is, and tells afterwards what has been added; undefined for what cannot be kept. */
function startOf({
  resources,
  skipped,
  made,
  shared,
  report: { diagnostics, sources },
}: Reading): () => Contribution | undefined {
  const from = [resources.length, skipped.length, diagnostics.length, sources.nextId, shared(), made.length] as const
  return () => {
    const found = diagnostics.slice(from[2])
    const documents: [DocumentId, SourceDocument][] = []
    for (let id = from[3]; id < sources.nextId; id++) documents.push([id, sources.document(id)])
    // A part without content is read again, to say so once; a document with paths of its own holds on to its old place.
    if (shared() > from[4] || documents.length === 0 || !documents.every(isPlain) || !found.every(isMovable))
      return undefined
    return {
      resources: resources.slice(from[0]),
      skipped: skipped.slice(from[1]),
      made: made.slice(from[5]),
      diagnostics: found,
      documents,
    }
  }
}

function isPlain(entry: readonly [DocumentId, SourceDocument]): entry is [DocumentId, TextDocument] {
  return entry[1] instanceof TextDocument
}

/** Said of one document because of another. */
const ABOUT_OTHERS: readonly DiagnosticCode[] = [
  'stored-form',
  'beyond-calico',
  'duplicate-resource',
  'replaced-resource',
  'other-file',
]

/** Mistakes are looked at again, because they may depend on the text around; what is said once is said of the first. */
function isMovable({ severity, code, place, related = [], fix }: Diagnostic<Place>): boolean {
  if (severity === 'error' || ABOUT_OTHERS.includes(code)) return false
  const places = [place, ...related.map(other => other.place), ...(fix?.edits ?? []).map(edit => edit.place)]
  return places.every(where => where === undefined || !isSpan(where))
}

interface KeptFile {
  readonly file: SourceFile
  readonly release: Release
  readonly parts: readonly Part[]
  readonly contributions: readonly (Contribution | undefined)[]
}

/** What is kept of the parts of a file, in the order of its parts now. */
interface KnownParts {
  /** Offset behind the last part that has to be read. */
  readonly limit: number
  /** What came of a part, put where the part is now; undefined for one that has to be read. */
  readonly contributionOf: (index: number, sources: SourceIndex) => Contribution | undefined
}

/** Owned by whoever compiles one input again and again. */
export class ParserMemory {
  /** The same texts are parsed once. */
  readonly selectors = new SelectorCache()
  /** The first number that no document has had yet. */
  nextId: DocumentId = 0
  readonly #files = new Map<string, KeptFile>()

  /** Reads the parts of a file that are not known, and adds what is known of the others, in their order. */
  read(file: SourceFile, reading: Reading, decode: (document: ReadDocument) => void): void {
    const { report, release } = reading
    const parts = splitDocuments(file.text)
    const known = this.#find(file, parts, release)
    const reader = new PartReader(file, report, known?.limit)
    const contributions = parts.map((part, index): Contribution | undefined => {
      const kept = known?.contributionOf(index, report.sources)
      if (kept !== undefined) {
        for (const resource of kept.resources) reading.resources.push(resource)
        for (const type of kept.skipped) reading.skipped.push(type)
        for (const made of kept.made) reading.add({ ...made, layer: file.layer ?? 0 })
        for (const diagnostic of kept.diagnostics) report.diagnostics.push(diagnostic)
        return kept
      }
      const contribution = startOf(reading)
      for (const document of reader.read(part)) decode(document)
      return contribution()
    })
    this.#files.set(file.name, { file, release, parts, contributions })
  }

  /** Forgets the files that the input no longer has. */
  retain(files: readonly SourceFile[]): void {
    const names = new Set(files.map(({ name }) => name))
    for (const name of this.#files.keys()) if (!names.has(name)) this.#files.delete(name)
  }

  #find(file: SourceFile, parts: readonly Part[], release: Release): KnownParts | undefined {
    const kept = this.#files.get(file.name)
    if (kept === undefined || kept.release !== release) return undefined
    // Compared once: two texts of one length take as long as they are.
    const isWhole = file.text === kept.file.text
    const same = (now: number, before: number): boolean =>
      isWhole || isSameText(file, parts[now], kept.file, kept.parts[before])
    const shorter = Math.min(parts.length, kept.parts.length)
    let front = 0
    while (front < shorter && same(front, front)) front++
    let back = 0
    while (back < shorter - front && same(parts.length - 1 - back, kept.parts.length - 1 - back)) back++
    const added = parts.length - kept.parts.length
    const before = (index: number): number | undefined =>
      index < front ? index : index >= parts.length - back ? index - added : undefined
    const known = (index: number): Contribution | undefined => {
      const earlier = before(index)
      return earlier === undefined ? undefined : kept.contributions[earlier]
    }
    const last = parts.findLastIndex((_, index) => known(index) === undefined)
    return {
      limit: parts[last]?.[1] ?? 0,
      contributionOf: (index, sources) => {
        const contribution = known(index)
        const by = (parts[index]?.[0] ?? 0) - (kept.parts[before(index) ?? 0]?.[0] ?? 0)
        return contribution && moved(contribution, kept.file === file ? undefined : file, by, sources)
      },
    }
  }
}

function isSameText(a: SourceFile, [start, end]: Part = [0, 0], b: SourceFile, [from, to]: Part = [0, 0]): boolean {
  return end - start === to - from && a.text.slice(start, end) === b.text.slice(from, to)
}

/** @param file left out: it is the one of before */
function moved(kept: Contribution, file: SourceFile | undefined, by: number, sources: SourceIndex): Contribution {
  const documents = kept.documents.map(([id, document]) => {
    const own = document.movedTo(file ?? document.file, by, sources)
    sources.put(id, own)
    return [id, own] as const
  })
  return { ...kept, documents }
}
