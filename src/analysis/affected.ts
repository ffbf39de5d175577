// Which packets a change of rules can concern at all: those that may come to a chain that is not the same on both sides.
//
// Everything else meets the same rules in the same order, so nobody has to walk it twice. What is left out here is never more
// than that: where it cannot be told by which interface packets come to a chain, it is all packets.

import { isInterface } from '../netfilter/matches/interface.ts'
import type { KernelIpSet, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import type { Chain, Match, Rule } from '../model/ruleset.ts'
import { ALL, type Bdd, NONE } from './sets/bdd.ts'
import type { HeaderSets } from './sets/header-sets.ts'

/** Packets, as they are sent, that may come to something that differs; all others get the same verdict from both. */
export function affectedPackets(headers: HeaderSets, before: KernelTables, after: KernelTables): Bdd {
  const { store } = headers.space
  const sameSets = new Map<string, boolean>()
  const isSameSet = (name: string): boolean => {
    let isSame = sameSets.get(name)
    if (isSame === undefined) {
      isSame = setKey(before.ipSets.get(name)) === setKey(after.ipSets.get(name))
      sameSets.set(name, isSame)
    }
    return isSame
  }
  let affected = NONE
  for (const name of new Set([...before.tables, ...after.tables].map(table => table.name))) {
    const [old, fresh] = [before, after].map(({ tables }) => tables.find(table => table.name === name))
    if (old === undefined || fresh === undefined) return ALL
    const differing = differingChains(old, fresh, isSameSet)
    for (const table of [old, fresh]) affected = store.or(affected, comingTo(headers, table, differing))
  }
  return affected
}

function setKey(set: KernelIpSet | undefined): string {
  if (set === undefined) return ''
  const { type, members, exceptions = [] } = set
  return JSON.stringify([type, [...members].sort(), [...exceptions].sort()])
}

/** Chains whose own rules are not the same: what they lead to is compared for itself. */
function differingChains(old: KernelTable, fresh: KernelTable, isSameSet: (name: string) => boolean): Set<string> {
  const differing = new Set<string>()
  const compare = (name: string, a: Chain | undefined, b: Chain | undefined): void => {
    if (chainKey(a) !== chainKey(b) || !usesSameSets(b, isSameSet)) differing.add(name)
  }
  for (const base of fresh.kernelChains) {
    const other = old.kernelChains.find(({ name }) => name === base.name)
    compare(base.name, other, base)
    if (other?.policy !== base.policy) differing.add(base.name)
  }
  for (const name of new Set([...old.userChains.keys(), ...fresh.userChains.keys()])) {
    compare(name, old.userChains.get(name), fresh.userChains.get(name))
  }
  return differing
}

function chainKey(chain: Chain | undefined): string {
  if (chain === undefined) return ''
  return JSON.stringify(
    chain.rules.filter(({ target }) => target !== undefined).map(({ matches, target }) => [matches, target]),
  )
}

function usesSameSets(chain: Chain | undefined, isSameSet: (name: string) => boolean): boolean {
  return (
    chain?.rules.every(({ matches }) => matches.every(match => match.kind !== 'ipSet' || isSameSet(match.set))) ?? true
  )
}

/** Packets that may come to one of the chains, by the interfaces that rules on the way there ask for. */
function comingTo(headers: HeaderSets, table: KernelTable, chains: ReadonlySet<string>): Bdd {
  const { store } = headers.space
  const found = new Map<string, Bdd>()
  let affected = NONE
  const visit = (chain: Chain, name: string, coming: Bdd): void => {
    const known = found.get(name) ?? NONE
    const more = store.minus(coming, known)
    if (more === NONE) return
    found.set(name, store.or(known, coming))
    if (chains.has(name)) affected = store.or(affected, coming)
    for (const { matches, target } of chain.rules) {
      if (target?.kind !== 'jump' && target?.kind !== 'goto') continue
      const callee = table.userChains.get(target.chain)
      if (callee !== undefined) visit(callee, target.chain, store.and(more, byInterfaces(headers, matches)))
    }
  }
  for (const base of table.kernelChains) visit(base, base.name, ALL)
  return affected
}

/** What the node sends may come back by the loopback interface, and may leave by another one than it was routed to first. */
function byInterfaces(headers: HeaderSets, matches: Rule['matches']): Bdd {
  const { store } = headers.space
  const own = headers.inInterface('')
  return matches.reduce<Bdd>((packets, match) => store.and(packets, ofMatch(headers, match, own)), ALL)
}

function ofMatch(headers: HeaderSets, match: Match, own: Bdd): Bdd {
  const { store } = headers.space
  if (match.kind === 'inInterface') {
    const arriving = headers.inInterface(match.name)
    return isInterface(match.name, 'lo') ? store.or(arriving, own) : arriving
  }
  return match.kind === 'outInterface' ? store.or(headers.outInterface(match.name), own) : ALL
}
