// One table at one hook: chains, jumps, gotos and returns, until something decides.

import type { KernelChain, KernelTable } from '../netfilter/kernel-tables.ts'
import { netsText } from '../netfilter/rule-net.ts'
import { chanceOf } from '../netfilter/matches/statistic.ts'
import { evaluateMatch } from '../netfilter/match-table.ts'
import type { MatchContext, MovingPacket } from '../netfilter/moving-packet.ts'
import type { NodeView } from './packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { KernelChainName, Match, Rule } from '../model/ruleset.ts'
import { ASSUMPTIONS } from './assumptions.ts'
import { assertNever } from '../text/assert-never.ts'
import { Calls, type Frame } from './calls.ts'
import { formatLogLine } from './log-line.ts'
import type { DecidingStep, RulePlace, RuleStep, Verdict } from './steps.ts'
import { nextMark } from '../netfilter/target-table.ts'
import { changeDestination, changeSource, rewriteOf } from './targets.ts'
import { note, type WalkNotes } from './walk-notes.ts'

/** What matches look up, where packets are routed, and from where the node sends. */
export interface WalkContext extends MatchContext {
  readonly node: NodeView
}

export interface TableEnd {
  readonly verdict: Verdict
  readonly rejectWith?: string
  readonly decidedBy: DecidingStep
}

export function walkTable(
  table: KernelTable,
  hook: KernelChainName,
  base: KernelChain,
  moving: MovingPacket,
  context: WalkContext,
  notes: WalkNotes,
): TableEnd {
  // Most of the kernel's chains hold nothing.
  if (base.rules.length === 0) return endByPolicy(table, hook, base, notes)
  const calls = new Calls(table, hook)
  let frame: Frame | undefined = { chain: base, next: 0 }
  while (frame !== undefined) {
    notes.work.look(notes.stepCount)
    const index = frame.next++
    const rule: Rule | undefined = frame.chain.rules[index]
    if (rule === undefined) {
      frame = calls.comeBack(moving, notes)
      continue
    }
    const outcome = outcomeOfRule(rule, moving, context)
    const { matches, target } = rule
    if (outcome >= 0 && !leavesNote(matches[outcome], moving, notes)) continue
    // Where nobody keeps steps, none is made for a rule that only leads on.
    if (outcome === FITS && !notes.withSteps && leadsOn(rule)) {
      notes.stepCount++
      if (target?.kind === 'jump' || target?.kind === 'goto') frame = calls.enter(target, frame, moving, notes)
      else if (target?.kind === 'return') frame = calls.comeBack(moving, notes)
      else if (target !== undefined) moving.mark = nextMark(target, moving.mark)
      continue
    }
    const failed = failureOf(matches, outcome)
    const place: RulePlace = {
      hook,
      table: table.name,
      chain: frame.chain.name,
      index,
      rule,
      depth: calls.depth,
    }
    if (failed !== undefined && !isTaken(place, failed, moving, notes)) continue
    const step = carryOut(place, moving, notes, context.node.masqueradeAs)
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
      case 'goto':
        frame = calls.enter(target, frame, moving, notes)
        continue
      case 'return':
        frame = calls.comeBack(moving, notes)
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
        notes.share = undefined
        notes.guesses.push({ ...place, about: target.text, taken })
        if (taken === 'lets the packet go on') continue
        return { verdict: taken === 'accepts' ? 'accept' : 'drop', decidedBy: step }
      }
      default:
        assertNever(target)
    }
  }
  return endByPolicy(table, hook, base, notes)
}

/** No rule decides: the policy of the kernel's chain does. */
function endByPolicy(table: KernelTable, hook: KernelChainName, base: KernelChain, notes: WalkNotes): TableEnd {
  const verdict = base.policy === 'DROP' ? 'drop' : 'accept'
  const step = { kind: 'policy', hook, table: table.name, chain: base, verdict } as const
  note(notes, step)
  return { verdict, decidedBy: step }
}

/** Whether a rule does nothing but set marks or lead to another chain. */
function leadsOn({ target, matches }: Rule): boolean {
  switch (target?.kind) {
    case 'jump':
    case 'goto':
    case 'return':
    case 'setMark':
    case 'clearMark':
    case 'xorMark':
      return !matches.some(({ kind }) => kind === 'limit')
    default:
      return false
  }
}

/** All that rules of one table at one hook can see and change. */
export function stateOf({
  mark,
  state,
  packet,
  isDestinationChanged,
  isSourceChanged,
}: Readonly<MovingPacket>): string {
  const { source, destination, sourcePort, destinationPort } = packet
  return [mark, state, isDestinationChanged, isSourceChanged, source, destination, sourcePort, destinationPort].join(
    ' ',
  )
}

