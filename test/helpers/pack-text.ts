// The opposite of src/page/ui/start/unpack-text.ts: the page only unpacks.

import { TextModel } from '../../src/page/ui/start/text-model.ts'

export function packText(text: Uint8Array): Uint8Array {
  const size = new DataView(new ArrayBuffer(4))
  size.setUint32(0, text.length)
  const packed = [...new Uint8Array(size.buffer)]
  const model = new TextModel(new Uint8Array(text.length))
  let low = 0
  let high = 0xffffffff
  for (const byte of text) {
    for (let shift = 7; shift >= 0; shift--) {
      const bit = (byte >> shift) & 1
      const middle = low + Math.floor(((high - low) * model.likelihood()) / 65536)
      if (bit === 1) high = middle
      else low = middle + 1
      model.learn(bit)
      while ((low ^ high) >>> 24 === 0) {
        packed.push(low >>> 24)
        low = (low << 8) >>> 0
        high = ((high << 8) | 255) >>> 0
      }
    }
  }
  for (let rest = low; rest > 0; rest = (rest << 8) >>> 0) packed.push(rest >>> 24)
  return Uint8Array.from(packed)
}
