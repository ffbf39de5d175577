// The node of a case as network namespaces can show it: interfaces, addresses, routes, and what follows from them.

import type { CompileOutput } from '../../../src/compile.ts'
import { type Address, fromBits, type IpVersion, parseCidr, toBits } from '../../../src/net/cidr.ts'
import { addressToBits, NetTable } from '../../../src/netfilter/net-table.ts'
import type { NodeView } from '../../../src/walk/packet.ts'

export interface ProbeInterface {
  readonly name: string
  /** The other end of the pair. */
  readonly peer: string
  /** `address/length`, both IP versions. */
  readonly addresses: readonly string[]
  /** Addresses of a local workload behind it. */
  readonly routes: readonly string[]
  /** Not of a workload, going by its name. */
  readonly isOutward: boolean
}

export interface Topology {
  readonly interfaces: readonly ProbeInterface[]
  /** Where everything goes that no other route knows. */
  readonly outside: string
  readonly views: Readonly<Record<IpVersion, VersionView>>
}

export interface VersionView extends NodeView {
  /** The node's own, without loopback and link-local ones. */
  readonly own: readonly { readonly address: string; readonly interfaceName: string }[]
  /** Of workloads on the node. */
  readonly pods: readonly { readonly address: string; readonly interfaceName: string }[]
  /** Whether the kernel would leave netfilter out of it, or drop it as nobody's: broadcast, loopback, multicast and the like. */
  readonly isSpecial: (address: string) => boolean
}

/** What every interface of the node has, and its neighbour behind each of them. */
export const LINK_LOCAL_NODE = 'fe80::1'
export const LINK_LOCAL_NEIGHBOUR = 'fe80::2'

/** More of them add time, not truth. */
const MOST_WORKLOADS = 10

/** Interfaces' names have at most 15 characters. */
function isName(name: string): boolean {
  return name.length <= 15 && name !== 'lo'
}

export function topologyOf({ plan, host, resources }: CompileOutput): Topology {
  const found = new Map<string, { addresses: string[]; routes: string[] }>()
  const own = new Set<string>()
  const add = (name: string): { addresses: string[]; routes: string[] } => {
    const known = found.get(name) ?? { addresses: [], routes: [] }
    found.set(name, known)
    return known
  }
  for (const { name, isUp, isLoopback, addresses } of host?.interfaces ?? []) {
    if (!isUp || isLoopback || !isName(name)) continue
    for (const { address, prefixLength } of addresses) {
      if (isLinkLocal(address) || own.has(address.text)) continue
      own.add(address.text)
      add(name).addresses.push(`${address.text}/${prefixLength}`)
    }
    add(name)
  }
  if (found.size === 0) add('eth0').addresses.push('192.0.2.1/24', '2001:db8:f::1/64')
  const outside = [...found.keys()][0] ?? 'eth0'
  for (const { interfaceName } of plan.hostEndpoints) if (isName(interfaceName)) add(interfaceName)
  const routed = new Set<string>()
  for (const { name, interfaceName } of plan.workloads.slice(0, MOST_WORKLOADS)) {
    if (!isName(interfaceName)) continue
    const routes = add(interfaceName).routes
    for (const resource of resources) {
      if (resource.kind !== 'workloadEndpoint' || `${resource.namespace}/${resource.name}` !== name) continue
      for (const { text } of resource.addresses) {
        if (own.has(text) || routed.has(text)) continue
        routed.add(text)
        routes.push(text)
      }
    }
  }
  add(`${plan.config.interfacePrefix[0] ?? 'cali'}unknown`.slice(0, 15))
  const isOutward = (name: string): boolean => !plan.config.interfacePrefix.some(prefix => name.startsWith(prefix))
  const interfaces = [...found].map(([name, parts], index) => ({
    name,
    peer: `p${index}`,
    isOutward: isOutward(name),
    ...parts,
  }))
  return { interfaces, outside, views: { 4: viewOf(interfaces, outside, 4), 6: viewOf(interfaces, outside, 6) } }
}

function isLinkLocal({ ipVersion, text }: Address): boolean {
  return ipVersion === 6 && text.startsWith('fe80:')
}

export const LOOPBACK: Readonly<Record<IpVersion, string>> = { 4: '127.0.0.0/8', 6: '::1/128' }

export const SPECIAL: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/3'],
  6: ['::/96', 'fe80::/10', 'ff00::/8'],
}

function viewOf(interfaces: readonly ProbeInterface[], outside: string, ipVersion: IpVersion): VersionView {
  const routes = new NetTable<string>(ipVersion)
  const special = new NetTable<true>(ipVersion)
  for (const net of SPECIAL[ipVersion]) special.add(net, true)
  // Mapped addresses read as IPv4 ones, which no table of IPv6 takes.
  const isOther = (text: string): boolean => text.includes(':') !== (ipVersion === 6)
  const own: { address: string; interfaceName: string }[] = []
  const pods: { address: string; interfaceName: string }[] = []
  for (const { name, addresses, routes: towards } of interfaces) {
    for (const written of addresses) {
      if (isOther(written)) continue
      const net = parseCidr(written)
      if (net === undefined) throw new Error(`not an address with a prefix: ${written}`)
      own.push({ address: net.address.text, interfaceName: name })
      // Of two equal nets the kernel takes the one that was there first.
      if (routes.get(written) === undefined) routes.add(written, name)
      const first = toBits({ ipVersion, text: net.cidr.address })
      const size = (ipVersion === 4 ? 32n : 128n) - BigInt(net.cidr.prefixLength)
      if (size < 2n) continue
      special.add(fromBits(first, ipVersion), true)
      if (ipVersion === 4) special.add(fromBits(first + (1n << size) - 1n, ipVersion), true)
    }
    for (const address of towards) {
      if (isOther(address)) continue
      routes.add(address, name)
      pods.push({ address, interfaceName: name })
    }
  }
  const loopback = new NetTable<true>(ipVersion)
  loopback.add(LOOPBACK[ipVersion], true)
  const ownAddresses = new Set(own.map(({ address }) => address))
  const isLocal = (address: string): boolean =>
    ownAddresses.has(address) ||
    address === LINK_LOCAL_NODE ||
    loopback.find(addressToBits(address, ipVersion)) === true
  return {
    own,
    pods,
    isLocal,
    route: destination =>
      isLocal(destination)
        ? { kind: 'local' }
        : { kind: 'out', interfaceName: routes.find(addressToBits(destination, ipVersion)) ?? outside },
    isOnInterface: (address, interfaceName) =>
      own.some(entry => entry.address === address && entry.interfaceName === interfaceName),
    isSpecial: address => special.find(addressToBits(address, ipVersion)) === true,
  }
}
