// SHA-1, SHA-224 and SHA-256 of bytes: Node's own where there is Node, and the same from a library everywhere else.
//
// A node's rules are about a thousand digests. Machine code takes a fifth of the time that JavaScript needs to get warm for them.

import { sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256 } from '@noble/hashes/sha2.js'

type DigestName = 'sha1' | 'sha224' | 'sha256'
type Digest = (bytes: Uint8Array) => Uint8Array
export type Digests = Readonly<Record<DigestName, Digest>>

/** What Node has for code that runs elsewhere, too; `hash` is in every Node that has `getBuiltinModule`. */
interface NodeProcess {
  getBuiltinModule?(name: 'node:crypto'): { hash?(name: DigestName, bytes: Uint8Array, form: 'buffer'): Uint8Array }
}

export const PORTABLE_DIGESTS: Digests = { sha1, sha224, sha256 }

/** Absent in browsers, in Nodes before 20.16, and in those that were built without cryptography or without one of the digests. */
export function nodeDigests(): Digests | undefined {
  try {
    const { process } = globalThis as { readonly process?: NodeProcess }
    const hash = process?.getBuiltinModule?.('node:crypto').hash
    if (hash === undefined) return undefined
    const digest = (name: DigestName): Digest => {
      hash(name, new Uint8Array(), 'buffer')
      return bytes => hash(name, bytes, 'buffer')
    }
    return { sha1: digest('sha1'), sha224: digest('sha224'), sha256: digest('sha256') }
  } catch {
    return undefined
  }
}

let chosen: Digests | undefined

export function digest(name: DigestName, bytes: Uint8Array): Uint8Array {
  chosen ??= nodeDigests() ?? PORTABLE_DIGESTS
  return chosen[name](bytes)
}
