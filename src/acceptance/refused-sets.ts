// What ipset refuses.

import type { NodePlan } from '../model/plan.ts'
import type { IpSet } from '../model/ruleset.ts'
import type { Refusal } from './check-ruleset.ts'

const MAX_UINT32 = 0xffffffff

export function refusedSet(
  { maxElements, members, source, name }: IpSet,
  { configSources }: NodePlan,
): Refusal | undefined {
  const place = configSources.get('maxIpsetSize')
  if (maxElements < 0 || maxElements > MAX_UINT32) {
    return { message: `a set size of \`${maxElements}\``, help: `write 1-${MAX_UINT32}`, place }
  }
  if (members.length <= maxElements) return undefined
  const what = source.kind === 'selector' ? `the set of \`${source.selector}\`` : `the set \`${name}\``
  return {
    message: `${what}: it has ${members.length} members, more than \`maxIpsetSize: ${maxElements}\` allows`,
    help: `write at least ${members.length}, or leave \`maxIpsetSize\` out`,
    place,
  }
}
