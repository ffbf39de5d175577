// One table at one hook: chains, jumps, gotos and returns, until something decides.

import type { KernelChain, KernelTable } from '../netfilter/kernel-tables.ts'
import { evaluateMatch } from '../netfilter/match-table.ts'
import type { MatchContext, MovingPacket } from '../netfilter/moving-packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Chain, KernelChainName, Match, Rule } from '../model/ruleset.ts'
import { ASSUMPTIONS } from './assumptions.ts'
import type { Choices } from './choices.ts'
import { formatLogLine } from './log-line.ts'
import type { Assumption, DecidingStep, Guess, RulePlace, RuleStep, Step, Verdict } from './steps.ts'
import { changeDestination, changeSource, nextMark, readNatAddress } from './targets.ts'

/** The notes of one walk, which all its tables add to. */
export interface WalkNotes {
  readonly steps: Step[]
  readonly log: string[]
  readonly guesses: Guess[]
  readonly assumptions: Assumption[]
  readonly choices: Choices
  /** Rules that do not fit are steps too. */
  readonly withMisses: boolean
  /** Whether connection tracking has seen the packet: NOTRACK comes too late then. */
  isTracked: boolean
}

export interface TableEnd {
  readonly verdict: Verdict
  readonly rejectWith?: string
  readonly decidedBy: DecidingStep
}

interface Frame {
  readonly chain: Chain
  /** Of the rule to look at next. */
  next: number
}

/** Deeper is a circle, which the kernel would have refused, and whoever reads tables with `findLoop`. */
const MAX_DEPTH = 1000

export function walkTable(
  table: KernelTable,
  hook: KernelChainName,
  base: KernelChain,
  moving: MovingPacket,
  context: MatchContext,
  notes: WalkNotes,
): TableEnd {
  let frame: Frame | undefined = { chain: base, next: 0 }
  // Where a RETURN goes to; a goto leaves nothing behind.
  const callers: Frame[] = []
  while (frame !== undefined) {
    const index = frame.next++
    const rule: Rule | undefined = frame.chain.rules[index]
    if (rule === undefined) {
      frame = callers.pop()
      continue
    }
    const failed = firstFailure(rule, moving, context)
    if (failed?.isKnown === true && !leavesNote(failed.match, moving, notes)) continue
    const place: RulePlace = {
      hook,
      table: table.name,
      chain: frame.chain.name,
      index,
      rule,
      depth: callers.length,
    }
    if (failed !== undefined && !isTaken(place, failed, moving, notes)) continue
    const step = carryOut(place, moving, notes)
    const { target } = rule
    switch (target?.kind) {
      case undefined:
      case 'log':
      case 'nflog':
      case 'notrack':
      case 'setMark':
      case 'clearMark':
      case 'xorMark':
      case 'dscp':
        continue
      case 'jump':
      case 'goto': {
        const chain = table.userChains.get(target.chain)
        if (chain === undefined) throw new Error(`table ${table.name} has no chain ${target.chain}`)
        if (target.kind === 'jump') callers.push(frame)
        // A goto from the kernel's own chain leaves it for good: what returns from there meets the chain's policy.
        if (callers.length > MAX_DEPTH) throw new Error(`chains of table ${table.name} call each other in a circle`)
        frame = { chain, next: 0 }
        continue
      }
      case 'return':
        frame = callers.pop()
        continue
      case 'accept':
      case 'dnat':
      case 'snat':
      case 'masquerade':
        return { verdict: 'accept', decidedBy: step }
      case 'drop':
        return { verdict: 'drop', decidedBy: step }
      case 'reject':
        return {
          verdict: 'reject',
          decidedBy: step,
          ...(target.with === undefined ? {} : { rejectWith: target.with }),
        }
      case 'unknown': {
        if (target.continues) continue
        const taken = (['lets the packet go on', 'accepts', 'drops'] as const)[notes.choices.next(3)]
        if (taken === undefined) throw new Error('a choice that was not offered')
        notes.guesses.push({ ...place, about: target.text, taken })
        if (taken === 'lets the packet go on') continue
        return { verdict: taken === 'accepts' ? 'accept' : 'drop', decidedBy: step }
      }
    }
  }
  const verdict = base.policy === 'DROP' ? 'drop' : 'accept'
  const step = { kind: 'policy', hook, table: table.name, chain: base, verdict } as const
  notes.steps.push(step)
  return { verdict, decidedBy: step }
}

