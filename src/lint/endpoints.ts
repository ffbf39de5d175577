// What a selector matches, for lints: looked up selector by selector, with a limit to the work in all.

import { namespaceProfileName } from '../calico/labels.ts'
import { effectiveLabel, type HostEndpoint, type Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'

/** Selectors times things they are tried on: a fraction of a second. */
const MAX_TRIALS = 500_000

interface Labelled {
  readonly labels: Labels
  readonly profiles: readonly string[]
}

export class Matcher {
  readonly hostEndpoints: readonly HostEndpoint[]
  readonly #others: readonly Labelled[]
  readonly #profileLabels: ReadonlyMap<string, Labels>
  #trials = 0

  constructor(resources: readonly Resource[]) {
    this.hostEndpoints = resources.filter(resource => resource.kind === 'hostEndpoint')
    this.#others = resources.flatMap((resource): readonly Labelled[] =>
      resource.kind === 'workloadEndpoint'
        ? [resource]
        : resource.kind === 'networkSet'
          ? [{ labels: resource.labels, profiles: [namespaceProfileName(resource.namespace)] }]
          : [],
    )
    this.#profileLabels = new Map(
      resources.flatMap(resource =>
        resource.kind === 'profile' ? [[resource.name, resource.labelsToApply] as const] : [],
      ),
    )
  }

  hosts(selector: Selector): readonly HostEndpoint[] {
    return this.#isSpent(this.hostEndpoints.length)
      ? []
      : this.hostEndpoints.filter(endpoint => this.#matches(selector, endpoint))
  }

  /** Whether a pod or a network set is matched; undefined when too much was asked already. */
  hasOthers(selector: Selector): boolean | undefined {
    if (this.#isSpent(this.#others.length)) return undefined
    return this.#others.some(item => this.#matches(selector, item))
  }

  #isSpent(trials: number): boolean {
    this.#trials += trials
    return this.#trials > MAX_TRIALS
  }

  #matches(selector: Selector, { labels, profiles }: Labelled): boolean {
    return evaluateSelector(selector, key => effectiveLabel(labels, profiles, this.#profileLabels, key)?.value)
  }
}
