// How Felix reads the text of one configuration parameter, by type (felix/config/param_types.go).

import { trimOf } from '../text/trim.ts'
import { parsePatternList } from './interface-patterns.ts'
import { type Cidr, type IpVersion, parseAddress, parseNet } from '../net/cidr.ts'
import { parsePort, type PortRange } from '../net/port.ts'
import { parseDscp } from './dscp.ts'

export type ParameterResult<T> =
  | { readonly ok: true; readonly value: T }
  /** `reason` in the words of Felix's own message, for whoever compares with its log; `help` says what it would take. */
  | { readonly ok: false; readonly reason: string; readonly help?: string }

/** One parameter: its name in Felix's log, how to read it, and what becomes of a value that cannot be read. */
export interface Parameter<T> {
  readonly name: string
  readonly default: T
  /** Value of the text `none`; undefined where Felix refuses `none`. */
  readonly zero: T | undefined
  /** Felix refuses to start on a bad value instead of taking the default. */
  readonly isFatal: boolean
  readonly parse: (text: string) => ParameterResult<T>
}

/** A fail-safe port: open to the net, or to everybody, whatever policy says. */
export interface FailsafePort {
  readonly protocol: 'tcp' | 'udp'
  /** 0–65535 */
  readonly port: number
  readonly net?: Cidr
}

function ok<T>(value: T): ParameterResult<T> {
  return { ok: true, value }
}

function bad<T>(reason: string, help?: string): ParameterResult<T> {
  return help === undefined ? { ok: false, reason } : { ok: false, reason, help }
}

const TRUE_WORDS = ['true', '1', 'yes', 'y', 't']
const FALSE_WORDS = ['false', '0', 'no', 'n', 'f']

export function parseBoolean(text: string): ParameterResult<boolean> {
  const word = text.toLowerCase()
  if (TRUE_WORDS.includes(word)) return ok(true)
  return FALSE_WORDS.includes(word) ? ok(false) : bad('invalid boolean')
}

/**
 * Decimal, 0x hexadecimal, 0b binary or octal with a leading 0, as Go's ParseInt with base 0; `_` may stand between digits,
 * and behind what says the base.
 */
function parseGoInteger(text: string): number | undefined {
  const pattern =
    /^([+-]?)(0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)$/
  const match = pattern.exec(text)
  if (match === null) return undefined
  const digits = (match[2] ?? '').replaceAll('_', '')
  const magnitude = /^0[0-7]+$/.test(digits) ? parseInt(digits, 8) : Number(digits)
  return match[1] === '-' ? -magnitude : magnitude
}

export function parseInteger(min: number, max: number): (text: string) => ParameterResult<number> {
  return text => {
    const value = parseGoInteger(text)
    if (value === undefined) return bad('invalid int')
    return value >= min && value <= max ? ok(value) : bad('value not in range')
  }
}

/** Case-insensitive choice, normalised to the spelling given. */
export function parseOneOf<const T extends string>(options: readonly T[]): (text: string) => ParameterResult<T> {
  return text => {
    const option = options.find(o => o.toLowerCase() === text.toLowerCase())
    return option === undefined ? bad('unknown option', `write ${options.map(spelling).join(' or ')}`) : ok(option)
  }
}

/** `ACCEPT` is written `Accept` in a FelixConfiguration, `insert` is written `Insert`. */
function spelling(option: string): string {
  const isOneCase = option === option.toUpperCase() || option === option.toLowerCase()
  return `\`${isOneCase ? option.charAt(0).toUpperCase() + option.slice(1).toLowerCase() : option}\``
}

export function parseMatching(pattern: RegExp, reason: string): (text: string) => ParameterResult<string> {
  return text => (pattern.test(text) ? ok(text) : bad(reason))
}

/** A string without a newline: what `^.*$` accepts in Go. */
export const parseString = parseMatching(/^[^\n]*$/, 'invalid string')

/** Name of an executable file that must be on the node. Calico comes with none that could be meant. */
export const parseProgram = (): ParameterResult<string> =>
  bad('missing file', 'leave it out: it names a program to run in place of Felix, and Calico comes with none')

export const parseInterfaceParameter = parseMatching(/^[a-zA-Z0-9:._+-]{1,15}$/, 'invalid Linux interface parameter')

export const parseHostName = parseMatching(/^[a-zA-Z0-9_.-]+$/, 'invalid hostname')

export function parseInterfaceList(text: string): ParameterResult<readonly string[]> {
  const isList = /^[a-zA-Z0-9_-]{1,15}(,[a-zA-Z0-9_-]{1,15})*$/.test(text)
  const help = 'write prefixes of 1-14 letters, digits, dashes and underscores, with commas and no blanks between them'
  return isList ? ok(text.split(',')) : bad('invalid Linux interface name', help)
}

/** Comma-separated interface names, or regular expressions between slashes. */
export function parseInterfacePatterns(text: string): ParameterResult<readonly string[]> {
  const elements = parsePatternList(text)
  return elements === undefined ? bad('list contains invalid Linux interface name or regex pattern') : ok(elements)
}

export function parseMarkMask(text: string): ParameterResult<number> {
  // Without a sign, unlike other numbers.
  const value = /^[+-]/.test(text) ? undefined : parseGoInteger(text)
  if (value === undefined || value > 0xffffffff) return bad('invalid mark: should be 32-bit int')
  let bits = 0
  for (let i = 0; i < 32; i++) bits += (value >>> i) & 1
  return bits < 2
    ? bad('invalid mark: needs to have 2 bits set', 'write a mask with at least six bits, such as 0xffff0000')
    : ok(value)
}

