// A packet that the kernel traced, found again in the rules: the ways that pass the rules that it told of, and what becomes of it.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Journey, Rewrite } from '../walk/packet.ts'
import type { RuleStep, Step, Walk } from '../walk/steps.ts'
import type { Rule } from '../model/ruleset.ts'
import { leadOf } from '../netfilter/chain-outline.ts'
import { walkWithin } from './bounded-walk.ts'
import { hashOf } from './decision.ts'
import { type LoggedConnection, loggedJourney } from './logged-journey.ts'
import type { Scene } from './scene.ts'
import type { TracedEvent } from './traced-dialects.ts'
import type { TracedPacket } from './traced-lines.ts'

/** A rule of the tables that a line tells of. */
export type TracedPlace = Pick<RuleStep, 'table' | 'chain' | 'index' | 'rule'>

export interface TracedRule {
  readonly event: TracedEvent
  /** Among the lines that were read, from 0. */
  readonly line: number
  /** Absent where the tables have no such rule, or none is told of. */
  readonly place?: TracedPlace
  /** Whether the packet comes there when it is followed here. */
  readonly isReached: boolean
}

export interface TracedWay {
  readonly journey: Journey
  readonly rules: readonly TracedRule[]
  /** Ways that pass as many of the rules as any way does; none where no way passes any. */
  readonly walks: readonly Walk[]
  /** What the kernel says became of it, where it says so and all ways end otherwise. */
  readonly contradiction?: 'accept' | 'drop'
}

/** Undefined, with an error reported, where the walk is too long. */
export function followTraced(
  traced: TracedPacket,
  { state, dnat }: LoggedConnection,
  scene: Scene,
  report: Report,
): TracedWay | undefined {
  const { packet, inInterface } = traced.first
  const logged = { packet, inInterface, outInterface: traced.last.outInterface }
  const journey = loggedJourney(logged, { state, dnat: dnat ?? translationOf(traced) }, scene)
  const all = walkWithin(scene, journey, {}, undefined, report)?.walks
  if (all === undefined) return undefined
  const scored = all.map(walk => {
    const found = findSteps(traced, walk, scene)
    return { walk, found, passed: found.filter(step => step !== undefined).length }
  })
  const most = scored.reduce((before, { passed }) => Math.max(before, passed), 0)
  const best = most === 0 ? [] : scored.filter(({ passed }) => passed === most)
  const steps = best[0]?.found ?? []
  const rules = traced.events.map(({ event, line }, index): TracedRule => {
    const step = steps[index]
    const place = step?.kind === 'rule' ? step : placeOf(event, scene)
    return { event, line, ...(place === undefined ? {} : { place }), isReached: step !== undefined }
  })
  const walks = best.map(({ walk }) => walk)
  const told = endOf(traced)
  const isOtherwise = told !== undefined && walks.every(({ verdict }) => (verdict === 'accept') !== (told === 'accept'))
  return { journey, rules, walks, ...(isOtherwise && walks.length > 0 ? { contradiction: told } : {}) }
}

/** The new destination that the packet got on its way. */
function translationOf({ first, last }: TracedPacket): Rewrite | undefined {
  const { destination, destinationPort } = last.packet
  const isSame = destination === first.packet.destination && destinationPort === first.packet.destinationPort
  return isSame
    ? undefined
    : { address: destination, ...(destinationPort === undefined ? {} : { port: destinationPort }) }
}

/** The step of each event, in order; undefined where this way does not come to it. */
function findSteps({ events }: TracedPacket, walk: Walk, scene: Scene): readonly (Step | undefined)[] {
  let from = 0
  return events.map(({ event }) => {
    const index = walk.steps.findIndex((step, at) => at >= from && isStepOf(step, event, scene))
    if (index < 0) return undefined
    from = index + 1
    return walk.steps[index]
  })
}

function isStepOf(step: Step, event: TracedEvent, scene: Scene): boolean {
  if (step.kind === 'policy')
    return event.at === 'policy' && step.table === event.table && step.chain.name === event.chain
  if (step.kind !== 'rule' || step.table !== event.table || step.chain !== event.chain) return false
  return isRuleOf(step, event, scene)
}

/** The kernel calls a rule without matches whose target is a verdict the end of its chain, too. */
function isRuleOf(place: TracedPlace, { at, number, quoted, outcome }: TracedEvent, scene: Scene): boolean {
  if (number !== undefined) return place.index === number - 1
  if (at !== 'rule') return false
  if (quoted?.hash !== undefined) return hashOf(place, scene) === quoted.hash
  const { origin } = place.rule
  if (quoted !== undefined) return origin.kind === 'read' && origin.text.trim() === quoted.text
  return outcome === undefined || fitsOutcome(place.rule, outcome)
}

function fitsOutcome(rule: Rule, outcome: NonNullable<TracedEvent['outcome']>): boolean {
  if (typeof outcome === 'object') return leadOf(rule) === outcome.chain
  const { target } = rule
  // What is rejected is dropped as well, once the answer is sent.
  return outcome === 'accept' ? target?.kind === 'accept' : target?.kind === 'drop' || target?.kind === 'reject'
}

function placeOf(event: TracedEvent, { tables }: Scene): TracedPlace | undefined {
  const table = tables.tables.find(({ name }) => name === event.table)
  const chain = table?.userChains.get(event.chain) ?? table?.kernelChains.find(({ name }) => name === event.chain)
  const index = event.number === undefined ? -1 : event.number - 1
  const rule = chain?.rules[index]
  return table === undefined || rule === undefined ? undefined : { table: table.name, chain: event.chain, index, rule }
}

/** What the last line says became of the packet, where it is the end of it. */
function endOf({ events }: TracedPacket): 'accept' | 'drop' | undefined {
  const last = events.at(-1)?.event
  if (last?.outcome === 'drop') return 'drop'
  // Tables after the filter table hardly decide.
  return last?.outcome === 'accept' && last.table === 'filter' ? 'accept' : undefined
}
