// Selectors for namespaces and service accounts that none of those in the input satisfies.

import {
  METADATA_NAME_LABEL,
  NAMESPACE_LABEL,
  NAMESPACE_PREFIX,
  NAMESPACE_PROFILE_PREFIX,
  NAME_LABEL,
  SERVICE_ACCOUNT_LABEL,
  SERVICE_ACCOUNT_PREFIX,
} from '../calico/labels.ts'
import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Selector } from '../selector/ast.ts'
import { sortedUnique } from '../text/bytes.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import type { InputExtent } from './input-extent.ts'
import { policiesOf, sidesOf } from './policies.ts'

/**
 * Looked at only where the input has namespaces, or service accounts. In a part of a cluster others may have what is missing:
 * there it is a note for each label, and a warning only where a label is nearly another one.
 */
export function warnOfUnmatchedLabels(
  resources: readonly Resource[],
  report: Report,
  _release?: Release,
  extent: InputExtent = 'whole',
): void {
  const known = knownLabels(resources)
  const missing = new Map<string, { readonly message: string; readonly location: Location; places: number }>()
  for (const policy of policiesOf(resources)) {
    const places: (readonly [Selector | undefined, Location])[] = [
      [policy.selector.selector, at(policy.location, 'spec')],
      ...sidesOf(policy).map(({ entity, location }) => [entity.selector?.selector, location] as const),
    ]
    for (const [selector, location] of places) {
      const term =
        selector === undefined
          ? undefined
          : requiredTerms(selector).find(one => isUnmatched(one, policy.id.namespace, known))
      if (term === undefined) continue
      const { message, help } = describe(term, known)
      if (extent === 'whole' || help?.startsWith('did you mean') === true) {
        report.warn('unmatched-label', message, location, help)
        break
      }
      const before = missing.get(term.label)
      if (before === undefined) missing.set(term.label, { message, location, places: 1 })
      else before.places++
      break
    }
  }
  for (const { message, location, places } of missing.values()) {
    const more = places > 1 ? ` (and at ${places - 1} more ${places === 2 ? 'place' : 'places'})` : ''
    report.note('unmatched-label', `${message}${more}`, location, HELP_PART)
  }
}

const HELP_PART =
  'the input is a part of a cluster, and something outside of it may have it; with `--whole` nothing has'

interface KnownLabels {
  readonly values: ReadonlyMap<string, ReadonlySet<string>>
  readonly hasNamespaces: boolean
  readonly hasServiceAccounts: boolean
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
  for (const resource of resources) {
    if (resource.kind === 'namespace') hasNamespaces = true
    else if (resource.kind === 'profile') {
      const account = /^ksa\.[^.]+\.(.+)$/.exec(resource.name)?.[1]
      if (account !== undefined) {
        hasServiceAccounts = true
        add(SERVICE_ACCOUNT_LABEL, account)
      }
      for (const [label, value] of Object.entries(resource.labelsToApply)) add(label, value)
      if (resource.name.startsWith(NAMESPACE_PROFILE_PREFIX))
        add(NAMESPACE_LABEL, resource.name.slice(NAMESPACE_PROFILE_PREFIX.length))
    } else {
      const namespace =
        resource.kind === 'workloadEndpoint' || resource.kind === 'networkSet'
          ? resource.namespace
          : resource.kind === 'policy'
            ? resource.id.namespace
            : ''
      if (namespace !== '') {
        for (const label of [NAMESPACE_LABEL, NAMESPACE_PREFIX + NAME_LABEL, NAMESPACE_PREFIX + METADATA_NAME_LABEL])
          add(label, namespace)
      }
      if ('labels' in resource && Object.hasOwn(resource.labels, SERVICE_ACCOUNT_LABEL))
        add(SERVICE_ACCOUNT_LABEL, resource.labels[SERVICE_ACCOUNT_LABEL] ?? '')
    }
  }
  return { values, hasNamespaces, hasServiceAccounts }
}

type Term = Extract<Selector, { readonly label: string }>

/** Terms that must hold for the whole to hold. */
function requiredTerms(selector: Selector): readonly Term[] {
  if (selector.kind === 'and') return selector.operands.flatMap(requiredTerms)
  return 'label' in selector && selector.kind !== 'notEquals' && selector.kind !== 'notIn' ? [selector] : []
}

function valuesOf(term: Term): readonly string[] {
  return term.kind === 'equals' ? [term.value] : term.kind === 'in' ? term.values : []
}

function isUnmatched(term: Term, ownNamespace: string, known: KnownLabels): boolean {
  const { label } = term
  const isOfNamespace = label === NAMESPACE_LABEL || label.startsWith(NAMESPACE_PREFIX)
  const isOfAccount = label === SERVICE_ACCOUNT_LABEL || label.startsWith(SERVICE_ACCOUNT_PREFIX)
  if (!(isOfNamespace && known.hasNamespaces) && !(isOfAccount && known.hasServiceAccounts)) return false
  const there = known.values.get(label)
  if (there === undefined) return true
  const wanted = valuesOf(term)
  return wanted.length > 0 && wanted.every(value => value !== ownNamespace && !there.has(value))
}

function describe(term: Term, { values }: KnownLabels): { readonly message: string; readonly help?: string } {
  const { label } = term
  const what = label === NAMESPACE_LABEL || label.startsWith(NAMESPACE_PREFIX) ? 'namespace' : 'service account'
  const shown = label.replace(/^pc(?:ns|sa)\./, '')
  const there = values.get(label)
  const written = valuesOf(term).map(value => `\`${value}\``)
  if (there === undefined) {
    const prefix = label.slice(0, label.length - shown.length)
    const labels = prefix === '' ? [] : sortedUnique([...values.keys()].filter(name => name.startsWith(prefix)))
    const meant = didYouMean(
      shown,
      labels.map(name => name.slice(prefix.length)),
    )
    return {
      message: `no ${what} of the input has the label \`${shown}\`: the selector matches nothing`,
      ...(meant === undefined ? {} : { help: `did you mean \`${meant}\`?` }),
    }
  }
  const isName = shown === NAMESPACE_LABEL || shown === SERVICE_ACCOUNT_LABEL || /\/(?:metadata\.)?name$/.test(shown)
  const meant = didYouMean(valuesOf(term)[0] ?? '', sortedUnique([...there]))
  return {
    message: isName
      ? `the input has no ${what} ${written.join(', ')}: the selector matches nothing`
      : `no ${what} of the input has the value ${written.join(', ')} for the label \`${shown}\`: the selector matches nothing`,
    ...(meant === undefined ? {} : { help: `did you mean \`${meant}\`?` }),
  }
}
