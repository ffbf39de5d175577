// A label, or a value of one, that nothing of the input has, where something has one of nearly the same name.

import { NAMESPACE_LABEL, ORCHESTRATOR_LABEL, profileOwner, SERVICE_ACCOUNT_LABEL } from '../calico/labels.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import { slipOf } from '../text/did-you-mean.ts'
import type { Selector } from '../selector/ast.ts'
import { exclusionsOf, policiesOf, selectorsOf } from './policies.ts'
import { isOwnTerm, usedTerms, valuesOf } from './terms.ts'
import { bareLabel } from '../words/selector.ts'
import { placeOfWords } from './word-place.ts'

/** Words that are compared with all there are. */
const MAX_WORDS = 200

export function warnOfSimilarLabels(resources: readonly Resource[], report: Report): void {
  const words = new LabelWords(resources)
  for (const policy of policiesOf(resources)) {
    for (const { selector, location, side } of [...selectorsOf(policy), ...exclusionsOf(policy)]) {
      for (const { label, word, isLabel, effect, meant } of words.slips(selector)) {
        const shown = bareLabel(label)
        const what = isLabel ? `the label \`${shown}\`` : `the value \`${word}\` for the label \`${shown}\``
        report.warn(
          'similar-label',
          `nothing in the input has ${what}: ${EFFECTS[effect](side === undefined)}`,
          placeOfWords(report, location, shown, isLabel ? '' : word),
          `did you mean \`${bareLabel(meant)}\`?`,
        )
      }
    }
  }
}

interface Slip {
  readonly label: string
  readonly word: string
  readonly isLabel: boolean
  readonly effect: keyof typeof EFFECTS
  readonly meant: string
}

/** What becomes of a selector, by whether it is the policy's own. */
const EFFECTS = {
  nothing: (isOwn: boolean): string => (isOwn ? 'the policy selects nothing' : 'the selector matches nothing'),
  less: (isOwn: boolean): string => (isOwn ? 'it selects nothing by that' : 'it matches nothing by that'),
  'no exclusion': (): string => 'it excludes nothing by that',
} as const

/** Shorter words are near to many others: where the rest of a selector has its effect, they are let be. */
const MIN_LENGTH = 4

/** Labels are known by what carries them: endpoints, sets, pods of the node's network, templates and namespaces. */
export class LabelWords {
  readonly #known: ReadonlyMap<string, ReadonlySet<string>>
  readonly #meanings = new Map<string, string | undefined>()

  constructor(resources: readonly Resource[]) {
    this.#known = carriedLabels(resources)
  }

  /** What of a selector was probably mistyped. */
  slips(selector: Selector): readonly Slip[] {
    const used = usedTerms(selector)
    const named = new Map<string, Set<string>>()
    for (const { term } of used) {
      const values = named.get(term.label) ?? new Set()
      for (const value of valuesOf(term)) values.add(value)
      named.set(term.label, values)
    }
    return used.flatMap(({ term, isExcluding, isRequired }) => {
      const { label } = term
      const there = this.#known.get(label)
      const isFitting = there !== undefined && valuesOf(term).some(value => there.has(value))
      const isAll = isRequired && !isExcluding && !isFitting
      // Namespaces and accounts that are missing altogether have a lint of their own.
      if (label === ORCHESTRATOR_LABEL || (isAll && !isOwnTerm(term))) return []
      const effect = isExcluding ? 'no exclusion' : isAll ? 'nothing' : 'less'
      const words = there === undefined ? [label] : valuesOf(term).filter(value => !there.has(value))
      return words.flatMap(word => {
        if (!isAll && word.length < MIN_LENGTH) return []
        const meant = this.#meaning(word, there === undefined ? undefined : label)
        if (meant === undefined) return []
        // A label in the wrong case has a finding of its own, and who names both means both.
        const isSaid = there === undefined ? meant.toLowerCase() === word.toLowerCase() : named.get(label)?.has(meant)
        return isSaid === true || (there === undefined && named.has(meant))
          ? []
          : [{ label, word, isLabel: there === undefined, effect, meant }]
      })
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
      case 'profile': {
        const owner = profileOwner(resource.name)
        add(resource.labelsToApply)
        if (owner !== undefined)
          add({ [owner.kind === 'namespace' ? NAMESPACE_LABEL : SERVICE_ACCOUNT_LABEL]: owner.name })
        break
      }
      default:
    }
  }
  return known
}
