// Proves a claim over all packets of one IP version, or finds one that refutes it.

import { DOUBTS } from '../../analysis/parties/passing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { project } from '../../analysis/sets/bdd-operations.ts'
import type { Side } from '../../model/ruleset.ts'
import type { Party, PartyCluster } from '../parties/party.ts'
import { DOUBT_WORDS } from '../reach/link-words.ts'
import type { ReachCluster } from '../reach/reach-cluster.ts'
import { boundsOf, portBounds } from '../reach/reach-bounds.ts'
import { tunnels } from '../reach/port-words.ts'
import type { Assertion } from '../../model/assertion.ts'
import type { Claim } from './claim.ts'
import { type Connection, connectionIn, connectionThrough } from './connection.ts'
import { addTo } from '../../text/group-by.ts'

export type Proof =
  /** Nobody of the claim has an address of the version. */
  | { readonly kind: 'empty' }
  | { readonly kind: 'proved' }
  | { readonly kind: 'refuted'; readonly connection: Connection }
  | { readonly kind: 'unclear'; readonly connection: Connection; readonly why: readonly string[] }

/** Whom packets are sent on to counts for `deny` and `only`; `allow` is about packets that are sent to the receiver itself. */
export function prove(claim: Claim, reach: ReachCluster, claimedBy: ClaimedPackets): Proof {
  const { store } = reach.headers.space
  const { passing, through } = reach
  const claimed = claimedBy({ ...claim.assertion, ...claim })
  if (claimed === NONE) return { kind: 'empty' }
  const isAllow = claim.assertion.kind === 'allow'
  const wrong = isAllow ? store.minus(claimed, passing.may) : store.and(claimed, passing.sure)
  if (wrong !== NONE) return { kind: 'refuted', connection: connectionIn(wrong, reach) }
  const sentOn = isAllow ? NONE : store.and(claimed, through.sure)
  const refuting = sentOn === NONE ? undefined : connectionThrough(sentOn, reach, 'sure')
  if (refuting !== undefined) return { kind: 'refuted', connection: refuting }
  const open = store.and(claimed, store.minus(passing.may, passing.sure))
  const onward = isAllow ? NONE : store.and(claimed, through.may)
  const connection =
    open === NONE ? (onward === NONE ? undefined : connectionThrough(onward, reach, 'may')) : connectionIn(open, reach)
  if (connection === undefined) return { kind: 'proved' }
  const why = DOUBTS.filter(
    doubt =>
      store.and(open, passing.doubts[doubt] ?? NONE) !== NONE ||
      store.and(onward, through.doubts[doubt] ?? NONE) !== NONE,
  )
  return { kind: 'unclear', connection, why: why.map(doubt => DOUBT_WORDS[doubt]) }
}

interface Claimed extends Pick<Assertion, 'kind'>, Pick<Claim, 'from' | 'to'>, Partial<Pick<Claim, 'ports'>> {
  readonly others?: Assertion['others']
}

/** What has to get through, or must not. A pod is not asked whether it reaches itself. */
export type ClaimedPackets = (claimed: Claimed) => Bdd

/** What all claims have in common is worked out once. */
export function claimedPackets(reach: ReachCluster, cluster: PartyCluster): ClaimedPackets {
  const { headers } = reach
  const { bits, space } = headers
  const { store } = space
  const known = { source: new Map<Party | undefined, Bdd>(), destination: new Map<Party | undefined, Bdd>() }
  const setOf = (party: Party | undefined, side: Side): Bdd => {
    let found = known[side].get(party)
    if (found === undefined) known[side].set(party, (found = boundsOf(reach, cluster, party, side).set))
    return found
  }
  const meant = (parties: readonly Party[], side: Side): Bdd => store.union(parties.map(party => setOf(party, side)))
  const others = (parties: readonly Party[], side: Side): Bdd =>
    store.minus(setOf(undefined, side), meant(parties, side))
  const outside = store.and(bits.oneOf('source', [OUTSIDE]), bits.oneOf('destination', [OUTSIDE]))
  const nobody = store.or(outside, samePods(reach))
  return ({ kind, others: whoElse = 'senders', from, to, ports }) => {
    const isOnly = (side: 'senders' | 'receivers'): boolean => kind === 'only' && whoElse === side
    const senders = isOnly('senders') ? others(from, 'source') : meant(from, 'source')
    const receivers = isOnly('receivers') ? others(to, 'destination') : meant(to, 'destination')
    const asked = store.and(store.and(senders, receivers), portBounds(reach, ports))
    // Nobody means that a Service answers on ports that it has not, unless they are named.
    const isUnserved = kind === 'allow' && (ports === undefined || to.every(party => party.kind === 'nets'))
    const served = isUnserved ? store.minus(asked, reach.unserved) : asked
    const isNamed = to.some(party => party.kind === 'service')
    const all = isNamed && served !== asked ? store.or(served, withoutAny(asked, served, reach)) : served
    const real = store.minus(all, nobody)
    // Calico lets no pod send tunnels, whatever policies say: nobody means them.
    return kind === 'allow' && ports === undefined ? store.minus(real, tunnels(space)) : real
  }
}

/** Of Services that take nothing at all from a sender everything: that is what is to be told of them. */
function withoutAny(asked: Bdd, served: Bdd, { headers: { bits, space } }: ReachCluster): Bdd {
  const pairs = project(space.store, served, bit => bit < bits.firstBit)
  return space.store.minus(asked, pairs)
}

function samePods({ headers, parties }: ReachCluster): Bdd {
  const { bits, space } = headers
  const numbers = new Map<unknown, number[]>()
  parties.forEach((party, number) => {
    if (party.kind === 'outside') return
    const key = party.kind === 'pod' ? party.pod.name : number
    addTo(numbers, key, number)
  })
  return space.store.union(
    [...numbers.values()].map(own => space.store.and(bits.oneOf('source', own), bits.oneOf('destination', own))),
  )
}
