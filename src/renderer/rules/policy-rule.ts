// One policy rule -> iptables rules: match blocks, the rule that sets the verdict's mark bit, and what follows from the bit.

import { assertNever } from '../../text/assert-never.ts'
import type { FelixConfig } from '../../calico/felix-config.ts'
import { readRate } from '../../netfilter/rate.ts'
import type { RuleOwner } from './rule-owner.ts'
import type { Direction } from '../../model/ast/policy.ts'
import type { PlannedRule } from '../../model/plan.ts'
import type { Match, Target } from '../../model/ruleset.ts'
import { denyTarget, markIsSet, type RenderContext, setMark } from '../context.ts'
import { narrowRule } from '../ip-version.ts'
import { formatLogPrefix } from '../../calico/log-prefix.ts'
import { type BareRule, splitBlocks } from './match-blocks.ts'
import { ruleMatches } from './matches.ts'
import { ruleNflog } from './nflog.ts'

/** LOG level of Felix's rules: notice. */
const LOG_LEVEL = 5

/** The rules of one policy rule; none when it does not concern the context's IP version. */
export function renderPolicyRule(
  rule: PlannedRule,
  owner: RuleOwner,
  direction: Direction,
  context: RenderContext,
): readonly BareRule[] {
  const narrowed = narrowRule(rule, context.ipVersion, context.release)
  if (narrowed === undefined) return []
  const { blockRules, rule: mainRule, blockMatches } = splitBlocks(narrowed, context)
  const matches = [...ruleMatches(mainRule, context), ...blockMatches]
  return [...blockRules, ...renderAction(rule, matches, owner, direction, context)]
}

function renderAction(
  { action, index }: PlannedRule,
  matches: readonly Match[],
  owner: RuleOwner,
  direction: Direction,
  context: RenderContext,
): readonly BareRule[] {
  const { marks, config, release } = context
  const verdict = (letter: 'A' | 'D' | 'P', bit: number, target: Target): readonly BareRule[] => [
    { matches, target: setMark(bit) },
    ...(reportsFlows(owner, context)
      ? [{ matches: [markIsSet(bit)], target: ruleNflog(letter, owner, direction, index, context) }]
      : []),
    { matches: [markIsSet(bit)], target },
  ]
  switch (action) {
    case 'Allow':
      return verdict('A', marks.accept, { kind: 'return' })
    case 'Pass':
      return verdict('P', marks.pass, { kind: 'return' })
    case 'Deny':
      return release.hasDropMark
        ? verdict('D', marks.drop, denyTarget(context))
        : [{ matches, target: denyTarget(context) }]
    case 'Log': {
      const limit = config.logActionRateLimit === '' ? [] : [logLimit(config)]
      const prefix = formatLogPrefix(config.logPrefix, owner, release)
      return [{ matches: [...limit, ...matches], target: { kind: 'log', prefix, level: LOG_LEVEL } }]
    }
    default:
      return assertNever(action)
  }
}

/** INVARIANT: a setting that is no rate has been refused. */
function logLimit({ logActionRateLimit, logActionRateLimitBurst: burst }: FelixConfig): Match {
  const rate = readRate(logActionRateLimit)
  if (rate === undefined) throw new Error(`${logActionRateLimit} is no rate`)
  return { kind: 'limit', rate, burst }
}

function reportsFlows(owner: RuleOwner, { hasFlowLogs }: RenderContext): boolean {
  return hasFlowLogs && !(owner.kind === 'policy' && owner.policy.isUntracked)
}
