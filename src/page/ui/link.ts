// The fragment of the address: the state, deflated by the browser, in letters that a link may hold.

import { MAX_SHARED, readShared, type Shared } from '../share.ts'

export async function linkOf(shared: Shared): Promise<string> {
  const stream = new Blob([JSON.stringify(shared)]).stream().pipeThrough(new CompressionStream('deflate-raw'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  const packed = btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
  return `${location.href.replace(/#.*$/s, '')}#s=${packed}`
}

/** What the address says; undefined where it has nothing of ours, `broken` where that cannot be read. */
export async function sharedInAddress(): Promise<Shared | 'broken' | undefined> {
  if (!location.hash.startsWith('#s=')) return undefined
  const packed = location.hash.slice('#s='.length)
  try {
    const binary = atob(packed.replaceAll('-', '+').replaceAll('_', '/'))
    const bytes = Uint8Array.from(binary, character => character.charCodeAt(0))
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))
    return readShared(await readSome(stream)) ?? 'broken'
  } catch {
    return 'broken'
  }
}

/** Stops where a small link unpacks to more than is taken. */
async function readSome(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
    if (text.length > MAX_SHARED) {
      await reader.cancel()
      return text
    }
  }
}
