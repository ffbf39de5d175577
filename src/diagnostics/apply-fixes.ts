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
  // By start, then end, and none overlaps another: an edit has to be looked at beside its neighbours only.
  const taken: Edit[] = []
  const cured: Diagnostic[] = []
  for (const diagnostic of diagnostics) {
    const places = diagnostic.fix?.edits.map(({ place, text }) => ({ ...place, text })) ?? []
    if (places.length === 0 || places.some(edit => edit.file.name !== file.name)) continue
    const fresh = places.filter(edit => !isThere(edit, taken))
    if (fresh.some(edit => hasOverlap(edit, taken))) continue
    for (const edit of fresh) taken.splice(firstNotBefore(edit, taken), 0, edit)
    cured.push(diagnostic)
  }
  const pieces: string[] = []
  let position = 0
  for (const edit of taken) {
    pieces.push(file.text.slice(position, edit.start), edit.text)
    position = edit.end
  }
  return { text: pieces.join('') + file.text.slice(position), cured }
}

/** Index of the first of the sorted edits that does not stand before this one. */
function firstNotBefore(edit: Edit, sorted: readonly Edit[]): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]
    const isBefore = other !== undefined && (other.start - edit.start || other.end - edit.end) < 0
    if (isBefore) low = middle + 1
    else high = middle
  }
  return low
}

function isThere(edit: Edit, sorted: readonly Edit[]): boolean {
  const other = sorted[firstNotBefore(edit, sorted)]
  return other !== undefined && isSame(edit, other)
}

function hasOverlap(edit: Edit, sorted: readonly Edit[]): boolean {
  const index = firstNotBefore(edit, sorted)
  // At one start there may be an insertion and a change of the text behind it: two stand before, at most.
  for (const other of sorted.slice(Math.max(0, index - 2), index)) if (overlaps(edit, other)) return true
  for (let at = index; at < sorted.length; at++) {
    const other = sorted[at]
    if (other === undefined || other.start > edit.end) return false
    if (overlaps(edit, other)) return true
  }
  return false
}

function isSame(a: Edit, b: Edit): boolean {
  return a.start === b.start && a.end === b.end && a.text === b.text
}

/** Two insertions at one place overlap: their order would be a guess. */
function overlaps(a: Edit, b: Edit): boolean {
  if (a.start === b.start) return a.end > a.start === b.end > b.start
  return a.start < b.end && b.start < a.end
}
