// Who reaches whom in a cluster, as sets over all pairs.

import { type ClusterPassing, passCluster } from '../../analysis/parties/cluster-passing.ts'
import { overNumbers } from '../../analysis/parties/crossing.ts'
import { partySpace } from '../../analysis/parties/node-passing.ts'
import { type Doubt, DOUBTS, doubtsWithin, type Passing } from '../../analysis/parties/passing.ts'
import { PartyBits, type PartyNode } from '../../analysis/parties/party-bits.ts'
import type { ServiceWay } from '../../analysis/parties/service-ways.ts'
import { PartyHeaders } from '../../analysis/parties/party-headers.ts'
import { type Bdd, BddStore, NONE } from '../../analysis/sets/bdd.ts'
import type { Side } from '../../model/ruleset.ts'
import type { IpVersion } from '../../net/cidr.ts'
import type { PartyCluster, PartyPod, PartyService } from '../parties/party.ts'
import { aliasesOf, type Frontend } from './frontends.ts'
import { throughServices, toServices } from './reach-services.ts'
import { nodeToPass, type ReachNode } from './reach-nodes.ts'

/** What every number of a party stands for. */
export type ReachParty =
  | { readonly kind: 'outside' }
  /** Of a pod with several addresses of a version each is a party. */
  | { readonly kind: 'pod'; readonly pod: PartyPod; readonly address: string }
  /** By its first address in sets of single addresses, by any of them in `passing` and `through`. */
  | { readonly kind: 'node'; readonly node: string; readonly addresses: readonly string[] }
  /** One of the others of a node. */
  | { readonly kind: 'nodeAddress'; readonly node: string; readonly address: string }
  /** By its cluster IP, from outside by all its other ways. */
  | { readonly kind: 'service'; readonly service: PartyService }

export interface ReachCluster {
  readonly ipVersion: IpVersion
  /** Of no node: what its space says holds for all of `passing`. */
  readonly headers: PartyHeaders
  /** By their numbers. */
  readonly parties: readonly ReachParty[]
  /** By party, protocol, port, and the addresses of the outside. */
  readonly passing: ClusterPassing
  /** To the same receivers, by what was sent to others: Services, host ports, floating IPs. */
  readonly through: ClusterPassing
  /** The same, by new destination, as packets were sent. */
  readonly ways: readonly ServiceWay[]
  readonly frontends: readonly Frontend[]
  /** To Services, on ports on which they send nothing on. */
  readonly unserved: Bdd
  /** Pods that have no address of this IP version: nobody reaches them, and they are in no set. */
  readonly without: readonly PartyPod[]
}

export interface ReachOptions {
  readonly ipVersion: IpVersion
  readonly cluster: PartyCluster
  readonly nodes: readonly ReachNode[]
  /** Of the IP version. */
  readonly frontends: readonly Frontend[]
}

/** @throws TooManyNodesError where the sets grow over all bounds */
export function reachCluster(options: ReachOptions): ReachCluster {
  const { ipVersion, cluster, nodes, frontends } = options
  const store = new BddStore()
  const pods = new Map<string, PartyPod>()
  for (const pod of inLabelOrder(cluster.pods)) {
    for (const address of pod.endpoint.addresses) {
      if (address.ipVersion === ipVersion && !pods.has(address.text)) pods.set(address.text, pod)
    }
  }
  const partyNodes = nodesOf(cluster, nodes, ipVersion, pods)
  const taken = new Set([...pods.keys(), ...partyNodes.flatMap(({ addresses }) => addresses)])
  const { services } = cluster
  const bits = new PartyBits(ipVersion, [...pods.keys()], partyNodes, store, {
    aliases: aliasesOf(frontends, address => taken.has(address)),
    services: services.length,
  })
  const headers = new PartyHeaders(partySpace(bits, []), bits, new Map())
  const { direct, ways } = passCluster(
    nodes.map(node => nodeToPass(node, bits)),
    headers,
  )
  const parties: readonly ReachParty[] = [
    { kind: 'outside' },
    ...[...pods].map(([address, pod]) => ({ kind: 'pod', pod, address }) as const),
    ...partyNodes.map(({ name, addresses }) => ({ kind: 'node', node: name, addresses }) as const),
    ...partyNodes.flatMap(({ name, addresses }) =>
      addresses.slice(1).map(address => ({ kind: 'nodeAddress', node: name, address }) as const),
    ),
    ...services.map(service => ({ kind: 'service', service }) as const),
  ]
  const without = cluster.pods.filter(
    ({ endpoint }) => !endpoint.addresses.some(address => address.ipVersion === ipVersion),
  )
  const names = services.map(({ name }) => name)
  const { passing: served, unserved } = toServices(names, frontends, ways, headers)
  const all = bothPassings(store, direct, served)
  return {
    ipVersion,
    headers,
    parties,
    passing: withoutNodeAddresses(headers, all),
    through: withoutNodeAddresses(headers, throughServices(ways, headers)),
    ways,
    frontends,
    unserved,
    without,
  }
}

function bothPassings(store: BddStore, a: ClusterPassing, b: ClusterPassing): ClusterPassing {
  const doubts = Object.fromEntries(
    DOUBTS.map(doubt => [doubt, store.or(a.doubts[doubt] ?? NONE, b.doubts[doubt] ?? NONE)]),
  )
  return { sure: store.or(a.sure, b.sure), may: store.or(a.may, b.may), doubts }
}

/** Pods that look alike stand together: what rules say of them is said once then. */
function inLabelOrder(pods: readonly PartyPod[]): readonly PartyPod[] {
  const keyed = pods.map(pod => {
    const { namespace, labels, name } = pod.endpoint
    return { pod, key: `${namespace} ${JSON.stringify(Object.entries(labels).sort())} ${name}` }
  })
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ pod }) => pod)
}

function nodesOf(
  { hosts }: PartyCluster,
  known: readonly ReachNode[],
  ipVersion: IpVersion,
  pods: ReadonlyMap<string, PartyPod>,
): readonly PartyNode[] {
  const taken = new Set(pods.keys())
  const scenes = new Map(known.map(({ name, scene }) => [name, scene]))
  return hosts.map(({ node, addresses }) => {
    const told = addresses.flatMap(address => (address.ipVersion === ipVersion ? [address.text] : []))
    const own = [...new Set([...told, ...(scenes.get(node)?.nodeAddresses ?? [])])].filter(text => !taken.has(text))
    for (const text of own) taken.add(text)
    return { name: node, addresses: own }
  })
}

/** A node is one party, whichever of its addresses is meant. */
function withoutNodeAddresses(headers: PartyHeaders, passing: ClusterPassing): ClusterPassing {
  const sure = collapse(headers, passing.sure, 'sure')
  const may = collapse(headers, passing.may, 'may')
  const { store } = headers.space
  const told = (doubt: Doubt): Bdd => collapse(headers, passing.doubts[doubt] ?? NONE, 'may')
  const doubts = doubtsWithin(store, store.minus(may, sure), told, 'nodeAddress')
  return { sure, may, doubts }
}

function collapse({ bits }: PartyHeaders, set: Bdd, which: keyof Passing): Bdd {
  const { store } = bits
  let found = set
  for (const side of ['source', 'destination'] as const satisfies readonly Side[]) {
    const changed = bits.nodes.map((_, index) => {
      const party = bits.nodeParty(index)
      return store.and(bits.oneOf(side, [party]), overNumbers(found, bits, side, bits.numbersOf(party), which))
    })
    found = store.or(store.minus(found, bits.everyNode(side)), store.union(changed))
  }
  return found
}
