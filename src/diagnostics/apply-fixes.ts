// Cures of diagnostics, applied to the text they are about.

import type { Diagnostic } from './diagnostic.ts'
import type { SourceFile } from './source.ts'

export interface AppliedFixes {
  readonly text: string
  /** Those whose cure is in the text. */
  readonly cured: readonly Diagnostic[]
}

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** Applies the cures for one file: each whole or not at all, and of two that overlap the first. */
export function applyFixes(file: SourceFile, diagnostics: readonly Diagnostic[]): AppliedFixes {
  const taken: Edit[] = []
  const cured: Diagnostic[] = []
  for (const diagnostic of diagnostics) {
    const places = diagnostic.fix?.edits.map(({ place, text }) => ({ ...place, text })) ?? []
    if (places.length === 0 || places.some(edit => edit.file.name !== file.name)) continue
    const fresh = places.filter(edit => !taken.some(other => isSame(edit, other)))
    if (fresh.some(edit => taken.some(other => overlaps(edit, other)))) continue
    for (const edit of fresh) taken.push(edit)
    cured.push(diagnostic)
  }
  taken.sort((a, b) => a.start - b.start || a.end - b.end)
  let text = ''
  let position = 0
  for (const edit of taken) {
    text += file.text.slice(position, edit.start) + edit.text
    position = edit.end
  }
  return { text: text + file.text.slice(position), cured }
}

function isSame(a: Edit, b: Edit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text
}

/** Two insertions at one place overlap: their order would be a guess. */
function overlaps(a: Edit, b: Edit): boolean {
  if (a.start === b.start) return a.end > a.start === b.end > b.start
  return a.start < b.end && b.start < a.end
}
