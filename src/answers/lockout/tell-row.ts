// One row of lock-out: which of its packets are open, by whom, and what would become of them without fail-safe ports.

import { type Cube, cubesOf } from '../../analysis/cubes.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import type { SetWalker } from '../../analysis/sets/node-walk.ts'
import type { Point } from '../../analysis/sets/points.ts'
import { type Liking, projectField } from '../../analysis/witness.ts'
import type { Scene } from '../../trace/scene.ts'
import type { Journey } from '../../walk/packet.ts'
import { AddressWords } from '../address-words.ts'
import { cubeFields, type CubeFields, shownJourney } from '../cube-words.ts'
import { decide, type Decided } from '../decided.ts'
import { decideForwarded } from './decide-forwarded.ts'
import type { Verdicts } from './verdicts.ts'

/** `failsafe`: open, and only fail-safe ports make it so; `partly`: open to some only; `unclear`: it depends on what is not known. */
const LOCKOUT_STATUSES = ['open', 'failsafe', 'partly', 'closed', 'unclear'] as const

export type LockoutStatus = (typeof LOCKOUT_STATUSES)[number]

export interface LockoutPart {
  readonly kind: Exclude<LockoutStatus, 'partly'>
  /** Of the packets of its row those that are in it. */
  readonly cube: CubeFields
  readonly journey: Journey
  readonly decided: Decided
  /** What would become of it if there were no fail-safe ports; only of `failsafe`. */
  readonly without?: Decided
}

/** What is told of a row. */
export interface Told {
  readonly status: LockoutStatus
  /** Policy would let some in and not others, or has a rule against it, and a fail-safe port opens it all the same. */
  readonly isVoid: boolean
  readonly parts: readonly LockoutPart[]
  /** There are packets that none of the parts holds. */
  readonly hasMore: boolean
}

/** Entries of one kind in a row. */
const MOST_CUBES = 4

/** A node's rules, as they are or without fail-safe ports. */
export interface Side {
  readonly scene: Scene
  readonly verdicts: Record<How, Verdicts>
}

export interface WalkedSide extends Side {
  readonly walker: SetWalker
}

export class RowTeller {
  readonly #side: WalkedSide
  readonly #bare: Side
  readonly #addresses: AddressWords
  readonly #liking: Liking

  constructor(side: WalkedSide, bare: Side, liking: Liking) {
    this.#liking = liking
    this.#side = side
    this.#bare = bare
    const { walker, scene } = side
    this.#addresses = new AddressWords(walker.space, [scene], walker.node.local)
  }

  tell(packets: Bdd, how: How): Told {
    const { walker, verdicts } = this.#side
    const { store } = walker.space
    const found = verdicts[how].of(packets)
    const bare = this.#bare.verdicts[how].of(packets)
    const failsafe = store.and(found.open, bare.closed)
    const kinds = [
      ['open', store.minus(found.open, failsafe)],
      ['failsafe', failsafe],
      ['closed', found.closed],
      ['unclear', found.unclear],
    ] as const
    const there = kinds.filter(([, set]) => set !== NONE)
    const told = there.map(([kind, set]) => {
      const { cubes, rest } = cubesOf(walker.space, set, {
        most: MOST_CUBES,
        care: packets,
        liking: this.#liking,
      })
      return { parts: cubes.map(cube => this.#part(kind, cube, packets, how)), hasMore: rest !== NONE }
    })
    const parts = told.flatMap(one => one.parts)
    return {
      status: statusOf(there.map(([kind]) => kind)),
      isVoid: parts.some(
        ({ without }) => without !== undefined && (bare.open !== NONE || without.isDefaultDeny !== true),
      ),
      parts,
      hasMore: told.some(one => one.hasMore),
    }
  }

  #part(kind: LockoutPart['kind'], cube: Cube, packets: Bdd, how: How): LockoutPart {
    const { walker, verdicts } = this.#side
    const journey = verdicts[how].journey(cube.witness)
    const found = decideBy(this.#side, cube.witness, how, kind)
    if (how === 'whole' || kind === 'closed') confirm(kind, found, journey)
    // What is open anyway is so by policy, even where a fail-safe port takes the packet first.
    const bare = kind === 'open' ? decideBy(this.#bare, cube.witness, how, kind) : found
    return {
      kind,
      cube: cubeFields(walker.space, this.#widened(cube, packets), this.#addresses),
      journey: shownJourney(walker.space, journey),
      decided: bare.verdict === found.verdict ? bare : found,
      ...(kind === 'failsafe' ? { without: decideBy(this.#bare, cube.witness, how, 'closed') } : {}),
    }
  }

  /** Addresses that no packet of the row has count as inside where that takes fewer words. */
  #widened(cube: Cube, packets: Bdd): Cube {
    const { space } = this.#side.walker
    const fields = { ...cube.fields }
    for (const name of ['source', 'destination'] as const) {
      const wide = space.store.or(fields[name], space.store.not(projectField(space, packets, name)))
      const [short = '', long = ''] = [wide, fields[name]].map(set => this.#addresses.words(name, set, Infinity))
      if (short.length < long.length) fields[name] = wide
    }
    return { ...cube, fields }
  }
}

/** `forwarded`: packets that kube-proxy sends on to a pod. */
export type How = 'forwarded' | 'whole'

function decideBy({ verdicts, scene }: Side, witness: Point, how: How, kind: LockoutPart['kind']): Decided {
  const journey = verdicts[how].journey(witness)
  return how === 'forwarded' ? decideForwarded(journey, scene, kind) : decide(journey, scene)
}

function statusOf(kinds: readonly LockoutPart['kind'][]): LockoutStatus {
  if (kinds.includes('unclear')) return 'unclear'
  if (!kinds.includes('closed')) return kinds.includes('failsafe') ? 'failsafe' : 'open'
  return kinds.length === 1 ? 'closed' : 'partly'
}

/** A witness that the walk of one packet contradicts would be a mistake of ours. */
function confirm(kind: LockoutPart['kind'], { verdict }: Decided, journey: Journey): void {
  const isRight = {
    open: verdict === 'accept',
    failsafe: verdict === 'accept',
    closed: verdict === 'drop' || verdict === 'reject',
    unclear: verdict === 'unknown',
  }[kind]
  if (!isRight) throw new Error(`the walk does not confirm ${kind}: ${JSON.stringify([journey, verdict])}`)
}
