// Which releases have what: for messages that tell since when, or until when.

import type { Release } from './release.ts'
import { allReleases } from './releases.ts'

export interface Presence {
  /** The first release after the given one that has it: `v3.29`, or `v3.30.6` where a patch brought it. */
  readonly since?: string
  /** The last minor release before the given one that has it: `v3.31`. */
  readonly until?: string
}

/** @param release one that does not have it */
export function presence(release: Release, has: (other: Release) => boolean): Presence {
  const all = allReleases()
  const own = all.findIndex(({ name }) => name === release.name)
  const since = all.slice(own + 1).find(has)?.name
  const until = all.slice(0, own).findLast(has)?.name
  return {
    ...(since === undefined ? {} : { since: since.replace(/\.0$/, '') }),
    ...(until === undefined ? {} : { until: until.replace(/\.[0-9]+$/, '') }),
  }
}
