// Which release the input is for: the one that the user names, or the one that the input itself tells.

import type { Release } from '../calico/releases/release.ts'
import { findRelease, isVersion, lastPatches, LATEST_RELEASE, nearestRelease } from '../calico/releases/releases.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location, SourceFile } from '../diagnostics/source.ts'
import { orList } from '../text/wording.ts'
import { type Evidence, evidenceOf } from './release-evidence.ts'

/** The release that a user names; undefined, with an error, for one that is not here. @param word what names it there */
export function releaseNamed(
  written: string,
  report: Report,
  place?: Location,
  word = '--calico-version',
): Release | undefined {
  const release = findRelease(written)
  if (release !== undefined) return release
  const what = isVersion(written)
    ? `Calico \`${written}\` is not one of the releases here`
    : `\`${written}\` is no release of Calico`
  const known = orList(
    lastPatches().map(({ name }) => name),
    'and',
  )
  const help = `there are ${known}, and the patches before them; the nearest is \`${word} ${nearestRelease(written).name}\``
  report.error('unknown-release', what, place, help)
  return undefined
}

/** In all that tells a release, and quickly looked for: a container or an image, or the field of a resource. */
const TELLS_RELEASE = /calico(?:[-/]node|Version)/

/** Whether files may tell a release at all: only then all documents have to be at hand before the first one is read. */
export function mayTellRelease(files: readonly SourceFile[]): boolean {
  return files.some(({ text }) => TELLS_RELEASE.test(text))
}

/** A document as it was read, before anybody knows what it is. */
export interface RawDocument {
  readonly value: unknown
  readonly location: Location
}

/**
 * The release that the documents tell: what runs on the node that is asked for, what runs anywhere, what is to run. The
 * newest one where they tell nothing; undefined, with an error, for one that is not here.
 */
export function releaseTold(
  documents: readonly RawDocument[],
  node: string | undefined,
  report: Report,
): Release | undefined {
  const evidence = documents.flatMap(({ value, location }) => [...evidenceOf(value, location)])
  const told = evidence.filter(({ version }) => version !== undefined)
  const best = told.reduce<Evidence | undefined>(
    (known, one) => (known === undefined || rank(one, node) < rank(known, node) ? one : known),
    undefined,
  )
  if (best?.version === undefined) {
    const [other] = evidence
    if (other !== undefined)
      report.warn(
        'release-found',
        `${other.source} does not tell a release of Calico: taken for ${LATEST_RELEASE.name}`,
        other.location,
        'name the release: `--calico-version V`',
      )
    return LATEST_RELEASE
  }
  const release = releaseNamed(best.version, report, best.location)
  if (release === undefined) return undefined
  const others = told.filter(({ version, source }) => version !== best.version && source !== best.source)
  report.note(
    'release-found',
    `the rules are those of Calico ${release.name}: ${best.source} says so`,
    best.location,
    '`--calico-version V` names another one',
  )
  const [other] = others
  if (other !== undefined)
    report.warn(
      'release-found',
      `the input names another release as well: ${other.source} says \`${other.version}\``,
      other.location,
      'while a cluster is upgraded, nodes differ: name the release of this one with `--calico-version V`',
    )
  return release
}

/** What runs on the node counts most, then what runs, then what is to run, then what was written down. */
function rank({ strength, node }: Evidence, wanted: string | undefined): number {
  return strength === 'pod' && wanted !== undefined && node === wanted ? 0 : RANKS[strength]
}

const RANKS: Readonly<Record<Evidence['strength'], number>> = {
  daemonSet: 1,
  pod: 2,
  clusterInformation: 3,
  installation: 4,
}
