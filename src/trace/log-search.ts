// Which LOG rules can have written a line of the kernel log, and what became of the packet after each of them.

import type { Packet } from '../netfilter/packet.ts'
import type { ConnectionState, Journey, Rewrite } from '../walk/packet.ts'
import type { RulePlace, RuleStep, Walk } from '../walk/steps.ts'
import type { LogEntry } from './log-entry.ts'
import type { Scene } from './scene.ts'

export interface LogSource {
  readonly step: RuleStep
  readonly walk: Walk
}

export interface LogSearch {
  readonly journey: Journey
  /** Rules that have the prefix, fit the packet and are reached by it. */
  readonly sources: readonly LogSource[]
  /** Rules that have the prefix, but are not reached by this packet or not with these interfaces. */
  readonly others: readonly Omit<RulePlace, 'hook' | 'depth'>[]
}

/** Longest prefix that the kernel keeps (linux/netfilter/xt_LOG.h: prefix[30], with a terminating zero). */
const MAX_PREFIX_LENGTH = 29

export function searchLog(
  entry: LogEntry,
  { state, dnat }: { readonly state: ConnectionState; readonly dnat?: Rewrite | undefined },
  scene: Scene,
): LogSearch {
  const { packet, inInterface, outInterface } = entry
  const hasReversePath = scene.hasReversePath(packet.source, inInterface)
  const journey: Journey = {
    ...(hasReversePath === undefined ? {} : { hasReversePath }),
    packet,
    ...(inInterface === '' ? {} : { inInterface }),
    ...(outInterface === '' ? {} : { outInterface }),
    ...(dnat === undefined ? {} : { dnat }),
    state,
  }
  const { walks } = scene.walker.walk(journey)
  const sources: LogSource[] = []
  const found = new Set<RulePlace['rule']>()
  for (const walk of walks) {
    for (const step of walk.steps) {
      if (step.kind !== 'rule' || !hasPrefix(step.rule, entry) || found.has(step.rule)) continue
      if (!fitsHook(step, entry) || !isSame(step.packet, packet) || !fitsMark(step, entry, scene)) continue
      found.add(step.rule)
      sources.push({ step, walk })
    }
  }
  const others = scene.tables.tables.flatMap(({ name: table, kernelChains, userChains }) =>
    [...kernelChains, ...userChains.values()].flatMap(({ name: chain, rules }) =>
      rules.flatMap((rule, index) =>
        hasPrefix(rule, entry) && !found.has(rule) ? [{ table, chain, index, rule }] : [],
      ),
    ),
  )
  return { journey, sources, others }
}

function hasPrefix({ target }: RulePlace['rule'], { before }: LogEntry): boolean {
  return target?.kind === 'log' && before.endsWith(target.prefix.slice(0, MAX_PREFIX_LENGTH))
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
