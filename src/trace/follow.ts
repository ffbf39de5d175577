// One packet through the cluster: from node to node, and where it matters its answer back.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Journey } from '../walk/packet.ts'
import type { Walk } from '../walk/steps.ts'
import type { WalkOptions } from '../walk/walk-packet.ts'
import { walkWithin } from './bounded-walk.ts'
import type { PacketRequest, RequestPlace } from './request-fields.ts'
import { TUNNELS } from '../walk/known-routes.ts'
import { answerAfter, answerTo, isAnswerTo, replyJourney } from './reply.ts'
import type { Scene } from './scene.ts'
import { resolveTarget } from './service-target.ts'
import { isForSender, sendingOf } from './sending.ts'
import { ipvsNote } from './ipvs.ts'
import { mayEndOtherwise, missingTablesNote } from './missing-tables.ts'
import { unknownInterfaces } from './unknown-interface.ts'
import { unusedDnat } from './unused-dnat.ts'
import { lacksCalicoNote, type TextGaps, textGaps, withoutSets } from './text-notes.ts'
import { decidingLeg, type Leg, type TraceNote, type TraceResult, type Way, type WayVerdict } from './way.ts'
import type { World } from './world.ts'

export interface FollowOptions extends WalkOptions {
  /** Follow the answer too, also where connection tracking would let it through. */
  readonly withReply?: boolean
  /** Tell the ways of clients that have been here before apart, although they lead where others do. */
  readonly keepsAffinity?: boolean
}

/** A packet passes no more nodes than these: sender's, a node port's, the pod's, and one to spare. */
const MAX_LEGS = 4

/** Ways of all nodes together. */
const MAX_WAYS = 512

/** Undefined, with errors reported, where the words do not make a packet, or its way is too long. */
export function followRequest(
  request: PacketRequest,
  world: World,
  options: FollowOptions,
  place: RequestPlace | undefined,
  report: Report,
): TraceResult | undefined {
  const target = resolveTarget(request, world.home, place, report)
  if (target === undefined) return undefined
  const follower = new Follower(world, options, place, report)
  for (const note of target.notes) follower.note(note.kind, note.text)
  const ways: Way[] = []
  for (const { request: resolved, share } of target.requests) {
    const sending = sendingOf(resolved, world, place, report)
    if (sending === undefined) return undefined
    for (const text of unknownInterfaces(resolved, sending.scene)) follower.note('unknown-interface', text)
    const found = follower.follow(sending.journey, sending.scene, sending.node)
    if (found === undefined) return undefined
    for (const way of found)
      ways.push(share === 1 || way.share === undefined ? way : { ...way, share: way.share * share })
  }
  return follower.result(ways)
}

class Follower {
  readonly #world: World
  readonly #options: FollowOptions
  readonly #place: RequestPlace | undefined
  readonly #report: Report
  readonly #notes = new Map<string, TraceNote>()
  #isComplete = true
  /** IPVS sends it on to where no rule says. */
  #isSentOn = false

  constructor(world: World, options: FollowOptions, place: RequestPlace | undefined, report: Report) {
    this.#world = world
    this.#options = options
    this.#place = place
    this.#report = report
  }

  follow(journey: Journey, scene: Scene, node: string | undefined): readonly Way[] | undefined {
    const { source } = journey.packet
    if (isForSender(journey)) {
      const name = scene.workloadOf(source)?.name ?? source
      this.note('own-address', `the packet is for its sender: it never leaves ${name}`)
      return [{ verdict: 'accept', legs: [], share: 1 }]
    }
    const sender = journey.inInterface === undefined ? undefined : this.#world.nodeOf(source)
    if (sender !== undefined && node !== undefined && sender !== node)
      this.note('other-node-unknown', `what node ${sender} does to the packet before is left out: --node says ${node}`)
    return this.#goOn([], journey, scene, node)
  }

  note(kind: TraceNote['kind'], text: string): void {
    this.#add({ kind, text })
  }

