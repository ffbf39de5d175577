// Addresses as 32-bit words, most significant first: their order, and where sorted ones part at a bit.

interface Worded {
  readonly words: readonly number[]
}

export function compareWords(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** The first of the sorted items from `from` to before `to` that has the bit; `to` where none has. The bits before it are alike. */
export function firstWithBit(sorted: readonly Worded[], from: number, to: number, bit: number): number {
  let first = from
  let end = to
  while (first < end) {
    const half = (first + end) >> 1
    if (hasBit(sorted[half]?.words, bit)) end = half
    else first = half + 1
  }
  return first
}

export function hasBit(words: readonly number[] | undefined, bit: number): boolean {
  return (((words?.[bit >> 5] ?? 0) >>> (31 - (bit & 31))) & 1) === 1
}
