// Rules of policies that never decide anything, over all endpoints of all nodes that were looked at.

import { nodeNetsOf } from '../analysis/node-nets-of.ts'
import { sentPackets } from '../analysis/real-packets.ts'
import { type RuleUse, ruleUses } from '../analysis/rule-use.ts'
import { HeaderSets } from '../analysis/sets/header-sets.ts'
import { interfaceNames } from '../analysis/sets/interface-names.ts'
import { SetWalker } from '../analysis/sets/node-walk.ts'
import { createSpace } from '../analysis/sets/packet-space.ts'
import { allocateMarks } from '../calico/marks.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Origin, Ruleset } from '../model/ruleset.ts'
import { type KernelTables, kernelTablesOf } from '../netfilter/kernel-tables.ts'

export type PolicyRuleOrigin = Extract<Origin, { readonly kind: 'policyRule' }>

/** What is known of one rule of a policy. */
export interface PolicyRuleUse {
  readonly origin: PolicyRuleOrigin
  /** With the pods and network sets of the input. */
  readonly today: Use
  /** Whatever labels select: what is not so today may become so, what is never so stays. */
  readonly ever: Use
  readonly takenBy: readonly PolicyRuleOrigin[]
}

export interface Use {
  readonly isEntered: boolean
  readonly canFit: boolean
  readonly isMet: boolean
  readonly isNeeded: boolean
}

interface Known {
  readonly origin: PolicyRuleOrigin
  today: Use
  ever: Use
  readonly takenBy: Set<string>
}

const NOTHING: Use = { isEntered: false, canFit: false, isMet: false, isNeeded: false }

export interface LookedAt {
  readonly ruleset: Ruleset
  readonly plan: NodePlan
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
}

/** Gathers what nodes and IP versions tell, one after the other. */
export class PolicyRuleUses {
  readonly #known = new Map<string, Known>()

  /** @throws TooManyNodesError where the sets grow over all bounds */
  add(looked: LookedAt): void {
    const tables = kernelTablesOf(looked.ruleset)
    const today = this.#walk(looked, tables)
    for (const use of today) {
      const known = this.#of(use)
      known.today = merge(known.today, use)
      for (const key of use.takenBy) known.takenBy.add(key)
    }
    const isSure = today.every(({ isMet, isNeeded }) => isMet && isNeeded)
    for (const use of isSure ? today : this.#walk(looked, withOpenSets(tables, looked.ruleset))) {
      const known = this.#of(use)
      known.ever = merge(known.ever, use)
    }
  }

  /** In the order in which they were found. */
  uses(): readonly PolicyRuleUse[] {
    return [...this.#known.values()].map(({ origin, today, ever, takenBy }) => ({
      origin,
      today,
      ever,
      takenBy: [...takenBy].flatMap(key => this.#known.get(key)?.origin ?? []),
    }))
  }

  #of({ key, rule }: RuleUse): Known {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (rule.origin.kind !== 'policyRule') throw new Error('a rule that nobody asked about')
    const made = { origin: rule.origin, today: NOTHING, ever: NOTHING, takenBy: new Set<string>() }
    this.#known.set(key, made)
    return made
  }

  #walk({ plan, resources, host }: LookedAt, tables: KernelTables): readonly RuleUse[] {
    const nets = nodeNetsOf(tables, { plan, resources, host })
    const space = createSpace(tables.ipVersion, interfaceNames([tables], nets.behind))
    const walker = new SetWalker(new HeaderSets(space), tables, nets, { withRules: true })
    const { iptablesMarkMask, wireguardEnabled, wireguardEnabledV6 } = plan.config
    const marks = allocateMarks(iptablesMarkMask, wireguardEnabled || wireguardEnabledV6, plan.release)
    return ruleUses(walker, sentPackets(walker), {
      keyOf: ({ origin }) => (origin.kind === 'policyRule' ? keyOf(origin) : undefined),
      scratchMarks: marks === undefined ? 0 : (marks.scratch0 | marks.scratch1) >>> 0,
    })
  }
}

function keyOf({ policy, direction, index }: PolicyRuleOrigin): string {
  return JSON.stringify([policy, direction, index])
}

function merge(a: Use, b: Use): Use {
  return {
    isEntered: a.isEntered || b.isEntered,
    canFit: a.canFit || b.canFit,
    isMet: a.isMet || b.isMet,
    isNeeded: a.isNeeded || b.isNeeded,
  }
}

/** Sets that labels make are left out: whether an address is in one of them cannot be said then. */
function withOpenSets(tables: KernelTables, { ipSets }: Ruleset): KernelTables {
  const fixed = ipSets.filter(({ source }) => source.kind === 'static' || source.kind === 'read')
  return { ...tables, ipSets: new Map(fixed.map(set => [set.name, set])) }
}
