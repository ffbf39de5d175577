// What an endpoint has under a label, itself or through its namespace or service account.

import {
  NAMESPACE_PREFIX,
  NAMESPACE_PROFILE_PREFIX,
  profileOwner,
  SERVICE_ACCOUNT_PROFILE_PREFIX,
} from '../calico/labels.ts'
import { bareLabel } from './selector.ts'

/** The value that counts, and the profile that it comes through, if it does. */
export interface LabelFound {
  readonly value: string
  readonly profile?: string
}

/** `label run is "nginx"`, `namespace shop has no label team`. */
export function describeLabel(label: string, found: LabelFound | undefined, profiles: readonly string[]): string {
  const bare = bareLabel(label)
  const whose = labelHolder(label, found?.profile, profiles)
  if (bare === label) {
    if (found === undefined) return `there is no label ${bare}`
    return `label ${bare} is "${found.value}"${found.profile === undefined ? '' : ` (through profile ${found.profile})`}`
  }
  if (whose === undefined)
    return label.startsWith(NAMESPACE_PREFIX)
      ? 'the endpoint is in no namespace'
      : 'the endpoint has no service account'
  return found === undefined ? `${whose} has no label ${bare}` : `label ${bare} of ${whose} is "${found.value}"`
}

/** The namespace or service account through which an endpoint has, or might have, a label. */
function labelHolder(label: string, profile: string | undefined, profiles: readonly string[]): string | undefined {
  const prefix = label.startsWith(NAMESPACE_PREFIX) ? NAMESPACE_PROFILE_PREFIX : SERVICE_ACCOUNT_PROFILE_PREFIX
  const name = profile ?? profiles.find(candidate => candidate.startsWith(prefix))
  if (name === undefined) return undefined
  return profileOwnerWords(name) ?? `profile ${name}`
}

/** `service account shop/web`, `namespace shop`; undefined for a profile that somebody wrote. */
export function profileOwnerWords(profile: string): string | undefined {
  const owner = profileOwner(profile)
  if (owner === undefined) return undefined
  return owner.kind === 'namespace' ? `namespace ${owner.name}` : `service account ${owner.namespace}/${owner.name}`
}
