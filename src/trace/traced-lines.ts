// Lines that the kernel writes of packets that it traces -> each packet with the rules that it met.

import { readTracedPiece, type TracedEvent, type TracedHeader, type TracedPiece } from './traced-dialects.ts'

export interface TracedPacket {
  /** As it was first seen and as it was last seen: addresses may have been translated in between. */
  readonly first: TracedHeader
  readonly last: TracedHeader
  /** Each with its line, counted from 0 among those that were read. */
  readonly events: readonly { readonly line: number; readonly event: TracedEvent }[]
}

interface Gathered {
  readonly headers: NonNullable<TracedPiece['header']>[]
  readonly events: { readonly line: number; readonly event: TracedEvent }[]
  protocol?: number | undefined
}

/** Packets in the order in which they are first seen; `used`: the lines that are of a trace. */
export function readTracedLines(lines: readonly string[]): {
  readonly packets: readonly TracedPacket[]
  readonly used: ReadonlySet<number>
} {
  const found = new Map<string, Gathered>()
  const used = new Set<number>()
  lines.forEach((text, line) => {
    const piece = readTracedPiece(text)
    if (piece === undefined) return
    used.add(line)
    const { key, header, event, protocol } = piece
    const packet = found.get(key) ?? { headers: [], events: [] }
    found.set(key, packet)
    packet.protocol ??= protocol
    if (header !== undefined) packet.headers.push(header)
    if (event !== undefined) packet.events.push({ line, event })
  })
  const packets = [...found.values()].flatMap(({ headers, events, protocol }): readonly TracedPacket[] => {
    const shown = headers.flatMap(header => header(protocol) ?? [])
    const [first, last] = [shown[0], shown.at(-1)]
    return first === undefined || last === undefined || events.length === 0 ? [] : [{ first, last, events }]
  })
  return { packets, used }
}
