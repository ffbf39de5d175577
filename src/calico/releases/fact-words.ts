// What the facts of a release mean, in words: for the comparison of two releases, and for docs/releases.md.

import type { ReleaseFacts } from './release.ts'

export type FactKey = keyof ReleaseFacts

/** A sentence without its full stop for each value of a fact; for facts that are no words, one for all of them. */
type WordsOf<V> = [V] extends [string]
  ? Readonly<Record<V, string>>
  : [V] extends [boolean]
    ? Readonly<Record<'true' | 'false', string>>
    : string

/** Facts that are lists have one sentence, which says what they list. */
const FACT_WORDS: { readonly [K in FactKey]: WordsOf<ReleaseFacts[K]> } = {
  policyChainId: {
    kindAndName: 'policy chains are named after kind, namespace and name',
    tierAndInternalName: 'policy chains are named after the tier and the stored name',
    internalName: 'policy chains are named after the stored name',
  },
  policyIdentity: {
    kindAndName: 'comments, log prefixes, flow logs and ties know a policy by kind, namespace and name',
    internalName:
      'comments, log prefixes, flow logs and ties know a policy by its stored name, `default.web` for `web`',
  },
  policyGroups: {
    selectorAndKinds: 'group chains are named after the selector and the kinds and names of the policies',
    tierAndNames: 'group chains are named after the tier, the selector and the stored names of the policies',
    none: 'there are no group chains: every policy is jumped to by itself',
  },
  tierOfPolicy: {
    field: 'the tier of a policy is its `spec.tier`',
    namePrefix: 'the tier of a policy is what stands before the dot of its stored name',
    none: 'there are no tiers: all policies are one list',
  },
  policyNames: {
    oneDot: 'a policy may have any name with at most one dot',
    tierPrefix: 'the name of a policy begins with its tier and a dot, unless that is `default`',
    oneLabel: 'the name of a policy has no dot',
  },
  builtInTiers: 'tiers that are there without being declared',
  hasDropMark: {
    true: 'a Deny sets a bit of the mark of its own, and the rule behind it drops what has the bit; the bits after it move up',
    false: 'a Deny is one rule, which drops',
  },
  keepsTrailingReturns: {
    true: 'an Allow or Pass at the end of a chain keeps its RETURN',
    false: 'an Allow or Pass at the end of a chain has no RETURN behind it',
  },
  endpointChainClears: {
    acceptAndPass: 'endpoint chains begin by clearing the bits of Allow and Pass',
    accept: 'endpoint chains begin by clearing the bit of Allow',
  },
  policiesStart: {
    startOfTier: 'each tier begins with a rule `Start of tier NAME`',
    startOfPolicies: 'the policies of an endpoint begin with a rule `Start of policies`',
    none: 'no rule stands in front of the policies of an endpoint',
  },
  namesTierAtEnd: {
    true: 'the rule that drops at the end of a tier names the tier',
    false: 'the rule that drops at the end of policy does not name a tier',
  },
  forwardDefault: {
    eitherDirection: 'forwarded traffic is allowed where no forward policy selects the endpoint in either direction',
    eachDirection: 'forwarded traffic is allowed in each direction in which no forward policy selects the endpoint',
  },
  podLimits: {
    withBurst: 'packet rates of pods, with bursts, and connection limits are kept',
    withoutBurst: 'packet rates of pods, without bursts, and connection limits are kept',
    none: 'packet rates and connection limits of pods are ignored',
  },
  hasLogSpecifiers: {
    true: '`%t`, `%k`, `%n` and `%p` in `logPrefix` stand for the policy',
    false: '`logPrefix` is written as it stands',
  },
  forcesAssumedPolicies: {
    true: 'chains of policies with `AssumeNeededOnEveryNode` are always written',
    false: 'chains of policies with `AssumeNeededOnEveryNode` are written where something leads to them',
  },
  dropsExcludedEverything: {
    true: '`0.0.0.0/0` in `notNets` is refused, and such a rule is left out',
    false: '`0.0.0.0/0` in `notNets` is accepted and written, and never matches',
  },
  hasVxlanNotrack: {
    true: 'VXLAN packets are not tracked',
    false: 'VXLAN packets are tracked like others',
  },
  natPostroutingHook: {
    append: 'the jump from nat POSTROUTING is appended',
    insert: 'the jump from nat POSTROUTING is inserted',
  },
  hasDscp: {
    true: 'DSCP values that endpoints ask for are set',
    false: 'DSCP values that endpoints ask for are ignored',
  },
  endpointMarkChains: {
    byKind: 'under IPVS, child chains of `cali-set-endpoint-mark` are apart for pods and host endpoints',
    shared:
      'under IPVS, child chains of `cali-set-endpoint-mark` are named alike for pods and host endpoints, and may clash',
  },
  splitsExemptionsByVersion: {
    true: 'source prefixes of pods are written for their own IP version',
    false: 'source prefixes of pods are written for both IP versions, which iptables refuses',
  },
  manglesPercentSigns: {
    true: 'percent signs in log prefixes and annotations are mangled',
    false: 'percent signs in log prefixes and annotations are written as they stand',
  },
  poolSetId: {
    'network-ip-pools': 'the set of all pools is called `network-ip-pools`',
    'all-ipam-pools': 'the set of all pools is called `all-ipam-pools`',
  },
  loadBalancerPools: {
    leftOut: 'pools for load balancers alone are not in the set of all pools',
    inPoolSet: 'pools for load balancers alone are in the set of all pools',
  },
  hostNets: {
    bgp: 'the set of all hosts holds the BGP addresses of nodes',
    anyIpv4: 'the set of all hosts holds one IPv4 address of each node, with BGP or without',
  },
  suppressesCoveredNets: {
    true: 'nets that another one of the same set covers are left out, unless `nftablesMode` is `Disabled`',
    false: 'nets that another one of the same set covers stay',
  },
  portNamesNeedProtocol: {
    true: 'a rule with port names alone needs a protocol',
    false: 'a rule with port names alone needs no protocol',
  },
  unconvertiblePolicy: {
    withoutRule: 'a rule of a Kubernetes policy that cannot be converted is left out, or denies everything',
    missing: 'a Kubernetes policy with a rule that cannot be converted is missing as a whole',
  },
  refusesNegatedGlobal: {
    true: '`!global()` in the `namespaceSelector` of a rule is refused',
    false: '`!global()` in the `namespaceSelector` of a rule is accepted',
  },
  refusesGlobalInPools: {
    true: '`global()` in the `nodeSelector` of a pool is refused',
    false: '`global()` in the `nodeSelector` of a pool is accepted',
  },
  missingKinds: 'kinds',
  missingFields: 'fields',
  missingValues: 'values',
  felixDefaults: 'defaults of FelixConfiguration',
  felixUnknownValues: 'values of FelixConfiguration that Felix does not know',
}

export const FACT_KEYS = Object.keys(FACT_WORDS) as readonly FactKey[]

/** Facts in which two releases differ. */
export function differingFacts(a: ReleaseFacts, b: ReleaseFacts): readonly FactKey[] {
  return FACT_KEYS.filter(key => JSON.stringify(a[key]) !== JSON.stringify(b[key]))
}

/** A fact in words; of one that is a list, what it lists. */
export function factWords(facts: ReleaseFacts, key: FactKey): string {
  const words: string | Readonly<Record<string, string>> = FACT_WORDS[key]
  return typeof words === 'string' ? words : (words[String(facts[key])] ?? '')
}
