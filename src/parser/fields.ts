// Field readers that all APIs share. Each reads one plain value and either gives what it means or says what is wrong with it.

import * as z from 'zod'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import { orList } from '../diagnostics/wording.ts'
import { type Address, type ParsedCidr, parseAddress, parseCidr, parseNet } from '../net/cidr.ts'
import { isPortName, parsePort, type Port } from '../net/port.ts'
import { type Protocol, V3_PROTOCOL_NAMES } from '../net/protocol.ts'
import { mendSelector } from '../hints/mend-selector.ts'
import { isSubdomainName, NAME_HELP, placeholderHelp } from './names.ts'
import { describeSelectorFault } from '../hints/selector-faults.ts'
import { parseSelector } from '../selector/parse.ts'

/** What a reader found wrong. Travels through zod as the `params` of a custom issue; `decode.ts` turns it into a diagnostic. */
export class Fault {
  readonly code: DiagnosticCode
  readonly message: string
  readonly help: string | undefined
  readonly within: { readonly start: number; readonly end: number } | undefined
  /** Calico refuses this already when it loads the file, before any check. */
  readonly isLoadFault: boolean
  /** What to write instead of the whole value, where that is the one safe cure. */
  readonly replacement: string | undefined
  /** The same for a selector, whose quotes stay as they are. */
  readonly selector: string | undefined

  constructor(
    code: DiagnosticCode,
    message: string,
    options: {
      help?: string | undefined
      within?: { start: number; end: number }
      isLoadFault?: boolean
      replacement?: string | undefined
      selector?: string | undefined
    } = {},
  ) {
    this.code = code
    this.message = message
    this.help = options.help
    this.within = options.within
    this.isLoadFault = options.isLoadFault ?? false
    this.replacement = options.replacement
    this.selector = options.selector
  }
}

/** One for all: making a schema takes longer than using it once. */
const ANY_VALUE = z.unknown()

/** A schema for one value, read by `read`. */
export function field<T>(read: (value: unknown) => T | Fault) {
  return ANY_VALUE.transform((value, context): T => {
    const result = read(value)
    if (!(result instanceof Fault)) return result
    context.issues.push({ code: 'custom', input: value, message: result.message, params: { fault: result } })
    return z.NEVER
  })
}

/** A field that may be left out; null is the same as left out, as everywhere in Calico's files. */
export function optional<S extends z.ZodType>(schema: S) {
  return z.optional(z.nullable(schema).transform(value => value ?? undefined))
}

/** A list that may be left out. A null element is for the element's schema to judge. */
export function list<S extends z.ZodType>(element: S) {
  return optional(z.array(element))
}

/** A list of a limited length that may be left out. */
export function atMost<S extends z.ZodType>(length: number, element: S) {
  return optional(z.array(element).max(length, { message: `at most ${length} items are allowed` }))
}

/** What a value is, in the words of messages: `text`, `a number`, `a list`, `a mapping`. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  switch (typeof value) {
    case 'string':
      return `the text \`${value.length > 60 ? `${value.slice(0, 57)}...` : value}\``
    case 'number':
      return `the number ${value}`
    case 'boolean':
      return `the boolean ${value}`
    default:
      return 'a mapping'
  }
}

/** @param unquoted what the value would be without its quotes, where they alone are wrong */
function wrongType(wanted: string, value: unknown, unquoted?: string): Fault {
  if (value === undefined || value === null) return new Fault('missing-field', `is missing; ${wanted} is needed`)
  return new Fault('wrong-type', `expected ${wanted}, found ${describe(value)}`, {
    help: unquoted === undefined ? undefined : 'remove the quotes',
    isLoadFault: true,
    replacement: unquoted,
  })
}

/** Text; an unquoted number or boolean becomes its text, as in Calico's loader. */
export function readText(value: unknown): string | Fault {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return String(value)
  return wrongType('text', value)
}

export const text = field(readText)

