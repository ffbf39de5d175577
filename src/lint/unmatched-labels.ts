// Selectors for namespaces and service accounts that none of those in the input satisfies.

import {
  METADATA_NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  profileOwner,
  NAME_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../calico/labels.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Place, Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'
import { didYouMean, similarName } from '../text/did-you-mean.ts'
import type { InputExtent } from './input-extent.ts'
import { HAND_MADE_LABEL, isNameLabelUsed } from './name-label.ts'
import { policiesOf, selectorsOf } from './policies.ts'
import { requiredTerms, type Term, valuesOf } from './terms.ts'
import { bareLabel } from '../words/selector.ts'
import { placeOfWords } from './word-place.ts'

/**
 * Looked at only where the input has namespaces, or service accounts, or pods that have some. In a part of a cluster others may have what is missing:
 * there it is a note for each label, and a warning only where a label is nearly another one.
 */
export function warnOfUnmatchedLabels(
  resources: readonly Resource[],
  report: Report,
  _release?: Release,
  extent: InputExtent = 'whole',
): void {
  const known = knownLabels(resources)
  const missing = new Map<string, { readonly message: string; readonly place: Place; places: number }>()
  // Whoever looks for the label `name` is told so, and where the name is.
  const isSaid = isNameLabelUsed(resources) ? undefined : HAND_MADE_LABEL
  for (const policy of policiesOf(resources)) {
    for (const { selector, location } of selectorsOf(policy)) {
      for (const term of requiredTerms(selector)) {
        if (term.label === isSaid || !isUnmatched(term, known)) continue
        const { message, meant } = describe(term, known)
        const place = placeOfTerm(report, location, term, known)
        const isSure = isOfAccount(term.label) ? known.hasServiceAccounts : known.hasNamespaces
        if (meant !== undefined || (extent === 'whole' && isSure)) {
          report.warn('unmatched-label', message, place, meant === undefined ? undefined : `did you mean \`${meant}\`?`)
          continue
        }
        const before = missing.get(term.label)
        if (before === undefined) missing.set(term.label, { message, place, places: 1 })
        else before.places++
      }
    }
  }
  for (const { message, place, places } of missing.values()) {
    const more = places > 1 ? ` (and at ${places - 1} more ${places === 2 ? 'place' : 'places'})` : ''
    report.note('unmatched-label', `${message}${more}`, place, extent === 'part' ? HELP_PART : undefined)
  }
}

const HELP_PART =
  'the input is a part of a cluster, and something outside of it may have it; with `--whole` nothing has'

interface KnownLabels {
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly hasNamespaces: boolean
  readonly hasServiceAccounts: boolean
  readonly hasEndpoints: boolean
}

function knownLabels(resources: readonly Resource[]): KnownLabels {
  const values = new Map<string, Set<string>>()
  const add = (label: string, value: string): void => {
    const set = values.get(label)
    if (set === undefined) values.set(label, new Set([value]))
    else set.add(value)
  }
  let hasNamespaces = false
  let hasServiceAccounts = false
  let hasEndpoints = false
  for (const resource of resources) {
    if (resource.kind === 'namespace') hasNamespaces = true
    else if (resource.kind === 'profile') {
      const owner = profileOwner(resource.name)
      if (owner?.kind === 'serviceAccount') {
        hasServiceAccounts = true
        add(SERVICE_ACCOUNT_LABEL, owner.name)
      }
      for (const [label, value] of Object.entries(resource.labelsToApply)) add(label, value)
      if (owner?.kind === 'namespace') add(NAMESPACE_LABEL, owner.name)
    } else {
      const namespace =
        resource.kind === 'workloadEndpoint' || resource.kind === 'networkSet'
          ? resource.namespace
          : resource.kind === 'policy'
            ? resource.id.namespace
            : ''
      if (resource.kind === 'workloadEndpoint') hasEndpoints = true
      if (namespace !== '') {
        for (const label of [NAMESPACE_LABEL, NAMESPACE_PREFIX + NAME_LABEL, NAMESPACE_PREFIX + METADATA_NAME_LABEL])
          add(label, namespace)
      }
      if ('labels' in resource && Object.hasOwn(resource.labels, SERVICE_ACCOUNT_LABEL))
        add(SERVICE_ACCOUNT_LABEL, resource.labels[SERVICE_ACCOUNT_LABEL] ?? '')
    }
  }
  return { values, hasNamespaces, hasServiceAccounts, hasEndpoints }
}

function isOfAccount(label: string): boolean {
  return label === SERVICE_ACCOUNT_LABEL || label.startsWith(SERVICE_ACCOUNT_PREFIX)
}

/** The value where the label is there, else the label. Names of service accounts stand without a label. */
function placeOfTerm(report: Report, location: Location, term: Term, known: KnownLabels): Place {
  const [value = ''] = valuesOf(term)
  if (term.label === SERVICE_ACCOUNT_LABEL) return placeOfWords(report, location, 'serviceAccounts', value)
  const field = isOfAccount(term.label) ? 'serviceAccount' : 'namespaceSelector'
  const label = bareLabel(term.label)
  return placeOfWords(report, location, field, label, known.values.has(term.label) ? value : '')
}

function isUnmatched(term: Term, known: KnownLabels): boolean {
  const { label } = term
  const isOfNamespace = label === NAMESPACE_LABEL || label.startsWith(NAMESPACE_PREFIX)
  const isLookedAt = isOfAccount(label)
    ? known.hasServiceAccounts || known.hasEndpoints
    : isOfNamespace && known.hasNamespaces
  if (!isLookedAt) return false
  const there = known.values.get(label)
  if (there === undefined) return true
  const wanted = valuesOf(term)
  return wanted.length > 0 && wanted.every(value => !there.has(value))
}

function describe(
  term: Term,
  { values }: KnownLabels,
): { readonly message: string; readonly meant: string | undefined } {
  const { label } = term
  const what = label === NAMESPACE_LABEL || label.startsWith(NAMESPACE_PREFIX) ? 'namespace' : 'service account'
  const shown = bareLabel(label)
  const there = values.get(label)
  const written = valuesOf(term).map(value => `\`${value}\``)
  const isName = shown === NAMESPACE_LABEL || shown === SERVICE_ACCOUNT_LABEL || /\/(?:metadata\.)?name$/.test(shown)
  if (there === undefined && !(isName && written.length > 0)) {
    const prefix = label.slice(0, label.length - shown.length)
    const labels = prefix === '' ? [] : sortedUnique([...values.keys()].filter(name => name.startsWith(prefix)))
    const meant = didYouMean(
      shown,
      labels.map(name => name.slice(prefix.length)),
    )
    return {
      message: `no ${what} of the input has the label \`${shown}\`: the selector matches nothing`,
      meant,
    }
  }
  const meant = similarName(valuesOf(term)[0] ?? '', sortedUnique([...(there ?? [])]))
  return {
    message: isName
      ? `the input has no ${what} ${written.join(', ')}: the selector matches nothing`
      : `no ${what} of the input has the value ${written.join(', ')} for the label \`${shown}\`: the selector matches nothing`,
    meant,
  }
}
