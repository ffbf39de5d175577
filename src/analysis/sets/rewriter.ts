// What a packet was before its addresses changed: sets of changed packets as sets of packets that were sent.

import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import type { Bdd } from './bdd.ts'
import { type BitField, fieldValues, Restriction } from './bdd-operations.ts'
import type { Rewriting } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'
import { addressWords } from './packet-space.ts'

export class Rewriter {
  readonly #headers: HeaderSets
  readonly #known = new Map<string, Restriction>()

  constructor(headers: HeaderSets) {
    this.#headers = headers
  }

  /** The packets that lie in `set` once they are rewritten. */
  before(set: Bdd, { source, sourcePort, destination, destinationPort }: Rewriting): Bdd {
    const { store, fields } = this.#headers.space
    let found = set
    if (source !== undefined) found = this.#restriction(fields.source, source).of(found)
    if (destination !== undefined) found = this.#restriction(fields.destination, destination).of(found)
    if (sourcePort === undefined && destinationPort === undefined) return found
    let changed = found
    if (sourcePort !== undefined) changed = this.#restriction(fields.sourcePort, sourcePort).of(changed)
    if (destinationPort !== undefined) changed = this.#restriction(fields.destinationPort, destinationPort).of(changed)
    // Only these have ports to change.
    const havePorts = this.#headers.protocols(PORT_PROTOCOLS)
    return store.or(store.and(havePorts, changed), store.minus(found, havePorts))
  }

  #restriction(field: BitField, value: string | number): Restriction {
    const key = `${field.first} ${value}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { store, ipVersion } = this.#headers.space
    const number =
      typeof value === 'number'
        ? value
        : addressWords(value, ipVersion).reduce((bits, word) => (bits << 32n) | BigInt(word), 0n)
    const made = new Restriction(store, fieldValues([[field, number]]))
    this.#known.set(key, made)
    return made
  }
}
