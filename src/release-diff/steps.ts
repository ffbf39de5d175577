// From one release to another, fact by fact: each step is a release that nobody made, between the two.

import { differingFacts, factWords, type FactKey } from '../calico/releases/fact-words.ts'
import { allReleases } from '../calico/releases/releases.ts'
import type { Release, ReleaseFacts } from '../calico/releases/release.ts'

export interface ReleaseStep {
  readonly words: readonly StepWords[]
  readonly release: Release
}

/** What holds after the step, and what held before it, in words. */
export interface StepWords {
  readonly after: string
  readonly before: string
  /** `since v3.32`; on the way back, `up to v3.31`. */
  readonly when: string
}

/** Facts that make sense only together: how a policy is known. */
const TOGETHER: readonly FactKey[] = ['policyIdentity', 'policyChainId', 'policyGroups', 'tierOfPolicy']

/** The steps from a release to another; the last one is the other itself. */
export function stepsBetween(from: Release, to: Release): readonly ReleaseStep[] {
  const differing = differingFacts(from, to)
  const together = differing.filter(key => TOGETHER.includes(key))
  const single = differing.filter(key => !TOGETHER.includes(key)).map(key => [key])
  const bundles: readonly (readonly FactKey[])[] = together.length === 0 ? single : [...single, together]
  let release: Release = from
  return bundles.map((keys, index) => {
    const before = release
    release = keys.reduce((facts, key) => withFact(facts, key, to), release)
    if (index === bundles.length - 1) release = to
    return { release, words: keys.map(key => wordsOf(key, before, from, to)) }
  })
}

function wordsOf(key: FactKey, before: Release, from: Release, to: Release): StepWords {
  const all = allReleases()
  const position = ({ name }: Release): number => all.findIndex(release => release.name === name)
  const isLike = (release: Release): boolean => !differingFacts(release, to).includes(key)
  const isForward = position(from) < position(to)
  const turn = isForward ? all.slice(position(from) + 1).find(isLike) : all.slice(0, position(from)).findLast(isLike)
  const name = turn?.name ?? to.name
  const when = isForward ? `since ${name.replace(/\.0$/, '')}` : `up to ${name}`
  return { after: factWords(to, key), before: factWords(before, key), when }
}

function withFact<K extends keyof ReleaseFacts>(release: Release, key: K, from: ReleaseFacts): Release {
  return { ...release, [key]: from[key] }
}
