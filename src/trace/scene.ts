// What a trace knows of the node and its surroundings for one IP version: tables, addresses, interfaces, endpoints.

import type { Marks } from '../calico/marks.ts'
import { ipSetName } from '../calico/names.ts'
import { SourceIndex } from '../diagnostics/source-index.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { HostFacts, HostInterface } from '../model/host.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { NodePlan } from '../model/plan.ts'
import type { RuleBackend } from '../model/rule-backend.ts'
import type { Origin } from '../model/origin.ts'
import type { Rule, Ruleset } from '../model/ruleset.ts'
import { type IpVersion, parseNet } from '../net/cidr.ts'
import { NetTable, addressToBits } from '../netfilter/net-table.ts'
import { SetTests } from '../netfilter/set-index.ts'
import { type KnownRoute, knownRoutes } from '../walk/known-routes.ts'
import type { Route } from '../walk/packet.ts'
import type { HashProof } from './hash-proof.ts'
import { createRouting, interfacePrefixes } from './routing.ts'
import { originFinder } from './scene-origins.ts'
import { ClusterWorkloads, type SceneWorkload } from './scene-workloads.ts'
import { createTextMeaning } from './text-meaning.ts'
import { createWalker, type Walker } from '../walk/walk-packet.ts'
import type { DescribeContext } from '../words/match.ts'

export interface SceneInput {
  /** Writes the rules as the node has them. */
  readonly backend: RuleBackend
  readonly tables: KernelTables
  /** The tables are those that text of a node shows; left out, they were compiled. */
  readonly isText?: boolean
  /** The node's name, where somebody says it. */
  readonly node?: string | undefined
  /** The ruleset that the tables were made of; absent for tables that were read from a node. */
  readonly ruleset?: Ruleset | undefined
  readonly plan?: NodePlan | undefined
  readonly resources?: readonly Resource[] | undefined
  readonly host?: HostFacts | undefined
  /** Where the locations in all this lie; left out where nothing was compiled. */
  readonly sources?: SourceIndex | undefined
  /** Whether rules of a node's text are those of their hashes; left out: they are. */
  readonly proof?: HashProof | undefined
  /** What several nodes of one cluster have in common. */
  readonly shared?: SharedScene | undefined
}

/** What is worked out once for all nodes of a cluster. Owned by whoever makes their scenes. */
export interface SharedScene {
  readonly setTests: SetTests
  readonly workloads: ClusterWorkloads
}

/** @param resources of all nodes, as in their `SceneInput` */
export function createSharedScene(resources: readonly Resource[]): SharedScene {
  return { setTests: new SetTests(), workloads: new ClusterWorkloads(resources) }
}

export interface Scene {
  readonly ipVersion: IpVersion
  readonly tables: KernelTables
  /** Text of a node may show less than there is. */
  readonly isText: boolean
  readonly node?: string
  readonly ruleset?: Ruleset
  readonly plan?: NodePlan
  /** Everything the input holds, of all nodes; absent where nothing was compiled. */
  readonly resources?: readonly Resource[]
  /** Which mark bit means what; absent where nothing says so. */
  readonly marks?: Marks
  /** What words for matches, targets and sets need to know. */
  readonly words: DescribeContext
  readonly walker: Walker
  readonly backend: RuleBackend
  /** Where the locations in origins lie. */
  readonly sources: SourceIndex
  /** The bit that says that policy allowed a packet; 0 where nothing tells. */
  readonly acceptMark: number
  /** Why a rule is there; of a rule that was read, that of the compiled one with the same hash in the same chain. */
  readonly originOf: (rule: Rule) => Origin
  readonly workloads: ReadonlyMap<string, SceneWorkload>
  /** Those that have a name among what they may be called. */
  readonly workloadsCalled: (text: string) => readonly SceneWorkload[]
  readonly workloadOf: (address: string) => SceneWorkload | undefined
  readonly isLocal: (address: string) => boolean
  /** Addresses of the node for talking to others: not loopback, not link-local; in the order in which they are known. */
  readonly nodeAddresses: readonly string[]
  readonly addressesOf: (interfaceName: string) => readonly string[]
  /** Interfaces of the host, also those that are down; absent where nobody tells of them. */
  readonly interfaceNames?: readonly string[]
  /** Whose interface it is, on whatever node. */
  readonly workloadBehind: ClusterWorkloads['behind']
  /** Whether an interface of this name leads to a workload. */
  readonly isWorkloadInterface: (interfaceName: string) => boolean
  /** Where the node sends what is for an address. */
  readonly route: (address: string) => Route
  /** What of it somebody says, as nets; the rest is guessed. */
  readonly known: readonly KnownRoute[]
  /** The address that the node itself sends from. */
  readonly sourceTowards: (destination: string, interfaceName: string) => string | undefined
  /** Whether answers to an address leave by this interface, for interfaces of local workloads; undefined for all others. */
  readonly hasReversePath: (address: string, interfaceName: string) => boolean | undefined
}

