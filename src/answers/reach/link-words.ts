// One connection between groups in words: ports, addresses of the outside that are meant, and why it is not sure.

import type { Doubt } from '../../analysis/parties/passing.ts'
import { NONE } from '../../analysis/sets/bdd.ts'
import type { PacketSpace } from '../../analysis/sets/packet-space.ts'
import { frontendWords } from './frontends.ts'
import { portWords, tunnels } from './port-words.ts'
import type { ReachLink, ReachView } from './reach-view.ts'
import type { ReachWay } from './reach-ways.ts'
import { listed } from '../../text/listed.ts'

export const DOUBT_WORDS: Readonly<Record<Doubt, string>> = {
  unknownRule: 'rules that are not known here decide',
  interface: 'it depends on the interface of the node that packets come or leave by, which --host would tell',
  clientPort: 'it depends on the port that the client sends from',
  untracked: 'no connection is kept of it (doNotTrack), so answers need rules of their own',
  nodeAddress: 'it depends on which of its addresses a node uses, or on what another node does',
  endpoint: 'it depends on the endpoint of the Service that a packet is sent on to',
  entryNode: 'it depends on the node by which packets from outside come in',
}

/** Each thing that gets through, for itself. @param most items of each list that are shown */
export function linkParts(view: ReachView, link: ReachLink, most: number): readonly string[] {
  const { space } = view.reach.headers
  const parts = link.ports === NONE ? [] : [portWords(space, link.ports, most)]
  if (link.some !== NONE) {
    const isFrom = view.groups[link.from]?.kind === 'world'
    for (const { nets, ports } of link.addresses().slice(0, most)) {
      parts.push(`${portWords(space, ports, most, ' and ')} (${isFrom ? 'from' : 'to'} ${listed(nets, most)})`)
    }
  }
  if (link.perhaps !== NONE) parts.push(`perhaps ${perhapsWords(space, link, most)}`)
  return [...parts, ...throughParts(view, link, most)]
}

function perhapsWords(space: PacketSpace, { ports, some, perhaps }: ReachLink, most: number): string {
  const { store } = space
  const rest = store.not(ports)
  if (ports === NONE || some !== NONE || !store.isSubset(store.minus(rest, perhaps), tunnels(space)))
    return portWords(space, perhaps, most, ' and ')
  return `everything else${rest === perhaps ? '' : ' but tunnels'}`
}

/** What gets through only to others than it was sent to. */
export function throughParts(view: ReachView, link: ReachLink, most: number): readonly string[] {
  if (!link.isThrough) return []
  const ways = link.ways().filter(({ isMore }) => isMore)
  const left = ways.length - most
  return [...ways.slice(0, most).map(way => wayWords(view, way)), ...(left > 0 ? [`and ${left} more ways`] : [])]
}

/** `TCP 8080 through node port TCP 30080 of service shop/web` */
export function wayWords({ reach }: ReachView, { frontend, ports, how }: ReachWay): string {
  const words = `${portWords(reach.headers.space, ports, Infinity, ' and ')} through ${frontendWords(frontend)}`
  return how === 'perhaps' ? `perhaps ${words}` : how === 'some' ? `${words} (for some addresses)` : words
}
