// Hashes by which Felix recognises its own rules. Each covers the rules before it in its chain.

import { utf8 } from '../text/bytes.ts'
import { digest } from './digests.ts'
import { base64Url } from './hash.ts'

const HASH_LENGTH = 16

/**
 * One hash for each rule of a chain.
 * @param chain seed: the chain's name, for appended hooks with `*appends*` behind it
 * @param rules what follows `-A CHAIN HASH` in each line, with its leading blank
 */
export function ruleHashes(chain: string, rules: readonly string[]): readonly string[] {
  let previous = digest('sha224', utf8(chain))
  return rules.map(rule => {
    const text = utf8(`-A ${chain} HASH${rule}`)
    const input = new Uint8Array(previous.length + text.length)
    input.set(previous)
    input.set(text, previous.length)
    previous = digest('sha224', input)
    return base64Url(previous).slice(0, HASH_LENGTH)
  })
}
