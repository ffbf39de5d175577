// What was worked out for an earlier version of the cluster, so that only what depends on a change is worked out again.

import type { Release } from '../calico/releases/release.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { EndpointSlice } from '../model/ast/service.ts'
import type { NetworkSet, Profile, Resource } from '../model/ast/resources.ts'
import type { PlannedIpSet } from '../model/plan.ts'

interface KeptKind {
  readonly items: readonly Resource[]
  readonly release: Release
  readonly result: readonly Resource[]
}

/** Members of sets come of these, and of nothing else. */
interface MemberSources {
  readonly workloadEndpoints: readonly WorkloadEndpoint[]
  readonly hostEndpoints: readonly HostEndpoint[]
  readonly networkSets: readonly NetworkSet[]
  readonly endpointSlices: readonly EndpointSlice[]
  readonly profiles: ReadonlyMap<string, Profile>
  readonly suppressCovered: boolean
}

/** Owned by whoever plans one cluster again and again. */
export class PlannerMemory {
  readonly #kinds = new Map<string, KeptKind>()
  #members: MemberSources | undefined
  #sets = new Map<string, PlannedIpSet>()

  /** Resources of one kind without those that are there twice; the same list as before where nothing changed. */
  unique<T extends Resource>(
    kind: string,
    items: readonly T[],
    release: Release,
    make: () => { readonly unique: readonly T[]; readonly isClean: boolean },
  ): readonly T[] {
    const known = this.#kinds.get(kind)
    if (known !== undefined && known.release === release && isSameList(known.items, items))
      return known.result as readonly T[]
    const { unique, isClean } = make()
    // What is there twice is said each time.
    if (isClean) this.#kinds.set(kind, { items, release, result: unique })
    else this.#kinds.delete(kind)
    return unique
  }

  /** The sets whose members are what they were; empty when something that has addresses or labels changed. */
  knownSets(sources: MemberSources): Map<string, PlannedIpSet> {
    const last = this.#members
    const isSame =
      last !== undefined &&
      last.suppressCovered === sources.suppressCovered &&
      isSameList(last.workloadEndpoints, sources.workloadEndpoints) &&
      isSameList(last.hostEndpoints, sources.hostEndpoints) &&
      isSameList(last.networkSets, sources.networkSets) &&
      isSameList(last.endpointSlices, sources.endpointSlices) &&
      hasSameLabels(last.profiles, sources.profiles)
    if (!isSame) this.#sets = new Map()
    this.#members = sources
    return this.#sets
  }
}

function isSameList(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a === b || (a.length === b.length && a.every((item, index) => item === b[index]))
}

/** Profiles that nobody declares are made anew each time: their labels are what counts. */
function hasSameLabels(a: ReadonlyMap<string, Profile>, b: ReadonlyMap<string, Profile>): boolean {
  if (a.size !== b.size) return false
  for (const [name, profile] of a) {
    const other = b.get(name)
    if (other === profile) continue
    if (other === undefined || JSON.stringify(other.labelsToApply) !== JSON.stringify(profile.labelsToApply))
      return false
  }
  return true
}
