// Alternatives within one rule. An iptables rule can only AND its matches, so "one of these nets" becomes several rules
// that set mark bits, which the rule itself then tests:
//
//   --jump MARK --set-mark 0x0/0x180000
//   --source 10.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000
//   --source 11.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000
//   -m mark --mark 0x80000/0x80000 --jump MARK --set-mark 0x10000/0x10000

import type { PlannedEntity, PlannedRule } from '../../model/plan.ts'
import type { Match, Side, Target } from '../../model/ruleset.ts'
import { clearMark, markIsClear, markIsSet, type RenderContext, setMark } from '../context.ts'
import { combine } from '../../calico/marks.ts'
import { netMatch, portsMatch, protocolMatch, setMatch } from './matches.ts'
import { splitPorts } from './split-ports.ts'

/** A rule before it knows its chain: what it matches and does. */
export interface BareRule {
  readonly matches: readonly Match[]
  readonly target: Target
}

/** A positive block matches when one of its alternatives does, a negative one when none does. */
interface Block {
  readonly isPositive: boolean
  readonly alternatives: readonly (readonly Match[])[]
}

export interface BlockSplit {
  /** Rules to go before the rule itself. */
  readonly blockRules: readonly BareRule[]
  /** The rule without what the blocks now decide. */
  readonly rule: PlannedRule
  /** The blocks' verdict, to be tested last in the rule's own matches; empty without blocks. */
  readonly blockMatches: readonly Match[]
}

export function splitBlocks(rule: PlannedRule, context: RenderContext): BlockSplit {
  const blocks: Block[] = []
  let { source, destination } = rule
  const takePorts = (entity: PlannedEntity, side: Side): PlannedEntity => {
    const pieces = splitPorts(entity.ports)
    if (pieces.length + entity.namedPortSets.length <= 1) return entity
    const protocol = rule.protocol === undefined ? [] : [protocolMatch(rule.protocol, false)]
    blocks.push({
      isPositive: true,
      alternatives: [
        ...pieces.map(ranges => [...protocol, portsMatch(ranges, side, false)]),
        // The set's members name the protocol, so it is not matched again.
        ...entity.namedPortSets.map(id => [setMatch(id, side, { withPort: true, negated: false }, context)]),
      ],
    })
    return { ...entity, ports: [], namedPortSets: [] }
  }
  const takeNets = (entity: PlannedEntity, side: Side): PlannedEntity => {
    if (entity.nets.length <= 1) return entity
    blocks.push({ isPositive: true, alternatives: entity.nets.map(net => [netMatch(net, side, false)]) })
    return { ...entity, nets: [] }
  }
  const takeNotNets = (entity: PlannedEntity, side: Side): PlannedEntity => {
    // A rule takes one source and one destination address, positive or negated.
    if (entity.nets.length + entity.notNets.length <= 1) return entity
    blocks.push({ isPositive: false, alternatives: entity.notNets.map(net => [netMatch(net, side, false)]) })
    return { ...entity, notNets: [] }
  }
  source = takePorts(source, 'source')
  destination = takePorts(destination, 'destination')
  source = takeNets(source, 'source')
  destination = takeNets(destination, 'destination')
  source = takeNotNets(source, 'source')
  destination = takeNotNets(destination, 'destination')
  return {
    blockRules: renderBlocks(blocks, context),
    rule: { ...rule, source, destination },
    blockMatches: blocks.length === 0 ? [] : [markIsSet(context.marks.scratch0)],
  }
}

function renderBlocks(blocks: readonly Block[], { marks }: RenderContext): readonly BareRule[] {
  const [first] = blocks
  if (first === undefined) return []
  const allMatch = marks.scratch0
  const thisMatches = marks.scratch1
  const initial = first.isPositive ? 0 : allMatch
  const rules: BareRule[] = [
    { matches: [], target: { kind: 'setMark', value: initial, mask: combine(allMatch, thisMatches) } },
  ]
  let positives = 0
  for (const { isPositive, alternatives } of blocks) {
    if (!isPositive) {
      for (const rule of alternatives.map(matches => ({ matches, target: clearMark(allMatch) }))) rules.push(rule)
      continue
    }
    const bit = positives === 0 ? allMatch : thisMatches
    for (const rule of alternatives.map(matches => ({ matches, target: setMark(bit) }))) rules.push(rule)
    // Felix never clears this bit between blocks: from the third on the test below lets everything by.
    if (positives > 0) rules.push({ matches: [markIsClear(thisMatches)], target: clearMark(allMatch) })
    positives++
  }
  return rules
}
