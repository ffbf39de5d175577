// Offsets -> lines and columns, for all findings of a run at once.

import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import { Lines } from '../diagnostics/lines.ts'
import type { Span } from '../diagnostics/source.ts'

/** Lines and columns count from 1, columns in UTF-16 units; the end is exclusive. */
export interface Place extends Span {
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** A diagnostic whose places have been looked up. */
export interface Finding {
  readonly severity: Severity
  readonly code: DiagnosticCode
  readonly message: string
  readonly place: Place | undefined
  readonly help: string | undefined
  readonly related: readonly { readonly message: string; readonly place: Place }[]
  readonly fix:
    { readonly title: string; readonly edits: readonly { readonly place: Place; readonly text: string }[] } | undefined
}

/** In the order given. */
export function findPlaces(diagnostics: readonly Diagnostic[]): readonly Finding[] {
  const lines = new Lines()
  const place = ({ file, start, end: written }: Span): Place => {
    const end = Math.max(start, written)
    const last = lines.at(file, end)
    return { file, start, end, ...lines.at(file, start), endLine: last.line, endColumn: last.column }
  }
  return diagnostics.map(({ severity, code, message, place: where, help, related = [], fix }) => ({
    severity,
    code,
    message,
    place: where === undefined ? undefined : place(where),
    help,
    related: related.map(other => ({ message: other.message, place: place(other.place) })),
    fix:
      fix === undefined
        ? undefined
        : { title: fix.title, edits: fix.edits.map(edit => ({ place: place(edit.place), text: edit.text })) },
  }))
}
