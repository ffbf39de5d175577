// The text in front of what a Log rule writes.

import { CALICO_3_32 } from '../../calico/version.ts'
import type { RuleOwner } from './rule-owner.ts'

const DEFAULT_PREFIX = 'calico-packet'

/** Replaces `%t` tier, `%k` short kind, `%p` namespace and name, `%n` name; other percent signs stay. Colon and blank are Felix's. */
export function formatLogPrefix(configured: string, owner: RuleOwner): string {
  const prefix = configured === '' ? DEFAULT_PREFIX : configured
  return `${prefix.replace(/%[tkpn]/g, specifier => expand(specifier, owner))}: `
}

function expand(specifier: string, owner: RuleOwner): string {
  if (owner.kind === 'profile') {
    return specifier === '%t' ? '' : specifier === '%k' ? 'pro' : owner.name
  }
  const { namespace, name, kind } = owner.policy.id
  switch (specifier) {
    case '%t':
      return owner.policy.tier
    case '%k':
      return CALICO_3_32.policyKinds[kind]
    case '%p':
      return namespace === '' ? name : `${namespace}/${name}`
    default:
      return name
  }
}
