// Rules of policies that never decide anything, over all endpoints of all nodes that were looked at.

import { nodeNetsOf } from '../analysis/node-nets-of.ts'
import { sentPackets } from '../analysis/real-packets.ts'
import { type RuleUse, ruleUses } from '../analysis/rule-use.ts'
import { HeaderSets } from '../analysis/sets/header-sets.ts'
import { interfaceNames } from '../analysis/sets/interface-names.ts'
import { SetWalker } from '../analysis/sets/node-walk.ts'
import { ruleName } from '../words/origin.ts'
import type { Bdd } from '../analysis/sets/bdd.ts'
import { createSpace, STATES } from '../analysis/sets/packet-space.ts'
import { combine } from '../calico/marks.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import { formatPolicyId } from '../calico/policy-names.ts'
import type { NodePlan, PlannedHostEndpoint, PlannedPolicy, PlannedWorkload } from '../model/plan.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Origin } from '../model/origin.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { TCP_FLAGS } from '../netfilter/tcp-flags.ts'
import { type KernelTables, kernelTablesOf } from '../netfilter/kernel-tables.ts'
import { EndpointClasses, endpointsOf, policiesMet, withEndpoints } from './endpoint-classes.ts'
import { DIRECTIONS } from '../model/ast/policy.ts'

export type PolicyRuleOrigin = Extract<Origin, { readonly kind: 'policyRule' }>

/** What is known of one rule of a policy. */
export interface PolicyRuleUse {
  readonly origin: PolicyRuleOrigin
  readonly tier: string
  /** What its policy selects is denied what no policy of the tier decides. */
  readonly isClosing: boolean
  /** Its policy decides before conntrack or DNAT, and before all others. */
  readonly isEarly: boolean
  /** It decides before conntrack, and so before preDNAT policies. */
  readonly isUntracked: boolean
  /** It looks at the address of the endpoint itself: endpoints with the same labels may show other things of it. */
  readonly isOfOneEndpoint: boolean
  /** With the pods and network sets of the input. */
  readonly today: Use
  /** Whatever labels select: what is not so today may become so, what is never so stays. */
  readonly ever: Use
  readonly takenBy: readonly PolicyRuleOrigin[]
  /** Where none of its own policy does: those of other policies and tiers, fail-safe ports, what Calico always has. */
  readonly takenBefore: readonly Origin[]
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
  readonly takenBefore: Set<Origin>
}

const NOTHING: Use = { isEntered: false, canFit: false, isMet: false, isNeeded: false }

export interface LookedAt {
  readonly plan: NodePlan
  /** The rules of a plan; undefined where the node has none of the IP version. */
  readonly rulesetOf: (plan: NodePlan, ipVersion: IpVersion) => Ruleset | undefined
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
}

/** A node with the endpoints that may show something new. */
interface Part extends Omit<LookedAt, 'rulesetOf'> {
  readonly ruleset: Ruleset
}

/** Gathers what nodes tell, one after the other; of endpoints that meet the same policies only the first is looked at. */
export class PolicyRuleUses {
  readonly #known = new Map<string, Known>()
  readonly #classes = new EndpointClasses()
  readonly #waiting: LookedAt[] = []
  /** Of policies. */
  readonly #tiers = new Map<string, Pick<PolicyRuleUse, 'tier' | 'isClosing' | 'isEarly' | 'isUntracked'>>()

  /** How many policies all endpoints that are to be looked at meet. */
  work = 0

  add(looked: LookedAt): void {
    const plan = this.#classes.unseen(looked.plan)
    const met = endpointsOf(plan).reduce((sum, endpoint) => sum + policiesMet(endpoint).length, 0)
    if (met === 0) return
    for (const { name, tier, policies } of plan.matching.tiers) {
      for (const { id, preDNAT, doNotTrack } of policies) {
        const isEarly = preDNAT || doNotTrack
        const isClosing = !isEarly && tier?.defaultAction !== 'Pass'
        this.#tiers.set(formatPolicyId(id), { tier: name, isClosing, isEarly, isUntracked: doNotTrack })
      }
    }
    this.work += met
    this.#waiting.push({ ...looked, plan })
  }

