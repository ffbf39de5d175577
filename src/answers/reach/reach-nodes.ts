// A node of the input as the analysis of parties takes it: who is behind which interface, and by which interfaces everybody else
// comes and goes, as `trace` has it.

import { nodeNetsOf } from '../../analysis/node-nets-of.ts'
import { interfaceNames } from '../../analysis/sets/interface-names.ts'
import type { NetRoute } from '../../analysis/sets/node-nets.ts'
import type { NodeToPass } from '../../analysis/parties/node-passing.ts'
import type { PartyBits } from '../../analysis/parties/party-bits.ts'
import type { KernelTables } from '../../netfilter/kernel-tables.ts'
import type { Resource } from '../../model/ast/resources.ts'
import type { HostFacts } from '../../model/host.ts'
import type { IpVersion } from '../../net/cidr.ts'
import type { Scene } from '../../trace/scene.ts'
import { TUNNELS } from '../../walk/known-routes.ts'
import { addTo } from '../../text/group-by.ts'

/** A node whose rules are known. */
export interface ReachNode {
  readonly name: string
  /** As `trace` has it, with what others than Calico do. */
  readonly scene: Scene
  /** The same without what others do to addresses. */
  readonly tables: KernelTables
  /** Whether the tables of the scene send packets on, and it is asked about. */
  readonly isTranslating: boolean
  readonly resources: readonly Resource[]
  readonly host?: HostFacts | undefined
}

/** Felix's own, which `trace` guesses to lead to other nodes; rules need not name them. */
const TUNNEL_NAMES = ['tunl0', 'vxlan.calico', 'vxlan-v6.calico', 'wireguard.cali', 'wg-v6.cali']

/** Addresses that stand for all that nobody has told of; one of them is in no net of the node. */
const ELSEWHERE: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['203.0.113.254', '198.51.100.254', '192.0.2.254', '192.88.99.254'],
  6: ['2001:db8:ffff::fe', '2001:db8:fffe::fe', '3fff::fe'],
}

export function nodeToPass(node: ReachNode, bits: PartyBits): NodeToPass {
  const { name, scene, tables, resources, host } = node
  const { ipVersion } = scene
  const here = new Map<string, number[]>()
  const onHere = new Set<number>()
  for (const { addresses, interfaceName } of scene.workloads.values()) {
    if (interfaceName === undefined) continue
    for (const address of addresses) {
      const party = bits.partyOf(address.text)
      if (address.ipVersion !== ipVersion || !bits.isPod(party) || onHere.has(party)) continue
      onHere.add(party)
      addTo(here, interfaceName, party)
    }
  }
  const known = host?.interfaces?.filter(({ isUp }) => isUp).map(interfaceOf => interfaceOf.name) ?? []
  const outward = interfaceNames([scene.tables], [...known, ...TUNNEL_NAMES]).filter(
    one => one !== 'lo' && !here.has(one) && (TUNNELS.test(one) || !scene.isWorkloadInterface(one)),
  )
  const index = bits.nodes.findIndex(node => node.name === name && node.addresses.length > 0)
  const loopbackSource = scene.nodeAddresses[0]
  const nets = nodeNetsOf(tables, { plan: scene.plan, resources, host, known: scene.known, loopbackSource })
  const usual = elsewhere(scene, outward)
  // Where nobody says more, most pods of other nodes are reached as everybody is.
  const isUsual = ({ interfaces, end }: NetRoute): boolean =>
    end === undefined && scene.known.length <= onHere.size && String(interfaces) === String(usual.interfaces)
  const far = routesToFar({ name, scene }, bits, onHere, outward).filter(route => !isUsual(route))
  const routes = [usual, ...nets.routes, ...far]
  return {
    tables,
    ...(node.isTranslating ? { translating: scene.tables } : {}),
    nets: { ...nets, routes, behind: [...here.keys()] },
    here,
    own: index < 0 ? [] : bits.numbersOf(bits.nodeParty(index)),
    outward,
  }
}

/** The interfaces that a route may lead by; what has no name may be any that nobody names. */
function interfacesTo(scene: Scene, address: string, outward: readonly string[]): readonly string[] {
  const route = scene.route(address)
  if (route.kind !== 'out') return []
  const names = [route, ...(route.others ?? [])].flatMap(one => (one.kind === 'out' ? [one.interfaceName] : []))
  const strangers = (): readonly string[] => outward.filter(one => !isNamed(scene, one))
  return [...new Set(names.flatMap(one => (one === '' ? strangers() : [one])))].filter(one => outward.includes(one))
}

/** Whether resources or the node itself name the interface. */
function isNamed(scene: Scene, name: string): boolean {
  return TUNNELS.test(name) || scene.plan?.hostEndpoints.some(({ interfaceName }) => interfaceName === name) === true
}

/** Where nobody says where packets go. */
function elsewhere(scene: Scene, outward: readonly string[]): NetRoute {
  const { ipVersion } = scene
  const isGuessed = (address: string): boolean => {
    const route = scene.route(address)
    return route.kind === 'out' && route.isGuess === true
  }
  const probe = ELSEWHERE[ipVersion].find(isGuessed)
  const interfaces = probe === undefined ? outward : interfacesTo(scene, probe, outward)
  return { net: ipVersion === 4 ? '0.0.0.0/0' : '::/0', interfaces }
}

/** To pods and nodes that are not here. */
function routesToFar(
  { name, scene }: Pick<ReachNode, 'name' | 'scene'>,
  bits: PartyBits,
  onHere: ReadonlySet<number>,
  outward: readonly string[],
): readonly NetRoute[] {
  const far = [
    ...bits.pods.filter((_, index) => !onHere.has(index + 1)),
    ...bits.nodes.flatMap(node => (node.name === name ? [] : node.addresses)),
  ]
  return far.flatMap((net): readonly NetRoute[] => {
    const route = scene.route(net)
    if (route.kind === 'local') return [{ net, interfaces: [], end: 'local' }]
    if (route.kind === 'refused') return [{ net, interfaces: [], end: route.how === 'blackhole' ? 'drop' : 'reject' }]
    return [{ net, interfaces: interfacesTo(scene, net, outward) }]
  })
}
