// Connections that get through: for sure, perhaps, and why nobody can say.

import { type Bdd, type BddStore, NONE } from '../sets/bdd.ts'
import { project } from '../sets/bdd-operations.ts'
import type { FieldName } from '../sets/packet-space.ts'
import type { PartyHeaders } from './party-headers.ts'

/** Connections, by party, protocol, port, and the addresses of those who are no pods. */
export interface Passing {
  readonly sure: Bdd
  /** Those that are sure, too. */
  readonly may: Bdd
}

/** Why nobody can say. */
export const DOUBTS = [
  'unknownRule',
  'interface',
  'clientPort',
  'untracked',
  'nodeAddress',
  'endpoint',
  'entryNode',
] as const

/**
 * `unknownRule`: rules that are not known here; `interface`: by which interface of the node packets come and go; `clientPort`: the
 * port that a client happens to send from; `untracked`: answers need rules of their own; `nodeAddress`: which of its addresses a
 * node sends from, or is sent to; `endpoint`: which endpoint of a Service a packet is sent on to; `entryNode`: by which node packets
 * from outside come in.
 */
export type Doubt = (typeof DOUBTS)[number]

/** What is not sure, by why; a reason that is absent has none of it. */
export type Doubts = Readonly<Partial<Record<Doubt, Bdd>>>

/**
 * Why what is open is so.
 * @param rest why, of what is in none of these sets; left out, it stays without a reason
 */
export function doubtsWithin(store: BddStore, open: Bdd, setOf: (doubt: Doubt) => Bdd, rest?: Doubt): Doubts {
  const doubts: Partial<Record<Doubt, Bdd>> = {}
  if (open === NONE) return doubts
  for (const doubt of DOUBTS) {
    const found = store.and(open, setOf(doubt))
    if (found !== NONE) doubts[doubt] = found
  }
  const left = rest === undefined ? NONE : store.minus(open, store.union(Object.values(doubts)))
  if (rest !== undefined && left !== NONE) doubts[rest] = store.or(doubts[rest] ?? NONE, left)
  return doubts
}

export interface NodePassing {
  readonly doubts: Doubts
  readonly plain: Passing
  /** Those that leave with an address of the node for theirs. */
  readonly masqueraded: Passing
}

/** Packets that a node lets through with their own source, with another one, and that it loses. */
export interface NodeEnds {
  readonly plain: Bdd
  readonly masqueraded: Bdd
  readonly lost: Bdd
  readonly untracked?: Bdd
}

export function passingOf(
  headers: PartyHeaders,
  { plain, masqueraded, lost, untracked = NONE }: NodeEnds,
): NodePassing {
  const { store } = headers.space
  const kept = (set: Bdd): Bdd => answerOf(headers, set)
  const doubts = { ...doubtsOf(headers, store.or(plain, masqueraded), lost), untracked: kept(untracked) }
  const doubtful = store.union([kept(lost), doubts.untracked])
  const [own, others] = [kept(plain), kept(masqueraded)]
  return {
    doubts,
    plain: { may: own, sure: store.minus(store.minus(own, doubtful), others) },
    masqueraded: { may: others, sure: store.minus(store.minus(others, doubtful), own) },
  }
}

/** What is told of packets: by party, protocol, port, addresses. */
export function answerOf(headers: PartyHeaders, set: Bdd): Bdd {
  return keep(headers, set, ANSWER_FIELDS)
}

/** What both gets through and is lost, by what makes the difference: the first thing that does. */
function doubtsOf(headers: PartyHeaders, accept: Bdd, lost: Bdd): Doubts {
  const { store } = headers.space
  const among = (fields: readonly FieldName[]): Bdd =>
    store.and(keep(headers, accept, fields), keep(headers, lost, fields))
  const whole = among(ANSWER_FIELDS)
  if (whole === NONE) return {}
  const kept = (set: Bdd): Bdd => answerOf(headers, set)
  const unknownRule = kept(store.and(accept, lost))
  const byInterface = store.minus(kept(among([...ANSWER_FIELDS, 'sourcePort'])), unknownRule)
  return { unknownRule, interface: byInterface, clientPort: store.minus(whole, store.or(unknownRule, byInterface)) }
}

const ANSWER_FIELDS: readonly FieldName[] = ['protocol', 'destinationPort', 'source', 'destination']

/** Whatever the other fields are. */
function keep({ bits, space }: PartyHeaders, set: Bdd, names: readonly FieldName[]): Bdd {
  const kept = names.map(name => space.fields[name])
  return project(
    space.store,
    set,
    bit => bit < bits.firstBit || kept.some(({ first, width }) => bit >= first && bit < first + width),
  )
}
