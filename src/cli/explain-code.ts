// What a code means, as docs/diagnostics.md has it.

import { DIAGNOSTIC_CODES, type DiagnosticCode } from '../diagnostics/codes.ts'
import { printableJson } from '../text/printable.ts'
import { unknown } from '../text/unknown-name.ts'
import { readSections } from './diagnostics-document.ts'
import { EXIT_OK } from './exit-codes.ts'
import type { Io } from './io.ts'
import { refuse } from './messages.ts'

/** Prints the section of a code; an unknown one is an error that names the nearest. Returns the exit code. */
export async function explainCode(code: string, format: 'text' | 'json', io: Io): Promise<number> {
  if (!Object.hasOwn(DIAGNOSTIC_CODES, code)) {
    const said = unknown('code', code.slice(0, 100), Object.keys(DIAGNOSTIC_CODES))
    return refuse('usage-unknown-name', said, io)
  }
  const text = (await readSections()).get(code)
  const summary = DIAGNOSTIC_CODES[code as DiagnosticCode]
  if (format === 'json') {
    await io.writeOut(printableJson({ version: 1, code, summary, text: text ?? '' }))
    return EXIT_OK
  }
  await io.writeOut(`${code}: ${summary}\n${text === undefined || text === '' ? '' : `\n${text}\n`}`)
  return EXIT_OK
}
