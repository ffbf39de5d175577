// What explanations are made of: the compiled rules with their texts, and what the plan and the input say of them.

import type { Marks } from '../calico/marks.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { marksOfPlan } from './describe-marks.ts'
import type { DescribeContext } from './describe-match.ts'
import { createSelectionExplainer, type ExplainSelection } from './explain-selection.ts'
import { describeContext } from './explanation.ts'
import { allEndpoints, type FoundEndpoint } from './names.ts'
import { type IndexedChain, indexRules, type RulePrinter } from './rule-index.ts'

/** What rules by themselves say: enough for chains, rules, sets and marks. */
export interface RuleExplainer {
  readonly chains: readonly IndexedChain[]
  readonly context: DescribeContext
  readonly marks: Marks
}

export interface Explainer extends RuleExplainer {
  readonly plan: NodePlan
  readonly ruleset: Ruleset
  /** Everything the input holds, of all nodes. */
  readonly resources: readonly Resource[]
  readonly endpoints: readonly FoundEndpoint[]
  readonly explainSelection: ExplainSelection
}

export function createExplainer(
  { plan, ruleset, resources }: Pick<Explainer, 'plan' | 'ruleset' | 'resources'>,
  printer: RulePrinter,
): Explainer {
  const marks = marksOfPlan(plan)
  return {
    plan,
    ruleset,
    resources,
    chains: indexRules(ruleset, printer),
    context: describeContext(ruleset, marks),
    marks,
    endpoints: allEndpoints(plan),
    explainSelection: createSelectionExplainer(plan),
  }
}
