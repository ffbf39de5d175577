// Lines of the input behind a rule.

import { lineAndColumn, type Location } from '../diagnostics/source.ts'

export interface SourceExcerpt {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Last line, inclusive. */
  readonly endLine: number
  /** The lines as they stand in the file; of many only the first. */
  readonly lines: readonly string[]
}

/** Longer pieces are cut: a whole policy need not be quoted to be recognised. */
const MAX_LINES = 12

/** The whole of what stands at a place, over as many lines as it has. */
export function excerptOf(location: Location, maxLines = MAX_LINES): SourceExcerpt {
  const { file, start, end } = location.document.locate(location.path, 'extent')
  const trimmed = start + file.text.slice(start, end).trimEnd().length
  const { line } = lineAndColumn(file, start)
  const endLine = line + (file.text.slice(start, trimmed).match(/\n/g) ?? []).length
  const lineStart = file.text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = file.text.indexOf('\n', trimmed)
  const lines = file.text
    .slice(lineStart, lineEnd < 0 ? undefined : lineEnd)
    .split(/\r?\n/)
    .slice(0, maxLines)
  return { file: file.name, line, endLine, lines }
}

/** `policy.yaml:17`, where something starts. */
export function formatPlace({ file, line }: SourceExcerpt): string {
  return `${file}:${line}`
}
