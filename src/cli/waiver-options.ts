// `--ignore` and `--severity`, which every command has that reports findings about resources.

import type { Command } from 'commander'
import { DIAGNOSTIC_CODES } from '../diagnostics/codes.ts'
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import type { Waivers } from '../report/waivers.ts'
import { unknown } from '../text/unknown-name.ts'
import { mistake } from './messages.ts'
import { repeated } from './several-values.ts'

export interface WaiverOptions {
  readonly ignore?: readonly string[]
  readonly severity?: readonly string[]
}

export function addWaiverOptions(command: Command): Command {
  return command
    .option('--ignore <code>', 'leave out warnings and notes of this code; may be repeated', repeated)
    .option(
      '--severity <code=severity>',
      'error, warning or note for warnings and notes of this code; may be repeated',
      repeated,
    )
}

/** What is to be left out or changed, and what is wrong with the options. */
export function readWaivers({ ignore = [], severity = [] }: WaiverOptions): {
  readonly waivers: Waivers
  readonly mistakes: readonly Diagnostic[]
} {
  const severities = new Map<string, Severity>()
  const mistakes: Diagnostic[] = []
  for (const entry of severity) {
    const [code = '', wanted] = entry.split('=')
    if (wanted === 'error' || wanted === 'warning' || wanted === 'note') severities.set(code, wanted)
    else mistakes.push(mistake('usage-bad-value', `\`--severity ${entry}\`: write CODE=error, warning or note`))
  }
  const codes = Object.keys(DIAGNOSTIC_CODES)
  for (const code of new Set([...ignore, ...severities.keys()]))
    if (!codes.includes(code)) mistakes.push(mistake('usage-unknown-name', unknown('code', code, codes)))
  return { waivers: { ignore, severities }, mistakes }
}
