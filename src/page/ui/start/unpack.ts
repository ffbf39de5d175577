// The worker that unpacks what the page is packed as, so that the page itself can draw meanwhile.

import { decompress } from './lzma.js'

/** What is packed, in this order; none of the texts holds the character between them. */
export interface Unpacked {
  /** Lessons and examples, as JSON. */
  readonly content: string
  /** What the worker of the page runs. */
  readonly worker: string
  /** What the page runs. */
  readonly app: string
}

interface UnpackerScope {
  onmessage: ((event: { readonly data: string }) => void) | null
  readonly postMessage: (unpacked: Unpacked) => void
}

const scope = globalThis as unknown as UnpackerScope

scope.onmessage = ({ data }) => {
  const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0))
  const [content = '', worker = '', app = ''] = new TextDecoder().decode(decompress(bytes)).split('\0')
  scope.postMessage({ content, worker, app })
}