  /**
   * Rules in the order in which they were found.
   * @throws TooManyNodesError where the sets grow over all bounds
   */
  uses(): readonly PolicyRuleUse[] {
    for (const looked of this.#waiting.splice(0)) this.#look(looked)
    return [...this.#known.values()].map(({ origin, today, ever, takenBy, takenBefore }) => ({
      origin,
      ...(this.#tiers.get(formatPolicyId(origin.policy)) ?? {
        tier: '',
        isClosing: true,
        isEarly: false,
        isUntracked: false,
      }),
      isOfOneEndpoint: this.#classes.looksAtOwnAddress(formatPolicyId(origin.policy), origin.direction),
      today,
      ever,
      takenBy: [...takenBy].flatMap(key => this.#known.get(key)?.origin ?? []),
      takenBefore: [...takenBefore],
    }))
  }

  /** What shows once that a rule decides is not looked at for it again: not in IPv6, and not with other labels. */
  #look(looked: LookedAt): void {
    for (const ipVersion of [4, 6] as const) {
      const part = this.#partOf(looked, ipVersion, 'today')
      for (const use of part === undefined ? [] : this.#walk(part, kernelTablesOf(part.ruleset))) {
        const known = this.#of(use)
        known.today = merge(known.today, use)
        for (const key of use.takenBy) known.takenBy.add(key)
        for (const rule of use.takenBefore) known.takenBefore.add(rule.origin)
      }
    }
    for (const ipVersion of [4, 6] as const) {
      const part = this.#partOf(looked, ipVersion, 'ever')
      if (part === undefined) continue
      for (const use of this.#walk(part, withOpenSets(kernelTablesOf(part.ruleset), part.ruleset))) {
        const known = this.#of(use)
        known.ever = merge(known.ever, use)
      }
    }
  }

  /** Only the endpoints whose policies have rules that have not shown that they decide. */
  #partOf(looked: LookedAt, ipVersion: IpVersion, when: 'today' | 'ever'): Part | undefined {
    const { rulesetOf, resources, host } = looked
    const isSure = ({ today, ever }: Known): boolean => isUsed(today) || (when === 'ever' && isUsed(ever))
    const sure = new Set([...this.#known].flatMap(([key, known]) => (isSure(known) ? [key] : [])))
    const isOpen = (policy: PlannedPolicy): boolean =>
      DIRECTIONS.some(direction =>
        policy[direction].some(
          ({ index, location }) =>
            !sure.has(keyOf({ policy: policy.id, direction, index, ...(location === undefined ? {} : { location }) })),
        ),
      )
    const has = (endpoint: PlannedWorkload | PlannedHostEndpoint): boolean => policiesMet(endpoint).some(isOpen)
    const plan = withEndpoints(looked.plan, has, has)
    if (endpointsOf(plan).length === 0) return undefined
    const ruleset = rulesetOf(plan, ipVersion)
    const names = new Set(plan.workloads.map(({ name }) => name))
    const here = resources.filter(
      one => one.kind !== 'workloadEndpoint' || one.node !== plan.nodeName || names.has(`${one.namespace}/${one.name}`),
    )
    return ruleset && { plan, ruleset, resources: here, host }
  }

  #of({ key, rule }: RuleUse): Known {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    if (rule.origin.kind !== 'policyRule') throw new Error('a rule that nobody asked about')
    const made = {
      origin: rule.origin,
      today: NOTHING,
      ever: NOTHING,
      takenBy: new Set<string>(),
      takenBefore: new Set<Origin>(),
    }
    this.#known.set(key, made)
    return made
  }

  #walk({ plan, resources, host }: Part, tables: KernelTables): readonly RuleUse[] {
    const nets = nodeNetsOf(tables, { plan, resources, host })
    const space = createSpace(tables.ipVersion, interfaceNames([tables], nets.behind))
    const walker = new SetWalker(new HeaderSets(space), tables, nets, { withRules: true })
    return ruleUses(walker, firstPackets(walker), {
      keyOf: ({ origin }) => (origin.kind === 'policyRule' ? keyOf(origin) : undefined),
      scratchMarks: combine(plan.marks.scratch0, plan.marks.scratch1),
    })
  }
}

/** One rule of a Kubernetes policy may stand for several of Calico's: they are one. */
function keyOf(rule: Pick<PolicyRuleOrigin, 'policy' | 'direction' | 'index'> & Partial<PolicyRuleOrigin>): string {
  return `${formatPolicyId(rule.policy)} ${rule.direction} ${ruleName(rule)}`
}

function isUsed({ isMet, isNeeded }: Use): boolean {
  return isMet && isNeeded
}

function merge(a: Use, b: Use): Use {
  return {
    isEntered: a.isEntered || b.isEntered,
    canFit: a.canFit || b.canFit,
    isMet: a.isMet || b.isMet,
    isNeeded: a.isNeeded || b.isNeeded,
  }
}

/** Rules of policies cannot tell other packets of a connection, nor flags of TCP: the first packet stands for all of them. */
function firstPackets(walker: SetWalker): Bdd {
  const { headers, space } = walker
  const { store } = space
  const isFirst = store.and(headers.states([STATES.indexOf('NEW')]), headers.tcpFlags(TCP_FLAGS, ['SYN']))
  return store.minus(store.and(sentPackets(walker), isFirst), headers.reversePathFails())
}

/** Sets that labels make are left out: whether an address is in one of them cannot be said then. */
function withOpenSets(tables: KernelTables, { ipSets }: Ruleset): KernelTables {
  const fixed = ipSets.filter(({ source }) => source.kind === 'static' || source.kind === 'read')
  return { ...tables, ipSets: new Map(fixed.map(set => [set.name, set])) }
}
