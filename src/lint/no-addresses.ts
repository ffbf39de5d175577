// A rule's selector that matches host endpoints by their interface alone: they have no addresses to put into the set.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { Matcher } from './endpoints.ts'
import { policiesOf, sidesOf } from './policies.ts'

/** Only where nothing else gives the set addresses. */
export function warnOfNoAddresses(resources: readonly Resource[], report: Report): void {
  const matcher = new Matcher(resources)
  if (matcher.hostEndpoints.every(({ expectedIps }) => expectedIps.length > 0)) return
  const verdicts = new Map<string, string | undefined>()
  for (const policy of policiesOf(resources)) {
    for (const { entity, location } of sidesOf(policy)) {
      if (entity.selector === undefined) continue
      const { selector, canonical } = entity.selector
      if (!verdicts.has(canonical)) {
        const hosts = matcher.hosts(selector)
        const isEmpty = hosts.length > 0 && hosts.every(({ expectedIps }) => expectedIps.length === 0)
        verdicts.set(canonical, isEmpty && matcher.hasOthers(selector) === false ? hosts[0]?.name : undefined)
      }
      const name = verdicts.get(canonical)
      if (name === undefined) continue
      report.warn(
        'no-addresses',
        `the selector matches host endpoints that have no \`expectedIPs\`, such as \`${name}\`, and nothing else: the rule matches nothing`,
        at(location, 'selector'),
        'give the host endpoints `expectedIPs`: addresses of rules come from there',
      )
      break
    }
  }
}
