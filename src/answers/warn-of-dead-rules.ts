// Says which rules never decide anything, and which could go.

import { groupBy } from '../text/group-by.ts'
import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Advice, Related, Report } from '../diagnostics/diagnostic.ts'
import { locationOf, type Origin } from '../model/origin.ts'
import { describeOrigin, policyName, ruleName } from '../words/origin.ts'
import type { PolicyRuleOrigin, PolicyRuleUse } from './dead-rules.ts'

/** Rules named as those that stand before another. */
const MOST_RELATED = 3

export interface DeadRuleScope {
  /** `ever`: only what is so whatever labels select; `also today`: what is so with the pods of the input, too. */
  readonly when: 'ever' | 'also today'
  /** `alike`: of nodes whose pods have the same labels one; `some`: there are others, of which nothing is known. */
  readonly nodes: 'all' | 'alike' | 'some'
}

export function warnOfDeadRules(uses: readonly PolicyRuleUse[], report: Report, scope: DeadRuleScope): void {
  const teller = new Teller(report, scope, new Map(uses.map(use => [policyName(use.origin.policy), rankOf(use)])))
  const told = new Set(scope.nodes === 'alike' ? uses.filter(({ isOfOneEndpoint }) => isOfOneEndpoint) : [])
  const tellAll = (
    groups: Iterable<readonly PolicyRuleUse[]>,
    tell: (group: readonly PolicyRuleUse[]) => boolean,
  ): void => {
    for (const group of groups) {
      const rest = group.filter(use => !told.has(use))
      if (rest.length === group.length && tell(group)) for (const use of group) told.add(use)
    }
  }
  tellAll(groupBy(uses, ({ tier, origin }) => `${tier} ${origin.direction}`).values(), group => teller.tier(group))
  tellAll(groupBy(uses, directionKey).values(), group => teller.policy(group))
  for (const use of uses) if (!told.has(use)) teller.rule(use)
}

class Teller {
  readonly #report: Report
  readonly #scope: DeadRuleScope
  /** `rankOf`, by name. */
  readonly #ranks: ReadonlyMap<string, number>

  constructor(report: Report, scope: DeadRuleScope, ranks: ReadonlyMap<string, number>) {
    this.#report = report
    this.#scope = scope
    this.#ranks = ranks
  }

  /** Whether no packet of a direction comes to any policy of a tier: said once. The other direction may count without any rule. */
  tier(uses: readonly PolicyRuleUse[]): boolean {
    const policies = [...new Map(uses.map(({ origin }) => [policyName(origin.policy), origin])).values()]
    const [first] = policies
    if (first === undefined || policies.length < 2 || uses.some(({ today }) => today.isEntered)) return false
    const isForever = uses.every(({ ever }) => !ever.isEntered)
    return this.#tell(isForever, 'dead-policy', first, {
      message: `no ${first.direction} packet comes to tier \`${uses[0]?.tier ?? ''}\`: tiers before it decide about all of the endpoints that its ${policies.length} policies with ${first.direction} rules select`,
      help: 'let an earlier tier pass some packets on, or remove the rules',
      related: policies.slice(1, MOST_RELATED + 1).map(other => ({
        message: `\`${policyName(other.policy)}\``,
        place: other.location,
      })),
    })
  }

  /** All rules of a policy in one direction: no packet comes to them, or none of them ever decides. */
  policy(uses: readonly PolicyRuleUse[]): boolean {
    const [first] = uses
    if (first === undefined) return false
    const { origin, isClosing } = first
    const { direction } = origin
    if (uses.every(({ today }) => !today.isEntered)) {
      const isForever = uses.every(({ ever }) => !ever.isEntered)
      return this.#tell(isForever, 'dead-policy', origin, {
        message: `no packet comes to the ${direction} rules of this policy`,
        help: 'a policy or tier before it decides about all packets of the endpoints that it selects',
      })
    }
    if (uses.length < 2 || uses.some(({ today }) => today.isMet)) return false
    const takers = uses
      .flatMap(({ takenBy, takenBefore }) => [...takenBy, ...whoTakes(takenBefore).named])
      .filter(other => other.kind !== 'policyRule' || policyName(other.policy) !== policyName(origin.policy))
    const before = uses.every(({ takenBefore }) => takenBefore.length > 0)
      ? this.#whoTakes(
          uses.flatMap(({ takenBefore }) => takenBefore),
          first,
        )
      : undefined
    const who = before === undefined ? '' : `: ${before.who ?? ''} take all packets that they match`
    return this.#tell(
      uses.every(({ ever }) => !ever.isMet),
      'dead-policy',
      origin,
      {
        message: `none of the ${uses.length} ${direction} rules of this policy ever decides${who}${isClosing ? '; it counts only as one of those that allow nothing' : ''}`,
        help:
          before !== undefined && before.help !== MOVE_UP
            ? before.help
            : `move it up, ${isClosing ? 'or ' : ''}correct what its rules ask for${isClosing ? '' : ', or remove it'}`,
        related: related(takers),
      },
    )
  }

  rule(use: PolicyRuleUse): void {
    const { origin, today, ever, takenBy, takenBefore } = use
    if (today.isMet && today.isNeeded) return
    const name = ruleName(origin)
    const isForever = today.isMet ? !ever.isNeeded : !ever.isMet
    if (today.isMet) {
      this.#tell(isForever, 'redundant-rule', origin, {
        message: `nothing would change without \`${name}\`: the other rules of its policy decide its packets alike`,
        help: 'remove it, or say what it should decide differently',
      })
      return
    }
    if (!today.canFit) {
      this.#tell(isForever, 'dead-rule', origin, {
        message: `\`${name}\` never matches a packet`,
        help: 'what it asks for cannot be true together, or nothing has it',
      })
      return
    }
    const { who, help, named } =
      takenBy.length === 0
        ? this.#whoTakes(takenBefore, use)
        : { who: 'rules before it', help: MOVE_UP, named: takenBy }
    this.#tell(isForever, 'dead-rule', origin, {
      message: `\`${name}\` never decides: ${who === undefined ? 'no packet that it matches comes to it' : `${who} take all packets that it matches`}`,
      help,
      related: related(named),
    })
  }

  #whoTakes(origins: readonly Origin[], own: PolicyRuleUse): Takers {
    const takers = whoTakes(origins)
    const isBefore = (origin: Origin): boolean =>
      origin.kind === 'policyRule' && (this.#ranks.get(policyName(origin.policy)) ?? 0) > rankOf(own)
    // No order brings a policy before those of a table that comes first.
    if (takers.who !== POLICIES || !takers.named.every(isBefore)) return takers
    const who = own.isEarly ? 'doNotTrack policies' : 'doNotTrack or preDNAT policies'
    return { ...takers, who, help: 'remove it, or take its packets out of theirs' }
  }

  /** What is so with the pods of the input only, or on some nodes, is a note. @returns true */
  #tell(isForever: boolean, code: DiagnosticCode, { location }: PolicyRuleOrigin, { message, ...advice }: Words): true {
    const { when, nodes } = this.#scope
    const where = nodes === 'some' ? 'on the nodes that were looked at, ' : ''
    if (isForever && where === '') this.#report.warn(code, message, location, advice)
    else if (when === 'also today')
      this.#report.note(code, `${where}${isForever ? '' : "with today's pods, "}${message}`, location, advice)
    return true
  }
}

