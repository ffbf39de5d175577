// From where a node is asked for its services, and what it asks others for: packets that begin a connection by one host endpoint.

import { honestPackets, routedPackets } from '../../analysis/real-packets.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { SetWalker } from '../../analysis/sets/node-walk.ts'
import { STATES } from '../../analysis/sets/packet-space.ts'
import type { Resource } from '../../model/ast/resources.ts'
import type { NodePlan } from '../../model/plan.ts'
import type { HostFacts } from '../../model/host.ts'
import { cidrCovers, maskAddress, parseAddress, singleAddressCidr } from '../../net/cidr.ts'
import type { LockoutDirection, Traffic } from './services.ts'

/** `nodes`: the addresses of the cluster's other nodes. */
export type Zone = 'nodes' | 'anywhere'

export interface ZonePackets {
  readonly zone: Zone
  readonly packets: Bdd
}

const LOOPBACK = 'lo'

/** Addresses by which nobody calls the node from afar: of the loopback interface, and of one link. */
const NEAR = /^(127\.|::1$|169\.254\.|fe[89ab][0-9a-f]:)/

export interface Surroundings {
  /** Everything the input holds, of all nodes. */
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
}

export class Zones {
  readonly #walker: SetWalker
  readonly #plan: NodePlan
  /** Addresses by which others call the node; empty where none is known. */
  readonly local: readonly string[]
  /** Addresses of the other nodes, of this IP version. */
  readonly others: readonly string[]
  readonly #starting: Bdd

  readonly #host: HostFacts | undefined

  constructor(walker: SetWalker, plan: NodePlan, { resources, host }: Surroundings) {
    const { headers, node, space } = walker
    this.#host = host
    this.#walker = walker
    this.#plan = plan
    this.local = node.local.filter(net => parseAddress(net) !== undefined && !NEAR.test(net))
    this.others = otherNodes(resources, plan.nodeName).filter(
      text => parseAddress(text)?.ipVersion === space.ipVersion && !node.local.includes(text),
    )
    const isNew = headers.states([STATES.indexOf('NEW')])
    this.#starting = space.store.and(honestPackets(walker), isNew)
  }

  /** Zones that there are, the narrower one first. */
  of(interfaceName: string, direction: LockoutDirection, traffic: readonly Traffic[]): readonly ZonePackets[] {
    const { headers, space } = this.#walker
    const { store } = space
    const side = direction === 'in' ? 'source' : 'destination'
    const asked = store.and(store.and(this.#starting, this.#ways(interfaceName, direction)), this.#services(traffic))
    // What comes in with an address of the node is not honest, and left out.
    const anywhere = direction === 'in' ? asked : store.and(asked, routedPackets(this.#walker))
    const others = headers.nets(side, this.#neighbours(interfaceName)) ?? NONE
    const zones: readonly ZonePackets[] = [
      { zone: 'nodes', packets: store.and(anywhere, others) },
      { zone: 'anywhere', packets: anywhere },
    ]
    return zones.filter(({ packets }) => packets !== NONE)
  }

  /** Other nodes on the links of the endpoint's interfaces; where none of them is, or nobody says which links, all. */
  #neighbours(interfaceName: string): readonly string[] {
    const names = this.interfaces(interfaceName)
    const links = (this.#host?.interfaces ?? [])
      .filter(({ name, isUp }) => isUp && names.includes(name))
      .flatMap(({ addresses }) => addresses)
      .flatMap(({ address, prefixLength }) => {
        const { ipVersion } = this.#walker.space
        return address.ipVersion === ipVersion ? [maskAddress(address, prefixLength).cidr] : []
      })
    const near = this.others.filter(text => {
      const address = parseAddress(text)
      return address !== undefined && links.some(link => cidrCovers(link, singleAddressCidr(address)))
    })
    return near.length > 0 ? near : this.others
  }

  /** The interfaces that a host endpoint governs; the one for all of them governs those that no other does. */
  interfaces(interfaceName: string): readonly string[] {
    const { interfaces } = this.#walker.space
    const { hostEndpoints, wildcardHostEndpoint, config } = this.#plan
    if (interfaceName !== wildcardHostEndpoint?.interfaceName) return [interfaceName]
    const named = new Set([LOOPBACK, '', ...hostEndpoints.map(endpoint => endpoint.interfaceName)])
    const isWorkload = (name: string): boolean =>
      this.#walker.node.behind.includes(name) || config.interfacePrefix.some(prefix => name.startsWith(prefix))
    return interfaces.filter(name => !named.has(name) && !isWorkload(name))
  }

  #ways(interfaceName: string, direction: LockoutDirection): Bdd {
    const { headers, space, node } = this.#walker
    const { store } = space
    const names = this.interfaces(interfaceName)
    if (direction === 'in') {
      const arriving = store.union(names.map(name => headers.inInterface(name)))
      return store.and(arriving, headers.nets('destination', this.local) ?? NONE)
    }
    const away = store.minus(
      store.union(names.map(name => headers.outInterface(name))),
      headers.nets('destination', node.local) ?? NONE,
    )
    const own = headers.nets('source', this.local) ?? NONE
    return store.and(store.and(headers.inInterface(''), away), own)
  }

  #services(traffic: readonly Traffic[]): Bdd {
    const { headers, space } = this.#walker
    return space.store.union(
      traffic.map(({ protocol, ports }) => {
        const ofProtocol = headers.protocols([protocol])
        return ports.length === 0 ? ofProtocol : space.store.and(ofProtocol, headers.portField('destination', ports))
      }),
    )
  }
}

function otherNodes(resources: readonly Resource[], own: string): readonly string[] {
  const found = resources.flatMap(resource => {
    if (resource.kind === 'node' && resource.name !== own) return [...resource.addresses, ...resource.bgpAddresses]
    if (resource.kind === 'hostEndpoint' && resource.node !== own) return resource.expectedIps
    return []
  })
  return [...new Set(found.map(({ text }) => text))]
}
