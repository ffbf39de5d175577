// Where something stands in the input.

import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'

export interface LinePlace {
  /** Its name. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

export function linePlace(location: Location, sources: SourceIndex): LinePlace {
  const { file, start } = sources.spanOf(location)
  return { file: file.name, line: sources.lines.at(file, start).line }
}

/** `file:line` */
export function placeWords(location: Location, sources: SourceIndex): string {
  const { file, line } = linePlace(location, sources)
  return `${file}:${line}`
}
