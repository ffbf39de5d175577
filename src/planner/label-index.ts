// Finds what satisfies a selector without trying every item: an inverted index over the labels that selectors mention.

import { assertNever } from '../text/assert-never.ts'
import { effectiveLabel, type Labels } from '../model/ast/endpoint.ts'
import type { Selector } from '../selector/ast.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import {
  addPositions,
  combine,
  emptySet,
  invert,
  type Labelled,
  type LabelPostings,
  listPositions,
  positionsOf,
  type PositionSet,
  postLabels,
  valuesWith,
} from './label-postings.ts'
import type { PlanWork } from './plan-work.ts'

/** A label that is posted, or looked up for one item, takes as long as so many words of a set of positions. */
const LOOK_STEPS = 16

/** So few are tried one by one; of more, sets of positions are made, which have a bit for each item. */
const FEW = 64

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
  readonly #postings: ReadonlyMap<string, LabelPostings>

  /** @param labels the only labels that selectors asked of this index may mention @throws PlanTooLarge */
  constructor(
    items: readonly T[],
    parentLabels: ReadonlyMap<string, Labels>,
    labels: ReadonlySet<string>,
    work: PlanWork,
  ) {
    this.#work = work
    this.#items = items
    this.#parentLabels = parentLabels
    this.#postings = postLabels(items, parentLabels, labels, () => work.match(LOOK_STEPS))
  }

  /** Items that satisfy the selector, in the order in which they were given. @throws PlanTooLarge */
  match(selector: Selector): readonly T[] {
    const most = this.#most(selector)
    const isNarrow = most <= Math.max(FEW, this.#items.length / 256) && most * 8 <= this.#items.length
    const positions = isNarrow ? this.#tryFew(selector) : listPositions(this.#set(selector), this.#items.length)
    this.#work.match(positions.length)
    const matched: T[] = []
    for (const position of positions) {
      const item = this.#items[position]
      if (item !== undefined) matched.push(item)
    }
    return matched
  }

  #tryFew(selector: Selector): readonly number[] {
    const candidates = [...new Set(this.#candidates(selector))].sort((a, b) => a - b)
    return candidates.filter(position => {
      const item = this.#items[position]
      return item !== undefined && this.#satisfies(item, selector)
    })
  }

  #satisfies({ labels, parents }: T, selector: Selector): boolean {
    return evaluateSelector(selector, key => {
      this.#work.match(LOOK_STEPS)
      return effectiveLabel(labels, parents, this.#parentLabels, key)?.value
    })
  }

  /** At most so many items satisfy a selector. */
  #most(selector: Selector): number {
    this.#work.match(1)
    switch (selector.kind) {
      case 'equals':
        return positionsOf(this.#postings.get(selector.label), selector.value).length
      case 'in':
        return this.#countOf(selector.label, selector.values)
      case 'has':
        return this.#postings.get(selector.label)?.count ?? 0
      case 'and':
        return selector.operands.reduce((least, operand) => Math.min(least, this.#most(operand)), this.#items.length)
      case 'or':
        return selector.operands.reduce((sum, operand) => sum + this.#most(operand), 0)
      default:
        // Pieces of values are looked for once, when the set is made.
        return this.#items.length
    }
  }

  #countOf(label: string, values: readonly string[]): number {
    this.#work.match(values.length)
    const postings = this.#postings.get(label)
    return values.reduce((sum, value) => sum + positionsOf(postings, value).length, 0)
  }

  /** A superset of the positions that satisfy a selector of which few can, possibly with repeats. */
  #candidates(selector: Selector): readonly number[] {
    switch (selector.kind) {
      case 'equals':
        return positionsOf(this.#postings.get(selector.label), selector.value)
      case 'in':
        return selector.values.flatMap(value => positionsOf(this.#postings.get(selector.label), value))
      case 'has':
        return [...(this.#postings.get(selector.label)?.byValue.values() ?? [])].flat()
      case 'and': {
        const [first, ...others] = selector.operands.map(operand => ({ operand, most: this.#most(operand) }))
        if (first === undefined) return this.#items.map((_, position) => position)
        return this.#candidates(others.reduce((best, other) => (other.most < best.most ? other : best), first).operand)
      }
      case 'or':
        return selector.operands.flatMap(operand => this.#candidates(operand))
      default:
        return this.#items.map((_, position) => position)
    }
  }

  /** The positions that satisfy a selector, as a set of the caller's own. */
  #set(selector: Selector): PositionSet {
    const set = emptySet(this.#items.length)
    this.#work.match(2 * set.length + 1)
    const add = (label: string, values: readonly string[] | undefined): PositionSet => {
      this.#work.match(addPositions(set, this.#postings.get(label), values))
      return set
    }
    switch (selector.kind) {
      case 'all':
      case 'global':
        return invert(set)
      case 'has':
        return add(selector.label, undefined)
      case 'equals':
        return add(selector.label, [selector.value])
      case 'notEquals':
        return invert(add(selector.label, [selector.value]))
      case 'in':
        return add(selector.label, selector.values)
      case 'notIn':
        return invert(add(selector.label, selector.values))
      case 'contains':
      case 'startsWith':
      case 'endsWith': {
        const values = valuesWith(this.#postings.get(selector.label), selector.kind, selector.value)
        this.#work.match(values.length * LOOK_STEPS)
        return add(selector.label, values)
      }
      case 'not':
        return invert(this.#set(selector.operand))
      case 'and':
      case 'or': {
        if (selector.kind === 'and') invert(set)
        for (const operand of selector.operands) combine(set, this.#set(operand), selector.kind)
        return set
      }
      default:
        return assertNever(selector)
    }
  }
}
