// Where a node sends packets: where somebody says so by `knownRoutes`, and else by guesses that say that they are some.

import type { NamedChainKind } from '../calico/names.ts'
import { readChainName } from '../calico/read-chain-name.ts'
import type { HostFacts, HostInterface } from '../model/host.ts'
import type { NodePlan } from '../model/plan.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import { addressToBits, NetTable } from '../netfilter/net-table.ts'
import type { IpVersion } from '../net/cidr.ts'
import { type KnownRoute, outwardInterfaces, TUNNELS } from '../walk/known-routes.ts'
import type { OutwardRoute, Route } from '../walk/packet.ts'

export interface RoutingInput {
  readonly tables: KernelTables
  readonly plan?: NodePlan | undefined
  readonly host?: HostFacts | undefined
  /** Where somebody says what packets for an address take: of everything else it is guessed. */
  readonly known: readonly KnownRoute[]
  /** Whether an address is that of a workload of another node. */
  readonly isFarWorkload: (address: string) => boolean
  /** Whether an address may be that of a workload that nobody has told of. */
  readonly mayBeWorkload: (address: string) => boolean
}

/** Of addresses that are not the node's own. */
export interface Routing {
  readonly route: (address: string) => Route
  /** The source that the route names. */
  readonly sourceOf: (address: string) => string | undefined
}

export function createRouting(input: RoutingInput): Routing {
  const { ipVersion } = input.tables
  const known = new NetTable<KnownRoute>(ipVersion)
  for (const one of input.known) known.addCidr(one.net, one)
  const find = (address: string): KnownRoute | undefined => known.find(addressToBits(address, ipVersion))
  const guess = createGuess(input)
  return { route: address => find(address)?.route ?? guess(address), sourceOf: address => find(address)?.source }
}

/** What the names of the interfaces of workloads begin with. */
export function interfacePrefixes(plan: NodePlan | undefined): readonly string[] {
  return plan?.config.interfacePrefix ?? ['cali']
}

/**
 * For workloads of other nodes the tunnel, where there is one; otherwise any interface that leads out, and for what may be a
 * workload that nobody told of, any of theirs too.
 */
function createGuess(input: RoutingInput): (address: string) => OutwardRoute {
  const { tables, plan, host, isFarWorkload, mayBeWorkload } = input
  const prefixes = interfacePrefixes(plan)
  const isOfWorkload = (name: string): boolean => prefixes.some(prefix => name.startsWith(prefix))
  const up = (host?.interfaces ?? []).filter(({ isUp }) => isUp)
  const tunnel = tunnelName(plan, tables.ipVersion)
  const outside = outwardNames(input, outwardInterfaces(host, prefixes))
  const elsewhere = guessOf(outside)
  const anywhere = guessOf([...outside, ...workloadInterfaces(tables, up, isOfWorkload)])
  return address => {
    if (isFarWorkload(address) && tunnel !== undefined) {
      return { kind: 'out', interfaceName: tunnel, isGuess: true }
    }
    return mayBeWorkload(address) ? anywhere : elsewhere
  }
}

function guessOf(interfaceNames: readonly string[]): OutwardRoute {
  const [first = { kind: 'out', interfaceName: '', isGuess: true }, ...others] = interfaceNames.map(
    (interfaceName): OutwardRoute => ({ kind: 'out', interfaceName, isGuess: true }),
  )
  return others.length === 0 ? first : { ...first, others }
}

/** Where nobody says which interfaces there are: those with a host endpoint, and any other one, which has no name here. */
function outwardNames({ plan, host, tables }: RoutingInput, outward: readonly HostInterface[]): readonly string[] {
  if (host?.interfaces !== undefined) return outward.map(({ name }) => name)
  const inRules = chainsOf(tables, 'toHostEndpoint')
  const governed = plan === undefined ? inRules : plan.hostEndpoints.map(({ interfaceName }) => interfaceName)
  return [...governed.filter(name => name !== 'lo'), '']
}

/** Interfaces for which Felix has chains of a kind. */
function chainsOf({ tables }: KernelTables, kind: NamedChainKind): readonly string[] {
  return tables
    .filter(({ name }) => name === 'filter')
    .flatMap(({ userChains }) => [...userChains.keys()])
    .flatMap(chain => {
      const found = readChainName(chain)
      return found?.kind === kind ? [found.subject] : []
    })
}

/** Those that the node has, and those for which Felix has made chains. */
function workloadInterfaces(
  tables: KernelTables,
  up: readonly HostInterface[],
  isOfWorkload: (name: string) => boolean,
): readonly string[] {
  const names = up.map(({ name }) => name).filter(name => isOfWorkload(name) && !TUNNELS.test(name))
  return [...new Set([...names, ...chainsOf(tables, 'toWorkload')])].sort()
}

function tunnelName(plan: NodePlan | undefined, ipVersion: IpVersion): string | undefined {
  if (plan === undefined) return undefined
  if (plan.network.vxlan[ipVersion] !== undefined) return ipVersion === 4 ? 'vxlan.calico' : 'vxlan-v6.calico'
  return ipVersion === 4 && plan.network.ipip !== undefined ? 'tunl0' : undefined
}
