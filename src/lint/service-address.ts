// A rule whose net is the ClusterIP of a Service: kube-proxy puts the address of an endpoint in its place before policy looks.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { DIRECTIONS, type PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Service } from '../model/ast/service.ts'
import { formatCidr, singleAddressCidr } from '../net/cidr.ts'
import { protocolNumber } from '../net/protocol.ts'
import { isKubernetes, policiesOf, textOf } from './policies.ts'
import { placeOfWords } from './word-place.ts'

/** A cache on each node may answer at the address of the cluster's DNS, which is not translated then. */
const DNS_PORT = 53

const HELP = 'select its pods, or write the addresses behind it'

/** Not said of policies that look before packets are translated, nor of rules for what is not. */
export function warnOfServiceAddresses(resources: readonly Resource[], report: Report): void {
  const services = new Map<string, Service>()
  for (const resource of resources) {
    if (resource.kind !== 'service' || resource.ports.some(({ port }) => port === DNS_PORT)) continue
    for (const address of resource.clusterIps) services.set(formatCidr(singleAddressCidr(address)), resource)
  }
  if (services.size === 0) return
  for (const policy of policiesOf(resources)) {
    if (policy.preDNAT || policy.doNotTrack) continue
    for (const rule of DIRECTIONS.flatMap(direction => policy[direction])) {
      const { destination: entity } = rule
      for (const net of entity.nets) {
        const service = services.get(formatCidr(net))
        if (service === undefined || !isTranslated(rule, service)) continue
        const location = at(rule.location ?? policy.location, 'destination')
        report.warn(
          'service-address',
          `\`${net.address}\` is the ClusterIP of the Service \`${service.namespace}/${service.name}\`: when policy looks, packets have the address of an endpoint`,
          placeOfWords(report, textOf(policy, { entity, location, rule }), formatCidr(net)),
          isKubernetes(policy.id.kind) ? HELP : `${HELP}, or name it with \`services\``,
        )
      }
    }
  }
}

/** Whether the rule is for packets to a port of the Service: others keep their address. */
function isTranslated({ protocol, destination: { ports } }: PolicyRule, service: Service): boolean {
  return service.ports.some(
    port =>
      (protocol === undefined || protocolNumber(protocol) === protocolNumber(port.protocol)) &&
      (ports.length === 0 || ports.some(({ first, last }) => first <= port.port && port.port <= last)),
  )
}
