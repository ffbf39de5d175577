// Field readers that all APIs share. Each reads one plain value and either gives what it means or says what is wrong with it.

import * as z from 'zod'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import { orList } from '../text/wording.ts'
import { readLabels } from '../hints/kubernetes-values.ts'
import { mendSelector } from '../hints/mend-selector.ts'
import { flowText } from '../hints/shape-rewrites.ts'
import { synonymOf } from '../hints/synonyms.ts'
import { isSubdomainName, nameHelp } from './names.ts'
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
  /** Some of the words that may stand there, where they are few. */
  readonly words: readonly string[]

  constructor(
    code: DiagnosticCode,
    message: string,
    options: {
      help?: string | undefined
      within?: { start: number; end: number }
      isLoadFault?: boolean
      replacement?: string | undefined
      selector?: string | undefined
      words?: readonly string[]
    } = {},
  ) {
    this.code = code
    this.message = message
    this.help = options.help
    this.within = options.within
    this.isLoadFault = options.isLoadFault ?? false
    this.replacement = options.replacement
    this.selector = options.selector
    this.words = options.words ?? []
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
  if (!isQuoted && typeof value === 'string' && /^(?:enabled?|disabled?|yes|no|on|off)$/i.test(value))
    return new Fault('wrong-type', `expected true or false, found ${describe(value)}`, {
      help: `write \`${/^(?:en|y|on)/i.test(value)}\``,
      isLoadFault: true,
    })
  return wrongType('true or false', value, isQuoted ? value.toLowerCase() : undefined)
})

export const number = field((value): number | Fault => {
  if (typeof value === 'number' && Number.isFinite(value)) return value
  const isQuoted = typeof value === 'string' && value !== '' && Number.isFinite(Number(value))
  if (typeof value !== 'string' || isQuoted) return wrongType('a number', value, isQuoted ? value : undefined)
  const dotted = value.replace(',', '.')
  return new Fault('wrong-type', `expected a number, found ${describe(value)}`, {
    help: /^[0-9]+,[0-9]+$/.test(value) ? `write \`${dotted}\`` : 'write a number, such as `100`',
    isLoadFault: true,
  })
})

function notInteger(value: unknown): Fault {
  const isQuoted = typeof value === 'string' && /^(?:[+-]?[0-9]+|0x[0-9a-f]{1,8})$/i.test(value)
  return wrongType('a whole number', value, isQuoted ? value : undefined)
}

/** A whole number; whether it is in range is for whoever uses it. */
export const integer = field((value): number | Fault => {
  if (typeof value === 'number' && Number.isInteger(value)) {
    if (Math.abs(value) < 2 ** 63) return value
    return new Fault('bad-value', `the number ${value} has more than 64 bits`, { isLoadFault: true })
  }
  return notInteger(value)
})

export function integerBetween(min: number, max: number, code: DiagnosticCode, what: string) {
  return field((value): number | Fault => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return notInteger(value)
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
    const labels = readLabels(value)
    const help =
      labels === undefined ? 'write each as a field of its own: `KEY: VALUE`' : `write \`${flowText(labels)}\``
    push(
      new Fault('wrong-type', `expected a mapping of text to text, found ${describe(value)}`, {
        help,
        isLoadFault: true,
      }),
      [],
    )
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
    if (value === undefined) return new Fault('missing-field', 'is missing', { words })
    if (read instanceof Fault) return read
    const found = words.find(word => word === read)
    if (found !== undefined) return found
    const sameButForCase = words.find(word => word.toLowerCase() === read.toLowerCase())
    const synonym = synonymOf(read, words)
    const help =
      sameButForCase !== undefined
        ? `write \`${sameButForCase}\`: case matters`
        : synonym === undefined
          ? `write ${orList(words)}`
          : `write \`${synonym}\``
    return new Fault(code, `unknown ${what} \`${read}\``, { help, replacement: sameButForCase, words })
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
  const mended = mendSelector(read)
  return new Fault('selector-syntax', message, {
    help,
    within: { start: result.fault.start, end: result.fault.end },
    selector: mended?.isSure === true ? mended.text : undefined,
  })
})

/** A name of one or more DNS labels; how long it may be is for others to say. */
export const subdomainName = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  return isSubdomainName(read) ? read : new Fault('bad-name', `\`${read}\` is not a name`, { help: nameHelp(read) })
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
