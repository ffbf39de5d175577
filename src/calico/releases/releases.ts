// The releases there are, and how to find one by what a user or a cluster calls it.

import type { MinorRelease, Release } from './release.ts'
import { V3_27 } from './v3-27.ts'
import { V3_28 } from './v3-28.ts'
import { V3_29 } from './v3-29.ts'
import { V3_30 } from './v3-30.ts'
import { V3_31 } from './v3-31.ts'
import { V3_32 } from './v3-32.ts'

/** Oldest first. */
export const MINOR_RELEASES: readonly MinorRelease[] = [V3_27, V3_28, V3_29, V3_30, V3_31, V3_32]

/** What is compiled for where nobody says which release. */
export const LATEST_RELEASE: Release = lastPatchOf(V3_32)

/** The last patch of each minor release, oldest first. */
export function lastPatches(): readonly Release[] {
  return MINOR_RELEASES.map(lastPatchOf)
}

/** Every release there is, oldest first. */
export function allReleases(): readonly Release[] {
  return MINOR_RELEASES.flatMap(minor =>
    Array.from({ length: minor.lastPatch + 1 }, (_, patch) => releaseOf(minor, patch)),
  )
}

function lastPatchOf(minor: MinorRelease): Release {
  return releaseOf(minor, minor.lastPatch)
}

function releaseOf({ minor, facts, before }: MinorRelease, patch: number): Release {
  const earlier = before.filter(change => patch < change.patch)
  return earlier.reduce<Release>((release, change) => ({ ...release, ...change.facts }), {
    name: `v3.${minor}.${patch}`,
    ...facts,
  })
}

/** A version in the spellings of users, image tags and clusters: `3.30`, `v3.30.7`, `v3.30.7-fips`. */
const VERSION = /^\s*v?([0-9]+)\.([0-9]+)(?:\.(?:([0-9]+)(?:[-+][0-9A-Za-z.+_-]*)?|x))?\s*$/i

/** The release of that name; of a minor release alone, its last patch. Undefined for one that is not here. */
export function findRelease(written: string): Release | undefined {
  const [, major, minorText, patchText] = VERSION.exec(written) ?? []
  const minor = major === '3' ? MINOR_RELEASES.find(known => String(known.minor) === minorText) : undefined
  if (minor === undefined) return undefined
  if (patchText === undefined) return lastPatchOf(minor)
  const patch = Number(patchText)
  return patch <= minor.lastPatch && String(patch) === patchText ? releaseOf(minor, patch) : undefined
}

/** Whether a text is a version at all, of a release that is here or not. */
export function isVersion(written: string): boolean {
  return VERSION.test(written)
}

/** The release that is nearest to one that is not here; the newest for what is no version. */
export function nearestRelease(written: string): Release {
  const [, major, minor = '0', patch] = VERSION.exec(written) ?? []
  if (major === undefined) return LATEST_RELEASE
  const rank = (text: readonly (string | undefined)[]): number =>
    Number(text[0]) * 1_000_000 + Number(text[1]) * 1000 + Number(text[2] ?? 999)
  const wanted = rank([major, minor, patch])
  const distance = ({ name }: Release): number => Math.abs(rank(name.slice(1).split('.')) - wanted)
  return allReleases().reduce((best, one) => (distance(one) <= distance(best) ? one : best))
}
