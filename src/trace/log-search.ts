// Which LOG rules can have written a line of the kernel log, and what became of the packet after each of them.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Journey } from '../walk/packet.ts'
import { loggedPrefix } from '../walk/log-line.ts'
import type { RulePlace, RuleStep, Walk } from '../walk/steps.ts'
import { walkWithin } from './bounded-walk.ts'
import type { LogEntry } from './log-entry.ts'
import { type LoggedConnection, loggedJourney } from './logged-journey.ts'
import type { Scene } from './scene.ts'

export interface LogSource {
  readonly step: RuleStep
  readonly walk: Walk
}

export interface LogSearch {
  readonly journey: Journey
  /** Rules that have the prefix, fit the packet and are reached by it. */
  readonly sources: readonly LogSource[]
  /** How many further ones there are: the way after each of the first is told, which for all of thousands nobody would read. */
  readonly more: number
  /** Rules that have the prefix, but are not reached by this packet or not with these interfaces. */
  readonly others: readonly Omit<RulePlace, 'hook' | 'depth'>[]
}

/** Sources whose way on is told. */
const MAX_SOURCES = 32

/** Undefined, with an error reported, where the walk is too long. */
export function searchLog(
  entry: LogEntry,
  connection: LoggedConnection,
  scene: Scene,
  report: Report,
): LogSearch | undefined {
  const { packet } = entry
  const journey = loggedJourney(entry, connection, scene)
  const walks = walkWithin(scene, journey, {}, undefined, report)?.walks
  if (walks === undefined) return undefined
  const sources: LogSource[] = []
  let more = 0
  const found = new Set<RulePlace['rule']>()
  for (const walk of walks) {
    for (const step of walk.steps) {
      if (step.kind !== 'rule' || !hasPrefix(step.rule, entry) || found.has(step.rule)) continue
      if (!fitsHook(step, entry) || !isSame(step.packet, packet) || !fitsMark(step, entry, scene)) continue
      found.add(step.rule)
      if (sources.length < MAX_SOURCES) sources.push({ step, walk })
      else more++
    }
  }
  const others = scene.tables.tables.flatMap(({ name: table, kernelChains, userChains }) =>
    [...kernelChains, ...userChains.values()].flatMap(({ name: chain, rules }) =>
      rules.flatMap((rule, index) =>
        hasPrefix(rule, entry) && !found.has(rule) ? [{ table, chain, index, rule }] : [],
      ),
    ),
  )
  return { journey, sources, more, others }
}

function hasPrefix({ target }: RulePlace['rule'], { before }: LogEntry): boolean {
  return target?.kind === 'log' && before.endsWith(loggedPrefix(target.prefix))
}

/** Which interfaces a line names depends on the hook alone. */
function fitsHook({ hook }: RuleStep, { inInterface, outInterface }: LogEntry): boolean {
  const hasIn = inInterface !== ''
  const hasOut = outInterface !== ''
  switch (hook) {
    case 'PREROUTING':
    case 'INPUT':
      return hasIn && !hasOut
    case 'FORWARD':
      return hasIn && hasOut
    case 'OUTPUT':
      return !hasIn && hasOut
    case 'POSTROUTING':
      return hasOut
  }
}

function isSame(a: Packet, b: Packet): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.protocol === b.protocol &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort
  )
}

/** Bits that are Calico's must be as in the line; others are somebody else's. */
function fitsMark({ markBefore }: RuleStep, { mark }: LogEntry, { marks }: Scene): boolean {
  if (mark === 0 || marks === undefined) return true
  const own = marks.accept | marks.pass | marks.drop | marks.scratch0 | marks.scratch1
  return ((markBefore ^ mark) & own) === 0
}
