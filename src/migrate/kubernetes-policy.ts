// A Kubernetes NetworkPolicy -> a NetworkPolicy of projectcalico.org/v3 that means the same.

import { formatCidr } from '../net/cidr.ts'
import { type Plain, present } from '../parser/calico-v1/conversion.ts'
import { plainPort, v3Protocol } from '../parser/calico-v1/convert-rule.ts'
import { SourcePaths } from '../parser/calico-v1/source-paths.ts'
import type { PolicySource } from '../parser/calico-v3/convert-policy.ts'
import type { LocatedRule } from '../parser/calico-v3/convert-rule.ts'
import type { V3Entity, V3Rule } from '../parser/calico-v3/rule-schema.ts'

/** Labels and annotations are left behind, as Calico does; the name stays. */
export function convertKubernetesPolicy(source: PolicySource): { readonly value: Plain; readonly paths: SourcePaths } {
  const paths = new SourcePaths()
  const { id, location } = source
  const rules = (direction: 'ingress' | 'egress'): readonly Plain[] =>
    source[direction].map(({ rule, location: place }: LocatedRule, index) => {
      paths.set(['spec', direction, index], place.path.slice(location.path.length))
      return plainRule(rule)
    })
  paths.set(['spec', 'selector'], ['spec', 'podSelector'])
  paths.set(['spec', 'types'], ['spec', 'policyTypes'])
  const value = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'NetworkPolicy',
    metadata: { name: id.name, namespace: id.namespace },
    spec: present({
      tier: source.tier,
      order: source.order,
      selector: source.selector,
      types: (['ingress', 'egress'] as const)
        .filter(type => source.types.includes(type))
        .map(type => (type === 'ingress' ? 'Ingress' : 'Egress')),
      ingress: source.ingress.length === 0 ? undefined : rules('ingress'),
      egress: source.egress.length === 0 ? undefined : rules('egress'),
    }),
  }
  return { value, paths }
}

function plainRule({ action, protocol, source, destination }: V3Rule): Plain {
  return present({
    action,
    protocol: v3Protocol(protocol),
    source: source && plainEntity(source),
    destination: destination && plainEntity(destination),
  })
}

/** Undefined for an entity that matches anything. */
function plainEntity({ nets, notNets, selector, namespaceSelector, ports }: V3Entity): Plain | undefined {
  const entity = present({
    nets: nonEmpty(nets)?.map(({ cidr }) => formatCidr(cidr)),
    notNets: nonEmpty(notNets)?.map(({ cidr }) => formatCidr(cidr)),
    selector,
    namespaceSelector,
    ports: nonEmpty(ports)?.map(plainPort),
  })
  return Object.keys(entity).length === 0 ? undefined : entity
}

function nonEmpty<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list
}
