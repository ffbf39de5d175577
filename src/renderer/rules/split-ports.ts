// Port lists in pieces that a multiport match can hold.

import type { PortRange } from '../../net/port.ts'
import { MAX_MULTIPORT_SLOTS } from '../../netfilter/text-limits.ts'

/** In order and greedily: a piece is closed as soon as the next item does not fit. */
export function splitPorts(ports: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const pieces: PortRange[][] = []
  let slots = 0
  for (const port of ports) {
    const needed = port.first === port.last ? 1 : 2
    let piece = pieces.at(-1)
    if (piece === undefined || slots + needed > MAX_MULTIPORT_SLOTS) {
      piece = []
      pieces.push(piece)
      slots = 0
    }
    piece.push(port)
    slots += needed
  }
  return pieces
}
