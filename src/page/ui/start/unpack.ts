// The worker that unpacks what the page is packed as, so that the page itself can draw meanwhile.

import { decompress } from './lzma.js'
import { unpackText } from './unpack-text.ts'

/** What the page begins with, packed so that it is soon there. Neither text holds the character between them. */
export interface First {
  /** Lessons and examples, as JSON. */
  readonly content: string
  /** What the page runs. */
  readonly app: string
}

/** What the worker of the page runs: packed as small as can be, and needed when the page is drawn. */
export interface Second {
  readonly worker: string
}

interface UnpackerScope {
  onmessage: ((event: { readonly data: string }) => void) | null
  readonly postMessage: (unpacked: First | Second) => void
}

const scope = globalThis as unknown as UnpackerScope
const decoder = new TextDecoder()

scope.onmessage = ({ data }) => {
  const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0))
  const end = 4 + new DataView(bytes.buffer).getUint32(0)
  const [content = '', app = ''] = decoder.decode(decompress(bytes.subarray(4, end))).split('\0')
  scope.postMessage({ content, app })
  scope.postMessage({ worker: decoder.decode(unpackText(bytes.subarray(end))) })
}
