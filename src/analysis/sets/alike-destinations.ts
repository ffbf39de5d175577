// Destinations of nat that nothing behind it tells apart: packets go the same way to each of them. A node has ten thousand
// endpoints of Services, and its rules know a handful of kinds of them.
//
// Whoever compares two nodes also asks whether a packet gets another destination. So those alone are alike which chains give that
// are the same on all sides, whatever comes to them: there a packet gets the same destinations on every side, or does not come by.

import type { Chain, KernelChainName, Rule } from '../../model/ruleset.ts'
import { leadOf } from '../../netfilter/chain-outline.ts'
import type { KernelTable, KernelTables } from '../../netfilter/kernel-tables.ts'
import { rewriteOf } from '../../walk/targets.ts'
import { addressClasses, lastParts } from './address-classes.ts'
import { alikeChains } from './alike-chains.ts'
import type { Bdd } from './bdd.ts'
import { Restriction } from './bdd-operations.ts'
import type { Rewriting } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'
import { MatchSets } from './match-sets.ts'
import type { NodeNets } from './node-nets.ts'
import { addressWords } from './packet-space.ts'
import { Rewriter } from './rewriter.ts'
import { Routes } from './routes.ts'

/** One for all that are alike, by the destination that a rule gives. */
export type AlikeDestinations = (to: Rewriting) => Rewriting

interface Side {
  readonly tables: KernelTables
  readonly nets: NodeNets
}

export function alikeDestinations(headers: HeaderSets, sides: readonly Side[]): AlikeDestinations {
  const given = destinationsBySource(sides.map(({ tables }) => tables))
  const { ipVersion, store, fields } = headers.space
  const asked = setsBehindNat(headers, sides)
  const addresses = [...new Set([...given.values()].map(({ to }) => to.destination))]
  const ofAddress = addressClasses(
    store,
    fields.destination,
    addresses.map(text => ({ text, words: addressWords(text, ipVersion) })),
    lastParts(store, asked, fields.destination),
  )
  const ports = new Map<number | undefined, string>()
  const ofPort = (port: number | undefined): string => {
    const known = ports.get(port)
    if (known !== undefined) return known
    const restriction = port === undefined ? undefined : new Restriction(store, headers.fixed('destinationPort', port))
    const key = restriction === undefined ? '' : asked.map(set => restriction.of(set)).join()
    ports.set(port, key)
    return key
  }
  const firsts = new Map<string, Rewriting>()
  const alike = new Map<string, Rewriting>()
  for (const [key, { to, from }] of given) {
    const kind = `${from} ${ofAddress.get(to.destination) ?? ''} ${ofPort(to.destinationPort)}`
    const first = firsts.get(kind) ?? to
    firsts.set(kind, first)
    alike.set(key, first)
  }
  return to => alike.get(keyOf(to)) ?? to
}

function keyOf({ destination, destinationPort }: Rewriting): string {
  return `${destination ?? ''} ${destinationPort ?? ''}`
}

interface Given {
  readonly to: Rewriting & { readonly destination: string }
  /** The chain that leads to all rules which give it. */
  readonly from: string
}

/** What is given by one chain alone that does the same on all sides, by `keyOf`. */
function destinationsBySource(sides: readonly KernelTables[]): ReadonlyMap<string, Given> {
  const nats = sides.flatMap(({ tables }) => tables.find(({ name }) => name === 'nat') ?? [])
  const [first] = nats
  if (first === undefined || nats.length !== sides.length) return new Map()
  const isAlike = alikeAndBlind(first, sides, nats)
  const given = new Map<string, Given>()
  const elsewhere = new Set<string>()
  const note = (rule: Rule, from: string | undefined): void => {
    if (rule.target?.kind !== 'dnat') return
    const { address, port } = rewriteOf(rule.target.to) ?? {}
    if (address === undefined) return
    const to = { destination: address, ...(port === undefined ? {} : { destinationPort: port }) }
    const key = keyOf(to)
    const known = given.get(key)
    if (from === undefined || (known !== undefined && known.from !== from)) elsewhere.add(key)
    else if (known === undefined) given.set(key, { to, from })
  }
  for (const nat of nats) eachRule(nat, ['PREROUTING', 'OUTPUT'], note, isAlike)
  for (const key of elsewhere) given.delete(key)
  return given
}

/**
 * Rules that packets may come to from these chains of the kernel.
 *
 * @param isOne whether a chain and all that it leads to count as one: `from` is its name for all their rules
 */
function eachRule(
  table: KernelTable,
  hooks: readonly KernelChainName[],
  take: (rule: Rule, from: string | undefined) => void,
  isOne: (name: string) => boolean = () => false,
): void {
  const read = new Map<Chain, Set<string | undefined>>()
  const visit = (chain: Chain, from: string | undefined): void => {
    const known = read.get(chain)
    if (known?.has(from) === true) return
    if (known === undefined) read.set(chain, new Set([from]))
    else known.add(from)
    for (const rule of chain.rules) {
      take(rule, from)
      const name = leadOf(rule)
      const next = name === undefined ? undefined : table.userChains.get(name)
      if (name !== undefined && next !== undefined) visit(next, from ?? (isOne(name) ? name : undefined))
    }
  }
  for (const chain of table.kernelChains) if (hooks.includes(chain.name)) visit(chain, undefined)
}

/** Chains that do the same on all sides, and do it whatever the mark is. */
function alikeAndBlind(
  first: KernelTable,
  sides: readonly KernelTables[],
  nats: readonly KernelTable[],
): (name: string) => boolean {
  const [own, ...others] = sides.map(({ ipSets }) => ipSets)
  const alike = others.map((ipSets, index) => alikeChains(first, nats[index + 1] ?? first, [own ?? new Map(), ipSets]))
  const known = new Map<string, boolean>()
  const isBlind = (name: string): boolean => {
    const before = known.get(name)
    if (before !== undefined) return before
    // INVARIANT: whoever reads tables has looked for circles (`findLoop`).
    const isSo = (first.userChains.get(name)?.rules ?? []).every(
      rule => rule.matches.every(({ kind }) => kind !== 'mark' && kind !== 'markClear') && isBlind(leadOf(rule) ?? ''),
    )
    known.set(name, isSo)
    return isSo
  }
  known.set('', true)
  return name => alike.every(isAlike => isAlike(name)) && isBlind(name)
}

/** All that is asked of the destination of a packet once it has its last one. */
function setsBehindNat(headers: HeaderSets, sides: readonly Side[]): readonly Bdd[] {
  const rewriter = new Rewriter(headers)
  const asked = new Set<Bdd>()
  for (const { tables, nets } of sides) {
    for (const set of new Routes(headers, rewriter, nets).asked()) asked.add(set)
    for (const local of [nets.local, ...headers.space.interfaces.map(name => nets.addressesOn(name) ?? [])]) {
      const set = headers.nets('destination', local)
      if (set !== undefined) asked.add(set)
    }
    const matches = new MatchSets(headers, tables.ipSets, { node: nets, rewriter })
    for (const table of tables.tables) {
      const hooks = table.kernelChains.map(({ name }) => name)
      // Where nat gives a destination it has not been given yet.
      const behind = table.name === 'nat' ? (['INPUT', 'POSTROUTING'] as const) : hooks
      eachRule(table, behind, rule => {
        const { fits, perhaps } = matches.ofHeaders(rule)
        asked.add(fits).add(perhaps)
      })
    }
  }
  return [...asked]
}
