// What is asked of a rule, and what is said of one that is refused.

import type { FelixField } from '../calico/felix-config.ts'
import type { Location, Span } from '../diagnostics/source.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Rule, TableName } from '../model/ruleset.ts'

/** One rule in its surroundings. */
export interface RuleToCheck {
  readonly rule: Rule
  readonly table: TableName
  readonly ipVersion: 4 | 6
  readonly plan: NodePlan
  /** Writes the line, without its newline. */
  readonly printLine: () => string
}

/** What is refused, as the object of a sentence, and what to write instead. */
export interface Refusal {
  readonly message: string
  readonly help: string
  /** Where the input asks for it; left out, the rule's origin. */
  readonly place?: Span | Location | undefined
}

/** Where a FelixConfiguration sets a field; undefined for a default. */
export function setting({ plan }: RuleToCheck, field: FelixField): Location | undefined {
  return plan.configSources[field]
}
