// Binary decision diagrams: sets of bit strings, each set kept once, so that equal sets are equal numbers.
//
// A node asks for one bit and leads on to what holds where the bit is 0 and where it is 1; bits are asked in one order
// (R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", IEEE Trans. Comput. C-35, 1986).

/** A set: the number of its node in the store that made it. */
export type Bdd = number

/** The empty set, and the set of everything. */
export const NONE: Bdd = 0
export const ALL: Bdd = 1

/** The sets of an input grow over all bounds, or take too long: whoever opened the analysis says so to the user. */
export class TooManyNodesError extends Error {
  readonly limit: number

  constructor(limit: number, words = `packet sets need more than ${limit} nodes`) {
    super(words)
    this.name = 'TooManyNodesError'
    this.limit = limit
  }
}

/** About 20 bytes each. */
const MAX_NODES = 16_000_000

/** A minute or two. The sets of a cluster take two to four for each node; what takes many more goes over the same ones ever again. */
const MAX_STEPS = 160_000_000

const FIRST_CAPACITY = 1 << 14
const LARGEST_CACHE = 1 << 20

/** Bit of the two ends: after all others. */
const END = 0xffff

const AND = 0
const OR = 1
const MINUS = 2

export class BddStore {
  #bits = new Uint16Array(FIRST_CAPACITY)
  #lows = new Int32Array(FIRST_CAPACITY)
  #highs = new Int32Array(FIRST_CAPACITY)
  #count = 2
  /** Open addressing; 0 is a free place. */
  #table = new Int32Array(FIRST_CAPACITY * 2)
  /** What operations gave, four numbers each: operation, operands, result. A later one takes the place of an earlier. */
  #cache = new Int32Array(FIRST_CAPACITY * 4).fill(-1)
  readonly #limit: number
  #steps = 0
  readonly #maxSteps: number

  constructor(limit = MAX_NODES, maxSteps = MAX_STEPS) {
    this.#limit = limit
    this.#maxSteps = maxSteps
    this.#bits[NONE] = END
    this.#bits[ALL] = END
    this.#highs[ALL] = ALL
    this.#lows[ALL] = ALL
  }

  get size(): number {
    return this.#count
  }

  /** Half of the steps have been taken: whoever can do with less stops here. */
  get isHalfSpent(): boolean {
    return this.#steps > this.#maxSteps / 2
  }

  /** The bit that a node asks for; larger than every bit for the two ends. */
  bit(set: Bdd): number {
    return this.#bits[set] ?? END
  }

  low(set: Bdd): Bdd {
    return this.#lows[set] ?? NONE
  }

  high(set: Bdd): Bdd {
    return this.#highs[set] ?? NONE
  }

