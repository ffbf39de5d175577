// Pieces that the chains of several tables have in common.

import { readRuleNets } from '../../netfilter/rule-net.ts'
import type { Origin } from '../../model/origin.ts'
import type { Chain, Match, Rule, Side, Target } from '../../model/ruleset.ts'
import type { Reason } from '../../model/plan.ts'
import { allMarks, bySetting, clearMark, markIsSet, type RenderContext } from '../context.ts'

export const UDP = 17
export const IPIP = 4

export function rule(matches: readonly Match[], target: Target, origin: Origin, ...comments: readonly string[]): Rule {
  return { comments, matches, target, origin }
}

export function chain(name: string, origin: Origin, rules: readonly Rule[]): Chain {
  return { name, rules, origin }
}

/** Forgets verdicts that an earlier pass may have left. */
export function clearAllMarks(context: RenderContext, origin: Origin): Rule {
  return rule([], clearMark(allMarks(context)), origin)
}

export function isAccepted({ marks }: RenderContext): Match {
  return markIsSet(marks.accept)
}

export function protocol(value: 'tcp' | 'udp' | number): Match {
  return { kind: 'protocol', protocol: value, negated: false }
}

export function destinationPorts(port: number): Match {
  return { kind: 'ports', side: 'destination', ranges: [{ first: port, last: port }], negated: false }
}

export function sourcePorts(port: number): Match {
  return { kind: 'ports', side: 'source', ranges: [{ first: port, last: port }], negated: false }
}

/** The address lies in a net that is written so. */
export function netMatch(side: Side, written: string): Match {
  return { kind: 'net', side, nets: readRuleNets(written), negated: false }
}

export function inInterface(name: string): Match {
  return { kind: 'inInterface', name }
}

export function outInterface(name: string): Match {
  return { kind: 'outInterface', name }
}

export function isLocal(side: 'src' | 'dst'): Match {
  return { kind: 'addressType', side, type: 'LOCAL', negated: false, limitToOutInterface: false }
}

/** One rule, or several, for each workload interface prefix, in the order of the setting. */
export function forEachPrefix(
  context: RenderContext,
  make: (pattern: string, origin: Origin) => readonly Rule[],
): readonly Rule[] {
  const origin = bySetting(context, 'interfacePrefix', 'workload interfaces are told by their prefix')
  return context.config.interfacePrefix.flatMap(prefix => make(`${prefix}+`, origin))
}

/** The pool or setting that turned a feature on. */
export function becauseOf(reason: Reason): Origin {
  return { kind: 'resource', because: reason.text, location: reason.location }
}
