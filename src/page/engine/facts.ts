// What the views of one IP version are made from. Unlike `explain` it indexes no rules: the page lists them all anyway.

import type { Explainer } from '../../explain/explainer.ts'
import { createSelectionExplainer } from '../../explain/explain-selection.ts'
import { describeContext } from '../../explain/explanation.ts'
import { allEndpoints } from '../../explain/names.ts'

export type Facts = Omit<Explainer, 'chains' | 'callersOf'>

export function createFacts({
  plan,
  ruleset,
  resources,
  sources,
}: Pick<Explainer, 'plan' | 'ruleset' | 'resources' | 'sources'>): Facts {
  const { marks } = plan
  return {
    plan,
    ruleset,
    resources,
    sources,
    marks,
    context: describeContext(ruleset, marks, sources),
    endpoints: allEndpoints(plan),
    explainSelection: createSelectionExplainer(plan, sources),
  }
}
