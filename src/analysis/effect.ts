// What a change of tables does: which packets get another verdict, whoever's rules decide.

import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { AlikeDestinations } from './sets/alike-destinations.ts'
import { type Bdd, type BddStore, NONE } from './sets/bdd.ts'
import type { ChainWalkOptions } from './sets/chain-walk.ts'
import { HeaderSets } from './sets/header-sets.ts'
import { toldInterfaces } from './sets/interface-names.ts'
import { refuseDeepJumps } from './sets/jump-depth.ts'
import { affectedPackets } from './affected.ts'
import { honestPackets, routedPackets, sentPackets } from './real-packets.ts'
import type { NodeNets } from './sets/node-nets.ts'
import { SetWalker } from './sets/node-walk.ts'
import { createSpace, type PacketSpace } from './sets/packet-space.ts'
import type { VerdictSets } from './sets/set-journey.ts'

/** Tables and the node that they are on. */
export interface NodeTables {
  readonly tables: KernelTables
  readonly nets: NodeNets
}

/** Packets as they are sent, each in one of these at most. */
export interface Effect {
  readonly space: PacketSpace
  readonly headers: HeaderSets
  /** Lost before, get through now. */
  readonly opened: Bdd
  /** Got through before, are lost now. */
  readonly closed: Bdd
  /** Lost before and now, but in silence on one side and with an answer on the other. */
  readonly answered: Bdd
  /** It depends on something that is not known whether they get through, and on each side on something else. */
  readonly unclear: Bdd
  /** Get through before and now, and are not sent on to the same destinations. */
  readonly diverted: Bdd
  /** Get through before and now to the same destinations, and leave with other sources. */
  readonly translated: Bdd
  /** On both sides it depends on something that is not known; nothing else tells them apart. */
  readonly perhapsSame: Bdd
  /** Packets that leave as routing has it, as long as nobody changes the destination: `routedPackets`. */
  readonly routed: Bdd
  /** Packets that come from where their source is: `honestPackets`. */
  readonly honest: Bdd
  /** Whether every packet surely gets the verdict that it got. */
  readonly isSame: boolean
}

/**
 * Both sides must be of one IP version.
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function compareTables(
  before: NodeTables,
  after: NodeTables,
  options: { readonly interfaces?: readonly string[] } = {},
): Effect {
  return new EffectBase(before, [after], options.interfaces).compare(after)
}

export type FindAlike = (headers: HeaderSets, sides: readonly NodeTables[]) => AlikeDestinations

/** One side of several comparisons: what is worked out of it once serves all of them. */
export class EffectBase {
  readonly #before: NodeTables
  readonly #headers: HeaderSets
  readonly #names: readonly string[]
  readonly #walker: SetWalker
  readonly #options: ChainWalkOptions

  /**
   * @param others everything that the other sides name is in one of these
   * @param interfaces that are told apart besides
   * @param alike finds destinations that need not be told apart, for tables with very many of them
   * @throws TooManyNodesError where the sets grow over all bounds, DeepJumpsError where chains lead to each other too deep
   */
  constructor(
    before: NodeTables,
    others: readonly NodeTables[],
    interfaces: readonly string[] = [],
    alike?: FindAlike,
  ) {
    for (const { tables } of [before, ...others]) refuseDeepJumps(tables)
    const known = [before, ...others].flatMap(({ nets }) => [
      ...nets.behind,
      ...nets.routes.flatMap(route => route.interfaces),
    ])
    const { names, strangers } = toldInterfaces(
      [before, ...others].map(({ tables }) => tables),
      [...known, ...interfaces],
    )
    this.#names = names
    this.#before = before
    this.#headers = new HeaderSets(createSpace(before.tables.ipVersion, names, { strangers }))
    this.#options = { alikeDestinations: alike?.(this.#headers, [before, ...others]) }
    this.#walker = new SetWalker(this.#headers, before.tables, before.nets, this.#options)
  }

  /** @throws TooManyNodesError where the sets grow over all bounds */
  compare(after: NodeTables): Effect {
    const headers = this.#headers
    const { store } = headers.space
    const old = this.#walker
    const before = this.#before
    const isSame = isSameNode(before.nets, after.nets, this.#names)
    const fresh = new SetWalker(headers, after.tables, after.nets, this.#options, isSame ? old : undefined)
    // A workload that only one side has is there for that side alone.
    const sent = store.or(sentPackets(old), sentPackets(fresh))
    const packets = isSame ? store.and(sent, affectedPackets(headers, before.tables, after.tables)) : sent
    const routed = store.or(routedPackets(old), routedPackets(fresh))
    const honest = store.or(honestPackets(old), honestPackets(fresh))
    return { ...effectOf(headers, [old.walk(packets), fresh.walk(packets)]), routed, honest }
  }
}

function isSameNode(before: NodeNets, after: NodeNets, names: readonly string[]): boolean {
  const key = ({ local, routes, behind, addressesOn }: NodeNets): string =>
    JSON.stringify([local, routes, behind, names.map(addressesOn)])
  return key(before) === key(after)
}

function effectOf(
  headers: HeaderSets,
  [before, after]: readonly [VerdictSets, VerdictSets],
): Omit<Effect, 'routed' | 'honest'> {
  const { space } = headers
  const { store } = space
  const old = certainty(headers, before)
  const fresh = certainty(headers, after)
  const opened = store.and(old.lost, fresh.through)
  const closed = store.and(old.through, fresh.lost)
  const perhapsSame = store.and(old.perhaps, fresh.perhaps)
  const lost = store.and(old.lost, fresh.lost)
  const answers = store.or(store.xor(before.drop, after.drop), store.xor(before.reject, after.reject))
  const answered = store.and(lost, answers)
  const unclear = store.minus(store.or(old.perhaps, fresh.perhaps), perhapsSame)
  const through = store.and(old.through, fresh.through)
  const diverted = store.and(through, parting(store, before.goals, after.goals))
  const translated = store.minus(store.and(through, parting(store, before.sources, after.sources)), diverted)
  const isSame = [opened, closed, answered, unclear, perhapsSame].every(set => set === NONE)
  return { space, headers, opened, closed, answered, unclear, diverted, translated, perhapsSame, isSame }
}

/** Packets that are not in the sets of the same names. */
function parting(store: BddStore, before: ReadonlyMap<string, Bdd>, after: ReadonlyMap<string, Bdd>): Bdd {
  const names = [...new Set([...before.keys(), ...after.keys()])]
  return store.union(names.map(name => store.xor(before.get(name) ?? NONE, after.get(name) ?? NONE)))
}

/** What surely gets through, what is surely lost, and what perhaps one, perhaps the other. */
function certainty(
  { space: { store } }: HeaderSets,
  { accept, drop, reject }: VerdictSets,
): { readonly through: Bdd; readonly lost: Bdd; readonly perhaps: Bdd } {
  const lost = store.or(drop, reject)
  const perhaps = store.and(accept, lost)
  return { through: store.minus(accept, perhaps), lost: store.minus(lost, perhaps), perhaps }
}
