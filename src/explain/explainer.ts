// What explanations are made of: the compiled rules with their texts, and what the plan and the input say of them.

import type { Marks } from '../calico/marks.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import type { RuleBackend } from '../model/rule-backend.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { DescribeContext } from '../words/match.ts'
import { createSelectionExplainer, type ExplainSelection } from './explain-selection.ts'
import { describeContext } from './explanation.ts'
import { allEndpoints, type FoundEndpoint } from './names.ts'
import { createCallers, type IndexedChain, indexRules } from './rule-index.ts'

/** What rules by themselves say: enough for chains, rules, sets and marks. */
export interface RuleExplainer {
  readonly chains: readonly IndexedChain[]
  readonly context: DescribeContext
  readonly marks: Marks
  /** Names of the chains that lead to a chain, in the order of the ruleset. */
  readonly callersOf: (name: string) => readonly string[]
}

export interface Explainer extends RuleExplainer {
  readonly plan: NodePlan
  readonly ruleset: Ruleset
  /** Everything the input holds, of all nodes. */
  readonly resources: readonly Resource[]
  readonly sources: SourceIndex
  readonly endpoints: readonly FoundEndpoint[]
  readonly explainSelection: ExplainSelection
}

export function createExplainer(
  { plan, ruleset, resources, sources }: Pick<Explainer, 'plan' | 'ruleset' | 'resources' | 'sources'>,
  backend: RuleBackend,
): Explainer {
  const { marks } = plan
  const chains = indexRules(ruleset, backend)
  return {
    plan,
    ruleset,
    resources,
    sources,
    chains,
    callersOf: createCallers(chains),
    context: describeContext(ruleset, marks, sources),
    marks,
    endpoints: allEndpoints(plan),
    explainSelection: createSelectionExplainer(plan, sources),
  }
}