/** The higher one comes first, whatever the orders say. */
function rankOf({ isEarly, isUntracked }: PolicyRuleUse): number {
  return Number(isEarly) + Number(isUntracked)
}

interface Words extends Advice {
  readonly message: string
}

const MOVE_UP = 'move it up, or remove it'

const POLICIES = 'policies before it'

interface Takers {
  /** Several of them; undefined where nobody is known. */
  readonly who: string | undefined
  readonly help: string
  readonly named: readonly Origin[]
}

/** Who takes packets before they come to a policy. */
function whoTakes(origins: readonly Origin[]): Takers {
  const policies = origins.filter(({ kind }) => ['policyRule', 'tier', 'profileRule'].includes(kind))
  const failsafes = origins.filter(origin => failsafeField(origin) !== undefined)
  const named = [...failsafes, ...policies]
  if (failsafes.length > 0) {
    const fields = [...new Set(failsafes.flatMap(origin => failsafeField(origin) ?? []))]
    const ports = `fail-safe ports (\`${fields.join('`, `')}\`)`
    return {
      who: policies.length === 0 ? ports : `${ports} and policies before it`,
      help: 'take what it asks for out of the fail-safe ports, or remove it',
      named,
    }
  }
  if (policies.length > 0) return { who: POLICIES, help: MOVE_UP, named }
  const [first] = origins
  if (first === undefined) return { who: undefined, help: 'remove it', named: [] }
  return { who: `rules before all policy (${describeOrigin(first)})`, help: 'remove it', named: origins }
}

function failsafeField(origin: Origin): string | undefined {
  const field = origin.kind === 'felixConfiguration' || origin.kind === 'calicoDefault' ? origin.field : undefined
  return field?.startsWith('failsafe') === true ? field : undefined
}

/** Those that have a place in the input. */
function related(origins: readonly Origin[]): readonly Related[] {
  const byWords = new Map<string, Related>()
  for (const origin of origins) {
    const place = locationOf(origin)
    if (place === undefined) continue
    const name = origin.kind === 'policyRule' ? `\`${ruleName(origin)}\`` : describeOrigin(origin)
    byWords.set(describeOrigin(origin), { message: `${name} takes some of them`, place })
  }
  return [...byWords.values()].slice(0, MOST_RELATED)
}

function directionKey({ origin: { policy, direction } }: PolicyRuleUse): string {
  return `${policyName(policy)} ${direction}`
}
