// Where the fields of a converted resource come from, so that messages point at what the user wrote.

import { PathMap } from '../../diagnostics/path-map.ts'
import type { Location, LocationTarget, Path, Span } from '../../diagnostics/source.ts'
import type { SourceDocument, SourceIndex } from '../../diagnostics/source-index.ts'

/** Paths of a converted resource -> paths of its source. A path that is not named follows its longest prefix that is. */
export class SourcePaths {
  readonly #sources = new PathMap<{ readonly length: number; readonly source: Path }>()

  set(path: Path, source: Path): void {
    this.#sources.set(path, { length: path.length, source })
  }

  find(path: Path): Path {
    const found = this.#sources.along(path).at(-1)
    return found === undefined ? path : [...found.source, ...path.slice(found.length)]
  }
}

/** A resource that was made from another: positions are those of what it was made from. */
export class ConvertedDocument implements SourceDocument {
  readonly file
  readonly start
  readonly end
  readonly dash
  readonly #document: SourceDocument
  readonly #base: Path
  readonly #value: unknown
  readonly #paths: SourcePaths

  /** @param value the source as it stands in the file, at `location` */
  constructor({ document: id, path }: Location, value: unknown, paths: SourcePaths, sources: SourceIndex) {
    const document = sources.document(id)
    this.file = document.file
    this.start = document.start
    this.end = document.end
    this.dash = document.dash
    this.#document = document
    this.#base = path
    this.#value = value
    this.#paths = paths
  }

  /** Path in the source document, in the spelling that its field names have there. */
  sourcePath(path: Path): Path {
    return [...this.#base, ...asWritten(this.#value, this.#paths.find(path))]
  }

  locate(path: Path, target: LocationTarget): Span {
    return this.#document.locate(this.sourcePath(path), target)
  }

  pathAt(offset: number): Path {
    return this.#document.pathAt(offset)
  }

  writtenPath(path: Path): Path {
    return this.sourcePath(path)
  }
}

/** Field names of the v1 format match without regard to case; the exact spelling wins. */
function asWritten(root: unknown, path: Path): Path {
  let value = root
  return path.map(step => {
    if (typeof value !== 'object' || value === null) return step
    const mapping = value as Readonly<Record<string | number, unknown>>
    const key = Object.hasOwn(mapping, step)
      ? step
      : (Object.keys(mapping).find(name => name.toLowerCase() === String(step).toLowerCase()) ?? step)
    value = Object.hasOwn(mapping, key) ? mapping[key] : undefined
    return key
  })
}
