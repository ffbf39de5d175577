// Findings in the order in which somebody reads the files: what is wrong first may be why the rest is.

import { type Diagnostic, type Place, placeDiagnostic } from './diagnostic.ts'
import type { SourceIndex } from './source-index.ts'

/** By file, in the order of the input, and by place; those without a place last. What is found at one place keeps its order. */
export function inOrder(diagnostics: readonly Diagnostic<Place>[], sources: SourceIndex): readonly Diagnostic[] {
  return diagnostics
    .map(found => {
      const diagnostic = placeDiagnostic(found, sources)
      const span = diagnostic.place
      const file = span === undefined ? Infinity : sources.orderOf(span.file)
      return { diagnostic, file, start: span?.start ?? 0 }
    })
    .sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1))
    .map(({ diagnostic }) => diagnostic)
}
