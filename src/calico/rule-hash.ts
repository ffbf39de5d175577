// Hashes by which Felix recognises its own rules. Each covers the rules before it in its chain.

import { utf8 } from '../text/bytes.ts'
import { digest } from './digests.ts'
import { base64Url } from './hash.ts'

/** Of a digest, what Felix writes: 16 characters of base64. */
const WRITTEN_BYTES = 12

/** What the first hash of a chain is made with. @param chain its name, for appended hooks with `*appends*` behind it */
export function chainDigest(chain: string): Uint8Array {
  return digest('sha224', utf8(chain))
}

/** @param previous that of the rule before, or of the chain @param rule what follows `-A CHAIN HASH`, with its leading blank */
export function ruleDigest(previous: Uint8Array, chain: string, rule: string): Uint8Array {
  const text = utf8(`-A ${chain} HASH${rule}`)
  const input = new Uint8Array(previous.length + text.length)
  input.set(previous)
  input.set(text, previous.length)
  return digest('sha224', input)
}

/** What of a digest Felix writes. */
export function hashText(ofRule: Uint8Array): string {
  return base64Url(ofRule.subarray(0, WRITTEN_BYTES))
}

/**
 * One hash for each rule of a chain.
 * @param chain seed: the chain's name, for appended hooks with `*appends*` behind it
 * @param rules what follows `-A CHAIN HASH` in each line, with its leading blank
 */
export function ruleHashes(chain: string, rules: readonly string[]): readonly string[] {
  let previous = chainDigest(chain)
  return rules.map(rule => {
    previous = ruleDigest(previous, chain, rule)
    return hashText(previous)
  })
}
