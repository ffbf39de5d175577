// Connections from party to party through both nodes' rules, all pairs at once: what the sender's node lets out and the receiver's
// lets in.

import { type Bdd, NONE } from '../sets/bdd.ts'
import { SharedChains } from '../sets/shared-chains.ts'
import { asFromNode, type Crossing, partiesOf, type PassedPart } from './crossing.ts'
import { type NodeToPass, passNode } from './node-passing.ts'
import { type Doubts, doubtsWithin, type Passing } from './passing.ts'
import type { PartyHeaders } from './party-headers.ts'
import { passWays, type ServiceWay } from './service-ways.ts'

export interface ClusterPassing extends Passing {
  /** Of those that are not sure: why. */
  readonly doubts: Doubts
}

export interface PassedCluster {
  /** To whom packets are sent. */
  readonly direct: ClusterPassing
  /** To others, by the new destination. */
  readonly ways: readonly ServiceWay[]
}

/**
 * @param nodes those whose rules are known; pairs without any of them are in no set, and what other nodes do is taken to let
 * everything through
 * @param headers of no node
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function passCluster(nodes: readonly NodeToPass[], headers: PartyHeaders): PassedCluster {
  const { bits } = headers
  const { store } = bits
  const shared = new SharedChains()
  const parts = nodes.map((node): PassedPart => ({ node, passed: passNode(node, bits, shared) }))
  const crossings = { sure: crossingOf(parts, headers, 'sure'), may: crossingOf(parts, headers, 'may') }
  const ours = partiesOf(nodes)
  const ends = store.or(bits.oneOf('source', ours), bits.oneOf('destination', ours))
  const combine = (which: keyof Passing): Bdd => {
    const { leaving, into } = crossings[which]
    const inside = parts.map(({ node, passed: { direct } }) => {
      const here = partiesOf([node])
      const within = store.and(bits.oneOf('source', here), bits.oneOf('destination', here))
      // Within the node rules have seen the address that was sent from.
      return store.and(store.or(direct.plain[which], direct.masqueraded[which]), within)
    })
    const masqueraded = parts.map(({ node, passed: { direct } }) => {
      const sent = direct.masqueraded[which]
      return sent === NONE ? NONE : store.and(sent, asFromNode(into, node, headers, which))
    })
    return store.union([...inside, store.and(store.and(leaving, into), ends), ...masqueraded])
  }
  const may = combine('may')
  const sure = store.and(may, combine('sure'))
  const doubts = doubtsWithin(
    store,
    store.minus(may, sure),
    doubt => store.union(parts.flatMap(({ passed }) => passed.direct.doubts[doubt] ?? [])),
    // Nothing else is left that both sides know for sure.
    'nodeAddress',
  )
  return { direct: { may, sure, doubts }, ways: passWays(parts, crossings, headers) }
}

function crossingOf(parts: readonly PassedPart[], { bits }: PartyHeaders, which: keyof Passing): Crossing {
  const { store } = bits
  const ours = partiesOf(parts.map(({ node }) => node))
  const theirs = Array.from({ length: bits.firstService }, (_, party) => party).filter(party => !ours.has(party))
  // Who is on none of these nodes sends and receives what the other node lets through.
  const leaving: Bdd[] = [bits.oneOf('source', theirs)]
  const entering: Bdd[] = [bits.oneOf('destination', theirs)]
  for (const { node, passed } of parts) {
    const here = partiesOf([node])
    const [from, to] = [bits.oneOf('source', here), bits.oneOf('destination', here)]
    const plain = passed.direct.plain[which]
    leaving.push(store.minus(store.and(plain, from), to))
    entering.push(store.minus(store.and(plain, to), from))
  }
  return { leaving: store.union(leaving), into: store.union(entering) }
}
