// Sets of packets whose pods and nodes are numbers: their addresses, and the interfaces of pods, are read off the party, those of
// others off the packet.
// All of them are first packets of connections that nobody has sent from elsewhere: no bit says so.

import { isInterface } from '../../netfilter/matches/interface.ts'
import type { Side } from '../../model/ruleset.ts'
import { ALL, type Bdd, NONE } from '../sets/bdd.ts'
import { fieldValues } from '../sets/bdd-operations.ts'
import type { Prefix } from '../sets/field-sets.ts'
import { type FixedBits, HeaderSets, readPrefix } from '../sets/header-sets.ts'
import { type PacketSpace, STATES } from '../sets/packet-space.ts'
import { OUTSIDE, type PartyBits } from './party-bits.ts'

/** The pods behind each interface of the node. */
export type PodsHere = ReadonlyMap<string, readonly number[]>

export class PartyHeaders extends HeaderSets {
  readonly bits: PartyBits
  readonly here: PodsHere
  /** Pods of the node. */
  readonly podsHere: Readonly<Record<Side, Bdd>>
  readonly #known: Readonly<Record<Side, Bdd>>

  /** @param space that begins at the first bit after those of the parties, and whose interfaces are none of `here` */
  constructor(space: PacketSpace, bits: PartyBits, here: PodsHere) {
    super(space)
    this.bits = bits
    this.here = here
    const parties = [...here.values()].flat()
    const both = <Value>(of: (side: Side) => Value): Readonly<Record<Side, Value>> => ({
      source: of('source'),
      destination: of('destination'),
    })
    this.podsHere = both(side => bits.oneOf(side, parties))
    this.#known = both(side => bits.everyKnown(side))
  }

  override inInterface(pattern: string): Bdd {
    return this.#through('source', pattern, super.inInterface(pattern))
  }

  override outInterface(pattern: string): Bdd {
    return this.#through('destination', pattern, super.outInterface(pattern))
  }

  override prefixes(side: Side, prefixes: readonly Prefix[]): Bdd {
    const { store, fields } = this.space
    // Most members of sets are pods: of those no bit of an address has to be looked at, and nobody else has their addresses.
    const named = new Map<number, boolean>()
    const others = prefixes.filter(prefix => {
      const party = this.bits.partyWith(prefix)
      if (party !== undefined) named.set(party, prefix.isIn)
      return party === undefined
    })
    const addresses = super.prefixes(side, others)
    const parties = this.bits.partiesIn(addresses, fields[side]).filter(party => !named.has(party))
    for (const [party, isIn] of named) if (isIn) parties.push(party)
    return store.or(this.bits.oneOf(side, parties), store.minus(addresses, this.#known[side]))
  }

  override fixed(
    field: 'source' | 'destination' | 'sourcePort' | 'destinationPort',
    value: string | number,
  ): FixedBits {
    const written = super.fixed(field, value)
    if (typeof value === 'number' || (field !== 'source' && field !== 'destination')) return written
    const party = this.bits.partyOf(value)
    const number = fieldValues([[this.bits.fields[field], party]])
    return party === OUTSIDE ? new Map([...number, ...written]) : number
  }

  override states(numbers: readonly number[]): Bdd {
    return numbers.includes(STATES.indexOf('NEW')) ? ALL : NONE
  }

  override tcpFlags(mask: readonly string[], set: readonly string[]): Bdd {
    return mask.every(flag => set.includes(flag) === (flag === 'SYN')) ? ALL : NONE
  }

  override reversePathFails(): Bdd {
    return NONE
  }

  /** Addresses as bits, whoever the party is. */
  addresses(side: Side, texts: readonly string[]): Bdd {
    return super.prefixes(
      side,
      texts.flatMap(text => readPrefix(text, this.space, true) ?? []),
    )
  }

  #through(side: Side, pattern: string, others: Bdd): Bdd {
    const { store } = this.space
    return this.once(`party ${side} ${pattern}`, () => {
      const names = pattern.endsWith('+') ? [...this.here.keys()].filter(name => isInterface(pattern, name)) : [pattern]
      const pods = this.bits.oneOf(
        side,
        names.flatMap(name => this.here.get(name) ?? []),
      )
      return store.or(pods, store.minus(others, this.podsHere[side]))
    })
  }
}