/** An item of a list of text that nobody checks: an empty one is empty text. */
export const uncheckedText = field(value => (value === null ? '' : readText(value)))

export const boolean = field((value): boolean | Fault => {
  if (typeof value === 'boolean') return value
  const isQuoted = typeof value === 'string' && /^(true|false)$/i.test(value)
  return wrongType('true or false', value, isQuoted ? value.toLowerCase() : undefined)
})

export const number = field((value): number | Fault => {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const isQuoted = typeof value === 'string' && value !== '' && Number.isFinite(Number(value))
  return wrongType('a number', value, isQuoted ? value : undefined)
})

/** A whole number; whether it is in range is for whoever uses it. */
export const integer = field((value): number | Fault => {
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (Math.abs(value) < 2 ** 63) return value
    return new Fault('bad-value', `the number ${value} has more than 64 bits`, { isLoadFault: true })
  }
  const isQuoted = typeof value === 'string' && /^[+-]?[0-9]+$/.test(value)
  return wrongType('a whole number', value, isQuoted ? value : undefined)
})

export function integerBetween(min: number, max: number, code: DiagnosticCode, what: string) {
  return field((value): number | Fault => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType('a whole number', value)
    if (value < min || value > max) return new Fault(code, `${what} \`${value}\` is not between ${min} and ${max}`)
    return value
  })
}

/** Labels and annotations: text values, with unquoted numbers and booleans turned into text. */
export const textMap = z.unknown().transform((value, context): Readonly<Record<string, string>> => {
  const push = (fault: Fault, path: string[]): void => {
    context.issues.push({ code: 'custom', input: value, path, message: fault.message, params: { fault } })
  }
  if (value === null || value === undefined) return {}
  if (typeof value !== 'object' || Array.isArray(value)) {
    push(wrongType('a mapping of text to text', value), [])
    return z.NEVER
  }
  if (Object.values(value).every(entry => typeof entry === 'string')) return value as Record<string, string>
  const texts: (readonly [string, string])[] = []
  for (const [key, entry] of Object.entries(value)) {
    const read = entry === null ? '' : readText(entry)
    if (read instanceof Fault) push(read, [key])
    else texts.push([key, read])
  }
  return Object.fromEntries(texts)
})

/** One of a few words in exact spelling. */
export function oneOf<const T extends string>(words: readonly T[], code: DiagnosticCode, what: string) {
  return field((value): T | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    const found = words.find(word => word === read)
    if (found !== undefined) return found
    const sameButForCase = words.find(word => word.toLowerCase() === read.toLowerCase())
    const help = sameButForCase === undefined ? `write ${orList(words)}` : `write \`${sameButForCase}\`: case matters`
    return new Fault(code, `unknown ${what} \`${read}\``, { help, replacement: sameButForCase })
  })
}

/** Text of a selector that parses; composition with namespaces works on the text. */
export const selector = field((value): string | Fault => {
  const read =
    typeof value === 'object' && value !== null
      ? new Fault('wrong-type', `expected a selector as text, found ${describe(value)}`, {
          help: "write it as text, for example: selector: app == 'web'",
          isLoadFault: true,
        })
      : readText(value)
  if (read instanceof Fault) return read
  const result = parseSelector(read)
  if (result.ok) return read
  const { message, help } = describeSelectorFault(result.fault, read)
  return new Fault('selector-syntax', message, {
    help,
    within: { start: result.fault.start, end: result.fault.end },
    selector: mendSelector(read),
  })
})

/** A net of a rule and how a file writes it; nets that Kubernetes policies become have no text. */
export interface RuleNet extends ParsedCidr {
  readonly written?: string
}

