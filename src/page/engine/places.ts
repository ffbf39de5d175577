// Places of the input as numbers: each distinct one is worked out once and listed, and known again while its document is.

import type { Location, Span } from '../../diagnostics/source.ts'
import type { SourceIndex } from '../../diagnostics/source-index.ts'
import type { Place } from '../view.ts'

export interface PlaceList {
  readonly places: readonly Place[]
  /** Index of the whole of what stands at a location. */
  readonly add: (location: Location) => number
  /** The same for the thousands that are only listed: all of the document, without looking into it. */
  readonly addDocument: (location: Location) => number
}

/** Start and end of a place within its document. */
type Piece = readonly [start: number, end: number]

/** Places by the text of their document and their path in it: a document that is edited elsewhere needs no second look. */
export class PlaceMemory {
  #pieces = new Map<string, Map<string, Piece>>()

  /** @returns what knows the places of one version of the input; what it does not ask for is forgotten with the next one */
  startVersion(): (text: string) => Map<string, Piece> {
    const before = this.#pieces
    const now = new Map<string, Map<string, Piece>>()
    this.#pieces = now
    return text => {
      let found = now.get(text)
      if (found === undefined) now.set(text, (found = before.get(text) ?? new Map<string, Piece>()))
      return found
    }
  }
}

export function createPlaceList(sources: SourceIndex, memory: PlaceMemory): PlaceList {
  const piecesOf = memory.startVersion()
  const places: Place[] = []
  const known = new Map<string, number>()
  const locate = (location: Location, key: string): Place => {
    const { file, start, end, dash } = sources.document(location.document)
    const pieces = piecesOf(`${dash ? '-' : ''}${file.text.slice(start, end)}`)
    const piece = pieces.get(key)
    if (piece !== undefined) return placeOf({ file, start: start + piece[0], end: start + piece[1] }, sources)
    const found = wholeOf(location, sources)
    pieces.set(key, [found.start - start, found.end - start])
    return found
  }
  const listed = (key: string, place: () => Place): number => {
    let index = known.get(key)
    if (index === undefined) {
      index = places.length
      known.set(key, index)
      places.push(place())
    }
    return index
  }
  return {
    places,
    add: location => {
      const path = location.path.join('\u0000')
      return listed(`${location.document}\u0000${path}`, () => locate(location, path))
    },
    addDocument: ({ document }) =>
      listed(`${document}`, () => {
        const { file, start, end } = sources.document(document)
        const text = file.text.slice(start, end)
        const blank = /^(?:---[^\n]*\n|\s)*/.exec(text)?.[0].length ?? 0
        return placeOf({ file, start: start + blank, end: start + Math.max(blank, text.trimEnd().length) }, sources)
      }),
  }
}

/** The whole of what stands at a location, without blanks behind it. */
export function wholeOf(location: Location, sources: SourceIndex): Place {
  const { document, path } = location
  const place = placeOf(sources.spanOf({ document, path, target: 'extent' }), sources)
  const { text } = sources.fileNamed(place.file)
  const trimmed = place.start + text.slice(place.start, place.end).trimEnd().length
  return { ...place, end: Math.max(place.start, trimmed) }
}

export function placeOf({ file, start, end }: Span, { lines }: SourceIndex): Place {
  return { file: file.name, start, end, line: lines.at(file, start).line }
}
