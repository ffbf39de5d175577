// How Calico's loader reads a plain YAML scalar: the YAML 1.1 flavour of its Go library, not that of YAML 1.2.

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...['true', 'True', 'TRUE', 'yes', 'Yes', 'YES', 'on', 'On', 'ON', 'y', 'Y'].map(w => [w, true] as const),
  ...['false', 'False', 'FALSE', 'no', 'No', 'NO', 'off', 'Off', 'OFF', 'n', 'N'].map(w => [w, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map(w => [w, null] as const),
])

const LONGEST_WORD = 5

const ZERO = 48

const INFINITY = /^[+-]?\.(?:inf|Inf|INF)$/
const NOT_A_NUMBER = /^\.(?:nan|NaN|NAN)$/
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/
const BASED = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))$/

/** Value of an unquoted scalar: boolean, null, number, or the text itself. No base-60 numbers and no dates. */
export function resolvePlainScalar(text: string): string | number | boolean | null {
  const first = text.charCodeAt(0)
  const isDigit = first >= ZERO && first <= 57
  const isSignOrDot = first === 43 || first === 45 || first === 46
  if (!isDigit && !isSignOrDot) {
    if (text.length > LONGEST_WORD) return text
    const word = WORDS.get(text)
    return word === undefined ? text : word
  }
  if (!isDigit) {
    if (INFINITY.test(text)) return text.startsWith('-') ? -Infinity : Infinity
    if (NOT_A_NUMBER.test(text)) return NaN
  }
  const digits = first === 46 || !text.includes('_') ? text : text.replaceAll('_', '')
  // Of what begins with another digit, none is of another base.
  const based = isDigit && first !== ZERO ? null : BASED.exec(digits)
  if (based !== null) {
    const [, sign, hex, binary, octal] = based
    const magnitude =
      hex !== undefined ? parseInt(hex, 16) : binary !== undefined ? parseInt(binary, 2) : parseInt(octal ?? '0', 8)
    return sign === '-' ? -magnitude : magnitude
  }
  return FLOAT.test(digits) ? Number(digits) : text
}