/** A net without host bits, or a bare address: whether a rule may hold one is for its own check. */
export const ruleNet = field((value): RuleNet | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  const parsed = parseNet(read)
  if (parsed === undefined) return new Fault('bad-net', `\`${read}\` is not a net`, { help: netHelp(read) })
  if (parsed.hasHostBits) {
    const { address, prefixLength } = parsed.cidr
    const bits = read.includes(':') ? 128 : 32
    return new Fault('host-bits', `\`${read}\` has bits set beyond its prefix length`, {
      help: `did you mean \`${address}/${prefixLength}\` or \`${read.split('/')[0]}/${bits}\`?`,
    })
  }
  return { ...parsed, written: read }
})

/** A net of a network set: host bits and bare addresses are fine. */
export const looseNet = field((value): ParsedCidr | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  return parseNet(read) ?? new Fault('bad-net', `\`${read}\` is not a net or address`, { help: netHelp(read) })
})

function netHelp(written: string): string | undefined {
  const withoutBlanks = written.replaceAll(/\s/g, '')
  if (withoutBlanks !== written && parseNet(withoutBlanks) !== undefined)
    return `write \`${withoutBlanks}\`, without a blank`
  const [, masked, mask] = /^([0-9.]+)\/([0-9]+(?:\.[0-9]+){3})$/.exec(written) ?? []
  if (masked !== undefined && mask !== undefined) {
    const bits = mask
      .split('.')
      .map(part => Number(part).toString(2).padStart(8, '0'))
      .join('')
    const isMask = /^1*0*$/.test(bits) && bits.length === 32
    return isMask ? `write \`${masked}/${bits.replaceAll('0', '').length}\`` : 'write a prefix length behind the `/`'
  }
  if (/^[0-9]+(?:\.[0-9]+){3}$/.test(written)) return 'an address is four numbers 0-255'
  if (/^[0-9a-f:]*:[0-9a-f:.]*\/[0-9]+$/i.test(written))
    return 'a net of IPv6 is an address and a prefix length 0-128: `2001:db8::/32`'
  if (/^(?:[a-z0-9_*-]+\.)+[a-z][a-z0-9-]*\.?$/i.test(written)) return 'names are not looked up: write the addresses'
  if (/^[0-9.]+\/[0-9]+$/.test(written)) return 'a net is four numbers 0-255 and a prefix length 0-32: `10.0.0.0/8`'
  if (/[<>]/.test(written)) return 'put an address in place of the placeholder'
  const placeholder = placeholderHelp(written)
  if (placeholder !== undefined) return placeholder
  if (/-/.test(written)) return 'ranges of addresses are not supported; write CIDRs'
  return undefined
}

export const address = field((value): Address | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  const parsed = parseAddress(read)
  if (parsed !== undefined) return parsed
  const help = parseCidr(read) === undefined ? undefined : `write the address without prefix: \`${read.split('/')[0]}\``
  return new Fault('bad-address', `\`${read}\` is not an IP address`, { help })
})

/** A port of a rule: 1–65535, a range, or a Kubernetes port name. */
export const rulePort = field((value): Port | Fault => {
  if ((typeof value === 'object' && value !== null) || typeof value === 'boolean') {
    return new Fault('wrong-type', `expected a port, found ${describe(value)}`, {
      help: 'write a number, or a range as "FROM:TO"; the protocol belongs to the rule',
      isLoadFault: true,
    })
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 65535) return portOutOfRange(String(value), true)
    return value === 0 ? portOutOfRange('0', false) : { first: value, last: value }
  }
  if (value === null || value === undefined) return new Fault('bad-port', 'the port is empty')
  const read = readText(value)
  if (read instanceof Fault) return read
  const result = parsePort(read)
  if (!result.ok) {
    switch (result.reason) {
      case 'number-too-large':
        return portOutOfRange(read, true)
      case 'range-reversed':
        return new Fault('bad-port', `the range \`${read}\` ends before it starts`, {
          help: 'write the lower port first',
          isLoadFault: true,
        })
      case 'not-a-port':
        return new Fault('bad-port', `\`${read}\` is not a port`, {
          help: portHelp(read),
          isLoadFault: true,
          replacement: writtenRange(read),
        })
    }
  }
  if (typeof result.port === 'string') {
    return isPortName(read)
      ? result.port
      : new Fault('bad-port', `\`${read}\` is neither a port number nor a valid port name`, {
          help: portHelp(read),
          replacement: writtenRange(read),
        })
  }
  return result.port.first === 0 ? portOutOfRange(read, false) : result.port
})

