// The same net or address twice in one list, which the API server refuses; and nets that a wider one of their list covers.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { Policy } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { type Cidr, cidrCovers, formatCidr, maximalCidrs } from '../net/cidr.ts'
import { isKubernetes, sidesOf, textOf } from './policies.ts'

export function warnOfDuplicateValues(resources: readonly Resource[], report: Report): void {
  for (const resource of resources) {
    if (resource.kind === 'policy') warnOfPolicy(resource, report)
    else if (resource.kind === 'networkSet') {
      const list = at(resource.location, 'spec', 'nets')
      if (!warn(resource.nets.map(formatCidr), list, report)) noteCovered(resource.nets, list, report)
    } else if (resource.kind === 'hostEndpoint') {
      const addresses = resource.expectedIps.map(({ text }) => text)
      warn(addresses, at(resource.location, 'spec', 'expectedIPs'), report)
    }
  }
}

function warnOfPolicy(policy: Policy, report: Report): void {
  const isOfKubernetes = isKubernetes(policy.id.kind)
  const told = new Set<string>()
  for (const side of sidesOf(policy)) {
    for (const field of ['nets', 'notNets'] as const) {
      const nets = side.entity[field]
      const list = at(side.location, field)
      if (warn(nets.map(formatCidr), list, report)) return
      // A peer of Kubernetes stands for several rules.
      const place = isOfKubernetes ? textOf(policy, side) : list
      const key = place.path.join(' ')
      if (!told.has(key) && noteCovered(nets, place, report)) told.add(key)
    }
  }
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

/** Whether the list is there to match or to exclude, a net within another of it changes nothing. */
function noteCovered(nets: readonly Cidr[], list: Location, report: Report): boolean {
  const kept = new Set(
    ([4, 6] as const).flatMap(version => maximalCidrs(nets.filter(one => one.ipVersion === version))),
  )
  const [first, ...more] = nets.filter(net => !kept.has(net))
  const wider = [...kept].find(net => first !== undefined && cidrCovers(net, first))
  if (first === undefined || wider === undefined) return false
  report.note(
    'redundant-net',
    `\`${formatCidr(first)}\` is within \`${formatCidr(wider)}\` of the same list: nothing would change without ${more.length === 0 ? 'it' : `it and ${more.length} more like it`}`,
    list,
    'remove it, or correct the wider one',
  )
  return true
}
