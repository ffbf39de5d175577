// Findings in the order in which somebody reads the files: what is wrong first may be why the rest is.

import type { Diagnostic } from './diagnostic.ts'
import { type SourceFile, spanOf } from './source.ts'

/** By file, in the order of `files`, and by place; those without a place last. What is found at one place keeps its order. */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly SourceFile[]): readonly Diagnostic[] {
  if (diagnostics.length < 2) return diagnostics
  const fileOrder = new Map(files.map((file, index) => [file, index] as const))
  return diagnostics
    .map(diagnostic => {
      const span = diagnostic.place === undefined ? undefined : spanOf(diagnostic.place)
      const file = span === undefined ? Infinity : (fileOrder.get(span.file) ?? files.length)
      return { diagnostic, file, start: span?.start ?? 0 }
    })
    .sort((a, b) => (a.file === b.file ? a.start - b.start : a.file < b.file ? -1 : 1))
    .map(({ diagnostic }) => diagnostic)
}
