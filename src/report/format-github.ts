// Findings as workflow commands, which GitHub shows beside the lines of a pull request.

import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import { printable } from '../text/printable.ts'
import { findPlaces } from './places.ts'
import { relativePath } from '../text/relative-path.ts'
import type { TestOutcome } from './test-outcome.ts'

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
      return command(COMMANDS[severity], properties, [help === undefined ? message : `${message} (${help})`])
    })
    .join('')
}

/** Tests that failed, beside the lines where they are written. */
export function formatGithubTests(outcomes: readonly TestOutcome[], { base }: { readonly base: string }): string {
  return outcomes
    .filter(({ isOk }) => !isOk)
    .map(({ name, message, details, place: { file, line } }) =>
      command(
        COMMANDS.error,
        [
          ['file', relativePath(file, base)],
          ['line', line],
          ['title', name],
        ],
        [message, ...details],
      ),
    )
    .join('')
}

/** @param lines of the message */
function command(
  name: string,
  properties: readonly (readonly [string, string | number])[],
  lines: readonly string[],
): string {
  const list = properties.map(([key, value]) => `${key}=${escapeProperty(String(value))}`).join(',')
  return `::${name} ${list}::${lines.map(escapeData).join('%0A')}\n`
}

function escapeData(text: string): string {
  return printable(text).replace(/%/g, '%25')
}

function escapeProperty(text: string): string {
  return escapeData(text).replace(/:/g, '%3A').replace(/,/g, '%2C')
}
