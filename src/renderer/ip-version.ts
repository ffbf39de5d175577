// What a rule says to one IP version. Nothing after this asks which version it is.

import type { Release } from '../calico/releases/release.ts'
import type { PlannedEntity, PlannedRule } from '../model/plan.ts'
import type { Cidr, IpVersion } from '../net/cidr.ts'

/** The rule with only the nets of the version; undefined when it says nothing to that version. */
export function narrowRule(rule: PlannedRule, ipVersion: IpVersion, release: Release): PlannedRule | undefined {
  if (rule.ipVersion !== undefined && rule.ipVersion !== ipVersion) return undefined
  const source = narrowEntity(rule.source, ipVersion, release)
  const destination = narrowEntity(rule.destination, ipVersion, release)
  return source === undefined || destination === undefined ? undefined : { ...rule, source, destination }
}

function narrowEntity(
  entity: PlannedEntity,
  ipVersion: IpVersion,
  { dropsExcludedEverything }: Release,
): PlannedEntity | undefined {
  const { nets, notNets } = entity
  if (nets.length === 0 && notNets.length === 0) return entity
  const isOfVersion = (cidr: Cidr): boolean => cidr.ipVersion === ipVersion
  const ownNets = nets.filter(isOfVersion)
  const ownNotNets = notNets.filter(isOfVersion)
  // A list whose nets are all of the other version can match nothing here.
  if (nets.length > 0 && ownNets.length === 0) return undefined
  if (notNets.length > 0 && ownNotNets.length === 0) return undefined
  // Not in the whole address space: never true.
  if (dropsExcludedEverything && ownNotNets.some(({ prefixLength }) => prefixLength === 0)) return undefined
  return { ...entity, nets: ownNets, notNets: ownNotNets }
}
