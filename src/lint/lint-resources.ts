// What Calico accepts and what was probably not meant: one file for each trap, run in this order. No errors.

import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { InputExtent } from './input-extent.ts'
import { noteForgottenDns } from './dns-forgotten.ts'
import { warnOfDuplicateValues } from './duplicate-values.ts'
import { noteEmptyDirections } from './empty-direction.ts'
import { warnOfHostNetworkPeers } from './host-network-peer.ts'
import { warnOfHostOnly } from './host-only.ts'
import { warnOfLabelCase } from './label-case.ts'
import { noteLogLast } from './log-last.ts'
import { noteLongLogPrefixes } from './long-log-prefix.ts'
import { warnOfNameLabels } from './name-label.ts'
import { warnOfNoAddresses } from './no-addresses.ts'
import { warnOfNoFailsafes } from './no-failsafes.ts'
import { noteMissingSelectors } from './no-selector.ts'
import { warnOfOctalOrders } from './octal-order.ts'
import { warnOfOneIpVersion } from './one-ip-version.ts'
import { warnOfOneWayUntracked } from './one-way-untracked.ts'
import { warnOfOrPeers } from './or-peers.ts'
import { warnOfOtherNamespaces } from './other-namespace.ts'
import { warnOfOwnSelectorExcluded } from './own-selector-excluded.ts'
import { warnOfPassInLastTier } from './pass-last-tier.ts'
import { warnOfSelectingNothing } from './selects-nothing.ts'
import { warnOfServiceAddresses } from './service-address.ts'
import { warnOfServiceNamespace } from './service-namespace.ts'
import { warnOfServicePorts } from './service-port.ts'
import { warnOfSharedAddresses } from './shared-address.ts'
import { warnOfSimilarLabels } from './similar-label.ts'
import { warnOfSimilarNames } from './similar-names.ts'
import { warnOfUndefinedPorts } from './undefined-port.ts'
import { warnOfUnmatchedLabels } from './unmatched-labels.ts'
import { warnOfUnreachableRules } from './unreachable-rules.ts'
import { warnOfUnresolvedServices } from './unresolved-service.ts'
import { warnOfUnusedRules } from './unused-rules.ts'

type Lint = (resources: readonly Resource[], report: Report, release: Release, extent?: InputExtent) => void

/** Who overlooks one of these has a hole or is locked out: said whenever rules are made. */
const DANGERS: readonly Lint[] = [warnOfLabelCase, warnOfUnusedRules, warnOfNoFailsafes, warnOfServiceNamespace]

/** Of one resource alone. */
const TRAPS: readonly Lint[] = [
  noteMissingSelectors,
  noteEmptyDirections,
  noteLogLast,
  warnOfDuplicateValues,
  warnOfOctalOrders,
  warnOfOwnSelectorExcluded,
  warnOfUnreachableRules,
  warnOfSharedAddresses,
  noteLongLogPrefixes,
]

/** Of what the input has and has not: said only where all of it could be read. */
const CLUSTER_TRAPS: readonly Lint[] = [
  warnOfOneWayUntracked,
  warnOfHostOnly,
  warnOfUndefinedPorts,
  warnOfPassInLastTier,
  warnOfUnmatchedLabels,
  warnOfNoAddresses,
  warnOfSimilarNames,
  warnOfNameLabels,
  warnOfSimilarLabels,
  warnOfHostNetworkPeers,
  warnOfOtherNamespaces,
  warnOfOrPeers,
  warnOfServicePorts,
  warnOfServiceAddresses,
  warnOfUnresolvedServices,
  warnOfSelectingNothing,
  noteForgottenDns,
  warnOfOneIpVersion,
]

export interface LintOptions {
  /** All of them, for somebody who asked what is wrong. */
  readonly isThorough?: boolean
  /** Left out: the input is all that the cluster has. */
  readonly extent?: InputExtent
}

export function lintResources(
  resources: readonly Resource[],
  release: Release,
  report: Report,
  { isThorough = false, extent = 'whole' }: LintOptions,
): void {
  const isWhole = !report.hasErrors
  for (const lint of DANGERS) lint(resources, report, release)
  if (!isThorough) return
  for (const lint of TRAPS) lint(resources, report, release)
  if (isWhole) for (const lint of CLUSTER_TRAPS) lint(resources, report, release, extent)
}
