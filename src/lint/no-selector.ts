// A global policy without any selector: it is for every pod of the cluster and for every host endpoint.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { ofSpec, policiesOf } from './policies.ts'

export function noteMissingSelectors(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    if (policy.isWithoutSelector !== true || policy.id.namespace !== '') continue
    const isForHosts = policy.preDNAT || policy.doNotTrack
    report.note(
      'no-selector',
      `the policy has no selector: it is for ${isForHosts ? 'every host endpoint' : 'every workload and every host endpoint'}`,
      ofSpec(policy, 'selector'),
      'write `selector: all()` where that is meant',
    )
  }
}
