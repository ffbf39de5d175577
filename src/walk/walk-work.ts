// How much work one packet may make: chains that call each other often enough would be walked for ever, as the kernel would.

/** Rules that may be looked at for one packet, all its ways through together. A large node has some 50,000. */
export const MAX_LOOKS = 3_000_000

/** Steps that may be kept for one packet, all its ways through together: a step takes some 250 bytes. */
export const MAX_STEPS = 200_000

/** Rules after which a way through takes the same answers again where it comes to the same chain in the same state. */
const MAX_EXACT_LOOKS = 10_000

/** The rules make more of a way than can be followed. */
export class WalkTooLong extends Error {
  constructor() {
    super(`a packet is followed through at most ${MAX_LOOKS} rules and ${MAX_STEPS} steps`)
  }
}

/** The work that has been done for one packet. */
export class WalkWork {
  /** Rules that were looked at. */
  looks = 0
  /** Whether answers were taken again that could have been others. */
  isCut = false
  #steps = 0
  #looksBefore = 0

  /** A way through begins; `steps` are those of the way before it. */
  startWay(steps: number): void {
    this.#steps += steps
    this.#looksBefore = this.looks
  }

  /** @throws WalkTooLong */
  look(steps: number): void {
    this.looks++
    if (this.looks > MAX_LOOKS || this.#steps + steps > MAX_STEPS) throw new WalkTooLong()
  }

  /** Whether this way through has been followed as exactly as it can be. */
  get isLong(): boolean {
    return this.looks - this.#looksBefore > MAX_EXACT_LOOKS
  }
}