interface Failure {
  readonly match: Match
  /** Otherwise it cannot be said whether the match fits, but all the others do. */
  readonly isKnown: boolean
}

/** All matches of a rule fit. */
const FITS = -1

/** Position of the first match that does not fit; `FITS`; or -2 less the position of the first one that is not known to fit. */
function outcomeOfRule({ matches }: Rule, moving: MovingPacket, context: MatchContext): number {
  let unknown = FITS
  for (let at = 0; at < matches.length; at++) {
    const match = matches[at]
    const outcome = match === undefined ? 'yes' : evaluateMatch(match, moving, context)
    if (outcome === 'no') return at
    if (outcome === 'unknown' && unknown === FITS) unknown = -2 - at
  }
  return unknown
}

function failureOf(matches: readonly Match[], outcome: number): Failure | undefined {
  const isKnown = outcome >= 0
  const match = outcome === FITS ? undefined : matches[isKnown ? outcome : -2 - outcome]
  return match && { match, isKnown }
}

/** Undefined where all matches fit. */
export function firstFailure(rule: Rule, moving: MovingPacket, context: MatchContext): Failure | undefined {
  return failureOf(rule.matches, outcomeOfRule(rule, moving, context))
}

function leavesNote(failed: Match | undefined, moving: MovingPacket, { withMisses }: WalkNotes): boolean {
  return withMisses || (failed !== undefined && assumptionBehind(failed, moving) !== undefined)
}

/** What was taken for granted where this match does not fit. */
function assumptionBehind({ kind }: Match, { hasReversePath }: MovingPacket): string | undefined {
  if (kind === 'recent') return ASSUMPTIONS.attempts
  if (kind === 'connectionLimit') return ASSUMPTIONS.connectionLimit
  return kind === 'reversePathFails' && hasReversePath === undefined ? ASSUMPTIONS.reversePath : undefined
}

/** Whether a rule is carried out although one of its matches is not known to fit. */
function isTaken(place: RulePlace, { match, isKnown }: Failure, moving: MovingPacket, notes: WalkNotes): boolean {
  if (isKnown) {
    const text = assumptionBehind(match, moving)
    if (text !== undefined) notes.assumptions.push({ ...place, text })
  } else {
    const answer = notes.choices.next(2)
    // What needs a packet before this one comes last.
    const isChosen = (answer === 0) !== (match.kind === 'recent')
    if (match.kind === 'statistic') {
      const chance = chanceOf(match)
      if (notes.share !== undefined) notes.share *= isChosen ? chance : 1 - chance
    } else {
      // Who has not been noted before is the usual case; the others keep what they had, which has no share of its own.
      const isUsual = match.kind === 'recent' && !isChosen
      if (!isUsual) {
        notes.share = undefined
        notes.guesses.push({ ...place, about: aboutOf(match), taken: isChosen ? 'matches' : 'does not match' })
      }
    }
    if (isChosen) return true
  }
  if (notes.withMisses) note(notes, { ...place, kind: 'miss', failed: match })
  return false
}

function aboutOf(match: Match): string {
  switch (match.kind) {
    case 'unknown':
      return match.text
    case 'ipSet':
      return `the set ${match.set}`
    case 'net':
      return `the net ${netsText(match.nets)}`
    case 'recent':
      return 'whether the sender has been here before'
    case 'addressType':
      return 'whether the address is set on the interface'
    default:
      return match.kind
  }
}

/** Does what the target does to the packet and notes the step. */
export function carryOut(
  place: RulePlace,
  moving: MovingPacket,
  notes: WalkNotes,
  masqueradeAs?: NodeView['masqueradeAs'],
): RuleStep {
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
      const to = rewriteOf(target.to)
      if (to !== undefined)
        rewritten = target.kind === 'dnat' ? changeDestination(moving, to) : changeSource(moving, to)
      else if (target.kind === 'dnat') moving.isDestinationChanged = true
      else moving.isSourceChanged = true
      break
    }
    case 'masquerade': {
      const address = masqueradeAs?.(packet.destination, moving.outInterface)
      if (address === undefined) moving.isSourceChanged = true
      else rewritten = changeSource(moving, { address })
      break
    }
    default:
  }
  // Spelt out: a step is made for every rule that fits, and spreading objects takes longer than all the rest.
  const { hook, table, chain, index, rule, depth } = place
  const markAfter = moving.mark
  const plain: RuleStep = { kind: 'rule', hook, table, chain, index, rule, depth, markBefore, markAfter, packet }
  const step =
    rewritten === undefined && log === undefined
      ? plain
      : { ...plain, ...(rewritten === undefined ? {} : { rewritten }), ...(log === undefined ? {} : { log }) }
  note(notes, step)
  if (matches.some(({ kind }) => kind === 'limit')) notes.assumptions.push({ ...place, text: ASSUMPTIONS.limit })
  return step
}
