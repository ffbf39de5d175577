// One table at one hook: chains, jumps, gotos and returns, until something decides.

import type { KernelChain, KernelTable } from '../netfilter/kernel-tables.ts'
import { netsText } from '../netfilter/rule-net.ts'
import { chanceOf } from '../netfilter/matches/statistic.ts'
import { evaluateMatch } from '../netfilter/match-table.ts'
import type { MatchContext, MovingPacket } from '../netfilter/moving-packet.ts'
import type { NodeView } from './packet.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Chain, KernelChainName, Match, Rule } from '../model/ruleset.ts'
import { ASSUMPTIONS } from './assumptions.ts'
import { assertNever } from '../text/assert-never.ts'
import type { Choices } from './choices.ts'
import { formatLogLine } from './log-line.ts'
import type { Assumption, DecidingStep, Guess, RulePlace, RuleStep, Step, Verdict } from './steps.ts'
import { nextMark } from '../netfilter/target-table.ts'
import { changeDestination, changeSource, rewriteOf } from './targets.ts'
import type { WalkWork } from './walk-work.ts'

/** What matches look up, where packets are routed, and from where the node sends. */
export interface WalkContext extends MatchContext {
  readonly node: NodeView
}

/** The notes of one walk, which all its tables add to. */
export interface WalkNotes {
  readonly steps: Step[]
  /** How many there were, kept or not. */
  stepCount: number
  readonly withSteps: boolean
  readonly log: string[]
  readonly guesses: Guess[]
  readonly assumptions: Assumption[]
  readonly choices: Choices
  /** Rules that do not fit are steps too. */
  readonly withMisses: boolean
  readonly work: WalkWork
  /** The product of the chances of what was drawn; undefined once something else than chance was chosen. */
  share: number | undefined
  /** Whether connection tracking has seen the packet: NOTRACK comes too late then. */
  isTracked: boolean
}

export interface TableEnd {
  readonly verdict: Verdict
  readonly rejectWith?: string
  readonly decidedBy: DecidingStep
}

export function note(notes: WalkNotes, step: Step): void {
  notes.stepCount++
  if (notes.withSteps) notes.steps.push(step)
}

interface Frame {
  readonly chain: Chain
  /** Of the rule to look at next. */
  next: number
}

/** A jump that has not come back yet: whereto it returns, and what was true when it was made. */
interface Call {
  readonly caller: Frame
  readonly callee: Chain
  readonly state: number
  readonly logLines: number
  readonly answers: number
}

/** Chains that came back and left everything as it was, by the state in which they were entered. */
type Known = Map<Chain, Map<number, { readonly isExact: boolean }>>

export function walkTable(
  table: KernelTable,
  hook: KernelChainName,
  base: KernelChain,
  moving: MovingPacket,
  context: WalkContext,
  notes: WalkNotes,
): TableEnd {
  let frame: Frame | undefined = { chain: base, next: 0 }
  // Where a RETURN goes to; a goto leaves nothing behind.
  const callers: Call[] = []
  const known: Known = new Map()
  const comeBack = (): Frame | undefined => {
    const call = callers.pop()
    if (call !== undefined) noteReturn(known, call, moving, notes)
    return call?.caller
  }
  while (frame !== undefined) {
    notes.work.look(notes.stepCount)
    const index = frame.next++
    const rule: Rule | undefined = frame.chain.rules[index]
    if (rule === undefined) {
      frame = comeBack()
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
    const step = carryOut(place, moving, notes, context.node.masqueradeAs)
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
        // A goto from the kernel's own chain leaves it for good: what returns from there meets the chain's policy.
        if (target.kind === 'jump') {
          const state = stateWithin(moving)
          if (isKnown(known, chain, state, notes)) {
            note(notes, { kind: 'again', hook, table: table.name, chain: chain.name, depth: callers.length + 1 })
            continue
          }
          const [logLines, answers] = [notes.log.length, notes.choices.count]
          callers.push({ caller: frame, callee: chain, state, logLines, answers })
        }
        frame = { chain, next: 0 }
        continue
      }
      case 'return':
        frame = comeBack()
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
  const verdict = base.policy === 'DROP' ? 'drop' : 'accept'
  const step = { kind: 'policy', hook, table: table.name, chain: base, verdict } as const
  note(notes, step)
  return { verdict, decidedBy: step }
}

/** `stateOf` as far as it can change before a table is left: addresses are changed by what ends it. */
function stateWithin({ mark, state }: Readonly<MovingPacket>): number {
  return state === 'UNTRACKED' ? mark + 2 ** 32 : mark
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

function noteReturn(known: Known, call: Call, moving: MovingPacket, notes: WalkNotes): void {
  const { callee, state, logLines, answers } = call
  if (stateWithin(moving) !== state) return
  const states = known.get(callee) ?? new Map<number, { readonly isExact: boolean }>()
  known.set(callee, states.set(state, { isExact: notes.log.length === logLines && notes.choices.count === answers }))
}

/** Whether a chain need not be walked again: it would do the same or, in a walk that is long already, may be taken to. */
function isKnown(known: Known, chain: Chain, state: number, { work }: WalkNotes): boolean {
  const found = known.get(chain)?.get(state)
  if (found === undefined || !(found.isExact || work.isLong)) return false
  if (!found.isExact) work.isCut = true
  return true
}

interface Failure {
  readonly match: Match
  /** Otherwise it cannot be said whether the match fits, but all the others do. */
  readonly isKnown: boolean
}

/** Undefined where all matches fit. */
export function firstFailure({ matches }: Rule, moving: MovingPacket, context: MatchContext): Failure | undefined {
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
