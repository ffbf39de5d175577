// What is found for several nodes is told once.

import type { Diagnostic, Place } from './diagnostic.ts'
import { isSpan } from './source.ts'
import type { SourceIndex } from './source-index.ts'

/** Of findings that say the same of the same place, the first. */
export function withoutRepeats(
  diagnostics: readonly Diagnostic<Place>[],
  sources: SourceIndex,
): readonly Diagnostic<Place>[] {
  const byKey = new Map<string, Diagnostic<Place>>()
  for (const diagnostic of diagnostics) {
    const key = JSON.stringify([
      diagnostic.severity,
      diagnostic.code,
      diagnostic.message,
      keyOf(diagnostic.place, sources),
    ])
    if (!byKey.has(key)) byKey.set(key, diagnostic)
  }
  return [...byKey.values()]
}

/** A place without looking it up. */
function keyOf(place: Place | undefined, sources: SourceIndex): unknown {
  if (place === undefined) return undefined
  if (isSpan(place)) return [place.file.name, place.start, place.end]
  const { document, path, target, entry, within } = place
  const { file, start } = sources.document(document)
  return [file.name, start, path, target, entry, within]
}
