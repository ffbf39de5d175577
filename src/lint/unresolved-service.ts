// A rule for a Service behind which the input has no addresses: it matches nothing.

import type { Release } from '../calico/releases/release.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { similarName } from '../text/did-you-mean.ts'
import type { InputExtent } from './input-extent.ts'
import { policiesOf, sidesOf } from './policies.ts'

/** A part of a cluster has no EndpointSlices: there it is said only where the input has any. */
export function warnOfUnresolvedServices(
  resources: readonly Resource[],
  report: Report,
  _release?: Release,
  extent: InputExtent = 'whole',
): void {
  const resolved = new Set<string>()
  const known = new Set<string>()
  for (const resource of resources) {
    if (resource.kind === 'service') known.add(`${resource.namespace}/${resource.name}`)
    if (resource.kind !== 'endpointSlice') continue
    known.add(`${resource.namespace}/${resource.service}`)
    if (resource.addresses.length > 0) resolved.add(`${resource.namespace}/${resource.service}`)
  }
  if (extent === 'part' && known.size === 0) return
  for (const policy of policiesOf(resources)) {
    for (const { entity, location } of sidesOf(policy)) {
      const { service } = entity
      if (service === undefined || service.namespace === '') continue
      const name = `${service.namespace}/${service.name}`
      if (resolved.has(name)) continue
      const meant = known.has(name) ? undefined : similarName(name, [...known])
      const message = known.has(name)
        ? `the Service \`${name}\` has no EndpointSlice with addresses in the input: the rule matches nothing`
        : `the input has no Service and no EndpointSlice \`${name}\`: the rule matches nothing`
      const place = at(location, 'services', 'name')
      const help =
        meant === undefined ? 'add its EndpointSlices to the input, or write its name' : `did you mean \`${meant}\`?`
      if (extent === 'part' && meant === undefined) report.note('unresolved-service', message, place, help)
      else report.warn('unresolved-service', message, place, help)
    }
  }
}
