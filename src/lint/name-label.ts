// A namespace chosen by its label `name`: the API server sets `kubernetes.io/metadata.name`, and nothing sets `name`.

import { METADATA_NAME_LABEL, NAMESPACE_PREFIX, NAMESPACE_PROFILE_PREFIX } from '../calico/labels.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { InputExtent } from './input-extent.ts'
import { policiesOf, selectorsOf } from './policies.ts'
import { usedTerms, valuesOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** What a namespace that is labelled by hand would have. */
export const HAND_MADE_LABEL = `${NAMESPACE_PREFIX}name`

/** Said of a part of a cluster only as a note: its namespaces may be labelled somewhere else. */
export function warnOfNameLabels(
  resources: readonly Resource[],
  report: Report,
  _release?: Release,
  extent: InputExtent = 'whole',
): void {
  if (isNameLabelUsed(resources)) return
  const hasNamespaces = resources.some(({ kind }) => kind === 'namespace')
  for (const policy of policiesOf(resources)) {
    for (const { selector, location } of selectorsOf(policy)) {
      const used = usedTerms(selector).find(({ term: { label } }) => label === HAND_MADE_LABEL)
      if (used === undefined) continue
      const [value] = valuesOf(used.term)
      const effect = used.isExcluding ? 'excludes nothing by it' : `matches nothing${used.isRequired ? '' : ' by it'}`
      const message = `nothing puts the label \`name\` on a namespace, so the selector ${effect}`
      const help = `choose it by \`${METADATA_NAME_LABEL}\`${value === undefined ? '' : `: \`${value}\``}, which the API server sets`
      const place = placeOfWords(report, location, 'namespaceSelector', 'name')
      if (extent === 'whole' || hasNamespaces) report.warn('name-label', message, place, help)
      else report.note('name-label', `${message} unless somebody did so by hand`, place, help)
    }
  }
}

/** Whether a namespace of the input has it: somebody labels them then. */
export function isNameLabelUsed(resources: readonly Resource[]): boolean {
  return resources.some(
    resource =>
      resource.kind === 'profile' &&
      resource.name.startsWith(NAMESPACE_PROFILE_PREFIX) &&
      Object.hasOwn(resource.labelsToApply, HAND_MADE_LABEL),
  )
}