  #add(note: TraceNote): void {
    this.#notes.set(`${note.kind} ${note.text}`, note)
  }

  result(found: readonly Way[]): TraceResult | undefined {
    const { ways: told, note } = withoutSets(found)
    if (note !== undefined) this.note(note.kind, note.text)
    const [first, ...rest] = this.#options.keepsAffinity === true ? told : this.#withoutAffinity(told)
    if (first === undefined) return undefined
    const ways: readonly [Way, ...Way[]] = [first, ...rest]
    const verdicts = [...new Set(ways.map(({ verdict }) => verdict))].sort()
    const [only] = verdicts
    // What has been dropped is dropped; of the rest, rules that are not shown may decide otherwise.
    const isHidden =
      (only === 'accept' && this.#isSentOn) || ways.some(({ legs }) => legs.some(leg => this.#isOpen(leg)))
    const isComplete = this.#isComplete
    const verdict = only !== undefined && verdicts.length === 1 && isComplete && !isHidden ? only : 'unknown'
    const notes = [...this.#world.notes, ...this.#notes.values()]
    return isComplete ? { verdict, ways, isComplete, verdicts, notes } : { verdict, ways, isComplete, notes }
  }

  #gaps(scene: Scene): TextGaps {
    let found = this.#world.gaps.get(scene)
    if (found === undefined) this.#world.gaps.set(scene, (found = textGaps(scene)))
    return found
  }

  /** Whether the text of the node leaves open what becomes of the packet there. */
  #isOpen({ scene, walk }: Leg): boolean {
    const { lacksCalico, missing } = this.#gaps(scene)
    return (lacksCalico && walk.verdict === 'accept') || mayEndOtherwise(walk, missing, scene)
  }

  /** A client that keeps its endpoint goes where chance could have sent it as well: that is said, and not told twice. */
  #withoutAffinity(ways: readonly Way[]): readonly Way[] {
    if (ways.every(({ share }) => share !== undefined)) return ways
    const drawn = new Set(ways.filter(({ share }) => share !== undefined).map(endOf))
    const isKept = (way: Way): boolean => way.share === undefined && isByAffinity(way) && drawn.has(endOf(way))
    const others = ways.filter(way => !isKept(way))
    if (others.length < ways.length)
      this.note(
        'session-affinity',
        'a client that has been here before keeps the endpoint that it had (sessionAffinity)',
      )
    return others
  }

  /** All ways on from here. */
  #goOn(before: readonly Leg[], journey: Journey, scene: Scene, node: string | undefined): Way[] | undefined {
    const result = walkWithin(scene, journey, this.#options, this.#place, this.#report)
    if (result === undefined) return undefined
    if (!result.isComplete) this.#isComplete = false
    const { lacksCalico, missing } = this.#gaps(scene)
    if (lacksCalico) this.#add(lacksCalicoNote(node))
    if (missing.names.length > 0) this.#add(missingTablesNote(missing, node, scene))
    const ways: Way[] = []
    for (const walk of result.walks) {
      const unused = unusedDnat(journey, walk)
      if (unused !== undefined) this.note('dnat-unused', unused)
      if (ways.length >= MAX_WAYS) {
        this.#isComplete = false
        break
      }
      const legs: readonly Leg[] = [...before, legOf(node, scene, 'request', journey, walk)]
      const found = this.#afterLeg(legs, walk, node)
      if (found === undefined) return undefined
      ways.push(...found)
    }
    return ways
  }

  #afterLeg(legs: readonly Leg[], walk: Walk, node: string | undefined): Way[] | undefined {
    if (walk.verdict !== 'accept') return [wayOf(walk.verdict, legs)]
    const last = legs.at(-1)
    const sentOn = walk.end.kind === 'delivered' && last !== undefined ? ipvsNote(walk.packet, last.scene) : undefined
    if (sentOn !== undefined) {
      this.note(sentOn.kind, sentOn.text)
      this.#isSentOn = true
    }
    const next = this.#nextNode(walk, node)
    if (next === undefined || legs.length >= MAX_LEGS) return this.#answer(legs)
    const scene = this.#world.sceneOf(next)
    if (scene === undefined) {
      this.note('other-node-unknown', `the rules of node ${next} are not known: what they do to the packet is left out`)
      return this.#answer(legs)
    }
    return this.#goOn(legs, arrivalAt(scene, walk, legs[0]?.journey.state ?? 'NEW'), scene, next)
  }

  /** The node that a packet comes to which has left another one. */
  #nextNode({ end, packet }: Walk, node: string | undefined): string | undefined {
    if (end.kind !== 'sent') return undefined
    const next = this.#world.nodeOf(packet.destination)
    return next === node ? undefined : next
  }

  #answer(legs: readonly Leg[]): Way[] | undefined {
    const last = legs.at(-1)
    const isUntracked = legs.some(({ walk }) => walk.state === 'UNTRACKED')
    if (last === undefined || !(isUntracked || this.#options.withReply === true)) return [wayOf('accept', legs)]
    const answer = answerTo(last.walk.packet, last.journey.state === 'NEW')
    return answer === undefined ? [wayOf('accept', legs)] : this.#goBack(legs, legs, answer)
  }

  /** @param open legs of the request that the answer has still to pass, the next one last */
  #goBack(legs: readonly Leg[], open: readonly Leg[], answer: Packet): Way[] | undefined {
    const next = open.at(-1)
    if (next === undefined) return [wayOf(isAnswer(legs, answer) ? 'accept' : 'no connection', legs)]
    const { scene, node } = next
    const journey = replyJourney(next, answer)
    const result = walkWithin(scene, journey, this.#options, this.#place, this.#report)
    if (result === undefined) return undefined
    if (!result.isComplete) this.#isComplete = false
    const ways: Way[] = []
    for (const walk of result.walks) {
      const passed: readonly Leg[] = [...legs, legOf(node, scene, 'reply', journey, walk)]
      const on =
        walk.verdict === 'accept' ? this.#goBack(passed, open.slice(0, -1), answerAfter(next, walk)) : undefined
      if (walk.verdict === 'accept' && on === undefined) return undefined
      ways.push(...(on ?? [wayOf('no connection', passed)]))
    }
    return ways
  }
}

