// Finds what satisfies a selector without trying every item: an inverted index over the labels that selectors mention.

import { effectiveLabel, type Labels } from '../model/ast/endpoint.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { PlanWork } from './plan-work.ts'
import { ValueIndex } from './value-index.ts'

export interface Labelled {
  readonly labels: Labels
  /** Profiles whose labels are inherited; the first one that has a label wins, own labels come before all. */
  readonly parents: readonly string[]
}

const NONE: readonly number[] = []

/** Adds the label names that a selector looks at to a set. */
export function collectLabels(selector: Selector, into: Set<string>): void {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return
    case 'not':
      collectLabels(selector.operand, into)
      return
    case 'and':
    case 'or':
      for (const operand of selector.operands) collectLabels(operand, into)
      return
    default:
      into.add(selector.label)
  }
}

export class LabelIndex<T extends Labelled> {
  readonly #items: readonly T[]
  readonly #parentLabels: ReadonlyMap<string, Labels>
  readonly #work: PlanWork
  /** Label, value -> positions of items that have it themselves or through a profile. May hold overridden ones. */
  readonly #postings = new Map<string, Map<string, number[]>>()
  /** Of labels that were asked for by a piece of their value. */
  readonly #values = new Map<string, ValueIndex>()
  readonly #stamps: Int32Array
  #stamp = 0

  /** @param labels the only labels that selectors asked of this index may mention */
  constructor(
    items: readonly T[],
    parentLabels: ReadonlyMap<string, Labels>,
    labels: ReadonlySet<string>,
    work = new PlanWork(),
  ) {
    this.#work = work
    this.#items = items
    this.#parentLabels = parentLabels
    this.#stamps = new Int32Array(items.length)
    const itemsOfParent = new Map<string, number[]>()
    for (const [position, item] of items.entries()) {
      for (const key in item.labels) {
        if (labels.has(key)) this.#post(key, item.labels[key] ?? '', position)
      }
      for (const parent of item.parents) {
        const known = itemsOfParent.get(parent)
        if (known === undefined) itemsOfParent.set(parent, [position])
        else known.push(position)
      }
    }
    for (const [parent, positions] of itemsOfParent) {
      const inherited = parentLabels.get(parent)
      if (inherited === undefined) continue
      for (const key of Object.keys(inherited)) {
        if (!labels.has(key)) continue
        for (const position of positions) this.#post(key, inherited[key] ?? '', position)
      }
    }
  }

  #post(key: string, value: string, position: number): void {
    let values = this.#postings.get(key)
    if (values === undefined) this.#postings.set(key, (values = new Map()))
    const positions = values.get(value)
    if (positions === undefined) values.set(value, [position])
    else positions.push(position)
  }

  /** Items that satisfy the selector, in the order in which they were given. @throws PlanTooLarge */
  match(selector: Selector): readonly T[] {
    const positions = this.#candidates(selector)
    const matched: T[] = []
    if (positions === undefined) {
      for (const item of this.#items) if (this.#satisfies(item, selector)) matched.push(item)
      return matched
    }
    const stamp = ++this.#stamp
    const found: number[] = []
    for (const position of positions) {
      if (this.#stamps[position] === stamp) continue
      this.#stamps[position] = stamp
      const item = this.#items[position]
      if (item !== undefined && this.#satisfies(item, selector)) found.push(position)
    }
    found.sort((a, b) => a - b)
    for (const position of found) {
      const item = this.#items[position]
      if (item !== undefined) matched.push(item)
    }
    return matched
  }

  #satisfies(item: T, selector: Selector): boolean {
    let looks = 1
    const isSatisfied = evaluateSelector(selector, key => {
      looks++
      return this.valueOf(item, key)
    })
    this.#work.lookAtLabels(looks)
    return isSatisfied
  }

  valueOf({ labels, parents }: T, key: string): string | undefined {
    return effectiveLabel(labels, parents, this.#parentLabels, key)?.value
  }

  /** A superset of the positions that can match, possibly with repeats; undefined when it would be nearly everything. */
  #candidates(selector: Selector): readonly number[] | undefined {
    switch (selector.kind) {
      case 'equals':
        return this.#postings.get(selector.label)?.get(selector.value) ?? NONE
      case 'in': {
        const values = this.#postings.get(selector.label)
        return selector.values.flatMap(value => values?.get(value) ?? NONE)
      }
      case 'has':
        return [...(this.#postings.get(selector.label)?.values() ?? [])].flat()
      case 'contains':
      case 'startsWith':
      case 'endsWith': {
        const postings = this.#postings.get(selector.label)
        if (postings === undefined) return NONE
        let values = this.#values.get(selector.label)
        if (values === undefined) this.#values.set(selector.label, (values = new ValueIndex(postings.keys())))
        return values.find(selector.kind, selector.value).flatMap(value => postings.get(value) ?? NONE)
      }
      case 'and': {
        let best: readonly number[] | undefined
        for (const operand of selector.operands) {
          const candidates = this.#candidates(operand)
          this.#work.lookAtLabels(candidates?.length ?? 0)
          if (candidates !== undefined && (best === undefined || candidates.length < best.length)) best = candidates
        }
        return best
      }
      case 'or': {
        const all: number[] = []
        for (const operand of selector.operands) {
          const candidates = this.#candidates(operand)
          if (candidates === undefined) return undefined
          for (const position of candidates) all.push(position)
        }
        return all
      }
      default:
        return undefined
    }
  }
}
