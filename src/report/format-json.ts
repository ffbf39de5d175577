// Findings for programs: docs/diagnostics-formats.md describes the shape.

import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { printable, printableJson } from '../text/printable.ts'
import { findPlaces, type Place } from './places.ts'
import { summarize } from './summary.ts'

/** Goes up when a field changes its meaning or goes away, not when one is added. */
const FORMAT_VERSION = 1

export function formatJson(diagnostics: readonly Diagnostic[]): string {
  const findings = findPlaces(diagnostics).map(({ severity, code, message, place, help, related, fix }) => ({
    ...(place === undefined ? {} : placeFields(place)),
    severity,
    code,
    message: printable(message),
    ...(help === undefined ? {} : { help: printable(help) }),
    related: related.map(other => ({ ...placeFields(other.place), message: printable(other.message) })),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: printable(fix.title),
            edits: fix.edits.map(edit => ({ ...placeFields(edit.place), text: edit.text })),
          },
        }),
  }))
  const report = { version: FORMAT_VERSION, summary: summarize(diagnostics), diagnostics: findings }
  return printableJson(report)
}

function placeFields({ file, line, column, endLine, endColumn, start, end }: Place): object {
  return { file: file.name, line, column, endLine, endColumn, offset: start, endOffset: end }
}
