// Parts of a value that were moved when it was put right, and where each came from.

import { PathMap } from '../diagnostics/path-map.ts'
import type { Path } from '../diagnostics/source.ts'

interface Move {
  readonly from: Path
  readonly to: Path
}

export class Moves {
  readonly #moves = new PathMap<Move & { readonly number: number }>()
  #count = 0

  /** Records a move; `from` is where it stood before, which may have been a place it was moved to earlier. */
  add(...moves: readonly Move[]): void {
    for (const { from, to } of moves) this.#moves.set(to, { from: this.origin(from), to, number: this.#count++ })
  }

  /** Where something stands in the value as written. */
  origin(path: Path): Path {
    let move: (Move & { readonly number: number }) | undefined
    for (const one of this.#moves.along(path)) if (move === undefined || one.number > move.number) move = one
    return move === undefined ? path : [...move.from, ...path.slice(move.to.length)]
  }
}
