// NFLOG rules, by which Felix learns what policy did. They are there only while flow logs are on.

import { policyLogId } from '../../calico/policy-names.ts'
import { lengthLimitedId } from '../../calico/hash.ts'
import type { Direction } from '../../model/ast/policy.ts'
import type { Target } from '../../model/ruleset.ts'
import { utf8Length } from '../../text/bytes.ts'
import type { RenderContext } from '../context.ts'
import type { RuleOwner } from './rule-owner.ts'

const GROUPS: Readonly<Record<Direction, number>> = { ingress: 1, egress: 2 }

const DIRECTION_LETTERS: Readonly<Record<Direction, string>> = { ingress: 'I', egress: 'E' }

/** Bytes of the packet that go along. */
const SIZE = 80

/** The kernel takes 63 characters and a terminating zero (linux/netfilter/xt_NFLOG.h). */
const MAX_PREFIX_LENGTH = 64

function nflog(direction: Direction, prefix: string, { features }: RenderContext): Target {
  const target = { kind: 'nflog', group: GROUPS[direction], prefix: shorten(prefix), size: SIZE } as const
  return features.nflogSize ? target : { ...target, asRange: true }
}

export function ruleNflog(
  verdict: 'A' | 'D' | 'P',
  owner: RuleOwner,
  direction: Direction,
  index: number,
  context: RenderContext,
): Target {
  const ownerLetter = owner.kind === 'policy' ? 'P' : 'R'
  const id = owner.kind === 'policy' ? policyLogId(owner.policy.id, context.release) : owner.name
  return nflog(direction, `${verdict}${ownerLetter}${DIRECTION_LETTERS[direction]}${index}|${id}`, context)
}

export function endOfTierNflog(verdict: 'D' | 'P', direction: Direction, tier: string, context: RenderContext): Target {
  return nflog(direction, `${verdict}P${DIRECTION_LETTERS[direction]}|${tier}`, context)
}

export function noProfileNflog(direction: Direction, context: RenderContext): Target {
  return nflog(direction, `DR${DIRECTION_LETTERS[direction]}`, context)
}

/** Too long a text keeps ten characters at either end, with a hash of the whole between them. */
function shorten(prefix: string): string {
  if (utf8Length(prefix) < MAX_PREFIX_LENGTH - 1) return prefix
  const middle = lengthLimitedId('', prefix, MAX_PREFIX_LENGTH - 1 - 21)
  return `${prefix.slice(0, 10)}${middle}_${prefix.slice(-10)}`
}
