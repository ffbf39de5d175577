// Lines of the input behind a rule.

import type { Location, SourceFile } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'

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
export function excerptOf({ document, path }: Location, sources: SourceIndex, maxLines = MAX_LINES): SourceExcerpt {
  const { file, start, end } = sources.document(document).locate(path, 'extent')
  const lineOf = (offset: number): number => sources.lines.at(file, offset).line
  const trimmed = start + file.text.slice(start, end).trimEnd().length
  const line = lineOf(start)
  const endLine = Math.max(line, lineOf(Math.max(start, trimmed - 1)))
  const starts = sources.lines.startsOf(file)
  const last = Math.min(endLine, line + maxLines - 1)
  const lines = maxLines === 0 ? [] : file.text.slice(starts[line - 1], starts[last] ?? file.text.length).split(/\r?\n/)
  return { file: file.name, line, endLine, lines: lines.slice(0, Math.min(maxLines, endLine - line + 1)) }
}

/** `policy.yaml:17`, where something starts. */
export function formatPlace({ file, line }: Pick<SourceExcerpt, 'file' | 'line'>): string {
  return `${file}:${line}`
}

/** Whether the text of a resource has the field in its `spec`. */
export function hasSpecField(location: Location, sources: SourceIndex, field: string): boolean {
  const document = sources.document(location.document)
  const whole = [...location.path, 'spec', field]
  const { start } = document.locate(whole, 'extent')
  const found = document.pathAt(start)
  return isPathWithin(document.writtenPath(whole), found)
}

/** Whether a path leads to the other or into it; field names match in any case, as they do in Calico's loader. */
export function isPathWithin(whole: Location['path'], inner: Location['path']): boolean {
  return whole.every((step, index) => String(step).toLowerCase() === String(inner[index]).toLowerCase())
}

/** Offset of the start of a line, from 1; undefined behind the last. */
export function startOfLine(file: SourceFile, line: number, { lines }: SourceIndex): number | undefined {
  const start = lines.startsOf(file)[line - 1]
  // A final newline ends the last line and begins none.
  return start === file.text.length && line > 1 ? undefined : start
}
