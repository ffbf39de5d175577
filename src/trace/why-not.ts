// Why a selector does not find an endpoint: the first of its terms that fails, and what there is instead.

import { NAMESPACE_PREFIX, NAMESPACE_PROFILE_PREFIX, SERVICE_ACCOUNT_PROFILE_PREFIX } from '../calico/labels.ts'
import type { ParsedSelector } from '../model/ast/policy.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { explainTerms } from '../selector/explain.ts'
import { describeLabel } from '../words/label.ts'
import { bareLabel } from '../words/selector.ts'
import type { Owner, Owners } from './owners.ts'

export function selects({ selector }: ParsedSelector, { labelOf }: Owner): boolean {
  return evaluateSelector(selector, key => labelOf(key)?.value)
}

/** What of the selector fails at the address, and what there is instead. */
export function whyNotSelected(
  selector: ParsedSelector,
  address: string,
  own: readonly Owner[],
  owners: Owners,
): string {
  const [owner] = own
  if (owner !== undefined) return whyNot(selector, owner, owners)
  const nodes = owners.nodesOf(address)
  if (nodes.length > 0)
    return `${address} is the address of node ${nodes.join(', ')}: selectors do not find what has no address of its own (hostNetwork)`
  return `${address} is no pod, host endpoint or network set of the input, so no selector finds it`
}

/** The first term that does not hold: "namespace frontend has no label name; it has …". */
export function whyNot({ selector }: ParsedSelector, owner: Owner, owners: Owners): string {
  const { terms } = explainTerms(selector, key => owner.labelOf(key)?.value)
  const [first] = terms
  if (first === undefined || !('label' in first.term)) return `${owner.name} is none`
  const { label } = first.term
  if (label === 'projectcalico.org/namespace')
    return owner.namespace === ''
      ? `${owner.name} is in no namespace`
      : `${owner.name} is in namespace ${owner.namespace}`
  if (label.startsWith('projectcalico.org/')) return `${owner.name} is none of these`
  const found = owner.labelOf(label)
  const said = describeLabel(label, found, owner.profiles)
  const whose = label === bareLabel(label) ? `${said.replace(/^there is no/, `${owner.name} has no`)}` : said
  const holder = label === bareLabel(label) && found !== undefined ? ` at ${owner.name}` : ''
  const instead = insteadOf(first.term, owner, owners)
  return `${whose}${holder}${found === undefined && instead !== '' ? `; it has ${instead}` : ''}`
}

/** Labels that may have been meant: those of the wanted value, else all if they are few. */
function insteadOf(
  term: Extract<ParsedSelector['selector'], { readonly label: string }>,
  { labels, profiles }: Owner,
  owners: Owners,
): string {
  const prefix = term.label.slice(0, term.label.length - bareLabel(term.label).length)
  const profilePrefix = prefix === NAMESPACE_PREFIX ? NAMESPACE_PROFILE_PREFIX : SERVICE_ACCOUNT_PROFILE_PREFIX
  const profile = profiles.find(name => name.startsWith(profilePrefix))
  const held = prefix === '' ? labels : profile === undefined ? {} : (owners.profileLabels(profile) ?? {})
  const entries = Object.entries(held).filter(
    ([key]) => key.startsWith(prefix) && !bareLabel(key).startsWith('projectcalico.org/'),
  )
  const wanted = 'value' in term ? [term.value] : 'values' in term ? term.values : []
  const same = entries.filter(([, value]) => wanted.includes(value))
  const shown = same.length > 0 ? same : entries.length <= MOST_LABELS ? entries : []
  return shown.map(([key, value]) => `${bareLabel(key)}: ${value}`).join(', ')
}

const MOST_LABELS = 4