export function parseIpv4Address(text: string): ParameterResult<string> {
  const address = parseAddress(text)
  return address?.ipVersion === 4 ? ok(address.text) : bad('not an IPv4 address')
}

export function parseCidrList(text: string): ParameterResult<readonly Cidr[]> {
  const cidrs: Cidr[] = []
  for (const element of text.split(',')) {
    const trimmed = trimOf(element, ' ')
    if (trimmed === '') continue
    const net = parseNet(trimmed)
    if (net === undefined) return bad(`invalid CIDR or IP ${trimmed}`)
    if (net.cidr.ipVersion !== 4) return bad('invalid CIDR or IP (not v4)')
    cidrs.push(net.cidr)
  }
  return ok(cidrs)
}

/** One as `parseFailsafePorts` reads it: `tcp:22`, `tcp:10.0.0.0/8:22`, `tcp:[fd00::/8]:22`. */
export function failsafePortText(
  protocol: string,
  port: number,
  net?: { readonly text: string; readonly ipVersion: IpVersion },
): string {
  if (net === undefined) return `${protocol}:${port}`
  return `${protocol}:${net.ipVersion === 6 ? `[${net.text}]` : net.text}:${port}`
}

/** `tcp:22`, `22`, `udp:10.0.0.0/8:53`, `tcp:[fd00::/8]:22`, comma-separated. */
export function parseFailsafePorts(text: string): ParameterResult<readonly FailsafePort[]> {
  const ports: FailsafePort[] = []
  for (const element of text.split(',')) {
    const trimmed = trimOf(element, ' ')
    if (trimmed === '') continue
    const bracketed = cutBrackets(trimmed)
    const parts = (bracketed?.around ?? trimmed).split(':')
    if (parts.length > 3) return bad('ports should be <protocol>:<net>:<number> or <protocol>:<number> or <number>')
    const protocol = parts.length > 1 ? (parts[0] ?? '').toLowerCase() : 'tcp'
    const netText = bracketed?.inside ?? (parts.length === 3 ? parts[1] : '')
    const portText = parts.at(-1) ?? ''
    if (protocol !== 'tcp' && protocol !== 'udp')
      return bad(`unknown protocol: ${protocol}`, 'fail-safe ports are `tcp` or `udp`')
    if (!/^[+-]?[0-9]+$/.test(portText)) return bad('ports should be integers')
    const port = Number(portText)
    if (port < 0 || port > 65535) return bad('ports must be in range 0-65535', 'write a port between 1 and 65535')
    if (netText === undefined || netText === '') {
      ports.push({ protocol, port })
      continue
    }
    const net = parseNet(netText)
    if (net === undefined) return bad(`invalid CIDR or IP ${netText}`)
    ports.push({ protocol, port, net: net.cidr })
  }
  return ok(ports)
}

/** `tcp:[fd00::/8]:22` -> `tcp:22` and `fd00::/8`, from the first `[` to the first `]:` behind it. */
function cutBrackets(text: string): { readonly around: string; readonly inside: string } | undefined {
  if (text.includes('\n')) return undefined
  const open = text.indexOf('[')
  const close = text.indexOf(']:', open)
  if (open < 0 || close < 0) return undefined
  return { around: text.slice(0, open) + text.slice(close + 2), inside: text.slice(open + 1, close) }
}

export function parsePortRange(text: string): ParameterResult<PortRange> {
  const result = parsePort(text)
  if (!result.ok) return bad(`${text} is not a valid port range`)
  return typeof result.port === 'string' ? bad(`${text} has port name set`) : ok(result.port)
}

export function parsePortRanges(text: string): ParameterResult<readonly PortRange[]> {
  const ranges: PortRange[] = []
  for (const element of text.split(',')) {
    const result = parsePortRange(element)
    if (!result.ok) return result
    ranges.push(result.value)
  }
  return ok(ranges)
}

/** `Name=true,Other=false`; blanks around names and values are dropped. */
export function parseKeyValues(text: string): ParameterResult<Readonly<Record<string, string>>> {
  const entries: [string, string][] = []
  for (const element of text.split(',')) {
    const trimmed = element.trim()
    if (trimmed === '') continue
    const match = /^([^=\s]+)\s*=/.exec(trimmed)
    const value = trimmed.slice(match?.[0].length ?? 0).trimStart()
    if (match === null || value.includes('\n')) return bad('invalid key=value list')
    entries.push([match[1] ?? '', value])
  }
  return ok(Object.fromEntries(entries))
}

export function parseDscpParameter(text: string): ParameterResult<number> {
  const value = parseDscp(text)
  return value === undefined ? bad('invalid DSCP value') : ok(value)
}

/** Routing tables do not show in rules; a range that Felix refuses does, for then it does not start. */
export function parseTableRange(text: string): ParameterResult<string> {
  const [min = 0, max = 0] = text.split('-').map(Number)
  const isRange = /^[0-9]+-[0-9]+$/.test(text) && min >= 1 && max >= min && max <= 250
  return isRange ? ok(text) : bad('must be a range of route table indices within 1-250')
}

/** What stands between the ranges is not looked at. */
export function parseTableRanges(text: string): ParameterResult<string> {
  const ranges = [...text.matchAll(/([0-9]+)-([0-9]+)/g)].map(([, min, max]) => [Number(min), Number(max)] as const)
  if (ranges.length === 0) return bad('must be a list of route-table ranges')
  let tables = 0
  for (const [min, max] of ranges) {
    if (min < 1) return bad('min value is not a valid number')
    if (min > max) return bad('min value is greater than max value')
    if (max > 0xffffffff) return bad('max value is too high')
    tables += max - min + 1
    if (tables > 0xffff) return bad('targets too many tables')
  }
  return ok(text)
}
