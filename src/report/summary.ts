// How many findings there are, in numbers and in words.

import { type Diagnostic, type Severity } from '../diagnostics/diagnostic.ts'

export interface Summary {
  readonly errors: number
  readonly warnings: number
  readonly notes: number
  /** Files that have a finding. */
  readonly files: number
}

export function summarize(diagnostics: readonly Diagnostic[]): Summary {
  const count = (wanted: Severity): number => diagnostics.filter(({ severity }) => severity === wanted).length
  const files = new Set<string>()
  for (const { place } of diagnostics) if (place !== undefined) files.add(place.file.name)
  return { errors: count('error'), warnings: count('warning'), notes: count('note'), files: files.size }
}

/** How much there was to look at. */
export interface ReadCounts {
  readonly policies: number
  readonly endpoints: number
  /** Network sets. */
  readonly sets: number
  readonly files: number
}

/** What the planner is handed, by what people call it. */
export function countRead(resources: readonly { readonly kind: string }[], files: number): ReadCounts {
  const count = (...kinds: readonly string[]): number => resources.filter(({ kind }) => kinds.includes(kind)).length
  return {
    policies: count('policy'),
    endpoints: count('workloadEndpoint', 'hostEndpoint'),
    sets: count('networkSet'),
    files,
  }
}

/** "read 3 policies, 1 endpoint and 0 sets in 2 files" */
export function formatCounts({ policies, endpoints, sets, files }: ReadCounts): string {
  const policyWord = policies === 1 ? 'policy' : 'policies'
  return `read ${policies} ${policyWord}, ${counted(endpoints, 'endpoint')} and ${counted(sets, 'set')} in ${counted(files, 'file')}`
}

/** "3 errors, 1 warning in 2 files". Where no policy was read, nothing was looked at that could be wrong. */
export function formatSummary(
  { errors, warnings, notes, files }: Summary,
  { policies }: Pick<ReadCounts, 'policies'>,
): string {
  const parts = [counted(errors, 'error'), counted(warnings, 'warning'), counted(notes, 'note')]
  const found = [errors, warnings, notes].flatMap((number, i) => (number === 0 ? [] : [parts[i]]))
  if (found.length === 0) return policies === 0 ? 'no policy was read: nothing was checked' : 'nothing wrong'
  return found.join(', ') + (files === 0 ? '' : ` in ${counted(files, 'file')}`)
}

/** "1 file", "2 files" */
export function counted(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`
}
