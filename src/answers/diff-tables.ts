// What a change does to one IP version of a node, for a reader: which packets get another verdict, where, and by which rules.

import { type Cube, cubeSet, cubesOf } from '../analysis/cubes.ts'
import { type Effect, EffectBase, type FindAlike } from '../analysis/effect.ts'
import { nodeNetsOf } from '../analysis/node-nets-of.ts'
import { ALL, type Bdd, NONE } from '../analysis/sets/bdd.ts'
import type { NodeNets } from '../analysis/sets/node-nets.ts'
import type { PacketSpace } from '../analysis/sets/packet-space.ts'
import { journeyOf } from '../analysis/sets/points.ts'
import type { HostFacts } from '../model/host.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { Scene } from '../trace/scene.ts'
import { projectField } from '../analysis/witness.ts'
import type { Journey } from '../walk/packet.ts'
import { AddressWords } from './address-words.ts'
import { cubeFields, type CubeFields, shownJourney } from './cube-words.ts'
import { type Decided, decide } from './decided.ts'
import { likingOf } from './liking.ts'

export interface DiffSide {
  readonly scene: Scene
  readonly resources?: readonly Resource[] | undefined
  readonly host?: HostFacts | undefined
}

/**
 * What becomes of packets: `answered`: lost before and now, in silence on one side only; `diverted`: through before and now, to
 * another destination; `translated`: through before and now, with another source.
 */
export const CHANGES = ['opened', 'closed', 'answered', 'diverted', 'unclear', 'translated'] as const

/** Those of the verdict alone: a side without kube-proxy's rules sends every Service elsewhere. */
const VERDICT_CHANGES: readonly Change[] = ['opened', 'closed', 'answered', 'unclear']

export type Change = (typeof CHANGES)[number]

const WAYS = [
  'to the node',
  'to pods',
  'from pods',
  'from the node',
  'through the node',
  'with spoofed sources',
] as const

export type Way = (typeof WAYS)[number]

export interface DiffCube {
  readonly cube: CubeFields
  /** A packet of it, and what each side does with it. */
  readonly journey: Journey
  readonly before: Decided
  readonly after: Decided
}

export interface DiffGroup {
  readonly change: Change
  readonly way: Way
  readonly cubes: readonly DiffCube[]
  /** There are packets that none of the cubes holds. */
  readonly hasMore: boolean
}

export interface TablesDiff {
  readonly groups: readonly DiffGroup[]
  /** There are packets of which neither side says for certain what becomes of them, and which may come to what differs. */
  readonly isUndecided: boolean
  readonly isSame: boolean
}

/** One side of several comparisons. Parameters as those of `EffectBase`. */
export function diffBase(before: DiffSide, others: readonly DiffSide[], alike?: FindAlike): EffectBase {
  return new EffectBase(nodeSide(before), others.map(nodeSide), [], alike)
}

function nodeSide(side: DiffSide): NodeSide {
  return { tables: side.scene.tables, nets: netsOfScene(side) }
}

/**
 * @param most cubes of a group
 * @param base made of `before`, where there is one
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function diffTables(
  before: DiffSide,
  after: DiffSide,
  most: number,
  changes: readonly Change[] = VERDICT_CHANGES,
  base: EffectBase = diffBase(before, [after]),
): TablesDiff {
  const [old, fresh] = [nodeSide(before), nodeSide(after)]
  const effect = base.compare(fresh)
  const { space } = effect
  const { store } = space
  const addresses = new AddressWords(space, [after.scene, before.scene], fresh.nets.local)
  const liking = likingOf([after.scene, before.scene])
  const describe = (cube: Cube, change: Change): DiffCube => {
    const journey = journeyOfWitness(space, cube.witness, [before.scene, after.scene])
    const [was, is] = [decide(journey, before.scene), decide(journey, after.scene)]
    confirm(change, was, is, journey)
    const shown = shownJourney(space, journey)
    return { cube: cubeFields(space, cube, addresses), journey: shown, before: was, after: is }
  }
  const there = presentInterfaces(effect, [before, after], [old.nets, fresh.nets])
  const groups = changes.flatMap(change => {
    // What comes by interfaces that the node has is told; of others only where there is nothing else.
    const onNode = store.and(effect[change], there)
    const world = onNode === NONE ? ALL : there
    const within = onNode === NONE ? effect[change] : onNode
    let left = within
    const groupOf = (way: Way, packets: Bdd): readonly DiffGroup[] => {
      const part = store.and(left, packets)
      if (part === NONE) return []
      const cubes: Cube[] = []
      const own = store.and(within, packets)
      // First those that leave as they are routed; then those that somebody sends elsewhere on the way.
      for (const care of way === 'with spoofed sources'
        ? [[space.universe]]
        : [[effect.honest, effect.routed], [effect.honest]]) {
        const set = [...care, world].reduce<Bdd>((found, one) => store.and(found, one), store.and(left, part))
        const outside = store.and(store.and(world, space.universe), outsideOf(space, own, care))
        const found = cubesOf(space, set, { most: most - cubes.length, within: own, outside, liking })
        // A cube may go on where the way is another one: what is told once is not told again.
        for (const cube of found.cubes) left = store.minus(left, cubeSet(space, cube))
        cubes.push(...found.cubes)
      }
      const hasMore = store.and(left, part) !== NONE
      left = store.minus(left, part)
      return [{ change, way, cubes: cubes.map(cube => describe(cube, change)), hasMore }]
    }
    const ways = waysOf(effect, [old.nets, fresh.nets])
    return [
      ...ways.flatMap(([way, packets]) => groupOf(way, store.and(packets, effect.honest))),
      ...groupOf('with spoofed sources', store.not(effect.honest)),
    ]
  })
  return {
    groups,
    isUndecided: effect.perhapsSame !== NONE,
    isSame: effect.isSame && groups.every(({ change }) => change === 'translated'),
  }
}

/**
 * What lies in all of `care` and not in `within`. Where packets come from and where they go, each told for itself, is little; both
 * together is much on a node with many pods, and is worked out for those interfaces alone that `within` has: packets by other ones
 * are in it as soon as they come from where they should, or go where they should.
 */