function portOutOfRange(written: string, isLoadFault: boolean): Fault {
  return new Fault('bad-port', `port \`${written}\` is not between 1 and 65535`, { isLoadFault })
}

/** `80-90` as a range is written; undefined for what is none. */
function writtenRange(written: string): string | undefined {
  const [, first, last] = /^([0-9]{1,5})\s*[-:]\s*([0-9]{1,5})$/.exec(written) ?? []
  return first === undefined || last === undefined || Number(first) > Number(last) ? undefined : `"${first}:${last}"`
}

function portHelp(written: string): string {
  const [, number, protocol] = /^([0-9]{1,5})\/(tcp|udp|sctp)$/i.exec(written) ?? []
  if (number !== undefined && protocol !== undefined)
    return `write \`${number}\` here and \`protocol: ${protocol.toUpperCase()}\` in the rule`
  const range = /^([0-9]+)\s*[-:]\s*([0-9]+)$/.exec(written)
  const ports = [range?.[1], range?.[2]].map(Number).sort((a, b) => a - b)
  if (range !== null) return `a range is written "${ports.join(':')}"`
  if (/^[0-9]+(\s*,\s*[0-9]+)+$/.test(written))
    return `write a list: [${written
      .split(',')
      .map(p => p.trim())
      .join(', ')}]`
  return 'a port name has 1-15 lower-case letters, digits and single dashes, at least one letter, and no dash at either end'
}

/** Protocol of a v3 rule: a number 1–255, or a name in exact case. */
export const protocol = field((value): Protocol | Fault => {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      return new Fault('bad-protocol', `protocol number \`${value}\` is not between 1 and 255`, { isLoadFault: true })
    }
    return value === 0 ? new Fault('bad-protocol', 'protocol number 0 is not valid') : value
  }
  const read = readText(value)
  if (read instanceof Fault) return read
  if (/^[0-9]+$/.test(read) && Number(read) <= 255) {
    return Number(read) === 0 ? new Fault('bad-protocol', 'protocol number 0 is not valid') : Number(read)
  }
  const name = V3_PROTOCOL_NAMES.find(candidate => candidate === read)
  if (name !== undefined) return name.toLowerCase() as Protocol
  const sameButForCase = V3_PROTOCOL_NAMES.find(candidate => candidate.toLowerCase() === read.toLowerCase())
  const help =
    sameButForCase !== undefined
      ? `write \`${sameButForCase}\`: case matters`
      : /^(any|all)$/i.test(read)
        ? 'leave `protocol` out for any protocol'
        : `write ${orList(V3_PROTOCOL_NAMES)}, or a number 1-255`
  return new Fault('bad-protocol', `unknown protocol \`${read}\``, { help, replacement: sameButForCase })
})

/** A name of one or more DNS labels; how long it may be is for others to say. */
export const subdomainName = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  return isSubdomainName(read)
    ? read
    : new Fault('bad-name', `\`${read}\` is not a name`, { help: placeholderHelp(read) ?? NAME_HELP })
})

/** A field whose empty text is the same as no field at all, as Go's `omitempty` has it. */
export function emptyAsMissing<S extends z.ZodType>(schema: S) {
  return optional(z.preprocess(value => (value === '' ? null : value), z.nullable(schema))).transform(
    value => value ?? undefined,
  )
}

/** An item of a list of mappings; an empty item is an empty mapping. */
export function item<S extends z.ZodType>(schema: S) {
  return z.preprocess(value => value ?? {}, schema)
}
