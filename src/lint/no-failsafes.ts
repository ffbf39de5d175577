// Fail-safe ports switched off on nodes with host endpoints: a mistake in a policy locks everybody out.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'

const FIELDS = ['failsafeInboundHostPorts', 'failsafeOutboundHostPorts'] as const

export function warnOfNoFailsafes(resources: readonly Resource[], report: Report): void {
  if (!resources.some(({ kind }) => kind === 'hostEndpoint')) return
  for (const resource of resources) {
    if (resource.kind !== 'felixConfiguration') continue
    for (const field of FIELDS) {
      const setting = resource.settings.get(field)
      if (setting?.text.toLowerCase() !== 'none') continue
      const [what, cut] =
        field === 'failsafeInboundHostPorts'
          ? ['to a node', 'SSH, the API server and etcd are cut off']
          : ['from a node', 'DNS, the API server and etcd are cut off']
      report.warn(
        'no-failsafes',
        `no port ${what} stays open in any case, and there are host endpoints: ${cut} unless a policy allows them`,
        { ...setting.location, target: 'key' },
        'list the ports that must never be closed, or leave the field out for the usual ones',
      )
    }
  }
}
