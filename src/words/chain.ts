// What each kind of chain is for. Chains are told by name: a ruleset that was read from a node has nothing else.

import { MAX_CHAIN_NAME_LENGTH } from '../calico/names.ts'
import { readChainName } from '../calico/read-chain-name.ts'
import type { KernelTableName } from '../netfilter/kernel-tables.ts'
import { FIXED_CHAINS, NAMED_CHAINS } from './chain-purposes.ts'

/** Children of a dispatch chain hold the interfaces that share one more character. */
const DISPATCH_CHILD =
  /^(cali-(?:from-wl-dispatch|to-wl-dispatch|from-host-endpoint|to-host-endpoint|from-hep-forward|to-hep-forward))-(.)$|^(cali-set-endpoint-mark)-(?:wep|hep)-(.)$/

/** A few words for use inside a sentence. */
export function describeChainShort(name: string): string {
  const fixed = Object.hasOwn(FIXED_CHAINS, name) ? FIXED_CHAINS[name] : undefined
  if (fixed !== undefined) return fixed[0]
  const [, root = '', character = '', markRoot, markCharacter] = DISPATCH_CHILD.exec(name) ?? []
  const parent = markRoot ?? root
  if (parent !== '') {
    return `${describeChainShort(parent)}, names with ${markCharacter ?? character} behind what all have in common`
  }
  const known = readChainName(name)
  return known === undefined ? "not one of Calico's chains" : NAMED_CHAINS[known.kind][0]
}

/** One or two sentences on what a chain is for. */
export function describeChain(name: string, table: KernelTableName): string {
  const fixed = Object.hasOwn(FIXED_CHAINS, name) ? FIXED_CHAINS[name] : undefined
  if (fixed !== undefined) {
    const [short, purpose] = fixed
    return purpose[table] ?? purpose['*'] ?? `${short}.`
  }
  const [, root, character, markRoot, markCharacter] = DISPATCH_CHILD.exec(name) ?? []
  const parent = root ?? markRoot
  if (parent !== undefined) {
    return `A branch of ${parent}, for interfaces that have ${character ?? markCharacter ?? ''} behind what all names have in common: one jump instead of a test of every interface.`
  }
  const known = readChainName(name)
  if (known === undefined) return KERNEL_CHAINS[name] ?? "Not one of Calico's chains."
  const [, purpose] = NAMED_CHAINS[known.kind]
  return known.isHashed
    ? `${purpose} The name is a hash, because iptables takes no more than ${MAX_CHAIN_NAME_LENGTH} characters.`
    : purpose
}

const KERNEL_CHAINS: Readonly<Record<string, string>> = {
  PREROUTING: "The kernel's own chain for what arrives, before routing.",
  INPUT: "The kernel's own chain for packets to the node itself.",
  FORWARD: "The kernel's own chain for packets that pass through the node.",
  OUTPUT: "The kernel's own chain for what the node itself sends.",
  POSTROUTING: "The kernel's own chain for what leaves, after routing.",
}
