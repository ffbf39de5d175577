// The worker that unpacks what the page is packed as, so that the page itself can draw meanwhile.

import { decompress } from './lzma.js'

/** What is packed, in this order; none of the texts holds the character between them. */
export interface Unpacked {
  /** What the page runs. */
  readonly app: string
  /** What its worker runs. */
  readonly worker: string
  /** Lessons and examples, as JSON. */
  readonly content: string
}

interface UnpackerScope {
  onmessage: ((event: { readonly data: string }) => void) | null
  readonly postMessage: (unpacked: Unpacked) => void
}

const scope = globalThis as unknown as UnpackerScope

scope.onmessage = ({ data }) => {
  const bytes = Uint8Array.from(atob(data), character => character.charCodeAt(0))
  const [app = '', worker = '', content = ''] = new TextDecoder().decode(decompress(bytes)).split('\0')
  scope.postMessage({ app, worker, content })
}