const LOCAL: Route = { kind: 'local' }

const LOOPBACK: Readonly<Record<IpVersion, string>> = { 4: '127.0.0.0/8', 6: '::1/128' }
const LINK_LOCAL: Readonly<Record<IpVersion, string>> = { 4: '169.254.0.0/16', 6: 'fe80::/10' }

export function createScene(input: SceneInput): Scene {
  const { tables, plan, ruleset } = input
  const { ipVersion } = tables
  const interfaces = (input.host?.interfaces ?? []).filter(({ isUp }) => isUp)
  const { setTests, workloads: cluster } = input.shared ?? createSharedScene(input.resources ?? [])
  const workloads = cluster.seenFrom(plan)
  const named = (name: string | undefined): SceneWorkload | undefined =>
    name === undefined ? undefined : workloads.get(name)
  const workloadOf = (address: string): SceneWorkload | undefined => named(cluster.nameAt(address))
  const prefixes = interfacePrefixes(plan)
  const owners = new Set([...workloads.values()].flatMap(({ interfaceName }) => interfaceName ?? []))
  const ownAddresses = findOwnAddresses(tables, interfaces)
  const loopback = netOf(ipVersion, LOOPBACK[ipVersion])
  const linkLocal = netOf(ipVersion, LINK_LOCAL[ipVersion])
  const isLocal = (address: string): boolean => ownAddresses.has(address) || holds(loopback, address)
  const isWorkloadInterface = (name: string): boolean =>
    owners.has(name) || prefixes.some(prefix => name.startsWith(prefix))
  const mayBeWorkload = plan === undefined ? inPools(tables) : () => false
  const known = knownRoutes({
    ipVersion,
    host: input.host,
    interfacePrefixes: interfacePrefixes(plan),
    pods: [...workloads.values()].flatMap(workload => podAddresses(workload, workloadOf)),
  })
  const isFarWorkload = (address: string): boolean => {
    const workload = workloadOf(address)
    return workload !== undefined && workload.interfaceName === undefined
  }
  const routing = createRouting({ tables, plan, host: input.host, known, isFarWorkload, mayBeWorkload })
  const route = (to: string): Route => (isLocal(to) ? LOCAL : routing.route(to))
  const addressesOf = (name: string): readonly string[] =>
    interfaces
      .filter(found => found.name === name)
      .flatMap(({ addresses }) => addresses.map(({ address }) => address))
      .filter(address => address.ipVersion === ipVersion)
      .map(({ text }) => text)
  const isOnInterface = (address: string, name: string): boolean | undefined =>
    input.host?.interfaces === undefined ? undefined : addressesOf(name).includes(address)
  const meaning = createTextMeaning(tables)
  const marks = plan?.marks
  const node = input.node ?? plan?.nodeName
  const sources = input.sources ?? new SourceIndex()
  const nodeAddresses = [...ownAddresses].filter(address => !holds(loopback, address) && !holds(linkLocal, address))
  const sourceTowards = (destination: string, interfaceName: string): string | undefined => {
    if (isLocal(destination)) return destination
    const own = addressesOf(interfaceName).filter(address => nodeAddresses.includes(address))
    return routing.sourceOf(destination) ?? own[0] ?? nodeAddresses[0]
  }
  // The loopback interface has no address that others could answer: the first one of the node is taken.
  const masqueradeAs = (destination: string, interfaceName: string): string | undefined =>
    interfaceName === 'lo' ? nodeAddresses[0] : sourceTowards(destination, interfaceName)
  return {
    ipVersion,
    tables,
    isText: input.isText === true,
    ...(node === undefined ? {} : { node }),
    backend: input.backend,
    sources,
    words: { marks, sets: knownSets(tables, ruleset), sources },
    ...(ruleset === undefined ? {} : { ruleset }),
    ...(plan === undefined ? {} : { plan, marks: plan.marks }),
    ...(input.resources === undefined ? {} : { resources: input.resources }),
    walker: createWalker(
      tables,
      { route, isLocal, isOnInterface, masqueradeAs, isOfKnownWorkload: name => owners.has(name) },
      setTests,
    ),
    route,
    known,
    sourceTowards,
    originOf: originFinder(ruleset, input.backend, meaning, input.proof),
    acceptMark: marks?.accept ?? meaning.acceptMark,
    workloads,
    workloadsCalled: text => cluster.called(text).flatMap(name => named(name) ?? []),
    workloadOf,
    workloadBehind: name => cluster.behind(name),
    isLocal,
    nodeAddresses,
    addressesOf,
    ...(input.host?.interfaces === undefined ? {} : { interfaceNames: input.host.interfaces.map(({ name }) => name) }),
    isWorkloadInterface,
    hasReversePath: (address, interfaceName) => {
      const towards = isWorkloadInterface(interfaceName) ? route(address) : undefined
      // What is only guessed is taken for true, as for the interfaces of the host.
      if (towards === undefined || (towards.kind === 'out' && towards.isGuess === true && !owners.has(interfaceName)))
        return undefined
      return towards.kind === 'out' && towards.interfaceName === interfaceName
    },
  }
}

