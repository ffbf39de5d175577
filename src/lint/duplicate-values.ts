// The same net or address twice in one list: Calico's own tools take it, the API server refuses it.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { formatCidr } from '../net/cidr.ts'
import { sidesOf } from './policies.ts'

export function warnOfDuplicateValues(resources: readonly Resource[], report: Report): void {
  for (const resource of resources) {
    if (resource.kind === 'policy') {
      for (const { entity, location } of sidesOf(resource)) {
        const isFound = (['nets', 'notNets'] as const).some(field =>
          warn(entity[field].map(formatCidr), { ...location, path: [...location.path, field] }, report),
        )
        if (isFound) break
      }
    } else if (resource.kind === 'networkSet') {
      warn(resource.nets.map(formatCidr), inSpec(resource.location, 'nets'), report)
    } else if (resource.kind === 'hostEndpoint') {
      const addresses = resource.expectedIps.map(({ text }) => text)
      warn(addresses, inSpec(resource.location, 'expectedIPs'), report)
    }
  }
}

function inSpec(location: Location, field: string): Location {
  return { ...location, path: [...location.path, 'spec', field] }
}

function warn(values: readonly string[], location: Location, report: Report): boolean {
  if (new Set(values).size === values.length) return false
  const seen = new Set<string>()
  const repeated = values.find(value => seen.size === seen.add(value).size)
  report.warn(
    'duplicate-value',
    `\`${repeated ?? ''}\` is listed twice`,
    location,
    'remove one of the two: the API server refuses a list that has one text twice',
  )
  return true
}
