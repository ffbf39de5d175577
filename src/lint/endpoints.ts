// What a selector matches, for lints: looked up selector by selector, with a limit to the work in all.

import { assumedNamespaceLabels, namespaceProfileName } from '../calico/labels.ts'
import { effectiveLabel, type HostEndpoint, type Labels, type WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { HostNetworkPod, PodTemplate } from '../model/ast/pod.ts'
import type { NetworkSet, Node, Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'

/** Selectors times things they are tried on: a fraction of a second. */
const MAX_TRIALS = 500_000

interface Labelled {
  readonly labels: Labels
  readonly profiles?: readonly string[]
}

export class Matcher {
  readonly hostEndpoints: readonly HostEndpoint[]
  readonly workloads: readonly WorkloadEndpoint[]
  readonly networkSets: readonly NetworkSet[]
  readonly hostNetworkPods: readonly HostNetworkPod[]
  readonly templates: readonly PodTemplate[]
  readonly nodes: readonly Node[]
  readonly #profileLabels: Map<string, Labels>
  #trials = 0

  constructor(resources: readonly Resource[]) {
    this.hostEndpoints = resources.filter(resource => resource.kind === 'hostEndpoint')
    this.workloads = resources.filter(resource => resource.kind === 'workloadEndpoint')
    this.networkSets = resources.filter(resource => resource.kind === 'networkSet')
    this.hostNetworkPods = resources.filter(resource => resource.kind === 'hostNetworkPod')
    this.templates = resources.filter(resource => resource.kind === 'podTemplate')
    this.nodes = resources.filter(resource => resource.kind === 'node')
    this.#profileLabels = new Map(
      resources.flatMap(resource =>
        resource.kind === 'profile' ? [[resource.name, resource.labelsToApply] as const] : [],
      ),
    )
  }

  hosts(selector: Selector): readonly HostEndpoint[] {
    return this.among(this.hostEndpoints, selector) ?? []
  }

  /** Whether a pod or a network set is matched; undefined when too much was asked already. */
  hasOthers(selector: Selector): boolean | undefined {
    const pods = this.isAmong(this.workloads, selector)
    return pods === false ? this.isAmong(this.networkSets, selector) : pods
  }

  /** Whether anything that has addresses for a rule is matched; undefined when too much was asked already. */
  hasAny(selector: Selector): boolean | undefined {
    const others = this.hasOthers(selector)
    return others === false ? this.isAmong(this.hostEndpoints, selector) : others
  }

  /** Those of a list that a selector matches; undefined when too much was asked already. */
  among<T extends Labelled>(items: readonly T[], selector: Selector): readonly T[] | undefined {
    return this.#isSpent(items.length) ? undefined : items.filter(item => this.matches(selector, item))
  }

  isAmong(items: readonly Labelled[], selector: Selector): boolean | undefined {
    return this.#isSpent(items.length) ? undefined : items.some(item => this.matches(selector, item))
  }

  matches(selector: Selector, item: Labelled): boolean {
    const { labels } = item
    const profiles = item.profiles ?? namespaceProfiles(item)
    const inherited = this.#withNamespace(item)
    return evaluateSelector(selector, key => effectiveLabel(labels, profiles, inherited, key)?.value)
  }

  /** A namespace that is not in the input has the labels that every namespace has. */
  #withNamespace(item: object): ReadonlyMap<string, Labels> {
    if (!('namespace' in item) || typeof item.namespace !== 'string' || item.namespace === '')
      return this.#profileLabels
    const name = namespaceProfileName(item.namespace)
    if (!this.#profileLabels.has(name)) this.#profileLabels.set(name, assumedNamespaceLabels(item.namespace))
    return this.#profileLabels
  }

  #isSpent(trials: number): boolean {
    this.#trials += trials
    return this.#trials > MAX_TRIALS
  }
}

/** Network sets have no profiles of their own and inherit from their namespace all the same. */
function namespaceProfiles(item: object): readonly string[] {
  return 'namespace' in item && typeof item.namespace === 'string' ? [namespaceProfileName(item.namespace)] : []
}
