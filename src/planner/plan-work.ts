// How much a plan may come to: what rules select times what is selected grows with the square of the input.

/**
 * Members of all IP sets that policies ask for. Nodes of large clusters have some 200,000; 110 pods among 50,000, whose policies
 * ask in twenty different ways for all of them, have a million. Each is a line of text; so many take some seconds.
 */
export const MAX_SET_MEMBERS = 5_000_000

/**
 * Steps of comparing all selectors with labels: 32 endpoints of a set, or one that is found; a label of one endpoint is 16. 20,000
 * pods with 800 rules that each ask for most of them in words like `!has(x)` or `x != 'y'` take 16 million, 50,000 with 2,000 take
 * 100 million; so many take some seconds.
 */
export const MAX_MATCH_STEPS = 1_000_000_000

/** Policies of all endpoints of the node: 250 pods with 10,000 policies each are half of it. */
export const MAX_PLACED_POLICIES = 5_000_000

/**
 * Groups of policies in the chains of all endpoints of the node, each some rules: 110 pods with 450 groups in both directions are a
 * fifth, 250 pods half of it. So many are 150 MB of rules for each IP version.
 */
export const MAX_PLACED_GROUPS = 500_000

/** The input makes more of a plan than can be worked out. */
export class PlanTooLarge extends Error {
  /** What to do about it. */
  readonly help: string

  constructor(message: string, help: string) {
    super(message)
    this.help = help
  }
}

/** The work that has been done for one plan. Each method throws PlanTooLarge. */
export class PlanWork {
  #members = 0
  #steps = 0
  #policies = 0
  #groups = 0

  /** @param of the rest of "the IP sets would have more than N members with" */
  addMembers(count: number, of: () => string): void {
    this.#members += count
    if (this.#members <= MAX_SET_MEMBERS) return
    throw new PlanTooLarge(
      `the IP sets of the policies would have more than ${words(MAX_SET_MEMBERS)} members with ${of()}`,
      'ask for fewer endpoints in each rule, or for the same ones in the same words',
    )
  }

  /** Steps of comparing selectors with labels until now. */
  get matchSteps(): number {
    return this.#steps
  }

  match(count: number): void {
    this.#steps += count
    if (this.#steps <= MAX_MATCH_STEPS) return
    throw new PlanTooLarge(
      `comparing selectors with labels takes more than ${words(MAX_MATCH_STEPS)} steps`,
      'begin selectors with a label that few endpoints have, such as `app == "web"`',
    )
  }

  placePolicies(count: number): void {
    this.#policies += count
    if (this.#policies <= MAX_PLACED_POLICIES) return
    throw new PlanTooLarge(
      `the endpoints of the node have more than ${words(MAX_PLACED_POLICIES)} policies, all added up`,
      'select fewer endpoints with each policy',
    )
  }

  placeGroups(count: number): void {
    this.#groups += count
    if (this.#groups <= MAX_PLACED_GROUPS) return
    throw new PlanTooLarge(
      `the chains of the node's endpoints would jump to policies more than ${words(MAX_PLACED_GROUPS)} times`,
      'give neighbours of one tier the same selector: they are reached by one jump',
    )
  }
}

function words(count: number): string {
  return count.toLocaleString('en')
}
