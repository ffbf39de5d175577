// One interface that several texts of a node name, or one text of each family, taken together by its name.

/** What `ip` prints of an interface; fields that nobody reads may be anything. */
export interface InterfaceJson {
  readonly ifname?: string | undefined
  readonly flags?: readonly string[] | undefined
  readonly addr_info?:
    readonly { readonly local?: string | undefined; readonly prefixlen?: number | undefined }[] | undefined
  readonly [field: string]: unknown
}

/** An interface as the texts so far have it. */
export interface ReadInterface {
  readonly item: InterfaceJson
  readonly fileName: string
}

/** With the addresses of both; what only one of them says holds. */
export function mergeInterfaces({ item: before }: ReadInterface, { item, fileName }: ReadInterface): ReadInterface {
  return {
    fileName,
    item: { ...before, ...item, addr_info: [...(before.addr_info ?? []), ...(item.addr_info ?? [])] },
  }
}

/** What two texts cannot both say of an interface at one time; undefined where they can be of one. */
export function contradiction(before: ReadInterface, added: ReadInterface): string | undefined {
  const [was, is] = [lastingOf(before), lastingOf(added)]
  const key = Object.keys(is).find(one => was[one] !== undefined && is[one] !== undefined && was[one] !== is[one])
  if (key === undefined) return undefined
  const there = before.fileName === added.fileName ? 'before it' : `in \`${before.fileName}\``
  return `has ${key} ${String(is[key])} here and ${String(was[key])} ${there}`
}

/** What is the same in every family, and from one moment to the next; of the flags, those that decide rules. */
function lastingOf({ item }: ReadInterface): Readonly<Record<string, unknown>> {
  const { ifindex, link_type, address, flags } = item
  const deciding = flags && (['UP', 'LOOPBACK'].filter(flag => flags.includes(flag)).join(',') || 'without UP')
  return { ifindex, link_type, address, flags: deciding }
}
