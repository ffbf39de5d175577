// A test run as TAP version 14: one line a test, with a YAML block behind those that fail.

import { printable } from '../text/printable.ts'
import type { TestOutcome } from './test-outcome.ts'

export function formatTap(outcomes: readonly TestOutcome[]): string {
  const lines = ['TAP version 14', `1..${outcomes.length}`]
  outcomes.forEach(({ name, isOk, message, details, place }, index) => {
    // A number sign would begin a directive.
    const title = printable(name).replace(/[\\#]/g, character => `\\${character}`)
    lines.push(`${isOk ? 'ok' : 'not ok'} ${index + 1} - ${title}`)
    if (isOk) return
    lines.push('  ---')
    lines.push(`  message: ${JSON.stringify(printable(message))}`)
    if (details.length > 0) lines.push('  details:', ...details.map(line => `    - ${JSON.stringify(printable(line))}`))
    lines.push(`  at: ${JSON.stringify(printable(`${place.file}:${place.line}:${place.column}`))}`, '  ...')
  })
  return `${lines.join('\n')}\n`
}
