// The mender on one page: read a file, apply the cures that its mistakes carry, read it again.

import { applyFixes } from './diagnostics/apply-fixes.ts'
import type { Diagnostic } from './diagnostics/diagnostic.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { Pipeline } from './pipeline.ts'

/** A cure may bring the next mistake to light, but not for ever. */
const MAX_ROUNDS = 10

/** Of a round that did harm as a whole so many cures are tried one by one. */
const MAX_SINGLE = 50

/** Mistakes for which a document is not read at all. */
const UNREADABLE: readonly string[] = ['yaml-syntax', 'yaml-tag', 'duplicate-key', 'bad-encoding', 'over-limit']

export interface FixedFile {
  readonly text: string
  readonly cured: number
}

/**
 * The text with every safe cure applied; the same text where there is none. @param calicoVersion the release that decides
 * what is a mistake, as a user names it
 */
export function fixFile(file: SourceFile, calicoVersion?: string): FixedFile {
  let text = file.text
  let cured = 0
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const next = fixOnce({ name: file.name, text }, calicoVersion)
    if (next.text === text) break
    text = next.text
    cured += next.cured
  }
  return { text, cured }
}

function fixOnce(file: SourceFile, calicoVersion: string | undefined): FixedFile {
  const mistakesOf = (text: string): readonly Diagnostic[] => findMistakes({ ...file, text }, calicoVersion)
  const before = mistakesOf(file.text)
  const fixable = before.filter(({ fix }) => fix !== undefined)
  const all = applyFixes(file, fixable)
  if (unreadable(mistakesOf(all.text)) <= unreadable(before)) return { text: all.text, cured: all.cured.length }
  // One of them makes a document unreadable, such as a field whose right name is there already.
  const kept: Diagnostic[] = []
  for (const diagnostic of fixable.slice(0, MAX_SINGLE)) {
    const { text } = applyFixes(file, [...kept, diagnostic])
    if (unreadable(mistakesOf(text)) <= unreadable(before)) kept.push(diagnostic)
  }
  const some = applyFixes(file, kept)
  return { text: some.text, cured: some.cured.length }
}

function findMistakes(file: SourceFile, calicoVersion: string | undefined): readonly Diagnostic[] {
  const pipeline = new Pipeline({ files: [file], calicoVersion })
  pipeline.parse()
  return pipeline.report.placed()
}

function unreadable(diagnostics: readonly Diagnostic[]): number {
  return diagnostics.filter(({ code }) => UNREADABLE.includes(code)).length
}
