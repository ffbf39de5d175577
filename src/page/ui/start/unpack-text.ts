// Text that was packed by a model of it (text-model.ts): arithmetic coding, in numbers of 32 bits.

import { TextModel } from './text-model.ts'

/** Larger than any text that is packed. */
const LONGEST = 2 ** 24

/**
 * @param packed four bytes that say how long the text is, then the code
 * @throws RangeError where that cannot be
 */
export function unpackText(packed: Uint8Array): Uint8Array {
  let at = 0
  const next = (): number => packed[at++] ?? 0
  const four = (): number => ((next() << 24) | (next() << 16) | (next() << 8) | next()) >>> 0
  const length = four()
  if (length > LONGEST) throw new RangeError(`a text of ${length} bytes`)
  const bytes = new Uint8Array(length)
  const model = new TextModel(bytes)
  let low = 0
  let high = 0xffffffff
  let code = four()
  for (let left = 8 * length; left > 0; left--) {
    const middle = low + Math.floor(((high - low) * model.likelihood()) / 65536)
    const bit = code <= middle ? 1 : 0
    if (bit === 1) high = middle
    else low = middle + 1
    model.learn(bit)
    while ((low ^ high) >>> 24 === 0) {
      low = (low << 8) >>> 0
      high = ((high << 8) | 255) >>> 0
      code = ((code << 8) | next()) >>> 0
    }
  }
  return bytes
}
