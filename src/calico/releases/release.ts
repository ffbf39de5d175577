// What is true of one release of Calico where releases differ. Data alone: it travels with a plan, into workers and JSON.
// Code asks for a fact by its name and never compares versions.

export interface ReleaseFacts {
  // How policies are known.

  /** What chain names of policies are made of. */
  readonly policyChainId: 'internalName' | 'tierAndInternalName' | 'kindAndName'
  /** How chain comments, flow logs, log prefixes and ties know a policy: by one string, or by kind, namespace and name. */
  readonly policyIdentity: 'internalName' | 'kindAndName'
  /** What the names of group chains are made of; `none`: every policy is jumped to by itself. */
  readonly policyGroups: 'none' | 'tierAndNames' | 'selectorAndKinds'
  /** Where the tier of a policy is read off; `none`: all policies are one list. */
  readonly tierOfPolicy: 'none' | 'namePrefix' | 'field'
  /** Names of Calico's policies: no dot; the tier and a dot in front in all tiers but the default; at most one dot. */
  readonly policyNames: 'oneLabel' | 'tierPrefix' | 'oneDot'
  /** Tiers that every cluster has. */
  readonly builtInTiers: readonly BuiltInTier[]

  // Chains of policies and endpoints.

  /** A Deny sets a bit of the mark, and a rule behind it drops what has the bit. */
  readonly hasDropMark: boolean
  /** An Allow or Pass at the end of a chain keeps its RETURN. */
  readonly keepsTrailingReturns: boolean
  readonly endpointChainClears: 'accept' | 'acceptAndPass'
  /** The rule in front of the policies of an endpoint chain. */
  readonly policiesStart: 'startOfPolicies' | 'none' | 'startOfTier'
  /** The comment of the rule that ends a tier names the tier. */
  readonly namesTierAtEnd: boolean
  /** Forwarded traffic is allowed where no forward policy selects the endpoint: in this direction, or in either. */
  readonly forwardDefault: 'eachDirection' | 'eitherDirection'
  /** Packet rates and connection limits of pods. */
  readonly podLimits: 'none' | 'withoutBurst' | 'withBurst'
  /** `%t`, `%k`, `%n` and `%p` in the log prefix stand for the policy. */
  readonly hasLogSpecifiers: boolean
  /** Chains of policies with `AssumeNeededOnEveryNode` are written although nothing leads to them. */
  readonly forcesAssumedPolicies: boolean
  /** A rule that excludes the whole address space is left out, and refused where it is written. */
  readonly dropsExcludedEverything: boolean

  // Static chains.

  /** VXLAN packets are not tracked. */
  readonly hasVxlanNotrack: boolean
  readonly natPostroutingHook: 'insert' | 'append'
  /** Endpoints may ask for a DSCP value. */
  readonly hasDscp: boolean
  /** Child chains of endpoint marks under IPVS: one for both kinds of endpoints may clash. */
  readonly endpointMarkChains: 'shared' | 'byKind'
  /** Source prefixes of pods are written for their own IP version only. */
  readonly splitsExemptionsByVersion: boolean
  /** Percent signs in a rule are written as Go's printf without arguments has them. */
  readonly manglesPercentSigns: boolean

  // IP sets.

  readonly poolSetId: 'all-ipam-pools' | 'network-ip-pools'
  readonly loadBalancerPools: 'inPoolSet' | 'leftOut'
  /** What the set of all hosts is made of: some IPv4 address of each node, or BGP addresses. */
  readonly hostNets: 'anyIpv4' | 'bgp'
  /** CIDRs of a selector's set that another one covers are left out, unless nftablesMode is `Disabled`. */
  readonly suppressesCoveredNets: boolean

  // Input.

  /** A rule with port names alone needs a protocol. */
  readonly portNamesNeedProtocol: boolean
  /** What becomes of a policy of Kubernetes with a rule that cannot be converted. */
  readonly unconvertiblePolicy: 'missing' | 'withoutRule'
  /** `!global()` is refused in the namespaceSelector of a rule. */
  readonly refusesNegatedGlobal: boolean
  /** `global()` is refused in the nodeSelector of a pool. */
  readonly refusesGlobalInPools: boolean
  /** Kinds that some other release takes, as `apiVersion kind`. */
  readonly missingKinds: readonly string[]
  /** Fields that some other release takes, by kind, as dotted paths; `*` stands for every item of a list. */
  readonly missingFields: Readonly<Record<string, readonly string[]>>
  /** Values that some other release takes, by kind and dotted path. */
  readonly missingValues: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** Defaults of Felix's parameters that are not those of the newest release, in Felix's own notation. */
  readonly felixDefaults: Readonly<Record<string, string>>
  /** Values that Felix of this release does not know and takes its default for, though the API lets them pass. */
  readonly felixUnknownValues: Readonly<Record<string, readonly string[]>>
}

export interface Release extends ReleaseFacts {
  /** `v3.32.1` */
  readonly name: string
}

export interface BuiltInTier {
  readonly name: string
  readonly order: number
  readonly defaultAction: 'Deny' | 'Pass'
}

/** A minor release: what its last patch does, and what earlier patches did otherwise. */
export interface MinorRelease {
  /** 32 of v3.32 */
  readonly minor: number
  /** 1 of v3.32.1 */
  readonly lastPatch: number
  /** Of the last patch. */
  readonly facts: ReleaseFacts
  /** What patches before the named one did otherwise, newest change first. */
  readonly before: readonly { readonly patch: number; readonly facts: Partial<ReleaseFacts> }[]
}

/** Fields by kind, with more of them. */
export function withFields(
  fields: Readonly<Record<string, readonly string[]>>,
  more: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  const kinds = new Set([...Object.keys(fields), ...Object.keys(more)])
  return Object.fromEntries([...kinds].map(kind => [kind, [...(fields[kind] ?? []), ...(more[kind] ?? [])]]))
}
