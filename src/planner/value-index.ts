// Values of one label, found by a piece of them: sorted texts and a search by halves instead of a look at every value.

/** What a piece must be of a value. */
export type PieceKind = 'startsWith' | 'endsWith' | 'contains'

/** As many questions are answered by looking at every value: sorting pays off only for more. */
const CHEAP_QUESTIONS = 8

interface Entry {
  readonly key: string
  readonly value: string
}

export class ValueIndex {
  readonly #values: readonly string[]
  readonly #sorted = new Map<PieceKind, readonly Entry[]>()
  readonly #questions: Record<PieceKind, number> = { startsWith: 0, endsWith: 0, contains: 0 }

  /** @param values each once, of at most 63 characters as labels have, in any order */
  constructor(values: Iterable<string>) {
    this.#values = [...values]
  }

  /** The values that begin with, end in or hold a piece; each once, in no particular order. */
  find(kind: PieceKind, piece: string): readonly string[] {
    if (++this.#questions[kind] <= CHEAP_QUESTIONS) return this.#values.filter(value => holds(kind, value, piece))
    const sorted = this.#sortedFor(kind)
    const wanted = kind === 'endsWith' ? reverse(piece) : piece
    const found = new Set<string>()
    for (let index = firstFrom(sorted, wanted); index < sorted.length; index++) {
      const entry = sorted[index]
      if (entry === undefined || !entry.key.startsWith(wanted)) break
      found.add(entry.value)
    }
    return [...found]
  }

  #sortedFor(kind: PieceKind): readonly Entry[] {
    let sorted = this.#sorted.get(kind)
    if (sorted === undefined) {
      sorted = this.#values
        .flatMap(value => keysOf(kind, value).map(key => ({ key, value })))
        .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
      this.#sorted.set(kind, sorted)
    }
    return sorted
  }
}

function holds(kind: PieceKind, value: string, piece: string): boolean {
  switch (kind) {
    case 'startsWith':
      return value.startsWith(piece)
    case 'endsWith':
      return value.endsWith(piece)
    case 'contains':
      return value.includes(piece)
  }
}

/** What a value is sorted by: itself, itself from the back, or each of its ends. */
function keysOf(kind: PieceKind, value: string): readonly string[] {
  switch (kind) {
    case 'startsWith':
      return [value]
    case 'endsWith':
      return [reverse(value)]
    case 'contains':
      return value === '' ? [''] : Array.from({ length: value.length }, (_, start) => value.slice(start))
  }
}

/** By code units, as texts are compared. */
function reverse(text: string): string {
  let reversed = ''
  for (let index = text.length - 1; index >= 0; index--) reversed += text.charAt(index)
  return reversed
}

/** Index of the first entry whose key is not before a text. */
function firstFrom(sorted: readonly Entry[], text: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle]?.key ?? '') < text) low = middle + 1
    else high = middle
  }
  return low
}
