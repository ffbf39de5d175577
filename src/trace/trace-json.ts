// A trace as JSON for scripts. Fields are only ever added; a change of meaning raises the version.

import type { SourceIndex } from '../diagnostics/source-index.ts'
import { formatPolicyId } from '../calico/policy-names.ts'
import type { Origin } from '../model/origin.ts'
import type { Journey } from '../walk/packet.ts'
import type { RuleStep, Step, Walk } from '../walk/steps.ts'
import { changedNotes } from './changed-rules.ts'
import { explainDecision, hashOf } from './decision.ts'
import type { TracedWay } from './follow-traced.ts'
import type { LogSearch } from './log-search.ts'
import type { Scene } from './scene.ts'
import { describeOriginAt, ruleName } from '../words/origin.ts'
import { explainWay, nearestWords } from './explain-way.ts'
import type { NearMiss } from './near-miss.ts'
import { membersOfWay } from './way-members.ts'
import { decidingLeg, type Leg, type TraceResult, type Way } from './way.ts'
import { linePlace } from '../words/place.ts'

export const TRACE_JSON_VERSION = 1

export interface TraceJsonOptions {
  /** Who is in the source and destination of the rule that decides, or that comes nearest. */
  readonly withMembers?: boolean
}

export function traceToJson(
  { ways, verdict, isComplete, notes }: TraceResult,
  { withMembers = false }: TraceJsonOptions = {},
): object {
  const journey = ways[0].legs[0]?.journey
  const told = [...notes, ...changedNotes(ways)]
  return {
    version: TRACE_JSON_VERSION,
    ...(journey === undefined ? {} : journeyToJson(journey)),
    verdict,
    isComplete,
    ...(told.length === 0 ? {} : { notes: told }),
    walks: ways.map(way => ({ ...wayToJson(way), ...(withMembers ? membersToJson(way) : {}) })),
  }
}

function membersToJson(way: Way): object {
  const found = membersOfWay(way, explainWay(way))
  if (found === undefined) return {}
  const { policy, rules } = found
  const named = rules.map(({ location: _, ...rest }) => rest)
  return { members: { policy: formatPolicyId(policy.id), rules: named } }
}

function journeyToJson({ packet, inInterface, state, dnat }: Journey): object {
  return { packet, inInterface: inInterface ?? null, state, ...(dnat === undefined ? {} : { dnat }) }
}

/** The node that decided, with what is said of the way as a whole; every node where there are several. */
function wayToJson(way: Way): object {
  const leg = decidingLeg(way)
  const { where, why, location, nearest } = explainWay(way)
  const answer = { verdict: way.verdict, where, why }
  if (leg === undefined) return answer
  const { scene } = leg
  return {
    ...walkToJson(leg.walk, scene),
    ...answer,
    ...(leg.node === undefined ? {} : { node: leg.node }),
    ...(location === undefined ? {} : { at: linePlace(location, scene.sources) }),
    ...(nearest === undefined ? {} : { nearest: nearestToJson(nearest, scene) }),
    ...(way.share === undefined ? {} : { share: way.share }),
    ...(way.legs.length < 2 ? {} : { legs: way.legs.map(legToJson) }),
  }
}

function legToJson({ node, direction, journey, walk, scene }: Leg): object {
  return { node: node ?? null, direction, ...journeyToJson(journey), walk: walkToJson(walk, scene) }
}

function nearestToJson(nearest: NearMiss, scene: Scene): object {
  const { policy, rule, direction, index, misses, unasked } = nearest
  return {
    policy: formatPolicyId(policy.id),
    rule: ruleName({ direction, index, location: rule.location }),
    ...(rule.location === undefined ? {} : linePlace(rule.location, scene.sources)),
    ...(unasked === undefined ? {} : { unasked }),
    misses: misses.map(({ field, wanted, found }) => ({ field, wanted, found })),
    text: nearestWords(nearest, scene),
  }
}

/** A packet that the kernel told of, and where it came in and went out. */
function seenToJson({ packet, inInterface, outInterface }: Journey): object {
  return { packet, inInterface: inInterface ?? null, outInterface: outInterface ?? null }
}

export function logSearchToJson({ journey, sources, more, others }: LogSearch, scene: Scene): object {
  return {
    version: TRACE_JSON_VERSION,
    ...seenToJson(journey),
    writtenBy: sources.map(({ step, walk }) => ({ ...ruleToJson(step, scene), then: walkToJson(walk, scene) })),
    ...(more === 0 ? {} : { more }),
    others: others.map(({ table, chain, index }) => ({ table, chain, index })),
  }
}

