// Places of the input as numbers: each distinct one is worked out once and listed.

import type { Location, Span } from '../../diagnostics/source.ts'
import type { SourceIndex } from '../../diagnostics/source-index.ts'
import type { Place } from '../view.ts'

export interface PlaceList {
  readonly places: readonly Place[]
  /** Index of the whole of what stands at a location. */
  readonly add: (location: Location) => number
}

export function createPlaceList(sources: SourceIndex): PlaceList {
  const places: Place[] = []
  const known = new Map<string, number>()
  return {
    places,
    add: location => {
      const key = `${location.document}\u0000${location.path.join('\u0000')}`
      let index = known.get(key)
      if (index === undefined) {
        index = places.length
        known.set(key, index)
        places.push(wholeOf(location, sources))
      }
      return index
    },
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
