// Fields that settings are made of: words, durations, patterns and ports, as calicoctl checks them. Go tells a field that is
// empty from one that is not there only where the field is a pointer, so for the others the empty text is no value.

import * as z from 'zod'
import { parseNet } from '../../net/cidr.ts'
import { parseRegularExpression } from '../../text/regular-expression.ts'
import { emptyAsMissing, Fault, field, integerBetween, oneOf, readText } from '../fields.ts'
import { netHelp, rulePort } from '../network-fields.ts'

/** One of a few words, or nothing. */
export const word = <const T extends string>(...words: T[]) => emptyAsMissing(oneOf(words, 'bad-value', 'value'))

/** One of a few words, which may not be empty. */
export const strictWord = <const T extends string>(...words: T[]) => oneOf(words, 'bad-value', 'value')

export const between = (min: number, max: number) => integerBetween(min, max, 'bad-value', 'value')

export const logLevel = word('Trace', 'Debug', 'Info', 'Warning', 'Error', 'Fatal')

export function matching(pattern: RegExp, what: string) {
  return field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    return pattern.test(read) ? read : new Fault('bad-value', `\`${read}\` is not ${what}`)
  })
}

export const regularExpression = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  if (parseRegularExpression(read) !== undefined) return read
  return new Fault('bad-value', `\`${read}\` is not a regular expression as Go reads it (RE2)`)
})

/** A net or an address, host bits and all; the empty text is none, as is an empty item of a list. */
export const looseNetText = field((value): string | Fault => {
  const read = readText(value ?? '')
  if (read instanceof Fault) return read
  return read !== '' && parseNet(read) === undefined
    ? new Fault('bad-net', `\`${read}\` is not a net or address`, { help: netHelp(read) })
    : read
})

const DURATION = /^[-+]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/

/** What Go's time.ParseDuration takes: `90s`, `1m30s`, `100ms`, or 0. */
export const duration = field((value): string | Fault => {
  if (value === null) return '0s'
  const help = 'write a number and its unit: `90s`, `1m30s`, `100ms`'
  if (typeof value !== 'string')
    return new Fault('wrong-type', 'expected a duration as text', {
      help: typeof value === 'number' && value >= 0 ? `write \`${value}s\` if seconds are meant` : help,
      isLoadFault: true,
    })
  if (/^[-+]?0$/.test(value) || (DURATION.test(value) && isInInt64(value))) return value
  return new Fault('bad-value', `\`${value}\` is not a duration`, {
    help: /^[0-9]+$/.test(value) ? `write \`${value}s\` if seconds are meant` : help,
    isLoadFault: true,
  })
})

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
}

/** Go counts nanoseconds in 64 bits. */
function isInInt64(text: string): boolean {
  let total = 0
  for (const [, amount = '', unit = ''] of text.matchAll(/([0-9.]+)([^0-9.]+)/g))
    total += Number(amount) * (NANOSECONDS[unit] ?? 0)
  return total < 2 ** 63
}

/** A port, range or port name of a setting, kept as it is written. */
export const portSetting = z.unknown().transform((value, context): number | string => {
  const result = rulePort.safeParse(value)
  if (result.success && (typeof value === 'number' || typeof value === 'string')) return value
  for (const issue of result.error?.issues ?? []) context.issues.push({ ...issue, input: value } as never)
  return z.NEVER
})

/** A number of 8 bits, or any text: Felix reads names of DSCP classes too. */
export const byteOrText = field((value): number | string | Fault => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255) return value
  return new Fault('wrong-type', 'expected a number between 0 and 255, or text', { isLoadFault: true })
})

/** calicoctl v3.32.1 ends in a panic on this field, whatever number it has. */
export const crashing = field((value): number | Fault =>
  typeof value === 'number'
    ? new Fault('calicoctl-crashes', 'calicoctl crashes on this field, whatever it says', {
        help: 'leave it out, or apply the resource with kubectl',
      })
    : new Fault('wrong-type', 'expected a number', { isLoadFault: true }),
)
