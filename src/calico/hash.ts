// The hashes that Calico's names are made of. Digests are of UTF-8 bytes; base64 is the URL alphabet without padding.

import { sha3_224 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { utf8, utf8Length } from '../text/bytes.ts'
import { digest } from './digests.ts'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

export function base64Url(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const a = bytes[i] ?? 0
    const b = bytes[i + 1] ?? 0
    const c = bytes[i + 2] ?? 0
    const group = (a << 16) | (b << 8) | c
    const characters = Math.min(bytes.length - i, 3) + 1
    for (let j = 0; j < characters; j++) text += ALPHABET.charAt((group >>> (18 - 6 * j)) & 63)
  }
  return text
}

/** `prefix:` + SHA-224 of `prefix:content`: the ids of IP sets (libcalico-go/lib/hash: MakeUniqueID). */
export function uniqueId(prefix: string, content: string): string {
  return `${prefix}:${base64Url(digest('sha224', utf8(`${prefix}:${content}`)))}`
}

/**
 * `prefix + suffix`, with the suffix replaced by `_` and a piece of its SHA-256 where the whole would be too long, in bytes
 * (libcalico-go/lib/hash: GetLengthLimitedID). A suffix that starts with `_` and just fits is hashed too, lest it be taken for a hash.
 */
export function lengthLimitedId(prefix: string, suffix: string, maxLength: number): string {
  const tail = suffix === '' ? '_' : suffix
  const total = utf8Length(prefix) + utf8Length(tail)
  const isTooLong = total > maxLength || (total === maxLength && tail.startsWith('_'))
  if (!isTooLong) return prefix + tail
  return `${prefix}_${base64Url(digest('sha256', utf8(tail))).slice(0, maxLength - 1 - utf8Length(prefix))}`
}

/** First 20 characters of the SHA3-224 of a policy group's description (felix/rules: PolicyGroup.UniqueID). */
export function policyGroupDigest(description: string): string {
  return base64Url(sha3_224(utf8(description))).slice(0, 20)
}

/** Lower-case hexadecimal SHA-1, as in the names of workload interfaces. */
export function sha1Hex(text: string): string {
  return bytesToHex(digest('sha1', utf8(text)))
}

/** What kube-controllers puts in the place of a name that is too long: letters and digits of SHA-256 in base64. */
export function nameDigest(text: string): string {
  return base64Url(digest('sha256', utf8(text)))
    .replace(/[-_]/g, '')
    .toLowerCase()
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** SHA-256 in base32 without padding: what kube-proxy's names are made of. */
export function base32Sha256(text: string): string {
  let bits = 0
  let count = 0
  let written = ''
  for (const byte of digest('sha256', utf8(text))) {
    bits = (bits << 8) | byte
    for (count += 8; count >= 5; count -= 5) written += BASE32.charAt((bits >>> (count - 5)) & 31)
    bits &= (1 << count) - 1
  }
  return count === 0 ? written : written + BASE32.charAt((bits << (5 - count)) & 31)
}
