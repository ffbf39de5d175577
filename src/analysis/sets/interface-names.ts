// Which interfaces must be told apart: those that rules name, one that fits each pattern alone, one that fits none.

import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import { MAX_INTERFACE_NAME } from '../../netfilter/text-limits.ts'

/** Other matches have names of other things. */
const INTERFACE_KINDS = new Set(['inInterface', 'outInterface', 'notInInterface', 'notOutInterface'])

/** Interfaces that are told apart. */
export interface ToldInterfaces {
  readonly names: readonly string[]
  /** Names made up here, which nobody is shown, each with what the names begin with that it stands for. */
  readonly strangers: ReadonlyMap<string, string>
}

/** Names for `createSpace`; see `toldInterfaces`. */
export function interfaceNames(allTables: readonly KernelTables[], known?: readonly string[]): readonly string[] {
  return toldInterfaces(allTables, known).names
}

/** `known`, and from the tables every name that a rule has. Rules cannot tell any other interface from one of these. */
export function toldInterfaces(allTables: readonly KernelTables[], known: readonly string[] = []): ToldInterfaces {
  const written = new Set<string>()
  for (const { tables } of allTables) {
    for (const { kernelChains, userChains } of tables) {
      for (const { rules } of [...kernelChains, ...userChains.values()]) {
        for (const { matches } of rules) {
          for (const match of matches) if ('name' in match && INTERFACE_KINDS.has(match.kind)) written.add(match.name)
        }
      }
    }
  }
  const beginnings = new Set([...written].flatMap(name => (name.endsWith('+') ? name.slice(0, -1) : [])))
  const names = new Set(['lo', ...known, ...[...written].filter(name => name !== '' && !name.endsWith('+'))])
  const strangers = new Map<string, string>()
  for (const beginning of ['', ...beginnings]) {
    const stranger = strangerOf(beginning, name => !names.has(name) && !hasCloser(name, beginning, beginnings))
    if (stranger === undefined) continue
    names.add(stranger)
    strangers.set(stranger, beginning)
  }
  return { names: [...names].sort(), strangers }
}

/** Whether the name begins with a longer one of these than `beginning`, too. */
function hasCloser(name: string, beginning: string, beginnings: ReadonlySet<string>): boolean {
  for (let length = beginning.length + 1; length <= name.length; length++) {
    if (beginnings.has(name.slice(0, length))) return true
  }
  return false
}

/** Undefined where every name that begins so is taken. */
function strangerOf(beginning: string, isFree: (name: string) => boolean): string | undefined {
  for (const end of ['other0', 'other', 'any0', 'any', '', ...'abcdefghijklmnopqrstuvwxyz0123456789-_']) {
    const name = beginning + end
    if (name !== '' && name.length <= MAX_INTERFACE_NAME && isFree(name)) return name
  }
  return undefined
}
