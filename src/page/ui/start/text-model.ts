// A model of a text that says of each bit how likely a 1 is: what followed the same bytes, the same identifier, the same long piece
// before, mixed by how well each of these has foretold so far. Who packs and who unpacks go through it alike, so it counts in whole
// numbers, and in sums and products of others, in one order: these are the same in every browser.

import { count, EVEN, LIKELIHOOD, oddsOf, UNSEEN } from './odds.ts'
import { Repeat } from './repeat.ts'

/** How many bytes are looked back at. */
const ORDERS = [1, 2, 4]

/** Behind them: the identifier that is being written, and what stands before it. */
const WORD = ORDERS.length
const CONTEXTS = ORDERS.length + 1

/** What has a say: the contexts, the repeated piece, and a constant. */
const REPEAT = CONTEXTS
const VOICES = CONTEXTS + 2

/** Counters of one context. Sixteen belong together: a check, and the nodes of a tree of four bits. */
const COUNTERS = 2 ** 20

const FIRST_WEIGHT = 0.3
const LEARNING_RATE = 14e-9

export class TextModel {
  readonly #bytes: Uint8Array
  #position = 0
  /** The bits of the byte that are known, behind a 1. */
  #known = 1
  readonly #counters = new Uint32Array(CONTEXTS * COUNTERS).fill(UNSEEN)
  readonly #hashes = new Int32Array(CONTEXTS)
  readonly #trees = new Int32Array(CONTEXTS)
  #node = 1
  readonly #repeat: Repeat
  #word = 0
  #beforeWord = 0
  readonly #odds = new Float64Array(VOICES).fill(256)
  /** A set of weights for each byte before this one, and one for each beginning of a byte and sort of repetition. */
  readonly #byBefore = new Float64Array(256 * VOICES).fill(FIRST_WEIGHT)
  readonly #byKnown = new Float64Array(3 * 256 * VOICES).fill(FIRST_WEIGHT)
  #before = 0
  #mixedByBefore = EVEN
  #mixedByKnown = EVEN

  /** @param bytes takes the text as it becomes known */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#repeat = new Repeat(bytes)
    this.#startByte()
  }

  /** How likely the next bit is a 1, in 1/65536. */
  likelihood(): number {
    const counters = this.#counters
    const trees = this.#trees
    const odds = this.#odds
    const byBefore = this.#byBefore
    const byKnown = this.#byKnown
    const node = this.#node
    for (let context = 0; context < CONTEXTS; context++)
      odds[context] = oddsOf(counters, (trees[context] as number) + node)
    odds[REPEAT] = this.#repeat.odds(this.#known)
    const before = this.#before * VOICES
    const known = this.#weightsByKnown()
    let sumBefore = 0
    let sumKnown = 0
    for (let voice = 0; voice < VOICES; voice++) {
      const own = odds[voice] as number
      sumBefore += own * (byBefore[before + voice] as number)
      sumKnown += own * (byKnown[known + voice] as number)
    }
    this.#mixedByBefore = clamp(sumBefore)
    this.#mixedByKnown = clamp(sumKnown)
    return (LIKELIHOOD[(this.#mixedByBefore + this.#mixedByKnown) >> 1] as number) * 16
  }

  /** Goes on to the next bit. @param bit what `likelihood` was asked about */
  learn(bit: number): void {
    const odds = this.#odds
    const byBefore = this.#byBefore
    const byKnown = this.#byKnown
    const before = this.#before * VOICES
    const known = this.#weightsByKnown()
    const faultBefore = ((bit << 12) - (LIKELIHOOD[this.#mixedByBefore] as number)) * LEARNING_RATE
    const faultKnown = ((bit << 12) - (LIKELIHOOD[this.#mixedByKnown] as number)) * LEARNING_RATE
    for (let voice = 0; voice < VOICES; voice++) {
      const own = odds[voice] as number
      byBefore[before + voice] = (byBefore[before + voice] as number) + faultBefore * own
      byKnown[known + voice] = (byKnown[known + voice] as number) + faultKnown * own
    }
    for (let context = 0; context < CONTEXTS; context++)
      count(this.#counters, (this.#trees[context] as number) + this.#node, bit)
    this.#repeat.learn(this.#known, bit)
    this.#known = (this.#known << 1) | bit
    this.#node = (this.#node << 1) | bit
    if (this.#known > 255) this.#endByte()
    else if (this.#node > 15) this.#findTrees()
  }

  #weightsByKnown(): number {
    return (this.#repeat.sort * 256 + this.#known) * VOICES
  }

  #endByte(): void {
    const byte = this.#known & 255
    this.#bytes[this.#position++] = byte
    this.#before = byte
    this.#known = 1
    if (isOfIdentifier(byte)) this.#word = Math.imul(this.#word + byte + 1, 0x2f0b4c47)
    else {
      this.#word = 0
      this.#beforeWord = ((this.#beforeWord << 8) | byte) & 0xffff
    }
    this.#startByte()
  }

  #startByte(): void {
    let hash = 0
    for (let back = 1, context = 0; context < ORDERS.length; back++) {
      const byte = back > this.#position ? 0 : (this.#bytes[this.#position - back] as number)
      hash = Math.imul(hash ^ (byte + back), 0x2f0b4c47)
      hash ^= hash >>> 15
      if (back === ORDERS[context]) this.#hashes[context++] = hash
    }
    this.#hashes[WORD] = Math.imul(this.#word + Math.imul(this.#beforeWord, 0x9e3779b1), 0x3d4d51cb)
    this.#repeat.find(this.#position, hash)
    this.#findTrees()
  }

  /** The counters for the next four bits; others that had the same place make room. */
  #findTrees(): void {
    const counters = this.#counters
    for (let context = 0; context < CONTEXTS; context++) {
      let hash = Math.imul((this.#hashes[context] as number) + Math.imul(this.#known, 0x9e3779b1), 0x85ebca6b)
      hash ^= hash >>> 15
      const tree = context * COUNTERS + ((hash << 4) & (COUNTERS - 1))
      const check = (hash >>> 16) | 1
      this.#trees[context] = tree
      if (counters[tree] === check) continue
      counters[tree] = check
      for (let node = 1; node < 16; node++) counters[tree + node] = UNSEEN
    }
    this.#node = 1
  }
}

function clamp(sum: number): number {
  const odds = Math.round(sum) + EVEN
  return odds < 1 ? 1 : odds > 2 * EVEN - 1 ? 2 * EVEN - 1 : odds
}

/** Letters, digits, `$` and `_`. */
function isOfIdentifier(byte: number): boolean {
  const letter = byte & ~32
  return (letter >= 65 && letter <= 90) || (byte >= 48 && byte <= 57) || byte === 36 || byte === 95
}
