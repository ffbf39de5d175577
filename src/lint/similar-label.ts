// A label, or a value of one, that nothing of the input has, where something has one of nearly the same name.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import { slipOf } from '../text/did-you-mean.ts'
import type { Selector } from '../selector/ast.ts'
import { policiesOf, selectorsOf } from './policies.ts'
import { isOwnTerm, requiredTerms, type Term, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Words that are compared with all there are. */
const MAX_WORDS = 200

export function warnOfSimilarLabels(resources: readonly Resource[], report: Report): void {
  const words = new LabelWords(resources)
  for (const policy of policiesOf(resources)) {
    for (const { selector, location, side } of selectorsOf(policy)) {
      for (const { term, word, isLabel, meant } of words.slips(selector)) {
        const what = isLabel ? `the label \`${word}\`` : `the value \`${word}\` for the label \`${term.label}\``
        report.warn(
          'similar-label',
          `nothing in the input has ${what}: the ${side === undefined ? 'policy selects' : 'selector matches'} nothing`,
          placeOfWords(report, location, term.label, isLabel ? '' : word),
          `did you mean \`${meant}\`?`,
        )
      }
    }
  }
}

interface Slip {
  readonly term: Term
  readonly word: string
  readonly isLabel: boolean
  readonly meant: string
}

/** Labels are known by what carries them: endpoints, sets, pods of the node's network, templates and namespaces. */
export class LabelWords {
  readonly #known: ReadonlyMap<string, ReadonlySet<string>>
  readonly #meanings = new Map<string, string | undefined>()

  constructor(resources: readonly Resource[]) {
    this.#known = carriedLabels(resources)
  }

  /** What of a selector was probably mistyped. */
  slips(selector: Selector): readonly Slip[] {
    return requiredTerms(selector).flatMap(term => {
      if (!isOwnTerm(term)) return []
      const there = this.#known.get(term.label)
      const values = valuesOf(term)
      const word = there === undefined ? term.label : values[0]
      if (word === undefined || (there !== undefined && values.some(value => there.has(value)))) return []
      const meant = this.#meaning(word, there === undefined ? undefined : term.label)
      // A label in the wrong case has a finding of its own.
      if (meant === undefined || (there === undefined && meant.toLowerCase() === word.toLowerCase())) return []
      return [{ term, word, isLabel: there === undefined, meant }]
    })
  }

  /** @param label undefined for a label itself */
  #meaning(word: string, label: string | undefined): string | undefined {
    const key = `${label ?? ''}=${word}`
    if (!this.#meanings.has(key)) {
      if (this.#meanings.size >= MAX_WORDS) return undefined
      const all = label === undefined ? this.#known.keys() : (this.#known.get(label) ?? [])
      this.#meanings.set(key, slipOf(word, [...all]))
    }
    return this.#meanings.get(key)
  }
}

function carriedLabels(resources: readonly Resource[]): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>()
  const add = (labels: Labels): void => {
    for (const [label, value] of Object.entries(labels)) {
      const values = known.get(label)
      if (values === undefined) known.set(label, new Set([value]))
      else values.add(value)
    }
  }
  for (const resource of resources) {
    switch (resource.kind) {
      case 'workloadEndpoint':
      case 'hostEndpoint':
      case 'networkSet':
      case 'hostNetworkPod':
      case 'podTemplate':
        add(resource.labels)
        break
      case 'profile':
        add(resource.labelsToApply)
        break
      default:
    }
  }
  return known
}
