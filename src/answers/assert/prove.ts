// Proves a claim over all packets of one IP version, or finds one that refutes it.

import { DOUBTS } from '../../analysis/parties/node-passing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { fieldValues, Restriction } from '../../analysis/sets/bdd-operations.ts'
import type { Point } from '../../analysis/sets/points.ts'
import { pickWitness } from '../../analysis/witness.ts'
import type { Side } from '../../model/ruleset.ts'
import { fromBits } from '../../net/cidr.ts'
import type { Party, PartyCluster } from '../parties/party.ts'
import { DOUBT_WORDS } from '../reach/link-words.ts'
import type { ReachCluster } from '../reach/reach-cluster.ts'
import { boundsOf, portBounds } from '../reach/reach-view.ts'
import { tunnels } from '../reach/port-words.ts'
import type { Assertion } from '../../model/assertion.ts'
import type { Claim } from './claim.ts'

/** A first packet of a connection. */
export interface Connection {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: { readonly name: string; readonly address: string }
  readonly protocol: number
  /** Of ICMP type and code, of others the port. */
  readonly port: number
}

export type Proof =
  /** Nobody of the claim has an address of the version. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'proved' }
  | { readonly kind: 'refuted'; readonly connection: Connection }
  | { readonly kind: 'unclear'; readonly connection: Connection; readonly why: readonly string[] }

export function prove(claim: Claim, reach: ReachCluster, cluster: PartyCluster): Proof {
  const { store } = reach.headers.space
  const { passing } = reach
  const claimed = claimedPackets({ ...claim.assertion, ...claim }, reach, cluster)
  if (claimed === NONE) return { kind: 'empty' }
  const isAllow = claim.assertion.kind === 'allow'
  const wrong = isAllow ? store.minus(claimed, passing.may) : store.and(claimed, passing.sure)
  if (wrong !== NONE) return { kind: 'refuted', connection: connectionIn(wrong, reach) }
  const open = store.and(claimed, store.minus(passing.may, passing.sure))
  if (open === NONE) return { kind: 'proved' }
  const why = DOUBTS.filter(doubt => store.and(open, passing.doubts[doubt] ?? NONE) !== NONE)
  return { kind: 'unclear', connection: connectionIn(open, reach), why: why.map(doubt => DOUBT_WORDS[doubt]) }
}

interface Claimed extends Pick<Assertion, 'kind'>, Pick<Claim, 'from' | 'to'>, Partial<Pick<Claim, 'ports'>> {
  readonly others?: Assertion['others']
}

/** What has to get through, or must not. A pod is not asked whether it reaches itself. */
export function claimedPackets(
  { kind, others: whoElse = 'senders', from, to, ports }: Claimed,
  reach: ReachCluster,
  cluster: PartyCluster,
): Bdd {
  const { headers } = reach
  const { bits, space } = headers
  const { store } = space
  const meant = (parties: readonly Party[], side: Side): Bdd =>
    store.union(parties.map(party => boundsOf(reach, cluster, party, side).set))
  const others = (parties: readonly Party[], side: Side): Bdd =>
    store.minus(boundsOf(reach, cluster, undefined, side).set, meant(parties, side))
  const isOnly = (side: 'senders' | 'receivers'): boolean => kind === 'only' && whoElse === side
  const senders = isOnly('senders') ? others(from, 'source') : meant(from, 'source')
  const receivers = isOnly('receivers') ? others(to, 'destination') : meant(to, 'destination')
  const all = store.and(store.and(senders, receivers), portBounds(reach, ports))
  const outside = store.and(bits.oneOf('source', [OUTSIDE]), bits.oneOf('destination', [OUTSIDE]))
  const real = store.minus(store.minus(all, outside), samePods(reach))
  // Calico lets no pod send tunnels, whatever policies say: nobody means them.
  return kind === 'allow' && ports === undefined ? store.minus(real, tunnels(space)) : real
}

function samePods({ headers, parties }: ReachCluster): Bdd {
  const { bits, space } = headers
  const numbers = new Map<unknown, number[]>()
  parties.forEach((party, number) => {
    if (party.kind === 'outside') return
    const key = party.kind === 'pod' ? party.pod.name : number
    const own = numbers.get(key)
    if (own === undefined) numbers.set(key, [number])
    else own.push(number)
  })
  return space.store.union(
    [...numbers.values()].map(own => space.store.and(bits.oneOf('source', own), bits.oneOf('destination', own))),
  )
}

const LIKED = {
  4: ['203.0.113.7', '198.51.100.7', '192.0.2.7'],
  6: ['2001:db8::7', '2001:db8:77::7'],
} as const

function connectionIn(set: Bdd, { headers, parties, ipVersion }: ReachCluster): Connection {
  const { bits, space } = headers
  const { store } = space
  const choose = (left: Bdd, side: Side): readonly [number, Bdd] => {
    // The outside is what readers least want to be shown.
    const order = [...parties.keys()].map(number => (number + 1) % parties.length)
    for (const number of order) {
      const rest = new Restriction(store, fieldValues([[bits.fields[side], number]])).of(left)
      if (rest !== NONE) return [number, rest]
    }
    throw new Error('a set of packets of nobody')
  }
  const [source, sent] = choose(set, 'source')
  const [destination, packets] = choose(sent, 'destination')
  const outside = LIKED[ipVersion]
  const point = pickWitness(space, packets, { sources: outside, destinations: outside })
  if (point === undefined) throw new Error('a set without packets')
  const end = (number: number, field: 'source' | 'destination', bit: Point): Connection['from'] => {
    const party = parties[number]
    if (party?.kind === 'pod') return { name: `pod ${party.pod.name}`, address: party.address }
    if (party?.kind === 'node') return { name: `node ${party.node}`, address: party.addresses[0] ?? '' }
    const address = fromBits(bit[field], ipVersion)
    return { name: address, address }
  }
  return {
    from: end(source, 'source', point),
    to: end(destination, 'destination', point),
    protocol: Number(point.protocol),
    port: Number(point.destinationPort),
  }
}