/** A packet that the kernel traced: each rule that it told of, and the ways that pass them. */
export function tracedToJson({ journey, rules, walks, contradiction }: TracedWay, scene: Scene): object {
  return {
    version: TRACE_JSON_VERSION,
    ...seenToJson(journey),
    traced: rules.map(({ event, place: at, isReached }) => ({
      table: event.table,
      chain: event.chain,
      at: event.at,
      ...(event.number === undefined ? {} : { number: event.number }),
      isReached,
      ...(at === undefined
        ? {}
        : {
            rule: scene.backend.printRule(at.rule).trim(),
            origin: originToJson(scene.originOf(at.rule), scene.sources),
          }),
    })),
    then: walks.map(walk => walkToJson(walk, scene)),
    ...(contradiction === undefined ? {} : { contradiction }),
  }
}

function walkToJson(walk: Walk, scene: Scene): object {
  const { rule, text, cause, defaultDeny } = explainDecision(walk, scene)
  const { decidedBy } = walk
  return {
    verdict: walk.verdict,
    ...(walk.rejectWith === undefined ? {} : { rejectWith: walk.rejectWith }),
    decidedBy:
      rule !== undefined
        ? { ...ruleToJson(rule, scene), text }
        : decidedBy?.kind === 'policy'
          ? { table: decidedBy.table, chain: decidedBy.chain.name, policy: decidedBy.chain.policy }
          : null,
    cause: cause === undefined ? null : ruleToJson(cause, scene),
    ...(defaultDeny === undefined
      ? {}
      : {
          defaultDeny: {
            endpoint: defaultDeny.endpoint,
            direction: defaultDeny.direction,
            tier: defaultDeny.tier ?? null,
            policies: defaultDeny.policies.map(({ id, location }) => ({
              policy: formatPolicyId(id),
              ...linePlace(location, scene.sources),
            })),
            profiles: defaultDeny.profiles,
          },
        }),
    log: walk.log,
    assumptions: walk.assumptions.map(({ table, chain, index, text: assumed }) => ({ table, chain, index, assumed })),
    guesses: walk.guesses.map(({ table, chain, index, about, taken }) => ({ table, chain, index, about, taken })),
    steps: walk.steps.map(step => stepToJson(step, scene)),
    packet: walk.packet,
    mark: walk.mark,
  }
}

function ruleToJson({ hook, table, chain, index, rule }: RuleStep, scene: Scene): object {
  const hash = hashOf({ chain, index, rule, table }, scene)
  return {
    hook,
    table,
    chain,
    index,
    ...(hash === undefined ? {} : { hash }),
    rule: scene.backend.printRule(rule).trim(),
    origin: originToJson(scene.originOf(rule), scene.sources),
  }
}

function stepToJson(step: Step, scene: Scene): object {
  switch (step.kind) {
    case 'rule': {
      const { hook, table, chain, index, depth, rule, markBefore, markAfter, rewritten, log } = step
      return {
        kind: 'rule',
        hook,
        table,
        chain,
        index,
        depth,
        rule: scene.backend.printRule(rule).trim(),
        ...(markBefore === markAfter ? {} : { markBefore, markAfter }),
        ...(rewritten === undefined ? {} : { rewritten }),
        ...(log === undefined ? {} : { log }),
        why: describeOriginAt(scene.originOf(rule), scene.sources),
      }
    }
    case 'miss': {
      const { hook, table, chain, index, depth, rule, failed } = step
      const position = rule.matches.indexOf(failed)
      return {
        kind: 'miss',
        hook,
        table,
        chain,
        index,
        depth,
        rule: scene.backend.printRule(rule).trim(),
        failedMatch: position,
      }
    }
    case 'policy':
      return { kind: 'policy', hook: step.hook, table: step.table, policy: step.chain.policy }
    default:
      return step
  }
}

function originToJson(origin: Origin, sources: SourceIndex): object {
  const { kind } = origin
  switch (kind) {
    case 'policyRule': {
      const { policy, direction, index, location } = origin
      return { kind, policy: formatPolicyId(policy), direction, index, ...linePlace(location, sources) }
    }
    case 'profileRule': {
      const { profile, direction, index, location } = origin
      return { kind, profile, direction, index, ...(location === undefined ? {} : linePlace(location, sources)) }
    }
    default:
      return { kind, why: describeOriginAt(origin, sources) }
  }
}
