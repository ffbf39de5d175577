// What a packet was before its addresses changed: sets of changed packets as sets of packets that were sent.

import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import type { Bdd } from './bdd.ts'
import { Restriction } from './bdd-operations.ts'
import type { Rewriting } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'

export class Rewriter {
  readonly #headers: HeaderSets
  readonly #known = new Map<string, Restriction>()

  constructor(headers: HeaderSets) {
    this.#headers = headers
  }

  /** The packets that lie in `set` once they are rewritten. */
  before(set: Bdd, { source, sourcePort, destination, destinationPort }: Rewriting): Bdd {
    const { store } = this.#headers.space
    let found = set
    if (source !== undefined) found = this.#restriction('source', source).of(found)
    if (destination !== undefined) found = this.#restriction('destination', destination).of(found)
    if (sourcePort === undefined && destinationPort === undefined) return found
    let changed = found
    if (sourcePort !== undefined) changed = this.#restriction('sourcePort', sourcePort).of(changed)
    if (destinationPort !== undefined) changed = this.#restriction('destinationPort', destinationPort).of(changed)
    // Only these have ports to change.
    const havePorts = this.#headers.protocols(PORT_PROTOCOLS)
    return store.or(store.and(havePorts, changed), store.minus(found, havePorts))
  }

  #restriction(field: keyof Rewriting, value: string | number): Restriction {
    const key = `${field} ${value}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const made = new Restriction(this.#headers.space.store, this.#headers.fixed(field, value))
    this.#known.set(key, made)
    return made
  }
}
