// Who is in the source and destination of a policy's rules, and why a given pod is not, for people.

import type { Policy } from '../model/ast/policy.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { wrap } from '../text/wrap.ts'
import type { Member, RulePeers } from './members.ts'
import { policyName } from '../words/origin.ts'
import { placeWords } from '../words/place.ts'

const SHOWN = 50

/** Rules whose name is `wanted`, or all. */
export function chosenRules(rules: readonly RulePeers[], wanted: string | undefined): readonly RulePeers[] {
  return wanted === undefined ? rules : rules.filter(({ rule }) => rule === wanted)
}

/** @param indent in front of each line */
export function peerLines(
  { id }: Policy,
  rules: readonly RulePeers[],
  sources: SourceIndex,
  indent = '',
): readonly string[] {
  const lines: string[] = []
  for (const { rule, action, location, sides } of rules) {
    const place = location === undefined ? '' : `, ${placeWords(location, sources)}`
    lines.push(...wrap(`${rule} of ${policyName(id)}${place}: ${action}`, indent))
    if (sides.length === 0) lines.push(`${indent}  whoever: it names no source and no destination`)
    for (const { side, wanted, members, outside } of sides) {
      const count = members.length === 0 ? ': nobody' : ''
      lines.push(...wrap(`${side}: ${wanted}${count}`, `${indent}  `))
      for (const member of members.slice(0, SHOWN)) lines.push(...wrap(memberWords(member), `${indent}    `))
      if (members.length > SHOWN) lines.push(`${indent}    and ${members.length - SHOWN} more`)
      for (const member of outside.slice(0, SHOWN))
        lines.push(...wrap(`not ${memberWords(member)}: ${member.whyNot ?? ''}`, `${indent}    `))
      if (outside.length > SHOWN) lines.push(`${indent}    and ${outside.length - SHOWN} more that are not`)
    }
  }
  return lines
}

function memberWords({ name, addresses }: Member): string {
  const others = addresses.filter(address => address !== name)
  return others.length === 0 ? name : `${name} ${others.join(', ')}`
}
