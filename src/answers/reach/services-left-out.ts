// What `reach` does not count of Services, and why: an answer without them says so.

import type { Resource } from '../../model/ast/resources.ts'
import type { PartyService } from '../parties/party.ts'
import { listed } from '../../text/listed.ts'

/** Endpoints of ports of Services, times nodes, that are followed: some seconds. */
const MOST_WAYS = 20_000

/** Names that are shown of those that lack something. */
const MOST_NAMES = 3

/** Why nothing that is sent on is followed; undefined where it is. */
export function whyNotFollowed(services: readonly PartyService[], nodes: number): string | undefined {
  const ways = nodes * services.reduce((sum, { service, behind }) => sum + service.ports.length * behind.size, 0)
  if (ways <= MOST_WAYS) return undefined
  return `${ways} endpoints of Services on ${nodes} nodes are more than ${MOST_WAYS}: ways through Services, host ports and floating IPs are left out; --node asks about one node`
}

export const IPVS_REASON = 'nodes use IPVS, and no rule tells where Services lead: ways through them are left out'

/** What files have not that were never in a cluster. */
export function whatIsNotSaid(resources: readonly Resource[]): readonly string[] {
  const services = resources.flatMap(found =>
    found.kind === 'service' && found.type !== 'ExternalName' && !found.isHeadless ? [found] : [],
  )
  const withoutAddress = services.filter(({ clusterIps }) => clusterIps.length === 0)
  const withoutNodePort = services.filter(
    ({ type, ports }) => type === 'NodePort' && ports.some(({ nodePort }) => nodePort === undefined),
  )
  const words = (what: string, found: typeof services): readonly string[] => {
    if (found.length === 0) return []
    const names = found.map(({ namespace, name }) => `${namespace}/${name}`)
    const count = found.length === 1 ? '1 Service has' : `${found.length} Services have`
    return [
      `${count} no ${what} in the input (${listed(names, MOST_NAMES)}), and ways through it are left out: \`kubectl get services -A -o yaml\` has it`,
    ]
  }
  return [...words('cluster IP', withoutAddress), ...words('node port', withoutNodePort)]
}
