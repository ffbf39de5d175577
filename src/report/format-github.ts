// Findings as workflow commands, which GitHub shows beside the lines of a pull request.

import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import { printable } from '../text/printable.ts'
import { findPlaces } from './places.ts'
import { relativePath } from './relative-path.ts'

const COMMANDS: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'notice' }

/** One command a line. @param options.base the folder that the names of files are relative to */
export function formatGithub(diagnostics: readonly Diagnostic[], { base }: { readonly base: string }): string {
  return findPlaces(diagnostics)
    .map(({ severity, code, message, place, help }) => {
      const properties: (readonly [string, string | number])[] = []
      if (place !== undefined) {
        properties.push(['file', relativePath(place.file.name, base)], ['line', place.line])
        properties.push(['endLine', place.endLine])
        // GitHub takes columns only where both are of one line.
        if (place.line === place.endLine) properties.push(['col', place.column], ['endColumn', place.endColumn])
      }
      properties.push(['title', code])
      const list = properties.map(([name, value]) => `${name}=${escapeProperty(String(value))}`).join(',')
      return `::${COMMANDS[severity]} ${list}::${escapeData(help === undefined ? message : `${message} (${help})`)}\n`
    })
    .join('')
}

function escapeData(text: string): string {
  return printable(text).replace(/%/g, '%25')
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
