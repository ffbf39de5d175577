// Where something stands in the input.

import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'

/** `file:line` */
export function placeWords(location: Location, sources: SourceIndex): string {
  const { file, start } = sources.spanOf(location)
  return `${file.name}:${sources.lines.at(file, start).line}`
}
