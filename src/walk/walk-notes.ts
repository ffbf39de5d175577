// What a walk notes on its way.

import type { Choices } from './choices.ts'
import type { Assumption, Guess, Step } from './steps.ts'
import type { WalkWork } from './walk-work.ts'

/** The notes of one walk, which all its tables add to. */
export interface WalkNotes {
  readonly steps: Step[]
  /** How many there were, kept or not. */
  stepCount: number
  readonly withSteps: boolean
  readonly log: string[]
  readonly guesses: Guess[]
  readonly assumptions: Assumption[]
  readonly choices: Choices
  /** Rules that do not fit are steps too. */
  readonly withMisses: boolean
  readonly work: WalkWork
  /** The product of the chances of what was drawn; undefined once something else than chance was chosen. */
  share: number | undefined
  /** Whether connection tracking has seen the packet: NOTRACK comes too late then. */
  isTracked: boolean
}

export function note(notes: WalkNotes, step: Step): void {
  notes.stepCount++
  if (notes.withSteps) notes.steps.push(step)
}
