// Characters that YAML may not hold, found in the text as it is: what every document is asked, also one that is plain enough for the
// quick reader. Nothing of the YAML library is needed for it.

import type { DiagnosticCode } from '../diagnostics/codes.ts'

/** Why a document is not read; offsets are those of its text. */
export interface Refusal {
  readonly code: DiagnosticCode
  readonly message: string
  readonly help: string
  readonly start: number
  readonly end: number
}

/** Calico's loader refuses these anywhere in YAML, comments included: C0 and C1 controls but tab, line ends and U+0085. */
const REFUSED_CHARACTER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]/g

/** Offset of the first character at or after `from` that YAML may not hold; the text's length when there is none. */
export function findRefusedCharacter(text: string, from: number): number {
  REFUSED_CHARACTER.lastIndex = from
  return REFUSED_CHARACTER.exec(text)?.index ?? text.length
}

export function refuseCharacter(text: string, offset: number): Refusal {
  const code = text.charCodeAt(offset)
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
  return {
    code: 'bad-encoding',
    message: `the control character ${name} cannot stand in a YAML file`,
    help:
      code === 0
        ? 'is the file saved as UTF-16? save it as UTF-8'
        : `remove it, or write it as an escape in double quotes`,
    start: offset,
    end: offset + 1,
  }
}