/** Whether the sender of the request takes it for the answer. */
function isAnswer([first]: readonly Leg[], answer: Packet): boolean {
  return first === undefined || isAnswerTo(first.journey.packet, answer)
}

/** Where a way leads, and what becomes of the packet there. */
function endOf(way: Way): string {
  const { packet } = decidingLeg(way)?.walk ?? {}
  return `${way.verdict} ${packet?.destination ?? ''} ${packet?.destinationPort ?? ''}`
}

/** Whether nothing is guessed but that kube-proxy has seen the client before. */
function isByAffinity({ legs }: Way): boolean {
  return legs.every(({ walk }) => {
    const isAffinity = walk.guesses.every(({ rule }) => rule.matches.some(({ kind }) => kind === 'recent'))
    return isAffinity && walk.routeGuesses.length === 0
  })
}

/** Marks and what connection tracking knows stay on the node that the packet has left. */
function arrivalAt(scene: Scene, { packet, end }: Walk, state: Journey['state']): Journey {
  const back = scene.route(packet.source)
  const sent = end.kind === 'sent' ? end.interfaceName : ''
  // Both ends of a tunnel have the same name.
  const inInterface = TUNNELS.test(sent) ? sent : back.kind === 'out' ? back.interfaceName : ''
  return { packet, inInterface, state }
}

function legOf(node: string | undefined, scene: Scene, direction: Leg['direction'], journey: Journey, walk: Walk): Leg {
  return node === undefined ? { scene, direction, journey, walk } : { node, scene, direction, journey, walk }
}

function wayOf(verdict: WayVerdict, legs: readonly Leg[]): Way {
  let share: number | undefined = 1
  for (const { walk } of legs) share = share === undefined || walk.share === undefined ? undefined : share * walk.share
  return share === undefined ? { verdict, legs } : { verdict, legs, share }
}
