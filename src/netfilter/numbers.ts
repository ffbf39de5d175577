// Numbers, marks and ports as iptables takes them and Felix writes them.

import type { PortRange } from '../net/port.ts'

/** Decimal, or hexadecimal behind 0x; undefined for anything else or more than `max`. */
export function readNumber(text: string, max = 0xffffffff): number | undefined {
  if (!/^(?:0[xX][0-9a-fA-F]{1,8}|0|[1-9][0-9]{0,9})$/.test(text)) return undefined
  const number = Number(text)
  return number <= max ? number : undefined
}

export interface MarkAndMask {
  readonly value: number
  readonly mask: number
}

/** `0x10000/0x10000`; without a mask all 32 bits count. */
export function readMark(text: string): MarkAndMask | undefined {
  const [first = '', second = '0xffffffff', ...rest] = text.split('/')
  const value = readNumber(first)
  const mask = readNumber(second)
  return value === undefined || mask === undefined || rest.length > 0 ? undefined : { value, mask }
}

/** `80`, or `80:90` with the given separator; an end that is left out is 0 or 65535. */
export function readPortRange(text: string, separator: ':' | '-' = ':'): PortRange | undefined {
  const [left = '', right, ...rest] = text.split(separator)
  if (rest.length > 0 || text === '' || text === separator) return undefined
  const first = left === '' ? 0 : readNumber(left, 65_535)
  const last = right === undefined ? first : right === '' ? 65_535 : readNumber(right, 65_535)
  return first === undefined || last === undefined || first > last ? undefined : { first, last }
}

export function readPortList(text: string): readonly PortRange[] | undefined {
  const ranges = text.split(',').map(part => readPortRange(part))
  return ranges.every(range => range !== undefined) ? ranges : undefined
}

/** Lower-case hexadecimal with 0x, so zero is `0x0`. */
export function hexMark(mark: number): string {
  return `0x${mark.toString(16)}`
}
