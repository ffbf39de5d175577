// The text in front of what a Log rule writes.

import { logPrefixNames, type PolicyId } from './policy-names.ts'
import type { Release } from './releases/release.ts'

/** Whose rule logs. */
type LogOwner =
  | { readonly kind: 'policy'; readonly policy: { readonly id: PolicyId; readonly tier: string } }
  | { readonly kind: 'profile'; readonly name: string }

const DEFAULT_PREFIX = 'calico-packet'

/** The whole of it, where no setting says otherwise. */
export const DEFAULT_LOG_PREFIX = `${DEFAULT_PREFIX}: `

/** Replaces `%t` tier, `%k` short kind, `%p` namespace and name, `%n` name; other percent signs stay. Colon and blank are Felix's. */
export function formatLogPrefix(configured: string, owner: LogOwner, release: Release): string {
  const prefix = configured === '' ? DEFAULT_PREFIX : configured
  const expanded = release.hasLogSpecifiers
    ? prefix.replace(/%[tkpn]/g, specifier => expand(specifier, owner, release))
    : prefix
  return `${expanded}: `
}

function expand(specifier: string, owner: LogOwner, release: Release): string {
  if (owner.kind === 'profile') {
    return specifier === '%t' ? '' : specifier === '%k' ? 'pro' : owner.name
  }
  const { namespace } = owner.policy.id
  const { kind, name } = logPrefixNames(owner.policy.id, release)
  switch (specifier) {
    case '%t':
      return owner.policy.tier
    case '%k':
      return kind
    case '%p':
      return namespace === '' ? name : `${namespace}/${name}`
    default:
      return name
  }
}
