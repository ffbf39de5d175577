// Connections from party to party through both nodes' rules, all pairs at once: what the sender's node lets out and the receiver's
// lets in.

import type { Side } from '../../model/ruleset.ts'
import { ALL, type Bdd, NONE } from '../sets/bdd.ts'
import { fieldValues, project, Restriction } from '../sets/bdd-operations.ts'
import { SharedChains } from '../sets/shared-chains.ts'
import { type Doubt, DOUBTS, type NodeToPass, type Passing, passNode } from './node-passing.ts'
import type { PartyHeaders } from './party-headers.ts'

export interface ClusterPassing extends Passing {
  /** Of those that are not sure: why. */
  readonly doubts: Readonly<Partial<Record<Doubt, Bdd>>>
}

/**
 * @param nodes those whose rules are known; pairs without any of them are in no set, and what other nodes do is taken to let
 * everything through
 * @param headers of no node
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function passCluster(nodes: readonly NodeToPass[], headers: PartyHeaders): ClusterPassing {
  const { bits } = headers
  const { store } = bits
  const shared = new SharedChains()
  const parts = nodes.map(node => ({ node, passing: passNode(node, bits, shared) }))
  const ours = partiesOf(nodes)
  const theirs = Array.from({ length: bits.count }, (_, party) => party).filter(party => !ours.has(party))
  // Who is on none of these nodes sends and receives what the other node lets through.
  const [fromOthers, toOthers] = [bits.oneOf('source', theirs), bits.oneOf('destination', theirs)]
  const ends = store.or(bits.oneOf('source', ours), bits.oneOf('destination', ours))
  const combine = (which: keyof Passing): Bdd => {
    const inside: Bdd[] = []
    const leaving: Bdd[] = [fromOthers]
    const entering: Bdd[] = [toOthers]
    for (const { node, passing } of parts) {
      const here = partiesOf([node])
      const [from, to] = [bits.oneOf('source', here), bits.oneOf('destination', here)]
      const plain = passing.plain[which]
      // Within the node rules have seen the address that was sent from.
      inside.push(store.and(store.or(plain, passing.masqueraded[which]), store.and(from, to)))
      leaving.push(store.minus(store.and(plain, from), to))
      entering.push(store.minus(store.and(plain, to), from))
    }
    const into = store.union(entering)
    const across = store.and(store.and(store.union(leaving), into), ends)
    const masqueraded = parts.map(({ node, passing }) => {
      const sent = passing.masqueraded[which]
      return sent === NONE ? NONE : store.and(sent, asFromNode(into, node, headers, which))
    })
    return store.union([...inside, across, ...masqueraded])
  }
  const may = combine('may')
  const sure = store.and(may, combine('sure'))
  const open = store.minus(may, sure)
  const doubts: Partial<Record<Doubt, Bdd>> = {}
  for (const doubt of DOUBTS) {
    const found = store.and(open, store.union(parts.flatMap(({ passing }) => passing.doubts[doubt] ?? [])))
    if (found !== NONE) doubts[doubt] = found
  }
  const rest = store.minus(open, store.union(Object.values(doubts)))
  // Nothing else is left that both sides know for sure.
  return { may, sure, doubts: rest === NONE ? doubts : { ...doubts, nodeAddress: rest } }
}

/** What is let in from a node itself, whoever sends it: to whom and on which ports. */
function asFromNode(into: Bdd, { self }: NodeToPass, headers: PartyHeaders, which: keyof Passing): Bdd {
  const { bits } = headers
  if (self === undefined) return which === 'may' ? ALL : NONE
  const from = new Restriction(bits.store, fieldValues([[bits.fields.source, self]])).of(into)
  const { addresses = [] } = bits.nodes[self - bits.nodeParty(0)] ?? {}
  return overAddresses(from, headers, 'source', headers.addresses('source', addresses), which)
}

/** Whatever the address of a side is among these: for `sure` with each of them, for `may` with one. */
export function overAddresses(set: Bdd, { space }: PartyHeaders, side: Side, among: Bdd, which: keyof Passing): Bdd {
  const { store, fields } = space
  const { first, width } = fields[side]
  const without = (found: Bdd): Bdd => project(store, found, bit => bit < first || bit >= first + width)
  if (among === NONE) return NONE
  return which === 'may' ? without(store.and(set, among)) : store.not(without(store.minus(among, set)))
}

function partiesOf(nodes: readonly NodeToPass[]): ReadonlySet<number> {
  return new Set(
    nodes.flatMap(({ here, self }) => [...[...here.values()].flat(), ...(self === undefined ? [] : [self])]),
  )
}