  /** Where `bit` is 0 those of `low`, where it is 1 those of `high`; both ask for later bits only. */
  node(bit: number, low: Bdd, high: Bdd): Bdd {
    if (++this.#steps > this.#maxSteps)
      throw new TooManyNodesError(this.#maxSteps, `packet sets take more than ${this.#maxSteps} steps`)
    if (low === high) return low
    const mask = this.#table.length - 1
    let place = hash(bit, low, high) & mask
    for (let found = this.#table[place] ?? 0; found !== 0; found = this.#table[place] ?? 0) {
      if (this.#lows[found] === low && this.#highs[found] === high && this.#bits[found] === bit) return found
      place = (place + 1) & mask
    }
    const made = this.#count
    if (made >= this.#limit) throw new TooManyNodesError(this.#limit)
    if (made === this.#bits.length) {
      this.#grow()
      return this.node(bit, low, high)
    }
    this.#count++
    this.#bits[made] = bit
    this.#lows[made] = low
    this.#highs[made] = high
    this.#table[place] = made
    return made
  }

  and(a: Bdd, b: Bdd): Bdd {
    if (a === b || b === ALL) return a
    if (a === ALL) return b
    if (a === NONE || b === NONE) return NONE
    return a < b ? this.#combine(AND, a, b) : this.#combine(AND, b, a)
  }

  or(a: Bdd, b: Bdd): Bdd {
    if (a === b || b === NONE) return a
    if (a === NONE) return b
    if (a === ALL || b === ALL) return ALL
    return a < b ? this.#combine(OR, a, b) : this.#combine(OR, b, a)
  }

  /** Those of `a` that are not in `b`. */
  minus(a: Bdd, b: Bdd): Bdd {
    if (a === b || a === NONE || b === ALL) return NONE
    if (b === NONE) return a
    return this.#combine(MINUS, a, b)
  }

  not(a: Bdd): Bdd {
    return this.minus(ALL, a)
  }

  /** Those that are in one of both only. */
  xor(a: Bdd, b: Bdd): Bdd {
    return this.or(this.minus(a, b), this.minus(b, a))
  }

  isSubset(a: Bdd, b: Bdd): boolean {
    return this.minus(a, b) === NONE
  }

  /** Union, as a balanced tree: the middle results stay small. */
  union(sets: readonly Bdd[]): Bdd {
    let level = sets
    while (level.length > 1) {
      const next: Bdd[] = []
      for (let i = 0; i < level.length; i += 2) next.push(this.or(level[i] ?? NONE, level[i + 1] ?? NONE))
      level = next
    }
    return level[0] ?? NONE
  }

  #combine(operation: number, a: Bdd, b: Bdd): Bdd {
    const place = (hash(operation, a, b) << 2) & (this.#cache.length - 1)
    if (this.#cache[place] === operation && this.#cache[place + 1] === a && this.#cache[place + 2] === b) {
      return this.#cache[place + 3] ?? NONE
    }
    const bitA = this.bit(a)
    const bitB = this.bit(b)
    const bit = bitA < bitB ? bitA : bitB
    // Pairs would be nicer to read, and half of the time would go into collecting them.
    const isA = bitA === bit
    const isB = bitB === bit
    const low = this.#apply(operation, isA ? this.low(a) : a, isB ? this.low(b) : b)
    const high = this.#apply(operation, isA ? this.high(a) : a, isB ? this.high(b) : b)
    const result = this.node(bit, low, high)
    // The cache may have grown meanwhile.
    const now = (hash(operation, a, b) << 2) & (this.#cache.length - 1)
    this.#cache[now] = operation
    this.#cache[now + 1] = a
    this.#cache[now + 2] = b
    this.#cache[now + 3] = result
    return result
  }

  #apply(operation: number, a: Bdd, b: Bdd): Bdd {
    return operation === AND ? this.and(a, b) : operation === OR ? this.or(a, b) : this.minus(a, b)
  }

  /** What has been worked out stays known. */
  #growCache(capacity: number): void {
    const old = this.#cache
    const grown = new Int32Array(capacity * 4).fill(-1)
    for (let place = 0; place < old.length; place += 4) {
      const operation = old[place] ?? -1
      if (operation < 0) continue
      const now = (hash(operation, old[place + 1] ?? 0, old[place + 2] ?? 0) << 2) & (grown.length - 1)
      grown.set(old.subarray(place, place + 4), now)
    }
    this.#cache = grown
  }

  #grow(): void {
    const capacity = this.#bits.length * 2
    const grown = <T extends Uint16Array | Int32Array>(from: T, to: T): T => (to.set(from), to)
    this.#bits = grown(this.#bits, new Uint16Array(capacity))
    this.#lows = grown(this.#lows, new Int32Array(capacity))
    this.#highs = grown(this.#highs, new Int32Array(capacity))
    this.#table = new Int32Array(capacity * 2)
    const mask = this.#table.length - 1
    for (let node = 2; node < this.#count; node++) {
      let place = hash(this.bit(node), this.low(node), this.high(node)) & mask
      while (this.#table[place] !== 0) place = (place + 1) & mask
      this.#table[place] = node
    }
    if (capacity <= LARGEST_CACHE) this.#growCache(capacity)
  }
}

function hash(a: number, b: number, c: number): number {
  let mixed = Math.imul(a + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35) ^ Math.imul(c, 0x27d4eb2f)
  mixed ^= mixed >>> 15
  mixed = Math.imul(mixed, 0x2c1b3c6d)
  return (mixed ^ (mixed >>> 13)) >>> 0
}
