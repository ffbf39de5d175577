// The messages of `check` as the editor takes them: in place, with their fix as an action.

import type { Diagnostic } from '@codemirror/lint'
import type { Finding, PageInput } from '../../view.ts'
import { state, tryInput } from '../store.ts'

const SEVERITY = { error: 'error', warning: 'warning', note: 'info' } as const

export function diagnosticsFor(findings: readonly Finding[], file: string, size: number): Diagnostic[] {
  return findings.flatMap(finding => {
    const { place, severity, code, message, help, fix } = finding
    if (place === undefined || place.file !== file || place.start > size) return []
    return [
      {
        from: place.start,
        to: Math.min(size, Math.max(place.end, place.start)),
        severity: SEVERITY[severity],
        source: code,
        message: help === undefined ? message : `${message}\n${help}`,
        ...(fix === undefined ? {} : { actions: [{ name: fix.title, apply: () => applyFix(finding) }] }),
      },
    ]
  })
}

export function applyFix({ fix }: Finding): void {
  if (fix === undefined) return
  const { input } = state.value
  tryInput({ ...input, files: input.files.map(file => ({ ...file, text: edited(file, fix.edits) })) })
}

type Edits = NonNullable<Finding['fix']>['edits']

function edited({ name, text }: PageInput['files'][number], edits: Edits): string {
  const own = edits.filter(({ place }) => place.file === name).sort((a, b) => b.place.start - a.place.start)
  return own.reduce(
    (done, { place, text: inserted }) => done.slice(0, place.start) + inserted + done.slice(place.end),
    text,
  )
}
