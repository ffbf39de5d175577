// Parts of a value that were moved when it was put right, and where each came from.

import type { Path } from '../diagnostics/source.ts'

interface Move {
  readonly from: Path
  readonly to: Path
}

export class Moves {
  readonly #moves: Move[] = []

  /** Records a move; `from` is where it stood before, which may have been a place it was moved to earlier. */
  add(...moves: readonly Move[]): void {
    for (const { from, to } of moves) this.#moves.push({ from: this.origin(from), to })
  }

  /** Where something stands in the value as written. */
  origin(path: Path): Path {
    const move = this.#moves.findLast(({ to }) => to.every((step, index) => path[index] === step))
    return move === undefined ? path : [...move.from, ...path.slice(move.to.length)]
  }
}