/** Addresses of a workload on this node that no other one has, with its interface. */
function podAddresses(
  workload: SceneWorkload,
  workloadOf: (address: string) => SceneWorkload | undefined,
): readonly (readonly [address: string, interfaceName: string])[] {
  const { interfaceName, addresses } = workload
  if (interfaceName === undefined) return []
  return addresses.flatMap(({ text }) => (workloadOf(text) === workload ? [[text, interfaceName] as const] : []))
}

/** What the sets of the tables are made of: a set that was read is known by its name in the compiled ruleset, if at all. */
function knownSets({ ipSets }: KernelTables, ruleset: Ruleset | undefined): DescribeContext['sets'] {
  const compiled = new Map((ruleset?.ipSets ?? []).map(set => [set.name, set] as const))
  return new Map(
    [...ipSets.values()].map(({ name, type, members }) => {
      const source = compiled.get(name)?.source ?? ({ kind: 'read' } as const)
      return [name, { name, type, members, source }] as const
    }),
  )
}

/** What the node says, then what the set of its own addresses holds. */
function findOwnAddresses({ ipVersion, ipSets }: KernelTables, interfaces: readonly HostInterface[]): Set<string> {
  const own = new Set<string>()
  for (const { addresses } of interfaces) {
    for (const { address } of addresses) if (address.ipVersion === ipVersion) own.add(address.text)
  }
  for (const member of ipSets.get(ipSetName(ipVersion, 'this-host'))?.members ?? []) {
    own.add(parseNet(member)?.cidr.address ?? member)
  }
  return own
}

/** Whether an address is in a net that pods have their addresses from: where Felix has a set of those nets, it says so. */
function inPools({ ipVersion, ipSets }: KernelTables): (address: string) => boolean {
  const members = ipSets.get(ipSetName(ipVersion, 'all-ipam-pools'))?.members ?? []
  if (members.length === 0) return () => true
  const nets = new NetTable<true>(ipVersion)
  for (const member of members) nets.add(member, true)
  return address => holds(nets, address)
}

function netOf(ipVersion: IpVersion, net: string): NetTable<true> {
  const table = new NetTable<true>(ipVersion)
  table.add(net, true)
  return table
}

function holds(table: NetTable<true>, address: string): boolean {
  return table.find(addressToBits(address, table.ipVersion)) === true
}
