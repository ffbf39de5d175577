// Ports of rules and endpoints: numbers, ranges and names.

/** Inclusive range of port numbers, 0–65535; a single port has equal ends. */
export interface PortRange {
  readonly first: number
  readonly last: number
}

/** What a rule's port list may hold: a number or range, or the name of an endpoint's port. */
export type Port = PortRange | string

export type PortParseResult =
  | { readonly ok: true; readonly port: Port }
  | { readonly ok: false; readonly reason: 'number-too-large' | 'range-reversed' | 'not-a-port' }

const DIGITS = /^[0-9]+$/
const RANGE = /^([0-9]+):([0-9]+)$/
const LOADABLE_NAME = /^[a-zA-Z0-9_.-]{1,128}$/

/** Reads the text of a port as Calico's loader does: `80`, `80:90` (first ≤ last) or a name of `A-Z a-z 0-9 _ . -`. */
export function parsePort(text: string): PortParseResult {
  if (DIGITS.test(text)) {
    const number = Number(text)
    if (number > 65535) return { ok: false, reason: 'number-too-large' }
    return { ok: true, port: { first: number, last: number } }
  }
  const range = RANGE.exec(text)
  if (range !== null) {
    const first = Number(range[1])
    const last = Number(range[2])
    if (first > 65535 || last > 65535) return { ok: false, reason: 'number-too-large' }
    if (first > last) return { ok: false, reason: 'range-reversed' }
    return { ok: true, port: { first, last } }
  }
  return LOADABLE_NAME.test(text) ? { ok: true, port: text } : { ok: false, reason: 'not-a-port' }
}

/** Kubernetes port name (RFC 6335 service name): 1–15 of `a-z 0-9 -`, a letter, no leading, trailing or doubled dash. */
export function isPortName(text: string): boolean {
  return /^[a-z0-9-]{1,15}$/.test(text) && /[a-z]/.test(text) && !/^-|-$|--/.test(text)
}

export function formatPortRange(range: PortRange): string {
  return range.first === range.last ? String(range.first) : `${range.first}:${range.last}`
}
