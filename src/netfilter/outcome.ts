// What is known of a test on a packet.

/** `unknown`: it cannot be said, so both outcomes are followed. */
export type Outcome = 'yes' | 'no' | 'unknown'

export function outcomeOf(isTrue: boolean, negated = false): Outcome {
  return isTrue !== negated ? 'yes' : 'no'
}

export function negateIf(negated: boolean, outcome: Outcome): Outcome {
  if (!negated || outcome === 'unknown') return outcome
  return outcome === 'yes' ? 'no' : 'yes'
}
