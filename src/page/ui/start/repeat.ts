// A longer piece of a text that was there before: where its last bytes stood, and that they go on in the same way.

import { count, oddsOf, UNSEEN } from './odds.ts'

/** Bytes that have to be the same; as many as the hash is of that `find` gets. */
const SHORTEST = 4
const LONGEST = 400
const PLACES = 2 ** 20

export class Repeat {
  readonly #bytes: Uint8Array
  /** Where a piece with this hash ended last. */
  readonly #ends = new Int32Array(PLACES)
  #length = 0
  #at = 0
  /** What should come, behind a 1; 0 where nothing is foretold, or it did not come. */
  #expected = 0
  /** How often it came, by length. */
  readonly #counters = new Uint32Array(32).fill(UNSEEN)
  #counter = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** Nothing, a short piece or a long one. */
  get sort(): 0 | 1 | 2 {
    return this.#expected === 0 ? 0 : this.#counter < 16 ? 1 : 2
  }

  /** Begins a byte. @param hash of the bytes before it */
  find(position: number, hash: number): void {
    const bytes = this.#bytes
    if (this.#length > 0 && bytes[this.#at] === bytes[position - 1]) {
      this.#length++
      this.#at++
    } else this.#length = 0
    const place = hash >>> 12
    if (this.#length === 0) {
      const at = this.#ends[place] as number
      let length = 0
      while (length < LONGEST && length < at && bytes[at - length - 1] === bytes[position - length - 1]) length++
      this.#length = length < SHORTEST ? 0 : length
      this.#at = at
    }
    this.#ends[place] = position
    this.#expected = this.#length === 0 ? 0 : (bytes[this.#at] as number) | 256
    this.#counter = Math.min(
      31,
      this.#length < 32 ? Math.min(this.#length, 16 + (this.#length >> 4)) : 20 + (this.#length >> 5),
    )
  }

  /** @param known bits of the byte, behind a 1 */
  odds(known: number): number {
    const left = Math.clz32(known) - 23
    if (this.#expected >> left !== known) {
      this.#expected = 0
      return 0
    }
    const odds = oddsOf(this.#counters, this.#counter)
    return ((this.#expected >> (left - 1)) & 1) === 1 ? odds : -odds
  }

  learn(known: number, bit: number): void {
    if (this.#expected === 0) return
    const foretold = (this.#expected >> (Math.clz32(known) - 24)) & 1
    count(this.#counters, this.#counter, foretold === bit ? 1 : 0)
  }
}
