// What the text of a node itself tells of a rule of Calico's: Felix writes the policy, profile or tier into comments and names
// of chains.

import { isCalicoChain, readChainName } from '../calico/read-chain-name.ts'
import type { Direction } from '../model/ast/policy.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { ReadMeaning, ReadOrigin } from '../model/origin.ts'
import type { Chain, Rule } from '../model/ruleset.ts'

/** Comments of the rules of policies and profiles, and of the chains without rules of theirs. */
const OWNER = /^(?<what>(?:[A-Za-z]*Policy|Profile) \S+) (?<direction>ingress|egress)$/

/** At the end of a tier, and of all of them. */
const END_OF_TIER = /^(?:End of tier (?<tier>\S+)\. )?Drop if no policies passed packet$/
const END_OF_PROFILES = /^Drop if no profiles matched$/

export interface TextMeaning {
  /** Undefined where the text does not tell. */
  readonly of: (origin: ReadOrigin, rule: Rule) => ReadMeaning | undefined
  /** The bit that says that policy allowed the packet; 0 where nothing tells. */
  readonly acceptMark: number
}

/** What the rules of a node say; looked up when it is first asked for. */
export function createTextMeaning({ tables }: KernelTables): TextMeaning {
  const chains = new Map<string, Chain>()
  for (const { userChains } of tables) {
    for (const [name, chain] of userChains) if (isCalicoChain(name)) chains.set(name, chain)
  }
  return {
    of: ({ text }, rule) => {
      const name = /^-A (\S+)/.exec(text)?.[1]
      const chain = name === undefined ? undefined : chains.get(name)
      return chain === undefined ? undefined : meaningOf(rule, chain, chains)
    },
    get acceptMark() {
      for (const { rules } of chains.values()) for (const rule of rules) if (isReturn(rule)) return markOf(rule)
      return 0
    },
  }
}

function isReturn({ comments, target }: Rule): boolean {
  return target?.kind === 'return' && comments.some(text => /^Return if (policy|profile) accepted$/.test(text))
}

function markOf({ matches }: Rule): number {
  const match = matches.find(({ kind }) => kind === 'mark')
  return match?.kind === 'mark' ? match.value : 0
}

function meaningOf(rule: Rule, chain: Chain, chains: ReadonlyMap<string, Chain>): ReadMeaning | undefined {
  const owner = ownerOf(chain)
  if (owner !== undefined) {
    const { kind, name, direction } = owner
    return { kind, words: `${name} ${direction}`, direction }
  }
  for (const comment of rule.comments) {
    const tier = END_OF_TIER.exec(comment)
    if (tier !== null) {
      const named = tier.groups?.['tier']
      const asked = askedBefore(rule, chain, chains)
      const which = named === undefined ? 'no policy' : `no policy of tier ${named}`
      const list = asked.length === 0 ? '' : `; asked: ${asked.join(', ')}`
      return { kind: 'tier', words: `default deny ${placeOf(chain.name)}: ${which} allows it${list}` }
    }
    if (END_OF_PROFILES.test(comment))
      return { kind: 'tier', words: `default deny ${placeOf(chain.name)}: no policy decides, and no profile allows it` }
  }
  return undefined
}

interface ChainOwner {
  readonly kind: 'policy' | 'profile'
  /** `KubernetesNetworkPolicy shop/db` */
  readonly name: string
  readonly direction: Direction
}

/** By its comments; by the name of the chain, where no comment has it. */
function ownerOf({ name, rules }: Chain): ChainOwner | undefined {
  const { bearer: kind, direction, subject = '' } = readChainName(name) ?? {}
  if ((kind !== 'policy' && kind !== 'profile') || direction === undefined) return undefined
  for (const { comments } of rules) {
    for (const text of comments) {
      const [, what, written] = OWNER.exec(text) ?? []
      if (what !== undefined) return { kind, name: what, direction: written === 'ingress' ? 'ingress' : 'egress' }
    }
  }
  if (subject.startsWith('_')) return undefined
  return { kind, name: `${kind === 'profile' ? 'Profile' : 'policy'} ${subject}`, direction }
}

/** Policies that a tier has asked by the time it ends: through their own chains, or those of groups. */
function askedBefore(end: Rule, chain: Chain, chains: ReadonlyMap<string, Chain>): readonly string[] {
  const before = chain.rules.slice(0, chain.rules.indexOf(end))
  const start = before.findLastIndex(({ comments }) => comments.some(text => /^Start of (tier|policies)/.test(text)))
  const found = before.slice(start + 1).flatMap(rule => ownersBehind(rule, chains, 2))
  return [...new Set(found.map(({ name }) => name))]
}

/** @param depth jumps that are followed */
function ownersBehind({ target }: Rule, chains: ReadonlyMap<string, Chain>, depth: number): readonly ChainOwner[] {
  const chain = target?.kind === 'jump' ? chains.get(target.chain) : undefined
  if (chain === undefined || depth === 0) return []
  const owner = ownerOf(chain)
  return owner === undefined ? chain.rules.flatMap(rule => ownersBehind(rule, chains, depth - 1)) : [owner]
}

/** `of the ingress at cali123`: whose chain it is. */
function placeOf(chain: string): string {
  const { bearer, direction, subject } = readChainName(chain) ?? {}
  const isEndpoint = bearer === 'workload' || bearer === 'host'
  return isEndpoint && direction !== undefined ? `of the ${direction} at ${subject}` : `in ${chain}`
}
