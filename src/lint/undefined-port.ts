// A port name that no endpoint of the input has: a match on it finds nothing.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { policiesOf, sidesOf } from './policies.ts'

export function warnOfUndefinedPorts(resources: readonly Resource[], report: Report): void {
  const defined = new Set<string>()
  let hasEndpoints = false
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint' && resource.kind !== 'hostEndpoint') continue
    hasEndpoints = true
    for (const { name } of resource.ports) defined.add(name)
  }
  if (!hasEndpoints) return
  for (const policy of policiesOf(resources)) {
    for (const { entity, location } of sidesOf(policy)) {
      const name = [...entity.namedPorts, ...entity.notNamedPorts].find(port => !defined.has(port))
      if (name === undefined) continue
      const meant = didYouMean(name, sortedUnique([...defined]))
      const field = entity.namedPorts.includes(name) ? 'ports' : 'notPorts'
      report.warn(
        'undefined-port',
        `no endpoint of the input has a port named \`${name}\`: ${field === 'ports' ? 'the rule matches nothing' : 'it excludes nothing'}`,
        { ...location, path: [...location.path, field] },
        meant === undefined
          ? 'name the port in `containerPort` entries, or write its number'
          : `did you mean \`${meant}\`?`,
      )
      break
    }
  }
}
