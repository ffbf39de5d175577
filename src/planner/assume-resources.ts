// What every cluster has and files may leave out: namespaces that are used, and the built-in tiers.

import type { Release } from '../calico/releases/release.ts'
import { assumedNamespaceLabels, METADATA_NAME_LABEL, namespaceProfileName, profileOwner } from '../calico/labels.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { andMore } from '../text/wording.ts'
import type { Profile, Tier } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'
import { similarName } from '../text/did-you-mean.ts'
import { ALLOW_ALL_PROFILE, type Cluster } from './cluster.ts'

export function assumeResources(cluster: Cluster, release: Release, report: Report): Cluster {
  const tiers = new Map<string, Tier>(release.builtInTiers.map(tier => [tier.name, { kind: 'tier', ...tier }]))
  for (const [name, tier] of cluster.tiers) tiers.set(name, tier)
  warnOfUnknownTiers(cluster, tiers, report)
  const profiles = new Map(cluster.profiles)
  const assumed = missingNamespaces(cluster)
  for (const namespace of assumed) profiles.set(namespaceProfileName(namespace), assumedNamespaceProfile(namespace))
  const noted = assumed.filter(namespace => namespace !== 'default')
  if (noted.length > 0) {
    const one = noted.length === 1
    report.note(
      'assumed-resource',
      `${one ? 'namespace' : 'namespaces'} ${andMore(noted)} ${one ? 'is' : 'are'} used but not in the input; taken to have no labels but \`${METADATA_NAME_LABEL}\``,
    )
  }
  warnOfMissingProfiles(cluster, profiles, report)
  return { ...cluster, tiers, profiles }
}

/** Namespaces that pods, policies and sets are in, and `default`, without a Namespace of theirs in the input. */
function missingNamespaces({ policies, workloadEndpoints, networkSets, profiles }: Cluster): readonly string[] {
  const used = new Set(['default'])
  for (const { namespace } of workloadEndpoints) used.add(namespace)
  for (const { id } of policies) if (id.namespace !== '') used.add(id.namespace)
  for (const { namespace } of networkSets) if (namespace !== '') used.add(namespace)
  return sortedUnique([...used].filter(namespace => !profiles.has(namespaceProfileName(namespace))))
}

function assumedNamespaceProfile(name: string): Profile {
  return {
    ...ALLOW_ALL_PROFILE,
    name: namespaceProfileName(name),
    labelsToApply: assumedNamespaceLabels(name),
  }
}

function warnOfUnknownTiers({ policies }: Cluster, tiers: ReadonlyMap<string, Tier>, report: Report): void {
  for (const { id, tier, location } of policies) {
    if (tiers.has(tier)) continue
    const meant = similarName(tier, [...tiers.keys()])
    report.warn(
      'unknown-tier',
      `\`${id.name}\` is in tier \`${tier}\`, which the input does not have: it applies after all other tiers, and drops what it does not decide`,
      at(location, 'spec', 'tier'),
      meant === undefined
        ? 'add the Tier: its order and default action decide what the policy does'
        : `did you mean \`${meant}\`?`,
    )
  }
}

/** Missing profiles that are compared with those that are there. */
const MAX_COMPARED = 20

/** An endpoint that lists a profile which does not exist drops whatever gets that far. */
function warnOfMissingProfiles(
  { workloadEndpoints, hostEndpoints }: Cluster,
  profiles: ReadonlyMap<string, Profile>,
  report: Report,
): void {
  const reported = new Set<string>()
  for (const { kind, profiles: listed, location } of [...workloadEndpoints, ...hostEndpoints]) {
    for (const [index, name] of listed.entries()) {
      if (profiles.has(name) || reported.has(name)) continue
      reported.add(name)
      const meant = reported.size > MAX_COMPARED ? undefined : similarName(name, [...profiles.keys()])
      const owner = profileOwner(name)
      report.warn(
        'missing-profile',
        owner?.kind !== 'serviceAccount'
          ? `profile \`${name}\` is not in the input; Felix drops what reaches it`
          : `service account \`${owner.namespace}/${owner.name}\` is not in the input; without it Felix drops what no policy decides`,
        kind === 'hostEndpoint' ? at(location, 'spec', 'profiles', index) : at(location, 'metadata', 'name'),
        meant !== undefined
          ? `did you mean \`${meant}\`?`
          : owner?.kind !== 'serviceAccount'
            ? undefined
            : 'add the ServiceAccount to the input',
      )
    }
  }
}