function outsideOf(space: PacketSpace, within: Bdd, care: readonly Bdd[]): Bdd {
  const { store } = space
  const [first = ALL, second] = care
  if (second === undefined) return store.minus(first, within)
  const [coming, leaving] = [projectField(space, within, 'inInterface'), projectField(space, within, 'outInterface')]
  const there = store.and(store.and(first, coming), store.and(second, leaving))
  return store.union([store.minus(first, coming), store.minus(second, leaving), store.minus(there, within)])
}

/** What the node sends to itself leaves by no interface that a packet could name, unless one side does not know that it is its own. */
export function journeyOfWitness(space: PacketSpace, witness: Cube['witness'], scenes: readonly Scene[]): Journey {
  const { outInterface, ...journey } = journeyOf(space, witness)
  const isToItself =
    journey.inInterface === undefined && scenes.every(({ isLocal }) => isLocal(journey.packet.destination))
  return outInterface === undefined || isToItself ? journey : { ...journey, outInterface }
}

/** The node of a side as its scene has it, for the sets: both look at one world. */
export function netsOfScene({ scene, resources, host }: DiffSide): NodeNets {
  const { tables, plan, known, nodeAddresses } = scene
  return nodeNetsOf(tables, { plan, resources, host, known, loopbackSource: nodeAddresses[0] })
}

interface NodeSide {
  readonly tables: Scene['tables']
  readonly nets: NodeNets
}

/** Packets by interfaces that the node has or will have for its workloads; all of them where nobody says which those are. */
function presentInterfaces({ headers }: Effect, sides: readonly DiffSide[], nets: readonly NodeNets[]): Bdd {
  const { store, interfaces } = headers.space
  if (sides.some(({ host }) => host?.interfaces === undefined)) return ALL
  const names = new Set(['', ...nets.flatMap(({ behind }) => behind)])
  for (const { host } of sides) for (const { name } of host?.interfaces ?? []) names.add(name)
  const present = interfaces.filter(name => names.has(name))
  const among = (one: (name: string) => Bdd): Bdd => store.union(present.map(one))
  return store.and(
    among(name => headers.inInterface(name)),
    among(name => headers.outInterface(name)),
  )
}

/** All packets, each in the first of these that it fits. */
function waysOf({ headers }: Effect, nets: readonly NodeNets[]): readonly (readonly [Way, Bdd])[] {
  const { store } = headers.space
  const pods = nets.flatMap(({ behind }) => behind)
  const own = headers.inInterface('')
  const local = store.union(nets.map(one => headers.nets('destination', one.local) ?? NONE))
  return [
    ['to the node', store.minus(local, own)],
    // What the node sends to itself leaves by none of them.
    ['to pods', store.minus(store.union(pods.map(name => headers.outInterface(name))), store.and(own, local))],
    ['from pods', store.union(pods.map(name => headers.inInterface(name)))],
    ['from the node', own],
    ['through the node', ALL],
  ].map(([way, packets]) => [way as Way, packets as Bdd])
}

/** Sets and single packets do not say the same of a packet: a mistake of ours. */
export class Contradiction extends Error {}

/**
 * The walk of one packet, by every way that the sets speak of, must end as they say. A rule that picks one of several destinations at
 * random has ways by other interfaces: of those, other packets of the sets tell.
 */
function confirm(change: Change, before: Decided, after: Decided, journey: Journey): void {
  const isLost = ({ ends }: Decided): boolean => ends.size > 0 && !ends.has('accept')
  const isThrough = ({ ends }: Decided): boolean => ends.size === 1 && ends.has('accept')
  const isOpen = (side: Decided): boolean => !isLost(side) && !isThrough(side)
  const goals = ({ goals }: Decided): string => [...goals].sort().join()
  const isPartial = !before.isComplete || !after.isComplete
  const isRight = {
    opened: isLost(before) && isThrough(after),
    closed: isThrough(before) && isLost(after),
    answered:
      isLost(before) &&
      isLost(after) &&
      (isPartial || [...before.ends].sort().join() !== [...after.ends].sort().join()),
    diverted: isThrough(before) && isThrough(after) && (isPartial || goals(before) !== goals(after)),
    translated: isThrough(before) && isThrough(after),
    unclear: isPartial || isOpen(before) || isOpen(after),
  }[change]
  if (isRight) return
  const told = [before, after].map(side => ({ ...side, ends: [...side.ends], goals: [...side.goals] }))
  throw new Contradiction(`the walk does not confirm ${change}: ${JSON.stringify([journey, ...told])}`)
}
