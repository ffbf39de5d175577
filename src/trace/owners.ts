// Whose an address is, as selectors of rules see it: pods, host endpoints, network sets.

import { namespaceProfileName } from '../calico/labels.ts'
import { effectiveLabel, type EndpointPort, type Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import { type NodePlan, profileLabelsOf } from '../model/plan.ts'
import { cidrCovers, parseAddress, singleAddressCidr } from '../net/cidr.ts'
import type { LabelFound } from '../words/label.ts'

export interface Owner {
  /** `pod/NS/NAME`, `host/NAME`, `networkset/NS/NAME`. */
  readonly name: string
  readonly kind: 'pod' | 'host' | 'networkSet'
  /** Empty for what has none. */
  readonly namespace: string
  readonly labels: Labels
  readonly profiles: readonly string[]
  readonly ports: readonly EndpointPort[]
  readonly labelOf: (key: string) => LabelFound | undefined
}

export interface Owners {
  readonly of: (address: string) => readonly Owner[]
  /** The nodes that have an address, or the pods that share it with their node. */
  readonly nodesOf: (address: string) => readonly string[]
  /** The labels that a profile hands on: `kns.shop`. */
  readonly profileLabels: (profile: string) => Labels | undefined
}

/** Looks through the input once for each address that is asked about. */
export function createOwners({ matching }: NodePlan, resources: readonly Resource[]): Owners {
  const inherited = profileLabelsOf(matching)
  const ownerOf = (owner: Omit<Owner, 'labelOf'>): Owner => ({
    ...owner,
    labelOf: key => effectiveLabel(owner.labels, owner.profiles, inherited, key),
  })
  const known = new Map<string, readonly Owner[]>()
  const find = (text: string): readonly Owner[] => {
    const address = parseAddress(text)
    if (address === undefined) return []
    const net = singleAddressCidr(address)
    const has = (own: { readonly text: string }): boolean => own.text === address.text
    return [
      ...matching.workloadEndpoints
        .filter(({ addresses }) => addresses.some(has))
        .map(({ namespace, name, labels, profiles, ports }) =>
          ownerOf({ name: `pod/${namespace}/${name}`, kind: 'pod', namespace, labels, profiles, ports }),
        ),
      ...matching.hostEndpoints
        .filter(({ expectedIps }) => expectedIps.some(has))
        .map(({ name, labels, profiles, ports }) =>
          ownerOf({ name: `host/${name}`, kind: 'host', namespace: '', labels, profiles, ports }),
        ),
      ...resources.flatMap(resource => {
        if (resource.kind !== 'networkSet' || !resource.nets.some(outer => cidrCovers(outer, net))) return []
        const { namespace, name, labels } = resource
        const profiles = namespace === '' ? [] : [namespaceProfileName(namespace)]
        const full = `networkset/${namespace === '' ? name : `${namespace}/${name}`}`
        return [ownerOf({ name: full, kind: 'networkSet', namespace, labels, profiles, ports: [] })]
      }),
    ]
  }
  return {
    of: address => {
      let found = known.get(address)
      if (found === undefined) known.set(address, (found = find(address)))
      return found
    },
    nodesOf: address =>
      resources.flatMap(resource =>
        resource.kind === 'node' && resource.addresses.some(({ text }) => text === address) ? [resource.name] : [],
      ),
    profileLabels: profile => inherited.get(profile),
  }
}
