// One interface that several texts of a node name, or one text of each family, taken together by its name.

import type { HostInterface } from '../model/host.ts'

/** An interface as the texts so far have it. */
export interface ReadInterface extends HostInterface {
  /** What `ip` prints of it. */
  readonly item: Readonly<Record<string, unknown>>
  /** Undefined where the text has none. */
  readonly flags: readonly string[] | undefined
  readonly fileName: string
}

/** The same of an interface in every family, and from one moment to the next. */
const LASTING = ['ifindex', 'link_type', 'address'] as const

/** Flags that decide rules. */
const DECIDING = ['UP', 'LOOPBACK'] as const

/** With the addresses of both; what only one of them says holds. */
export function mergeInterfaces(before: ReadInterface, added: ReadInterface): ReadInterface {
  const { isUp, isLoopback, flags } = added.flags === undefined ? before : added
  const isNew = ({ address, prefixLength }: HostInterface['addresses'][number]): boolean =>
    !before.addresses.some(known => known.address.text === address.text && known.prefixLength === prefixLength)
  return {
    ...added,
    item: { ...before.item, ...added.item },
    isUp,
    isLoopback,
    flags,
    addresses: [...before.addresses, ...added.addresses.filter(isNew)],
  }
}

/** Why two texts cannot be of one interface at one time; undefined where they can. */
export function contradiction(before: ReadInterface, added: ReadInterface): string | undefined {
  const there = before.fileName === added.fileName ? 'before it' : `in \`${before.fileName}\``
  for (const key of LASTING) {
    const [was, is] = [before.item[key], added.item[key]]
    if (was !== undefined && is !== undefined && was !== is)
      return `has the ${key} ${String(is)} here and ${String(was)} ${there}`
  }
  for (const flag of DECIDING) {
    const [was, is] = [before.flags?.includes(flag), added.flags?.includes(flag)]
    if (was !== undefined && is !== undefined && was !== is)
      return is ? `has the flag ${flag} here and not ${there}` : `has not the flag ${flag} here, and has it ${there}`
  }
  return undefined
}
