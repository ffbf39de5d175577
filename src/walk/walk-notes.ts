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

/** How a packet is walked. */
export type WalkManner = Pick<WalkNotes, 'choices' | 'withMisses' | 'withSteps' | 'work'>

/** Spelt out, like all that is made for each packet: what is spread and then added to gets a shape of its own, which is kept. */
export function emptyNotes({ choices, withMisses, withSteps, work }: WalkManner): WalkNotes {
  return {
    steps: [],
    stepCount: 0,
    withSteps,
    log: [],
    guesses: [],
    assumptions: [],
    choices,
    withMisses,
    work,
    share: 1,
    isTracked: false,
  }
}

export function note(notes: WalkNotes, step: Step): void {
  notes.stepCount++
  if (notes.withSteps) notes.steps.push(step)
}