interface Failure {
  readonly match: Match
  /** Otherwise it cannot be said whether the match fits, but all the others do. */
  readonly isKnown: boolean
}

/** Undefined where all matches fit. */
function firstFailure({ matches }: Rule, moving: MovingPacket, context: MatchContext): Failure | undefined {
  let unknown: Match | undefined
  for (const match of matches) {
    const outcome = evaluateMatch(match, moving, context)
    if (outcome === 'no') return { match, isKnown: true }
    if (outcome === 'unknown') unknown ??= match
  }
  return unknown === undefined ? undefined : { match: unknown, isKnown: false }
}

function leavesNote(failed: Match, moving: MovingPacket, { withMisses }: WalkNotes): boolean {
  return withMisses || assumptionBehind(failed, moving) !== undefined
}

/** What was taken for granted where this match does not fit. */
function assumptionBehind({ kind }: Match, { hasReversePath }: MovingPacket): string | undefined {
  if (kind === 'connectionLimit') return ASSUMPTIONS.connectionLimit
  return kind === 'reversePathFails' && hasReversePath === undefined ? ASSUMPTIONS.reversePath : undefined
}

/** Whether a rule is carried out although one of its matches is not known to fit. */
function isTaken(place: RulePlace, { match, isKnown }: Failure, moving: MovingPacket, notes: WalkNotes): boolean {
  if (isKnown) {
    const text = assumptionBehind(match, moving)
    if (text !== undefined) notes.assumptions.push({ ...place, text })
  } else {
    const isChosen = notes.choices.next(2) === 0
    notes.guesses.push({ ...place, about: aboutOf(match), taken: isChosen ? 'matches' : 'does not match' })
    if (isChosen) return true
  }
  if (notes.withMisses) notes.steps.push({ ...place, kind: 'miss', failed: match })
  return false
}

function aboutOf(match: Match): string {
  switch (match.kind) {
    case 'unknown':
      return match.text
    case 'ipSet':
      return `the set ${match.set}`
    case 'net':
      return `the net ${match.address}`
    case 'addressType':
      return 'whether the address is set on the interface'
    default:
      return match.kind
  }
}

/** Does what the target does to the packet and notes the step. */
function carryOut(place: RulePlace, moving: MovingPacket, notes: WalkNotes): RuleStep {
  const { target, matches } = place.rule
  const { packet } = moving
  const markBefore = moving.mark
  let rewritten: Packet | undefined
  let log: string | undefined
  switch (target?.kind) {
    case 'setMark':
    case 'clearMark':
    case 'xorMark':
      moving.mark = nextMark(target, moving.mark)
      break
    case 'notrack':
      if (!notes.isTracked) moving.state = 'UNTRACKED'
      break
    case 'log':
      log = formatLogLine(target.prefix, moving)
      notes.log.push(log)
      break
    case 'dnat':
    case 'snat': {
      const to = readNatAddress(target.to)
      if (to !== undefined)
        rewritten = target.kind === 'dnat' ? changeDestination(moving, to) : changeSource(moving, to)
      else if (target.kind === 'dnat') moving.isDestinationChanged = true
      else moving.isSourceChanged = true
      break
    }
    case 'masquerade':
      moving.isSourceChanged = true
      break
    default:
  }
  const step: RuleStep = {
    ...place,
    kind: 'rule',
    markBefore,
    markAfter: moving.mark,
    packet,
    ...(rewritten === undefined ? {} : { rewritten }),
    ...(log === undefined ? {} : { log }),
  }
  notes.steps.push(step)
  if (matches.some(({ kind }) => kind === 'limit')) notes.assumptions.push({ ...place, text: ASSUMPTIONS.limit })
  return step
}
