// calitables which, of pods that are no endpoints: why no policy governs them, and which policies fit their labels all the same.

import type { ExplainSelection, Selection } from '../explain/explain-selection.ts'
import { type OtherPod, otherPods } from '../explain/other-pods.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { wrap } from '../text/wrap.ts'

export interface OtherPodAnswer {
  readonly json: object
  readonly lines: readonly string[]
  /** Policies will govern it. */
  readonly isGoverned: boolean
}

/** @param policies all of them, or the one that is asked about */
export function answerOtherPod(
  pod: OtherPod,
  policies: readonly Policy[],
  explainSelection: ExplainSelection,
): OtherPodAnswer {
  const { name, because, asEndpoint, isToCome } = pod
  const selections = policies.map(policy => explainSelection(policy, asEndpoint))
  const fitting = selections.filter(({ matches }) => matches)
  const shown = policies.length === 1 ? selections : fitting
  const verb = isToCome ? 'will select its pods' : 'fits its labels, to no effect'
  const lineOf = ({ policy, matches, reasons }: Selection): readonly string[] => [
    `  ${policy}: ${matches ? verb : 'does not fit its labels'}`,
    ...reasons.map(reason => `    ${reason}`),
  ]
  return {
    json: { endpoint: name, isEndpoint: false, because, policies: shown },
    lines: [
      ...wrap(`${name}: ${because}`, ''),
      ...(shown.length === 0 ? ['  no policy fits its labels'] : shown.flatMap(lineOf)),
    ],
    isGoverned: isToCome && fitting.length > 0,
  }
}

/**
 * Pods that a policy fits, although they are no endpoints: where it selects nothing, this is often why.
 * @param withTemplates also pods that are still to come
 */
export function otherPodsFitting(
  policy: Policy,
  resources: readonly Resource[],
  explainSelection: ExplainSelection,
  withTemplates: boolean,
): readonly { readonly name: string; readonly because: string }[] {
  return otherPods(resources)
    .filter(({ isToCome }) => withTemplates || !isToCome)
    .filter(({ asEndpoint }) => explainSelection(policy, asEndpoint).matches)
    .map(({ name, because }) => ({ name, because }))
}
