// What gets through to others than it was sent to, told of who gets it; and of Services as receivers of their own.

import type { ClusterPassing } from '../../analysis/parties/cluster-passing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import type { PartyHeaders } from '../../analysis/parties/party-headers.ts'
import { DOUBTS, doubtsWithin } from '../../analysis/parties/passing.ts'
import type { ServiceWay } from '../../analysis/parties/service-ways.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { withoutFields } from '../../analysis/sets/bdd-operations.ts'
import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import { groupBy } from '../../text/group-by.ts'
import { type Frontend, sentTo } from './frontends.ts'

/** By party, protocol, port of who gets it: whoever is the receiver in `direct` stands at the end of the way here. */
export function throughServices(ways: readonly ServiceWay[], headers: PartyHeaders): ClusterPassing {
  const { store } = headers.space
  const all = (of: (way: ServiceWay) => Bdd): Bdd => store.union(ways.map(way => arrivedAt(way, of(way), headers)))
  const [may, sure] = [all(way => way.may), all(way => way.sure)]
  const doubts = doubtsWithin(store, store.minus(may, sure), doubt => all(way => way.doubts[doubt] ?? NONE))
  return { may, sure, doubts }
}

/** Packets of a way as who gets them sees them. */
export function arrivedAt({ goal: { address, port } }: Pick<ServiceWay, 'goal'>, set: Bdd, headers: PartyHeaders): Bdd {
  const { bits, space } = headers
  const { store } = space
  if (set === NONE) return NONE
  const party = bits.partyOf(address)
  const named = bits.oneOf('destination', bits.numbersOf(party))
  const to = party === OUTSIDE ? store.and(named, headers.addresses('destination', [address])) : named
  const moved = store.and(withoutReceiver(headers, set, port !== undefined), to)
  if (port === undefined) return moved
  return store.and(
    store.and(moved, headers.protocols(PORT_PROTOCOLS)),
    headers.portField('destination', [{ first: port, last: port }]),
  )
}

function withoutReceiver({ bits, space: { store, fields } }: PartyHeaders, set: Bdd, withoutPort: boolean): Bdd {
  const gone = [bits.fields.destination, fields.destination, ...(withoutPort ? [fields.destinationPort] : [])]
  return withoutFields(store, set, gone)
}

/**
 * What Services let through: from inside by their cluster IPs, from outside by all other ways. It is sure where every endpoint is
 * reached that a packet may be sent on to, by whichever of these addresses. `unserved`: ports on which nothing is sent on.
 */
export function toServices(
  names: readonly string[],
  frontends: readonly Frontend[],
  ways: readonly ServiceWay[],
  headers: PartyHeaders,
): { readonly passing: ClusterPassing; readonly unserved: Bdd } {
  const { bits, space } = headers
  const { store } = space
  const outside = bits.oneOf('source', [OUTSIDE])
  const byAddress = groupBy(ways, way => way.goal.address)
  const partyOf = new Map(names.map((name, index) => [name, bits.firstService + index]))
  const found = frontends.flatMap(frontend => {
    const party = partyOf.get(frontend.owner)
    if (party === undefined || frontend.kind === 'hostPort' || frontend.kind === 'floatingIp') return []
    const asked = store.and(sentTo(frontend, headers), frontend.kind === 'clusterIp' ? store.not(outside) : outside)
    const own = [...frontend.behind].flatMap(address => byAddress.get(address) ?? [])
    return [toFrontend(asked, own, party, headers)]
  })
  const all = (of: (one: ToFrontend) => Bdd): Bdd => store.union(found.map(of))
  const everyService = bits.oneOf('destination', partyOf.values())
  const asked = all(one => one.asked)
  return { passing: passingOfAll(found, headers), unserved: store.minus(everyService, asked) }
}

/** By one of its addresses and ports. */
interface ToFrontend extends ClusterPassing {
  readonly asked: Bdd
  /** What is not sure. */
  readonly failing: Bdd
}

function toFrontend(asked: Bdd, ways: readonly ServiceWay[], party: number, headers: PartyHeaders): ToFrontend {
  const { bits, space } = headers
  const { store } = space
  const some = (of: (way: ServiceWay) => Bdd): Bdd => store.and(asked, store.union(ways.map(of)))
  const lost = some(way => store.minus(way.sent, way.sure))
  const sent = some(way => way.sent)
  const sure = store.minus(sent, lost)
  const to = bits.oneOf('destination', [party])
  const told = (set: Bdd): Bdd => store.and(withoutReceiver(headers, set, false), to)
  return {
    asked: told(asked),
    may: told(some(way => way.may)),
    sure: told(sure),
    failing: told(store.minus(asked, sure)),
    doubts: Object.fromEntries(DOUBTS.map(doubt => [doubt, told(some(way => way.doubts[doubt] ?? NONE))])),
  }
}

/** A Service has several addresses, and a node port one on each node: what is not sure by each of them is not sure. */
function passingOfAll(found: readonly ToFrontend[], { space: { store } }: PartyHeaders): ClusterPassing {
  const all = (of: (one: ToFrontend) => Bdd): Bdd => store.union(found.map(of))
  const may = all(one => one.may)
  const some = all(one => one.sure)
  const failing = all(one => one.failing)
  const sure = store.minus(some, failing)
  const doubts = doubtsWithin(
    store,
    store.minus(may, sure),
    doubt =>
      store.or(
        all(one => one.doubts[doubt] ?? NONE),
        doubt === 'entryNode' ? some : NONE,
      ),
    'endpoint',
  )
  return { may, sure, doubts }
}
