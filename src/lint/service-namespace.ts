// A service without its namespace: Calico does not take it for one of the policy's own namespace, and finds nothing.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { policiesOf, sidesOf } from './policies.ts'

export function warnOfServiceNamespace(resources: readonly Resource[], report: Report): void {
  for (const policy of policiesOf(resources)) {
    const side = sidesOf(policy).find(({ entity }) => entity.service?.namespace === '')
    if (side === undefined) continue
    report.warn(
      'service-namespace',
      `the service \`${side.entity.service?.name ?? ''}\` has no namespace: the rule matches nothing`,
      { ...at(side.location, 'services'), target: 'key' },
      `add \`namespace: ${policy.id.namespace}\``,
    )
  }
}
