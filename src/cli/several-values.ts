// Options that take several values, and where these end: a word that cannot be one more of them is given by position.

import { existsSync, statSync } from 'node:fs'
import { type Command, InvalidArgumentError, type Option } from 'commander'

type TakesMore = (word: string, command: string) => boolean

/** Whether a word may be one more value; asked only of commands that also take words by position. */
const TAKES_MORE: Readonly<Record<string, TakesMore>> = {
  '--filename': (word, command) => {
    if (command === 'explain') return !isPlace(word)
    return !command.startsWith('which ') || isFile(word)
  },
  '--felix-env': word => word.toLowerCase() === 'none' || /=|^FELIX_/i.test(word),
  '--felix-env-file': isToolText,
  '--rules': isToolText,
  '--sets': isToolText,
  '--service': word => word.includes('='),
  '--require-open': word => !isFile(word) && !word.includes('/'),
}

/** `FILE:LINE` or `FILE:LINE:COLUMN`, unless a file is called so. */
function isPlace(word: string): boolean {
  return /:[1-9][0-9]*$/.test(word) && !existsSync(word)
}

function isFile(word: string): boolean {
  return /\.(ya?ml|json)$/i.test(word) || word === '-' || existsSync(word)
}

/** What a tool prints on a node: resources are folders, YAML, JSON, or of a git revision. */
function isToolText(word: string): boolean {
  if (/\.(ya?ml|json)$/i.test(word) || word.includes(':')) return false
  return !(statSync(word, { throwIfNoEntry: false })?.isDirectory() ?? word.endsWith('/'))
}

/** An option that is given several times. @param value undefined where it stands without one, which is told elsewhere */
export function repeated(value: string | undefined, before: readonly string[] | undefined): readonly string[] {
  return value === undefined ? (before ?? []) : [...(before ?? []), value]
}

/**
 * Commander ends the values of an option only at the next option: each value gets its option here, and it takes one at a time. Of an
 * option for one value it would take the last one in silence.
 */
export function takeOneEach(command: Command): void {
  for (const child of command.commands) takeOneEach(child)
  for (const option of command.options) {
    if (option.variadic) option.argParser(repeated)
    else if (option.required && option.parseArg !== repeated) option.argParser(onlyOnce(option, command))
    option.variadic = false
  }
}

type ReadValue = (value: string, before: unknown) => unknown
type TakeValue = (value: string | undefined, before: unknown) => unknown

/** Reads a value; one that is wrong is told, and the next one is read. */
function onlyOnce({ parseArg, flags }: Option, command: Command): TakeValue {
  const read: ReadValue = parseArg ?? (value => value)
  let first: string | undefined
  return (value, before) => {
    if (value === undefined) return before
    const tell = (why: string, code: string): void =>
      command.error(`error: option '${flags}' argument '${value}' is invalid. ${why}`, { code })
    if (first !== undefined)
      tell(`It is given twice, before that as '${first}': write it once.`, 'calitables.repeatedOption')
    first = value
    try {
      return read(value, before)
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error
      tell(error.message, error.code)
      return before
    }
  }
}

/**
 * Arguments in which every value stands behind its option: `-f a b` becomes `-f a -f b`, and the place in `-f a policy.yaml:3` stays alone.
 * Options that take several values have `...` in their flags.
 */
export function spreadValues(args: readonly string[], command: Command, name: string): readonly string[] {
  const several = command.options.filter(({ flags }) => flags.includes('...>'))
  const hasPositions = command.registeredArguments.length > 0
  const out: string[] = []
  let open: { readonly option: Option; readonly isFirst: boolean } | undefined
  for (const [index, word] of args.entries()) {
    if (word === '--') return [...out, ...args.slice(index)]
    const isOption = word.length > 1 && word.startsWith('-')
    if (isOption || open === undefined) {
      out.push(word)
      const option = several.find(one => word === one.long || isShort(word, one.short))
      open = option && { option, isFirst: true }
      continue
    }
    const { option, isFirst } = open
    const takesMore = TAKES_MORE[option.long ?? ''] ?? (() => true)
    if (isFirst) out.push(word)
    else if (!hasPositions || takesMore(word, name)) out.push(option.long ?? '', word)
    else out.push(word)
    open = { option, isFirst: false }
  }
  return out
}

/** `-f`, and `-Rf` in which it stands behind options without a value. */
function isShort(word: string, short: string | undefined): boolean {
  return short !== undefined && /^-[Rq6]*$/.test(word.slice(0, -1)) && word.endsWith(short.slice(1))
}
