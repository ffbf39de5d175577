// Why a walk ended as it did: the rule that decided, the policy rule that made it decide, and who asked for a default deny.

import { allHostEndpoints, type PlannedPolicy, type PlannedTier } from '../model/plan.ts'
import type { Origin, EndpointRef, Policed } from '../model/origin.ts'
import type { Rule } from '../model/ruleset.ts'
import type { RulePlace, RuleStep, Walk } from '../walk/steps.ts'
import { isChanged } from './scene-origins.ts'
import type { Scene } from './scene.ts'

/** Policies that select an endpoint, so that what none of them allows is dropped. */
export interface DefaultDeny extends Policed {
  readonly endpoint: EndpointRef
  /** Absent where no policy and no profile decided. */
  readonly tier?: string
  /** Of the tier, or of none; those that are enforced, in the order in which they are asked. */
  readonly policies: readonly PlannedPolicy[]
  /** The endpoint's profiles, where it came to them. */
  readonly profiles: readonly string[]
}

export interface Decision {
  /** The rule that ended the walk; absent where a kernel chain's policy did. */
  readonly rule?: RuleStep
  /** `-A chain …` as iptables has it. */
  readonly text?: string
  /** The rule of a policy or profile behind it, where there is one: `rule` itself, or the one that set the mark it tests. */
  readonly cause?: RuleStep
  readonly defaultDeny?: DefaultDeny
}

export function explainDecision(walk: Walk, scene: Scene): Decision {
  const { decidedBy } = walk
  if (decidedBy === undefined) return {}
  if (decidedBy.kind === 'policy') {
    const end = walk.steps.indexOf(decidedBy)
    const bit = scene.acceptMark === 0 ? undefined : scene.acceptMark
    const found = bit === undefined ? undefined : whoSet(bit, walk, end)
    return found === undefined || !isPolicyRule(found.step.rule, scene) ? {} : { cause: found.step }
  }
  const cause = causeOf(decidedBy, walk, scene)
  const defaultDeny = walk.verdict === 'accept' ? undefined : findDefaultDeny(decidedBy, scene)
  return {
    rule: decidedBy,
    text: printPlace(decidedBy, scene),
    ...(cause === undefined ? {} : { cause }),
    ...(defaultDeny === undefined ? {} : { defaultDeny }),
  }
}

function isPolicyRule(rule: Rule, scene: Scene): boolean {
  return isOfPolicy(scene.originOf(rule))
}

/** A rule of a policy or profile, compiled, or told by the text of a node. */
export function isOfPolicy(origin: Origin): boolean {
  if (origin.kind === 'read') return origin.meaning?.kind === 'policy' || origin.meaning?.kind === 'profile'
  return origin.kind === 'policyRule' || origin.kind === 'profileRule'
}

/** Such a rule only stands for what set the mark. */
export function asksForMark({ rule }: RuleStep): boolean {
  return rule.matches.some(({ kind }) => kind === 'mark')
}

/** Follows marks back: a rule that asks for a mark stands for the one that set it. */
function causeOf(step: RuleStep, walk: Walk, scene: Scene): RuleStep | undefined {
  let current = step
  let position = walk.steps.indexOf(step)
  for (;;) {
    const origin = scene.originOf(current.rule)
    if (isOfPolicy(origin)) return current
    // Whatever set the mark that it asks for did not ask for this.
    if (isChanged(origin)) return undefined
    const match = current.rule.matches.find(
      candidate => candidate.kind === 'mark' && !candidate.negated && candidate.value !== 0,
    )
    if (match?.kind !== 'mark') return undefined
    const setter = whoSet(match.value, walk, position)
    if (setter === undefined) return undefined
    current = setter.step
    position = setter.index
  }
}

/** The last step before `end` that set these bits, provided nobody cleared them since. */
function whoSet(
  bits: number,
  { steps }: Walk,
  end: number,
): { readonly step: RuleStep; readonly index: number } | undefined {
  for (let index = end - 1; index >= 0; index--) {
    const step = steps[index]
    if (step?.kind !== 'rule') continue
    const isSet = (step.markAfter & bits) >>> 0 === bits
    const wasSet = (step.markBefore & bits) >>> 0 === bits
    if (!isSet) return undefined
    if (!wasSet || (step.rule.target?.kind === 'setMark' && step.rule.target.value === bits)) return { step, index }
  }
  return undefined
}

/** A rule as it stands in `iptables-save` of a node, with the hash of Calico's own rules. */
export function printPlace({ chain, index, rule, table }: RulePlace, scene: Scene): string {
  if (rule.origin.kind === 'read') return rule.origin.text
  const hash = hashOf({ chain, index, table, rule }, scene)
  return scene.backend.printLine(chain, hash, rule)
}

/** The 16 characters by which Felix knows a rule. */
export function hashOf(
  { chain, index, rule, table }: Pick<RulePlace, 'chain' | 'index' | 'rule' | 'table'>,
  { tables, ruleset, backend }: Scene,
): string | undefined {
  if (rule.origin.kind === 'read') return rule.origin.hash
  if (rule.origin.kind === 'kubeProxy') return undefined
  const own = tables.tables.find(({ name }) => name === table)?.userChains.get(chain)
  if (own !== undefined) return backend.hashRules(chain, own.rules.slice(0, index + 1))[index]
  const hook = ruleset?.tables.find(({ name }) => name === table)?.hooks.find(found => found.chain === chain)
  if (hook === undefined) return undefined
  const { inserts, appends } = hook
  // Rules of others stand between ours.
  const place = inserts.indexOf(rule)
  return place >= 0
    ? backend.hashRules(chain, inserts)[place]
    : backend.hashRules(`${chain}*appends*`, appends)[appends.indexOf(rule)]
}

function findDefaultDeny({ rule }: RuleStep, { plan, originOf }: Scene): DefaultDeny | undefined {
  const origin = originOf(rule)
  if (plan === undefined || (origin.kind !== 'tier' && origin.kind !== 'endpoint')) return undefined
  if (origin.polices === undefined) return undefined
  // Clear bits are read from a node's text as the value 0.
  const asksNothing = rule.matches.every(one => one.kind === 'markClear' || (one.kind === 'mark' && one.value === 0))
  if (!asksNothing) return undefined
  const { endpoint, polices } = origin
  const { direction, chainType } = polices
  const isHere = ({ interfaceName }: { readonly interfaceName: string }): boolean =>
    interfaceName === endpoint.interfaceName
  const workload = endpoint.kind === 'workload' ? plan.workloads.find(isHere) : undefined
  const host = endpoint.kind === 'host' ? allHostEndpoints(plan).find(isHere) : undefined
  const tiers: readonly PlannedTier[] = workload?.tiers ?? host?.tiers[chainType] ?? []
  if (origin.kind === 'endpoint') {
    return { endpoint, ...polices, policies: [], profiles: workload?.profiles ?? host?.profiles ?? [] }
  }
  const tier = tiers.find(({ name }) => name === origin.tier)
  const policies = tier?.[direction].flatMap(({ enforced }) => enforced) ?? []
  return { endpoint, ...polices, tier: origin.tier, policies, profiles: [] }
}
