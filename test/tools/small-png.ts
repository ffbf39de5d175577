// A picture as a PNG of at most 256 colours: a fourth of the size of what a browser writes, and nobody sees it.

import { crc32, deflateSync } from 'node:zlib'

export interface Pixels {
  readonly width: number
  readonly height: number
  /** Red, green, blue, alpha of each pixel, row by row. */
  readonly data: Uint8Array
}

/** Colours that differ in fewer of the upper bits than these are one. */
const BITS = 5

export function smallPng({ width, height, data }: Pixels): Buffer {
  const { palette, indexOf } = choosePalette(data)
  const rows = Buffer.alloc((width + 1) * height)
  for (let y = 0; y < height; y++) {
    // The byte before each row says that it is not filtered.
    for (let x = 0; x < width; x++) rows[y * (width + 1) + 1 + x] = indexOf((y * width + x) * 4)
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette.flat())),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(name: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body])
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(body.length)
  check.writeUInt32BE(crc32(named))
  return Buffer.concat([length, named, check])
}

type Colour = readonly [red: number, green: number, blue: number]

/** The most frequent colour of each group of like ones, of the 256 most frequent groups. */
function choosePalette(data: Uint8Array): {
  readonly palette: readonly Colour[]
  /** @param offset of a pixel */
  readonly indexOf: (offset: number) => number
} {
  const colourAt = (offset: number): Colour => [data[offset] ?? 0, data[offset + 1] ?? 0, data[offset + 2] ?? 0]
  const groupOf = (colour: Colour): number => colour.reduce((key, part) => (key << BITS) | (part >> (8 - BITS)), 0)
  const groups = new Map<number, Map<number, number>>()
  for (let offset = 0; offset < data.length; offset += 4) {
    const colour = colourAt(offset)
    const exact = colour.reduce((key, part) => (key << 8) | part, 0)
    const group = groups.get(groupOf(colour)) ?? new Map<number, number>()
    groups.set(groupOf(colour), group.set(exact, (group.get(exact) ?? 0) + 1))
  }
  const frequent = [...groups]
    .map(([key, colours]) => {
      const sorted = [...colours].sort((a, b) => b[1] - a[1])
      return { key, exact: sorted[0]?.[0] ?? 0, count: sorted.reduce((sum, [, count]) => sum + count, 0) }
    })
    .sort((a, b) => b.count - a.count)
    .slice(0, 256)
  const palette = frequent.map(({ exact }): Colour => [exact >> 16, (exact >> 8) & 255, exact & 255])
  const known = new Map(frequent.map(({ key }, index) => [key, index]))
  return {
    palette,
    indexOf: offset => {
      const colour = colourAt(offset)
      const key = groupOf(colour)
      const index = known.get(key) ?? nearest(palette, colour)
      known.set(key, index)
      return index
    },
  }
}

function nearest(palette: readonly Colour[], colour: Colour): number {
  const distances = palette.map(other => other.reduce((sum, part, at) => sum + (part - (colour[at] ?? 0)) ** 2, 0))
  return distances.indexOf(Math.min(...distances))
}
