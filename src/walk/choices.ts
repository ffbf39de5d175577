// Questions without an answer: every answer is tried, one walk after the other.

import { WalkTooLong } from './walk-work.ts'

/** More than this many ways through are not followed. */
export const MAX_WAYS = 256

/** The answers of one walk: those laid down first, then always the first one. */
export class Choices {
  readonly #laidDown: readonly number[]
  readonly #taken: { readonly answer: number; readonly count: number }[] = []

  constructor(laidDown: readonly number[]) {
    this.#laidDown = laidDown
  }

  /** @returns number of an answer, from 0 to below `count` */
  next(count: number): number {
    const answer = this.#laidDown[this.#taken.length] ?? 0
    this.#taken.push({ answer, count })
    return answer
  }

  /** How many answers have been taken. */
  get count(): number {
    return this.#taken.length
  }

  /** What to lay down for the walk after this one; undefined when all answers have been tried. */
  following(): readonly number[] | undefined {
    const last = this.#taken.findLastIndex(({ answer, count }) => answer + 1 < count)
    const turned = this.#taken[last]
    if (turned === undefined) return undefined
    return [...this.#taken.slice(0, last).map(({ answer }) => answer), turned.answer + 1]
  }
}

/**
 * Results of all walks, and whether those are all that there are. A walk that throws `WalkTooLong` ends the trying; where it
 * is the first one, there is nothing to give and it is thrown on.
 */
export function tryAll<Result>(walk: (choices: Choices) => Result): {
  readonly results: readonly [Result, ...Result[]]
  readonly isComplete: boolean
} {
  let choices = new Choices([])
  const results: [Result, ...Result[]] = [walk(choices)]
  for (;;) {
    const next = choices.following()
    if (next === undefined) return { results, isComplete: true }
    if (results.length >= MAX_WAYS) return { results, isComplete: false }
    choices = new Choices(next)
    try {
      results.push(walk(choices))
    } catch (error) {
      if (error instanceof WalkTooLong) return { results, isComplete: false }
      throw error
    }
  }
}
