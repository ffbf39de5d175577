// The input sorted by kind, completed with what every cluster has.

import { policyIdentity } from '../calico/policy-names.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import { ANY_ENTITY, type Policy, type PolicyRule } from '../model/ast/policy.ts'
import type { FelixEnvironment } from '../model/ast/felix-environment.ts'
import type {
  AutomaticHostEndpoints,
  BgpConfiguration,
  FelixConfiguration,
  IpPool,
  NetworkSet,
  Node,
  Profile,
  Resource,
  Tier,
} from '../model/ast/resources.ts'
import type { EndpointSlice } from '../model/ast/service.ts'
import { formatCidr } from '../net/cidr.ts'
import { compareBytes } from '../text/bytes.ts'
import { groupBy } from '../text/group-by.ts'
import type { PlannerMemory } from './planner-memory.ts'

export interface Cluster {
  readonly policies: readonly Policy[]
  readonly tiers: ReadonlyMap<string, Tier>
  readonly workloadEndpoints: readonly WorkloadEndpoint[]
  readonly hostEndpoints: readonly HostEndpoint[]
  readonly networkSets: readonly NetworkSet[]
  readonly profiles: ReadonlyMap<string, Profile>
  readonly ipPools: readonly IpPool[]
  readonly nodes: ReadonlyMap<string, Node>
  readonly felixConfigurations: readonly FelixConfiguration[]
  readonly felixEnvironments: readonly FelixEnvironment[]
  readonly bgpConfigurations: readonly BgpConfiguration[]
  readonly endpointSlices: readonly EndpointSlice[]
  /** What has made host endpoints of the nodes that the input has. */
  readonly automaticHostEndpoints: readonly AutomaticHostEndpoints[]
}

const ALLOW: PolicyRule = { action: 'Allow', source: ANY_ENTITY, destination: ANY_ENTITY, annotations: [] }

/** Built in, open in both directions. */
export const ALLOW_ALL_PROFILE: Profile = {
  kind: 'profile',
  name: 'projectcalico-default-allow',
  labelsToApply: {},
  ingress: [ALLOW],
  egress: [ALLOW],
}

/** Sorts resources by kind; two of one identity are an error. @param memory what is known of an earlier version */
export function gatherCluster(
  resources: readonly Resource[],
  release: Release,
  report: Report,
  memory: PlannerMemory,
): Cluster {
  const byKind = groupBy(resources, ({ kind }) => kind)
  const unique = <K extends Resource['kind']>(kind: K): readonly OfKind<K>[] => {
    const items = (byKind.get(kind) ?? []) as readonly Resource[] as readonly OfKind<K>[]
    return memory.unique(kind, items, release, () => withoutRepeats(items, release, report))
  }
  return {
    policies: unique('policy'),
    tiers: byName(unique('tier')),
    workloadEndpoints: unique('workloadEndpoint'),
    hostEndpoints: unique('hostEndpoint'),
    networkSets: unique('networkSet'),
    profiles: byName([ALLOW_ALL_PROFILE, ...unique('profile')]),
    ipPools: withoutSameCidr(unique('ipPool')),
    nodes: byName(unique('node')),
    felixConfigurations: unique('felixConfiguration'),
    felixEnvironments: unique('felixEnvironment'),
    bgpConfigurations: unique('bgpConfiguration'),
    endpointSlices: unique('endpointSlice'),
    automaticHostEndpoints: unique('automaticHostEndpoints'),
  }
}

type OfKind<K extends Resource['kind']> = Resource & { readonly kind: K }

function byName<T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> {
  return new Map(items.map(item => [item.name, item] as const))
}

/** The first of each identity; the others are errors. */
function withoutRepeats<T extends Resource>(
  items: readonly T[],
  release: Release,
  report: Report,
): { readonly unique: readonly T[]; readonly isClean: boolean } {
  const seen = new Map<string, Location | undefined>()
  const unique = items.filter(resource => {
    const identity = identityOf(resource, release)
    if (identity === undefined) return true
    const place = 'location' in resource ? resource.location : undefined
    if (seen.has(identity)) {
      reportDuplicate(identity, place, seen.get(identity), report)
      return false
    }
    seen.set(identity, place)
    return true
  })
  return { unique, isClean: unique.length === items.length }
}

/** What must be unique; undefined for resources that never clash. */
function identityOf(resource: Resource, release: Release): string | undefined {
  switch (resource.kind) {
    case 'policy':
      return policyIdentity(resource.id, release)
    case 'workloadEndpoint':
      return `workload endpoint ${resource.node}/${resource.orchestrator}/${resource.namespace}/${resource.name}/${resource.endpoint}`
    case 'networkSet':
      return resource.namespace === ''
        ? `GlobalNetworkSet ${resource.name}`
        : `NetworkSet ${resource.namespace}/${resource.name}`
    case 'endpointSlice':
    case 'namespace':
    case 'service':
    case 'hostNetworkPod':
    case 'finishedPod':
    case 'podTemplate':
    case 'felixEnvironment':
    case 'automaticHostEndpoints':
      return undefined
    default:
      return `${resource.kind} ${resource.name}`
  }
}

function reportDuplicate(
  identity: string,
  place: Location | undefined,
  first: Location | undefined,
  report: Report,
): void {
  report.error('duplicate-resource', `\`${identity}\` is in the input twice`, place, {
    help: 'keep one of them: which one a cluster would have depends on who applied last',
    related: first === undefined ? undefined : [{ message: 'first here', place: first }],
  })
}

/** Felix indexes pools by network; of several with the same one, the smallest resource name counts. */
function withoutSameCidr(pools: readonly IpPool[]): readonly IpPool[] {
  const byCidr = new Map<string, IpPool>()
  for (const pool of pools) {
    const key = formatCidr(pool.cidr)
    const known = byCidr.get(key)
    if (known === undefined || compareBytes(pool.name, known.name) < 0) byCidr.set(key, pool)
  }
  return [...byCidr.values()].sort((a, b) => compareBytes(a.name, b.name))
}
