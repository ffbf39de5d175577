// Nets of IPv4 alone where the cluster has IPv6 too: packets of the other version are not matched.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { type Direction, DIRECTIONS, type Policy, type PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { isKubernetes, policiesOf } from './policies.ts'

/** Said where a net means everything, `0.0.0.0/0`, or where packets are denied: the rest of a list may well be all there is. */
export function warnOfOneIpVersion(resources: readonly Resource[], report: Report): void {
  if (!isDualStack(resources)) return
  const policies = policiesOf(resources)
  const keyOf = ({ selector }: Policy, { action }: PolicyRule, direction: Direction): string =>
    `${direction} ${action} ${selector.canonical}`
  const rulesForSix = (policy: Policy, direction: Direction): readonly PolicyRule[] =>
    policy[direction].filter(rule => isForSix(rule, SIDES[direction]))
  const known = new Set(
    policies.flatMap(policy =>
      DIRECTIONS.flatMap(direction => rulesForSix(policy, direction).map(rule => keyOf(policy, rule, direction))),
    ),
  )
  for (const policy of policies) {
    for (const direction of DIRECTIONS) {
      // A rule for the other version beside it says that both were thought of.
      if (rulesForSix(policy, direction).length > 0) continue
      const side = SIDES[direction]
      for (const rule of policy[direction]) {
        // So does one in another policy for the same endpoints, if it does the same.
        if (known.has(keyOf(policy, rule, direction))) continue
        if (rule.location === undefined || !isForOneVersion(rule, side)) continue
        const isAll = rule[side].nets.some(({ prefixLength }) => prefixLength === 0)
        if (!isAll && rule.action !== 'Deny') continue
        const field = direction === 'ingress' ? 'from' : 'to'
        const place = isKubernetes(policy.id.kind) ? at(rule.location, field) : at(rule.location, side, 'nets')
        report.warn(
          'one-ip-version',
          `the cluster has IPv6 too, and the ${side} has nets of IPv4 alone: IPv6 packets ${
            rule.action === 'Deny' ? 'are not denied' : 'do not match'
          }`,
          { ...place, target: 'key' },
          isAll
            ? isKubernetes(policy.id.kind)
              ? 'add an `ipBlock` with `::/0`'
              : 'leave `nets` out for any address, or repeat the rule with `::/0`'
            : 'add a rule with the nets of IPv6, or write `ipVersion: 4` where that is meant',
        )
        break
      }
    }
  }
}

/** The far end of a packet. */
const SIDES = { ingress: 'source', egress: 'destination' } as const
type Side = (typeof SIDES)[Direction]

function isForSix(rule: PolicyRule, side: Side): boolean {
  return rule.ipVersion === 6 || rule[side].nets.some(({ ipVersion }) => ipVersion === 6)
}

/** Nets of IPv4 that IPv6 may have a counterpart of: link-local addresses, such as that of cloud metadata, are for IPv4 alone. */
function isForOneVersion(rule: PolicyRule, side: Side): boolean {
  const { nets } = rule[side]
  return (
    rule.ipVersion === undefined &&
    nets.every(({ ipVersion }) => ipVersion === 4) &&
    nets.some(({ address, prefixLength }) => prefixLength < 16 || !address.startsWith('169.254.'))
  )
}

/** Pods with addresses of both versions, or pools of both where there are no pods. */
function isDualStack(resources: readonly Resource[]): boolean {
  const pods = new Set<number>()
  const pools = new Set<number>()
  for (const resource of resources) {
    if (resource.kind === 'workloadEndpoint') for (const { ipVersion } of resource.addresses) pods.add(ipVersion)
    else if (resource.kind === 'ipPool') pools.add(resource.cidr.ipVersion)
  }
  return (pods.size > 0 ? pods : pools).size > 1
}
