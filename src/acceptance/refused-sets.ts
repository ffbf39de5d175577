// What ipset refuses.

import type { NodePlan } from '../model/plan.ts'
import type { IpSet } from '../model/ruleset.ts'
import type { Refusal } from './refusal.ts'

const MAX_UINT32 = 0xffffffff

export function refusedSet(
  { maxElements, members, source, name, id, type }: IpSet,
  { configSources }: NodePlan,
): Refusal | undefined {
  const place = configSources.maxIpsetSize
  if (maxElements < 0 || maxElements > MAX_UINT32) {
    return { message: `a set size of \`${maxElements}\``, help: `write 1-${MAX_UINT32}`, place }
  }
  // Felix cuts such a net in two for the sets of selectors, and for no others.
  const everything = type === 'hash:net' ? members.find(member => member.endsWith('/0')) : undefined
  if (everything !== undefined) {
    const isExternal = id === 'all-hosts-net' || id === 'all-vxlan-net'
    const halves = everything.includes(':') ? '`::/1` and `8000::/1`' : '`0.0.0.0/1` and `128.0.0.0/1`'
    return {
      message: `\`${everything}\` as a member of a set`,
      help: `write ${halves} instead`,
      place: isExternal ? configSources.externalNodesList : undefined,
    }
  }
  if (members.length <= maxElements) return undefined
  const what = source.kind === 'selector' ? `the set of \`${source.selector.canonical}\`` : `the set \`${name}\``
  return {
    message: `${what}: it has ${members.length} members, more than \`maxIpsetSize: ${maxElements}\` allows`,
    help: `write at least ${members.length}, or leave \`maxIpsetSize\` out`,
    place,
  }
}
