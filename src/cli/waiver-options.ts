// `--ignore` and `--severity`, which every command has that reports findings about resources.

import type { Command } from 'commander'
import { DIAGNOSTIC_CODES } from '../diagnostics/codes.ts'
import type { Severity } from '../diagnostics/diagnostic.ts'
import type { Waivers } from '../report/waivers.ts'
import { unknown } from '../text/unknown-name.ts'
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

/** What is to be left out or changed; a text says what is wrong with it. */
export function readWaivers({ ignore = [], severity = [] }: WaiverOptions): Waivers | string {
  const severities = new Map<string, Severity>()
  for (const entry of severity) {
    const [code = '', wanted] = entry.split('=')
    if (wanted !== 'error' && wanted !== 'warning' && wanted !== 'note')
      return `\`--severity ${entry}\`: write CODE=error, warning or note`
    severities.set(code, wanted)
  }
  const codes = Object.keys(DIAGNOSTIC_CODES)
  const strange = [...ignore, ...severities.keys()].find(code => !codes.includes(code))
  return strange === undefined ? { ignore, severities } : unknown('code', strange, codes)
}
