// A trace for people: a numbered walk, then the verdict and what is behind it.

import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { Origin } from '../model/ruleset.ts'
import { assertNever } from '../text/assert-never.ts'
import { printable } from '../text/printable.ts'
import type { Journey } from '../walk/packet.ts'
import type { DecidingStep, Step, Walk } from '../walk/steps.ts'
import type { WalkResult } from '../walk/walk-packet.ts'
import { type DefaultDeny, explainDecision, printPlace } from './decision.ts'
import type { Scene } from './scene.ts'
import { describeMark, markBits } from '../words/mark.ts'
import { describeMatch } from '../words/match.ts'
import { describeOriginAt, policyName } from '../words/origin.ts'
import { packetWords } from '../words/packet.ts'
import { placeWords } from '../words/place.ts'
import { describeTarget } from '../words/target.ts'

/** Ways through that are shown whole; of the others only their number is told. */
const SHOWN_WAYS = 4

export function describeTrace(journey: Journey, result: WalkResult, scene: Scene): string {
  const { walks, isComplete, verdict } = result
  const lines = [`${packetWords(journey.packet)}, ${journeyWords(journey)}`]
  const isOneWay = walks.length === 1
  const shown = walks.slice(0, SHOWN_WAYS)
  shown.forEach((walk, index) => {
    lines.push('')
    if (!isOneWay) lines.push(`== way ${index + 1} of ${walks.length}${isComplete ? '' : ' or more'}`)
    for (const { chain, index: position, about, taken } of walk.guesses) {
      lines.push(`if rule ${position + 1} of ${chain} ${taken} (${about} is not known here):`)
    }
    for (const line of walkLines(walk, scene)) lines.push(line)
    lines.push('')
    for (const line of verdictLines(walk, scene)) lines.push(line)
  })
  if (!isOneWay) {
    const rest = walks.length - shown.length
    lines.push(
      '',
      ...(rest > 0 ? [`and ${rest} more ways through${isComplete ? '' : ', of more than can be told'}`] : []),
    )
    lines.push(verdict === 'unknown' ? `verdict: unknown: ${verdictsOf(result)}` : `verdict: ${verdict}, whichever way`)
  }
  return lines.map(line => `${printable(line)}\n`).join('')
}

/** What the ways through end in: `accept or drop`. */
export function verdictsOf({ walks, verdicts }: WalkResult): string {
  const found = verdicts ?? [...new Set(walks.map(({ verdict }) => verdict))].sort()
  return `${found.join(' or ')}${verdicts === undefined ? ', and more ways than are followed' : ''}`
}

function journeyWords({ inInterface, state, dnat }: Journey): string {
  const from = inInterface === undefined ? 'sent by the node itself' : `comes in by ${inInterface}`
  const port = dnat?.port === undefined ? '' : ` port ${dnat.port}`
  const to = dnat === undefined ? '' : `, to be sent on to ${dnat.address ?? 'the same address'}${port}`
  return `connection ${state}, ${from}${to}`
}

/** One line for each step from `first` on, with a heading for each table at a hook. */
export function walkLines(walk: Walk, scene: Scene, first = 0): readonly string[] {
  const lines: string[] = []
  const steps = walk.steps.slice(first).filter(step => !isEmptyChain(step))
  const width = String(steps.length).length
  let heading = ''
  steps.forEach((step, position) => {
    const title = headingOf(step)
    if (title !== undefined && title !== heading) lines.push(title)
    heading = title ?? ''
    lines.push(`${title === undefined ? '' : '  '}${String(position + 1).padStart(width)}. ${stepWords(step, scene)}`)
    if (step.kind === 'rule' && step.log !== undefined) {
      lines.push(`  ${' '.repeat(width)}  ${indent(step.depth)}log: ${step.log}`)
    }
  })
  return lines
}

/** Most of the kernel's chains hold nothing. */
function isEmptyChain(step: Step): boolean {
  return step.kind === 'policy' && step.verdict === 'accept' && step.chain.rules.length === 0
}

function headingOf(step: Step): string | undefined {
  return 'hook' in step ? `${step.table} ${step.hook}` : undefined
}

/** Chains may be nested thousands deep. */
const MAX_INDENT = 40

function indent(depth: number): string {
  return '  '.repeat(Math.min(depth, MAX_INDENT))
}

function stepWords(step: Step, scene: Scene): string {
  switch (step.kind) {
    case 'rule': {
      const { rule, chain, index, depth, markBefore, markAfter, rewritten } = step
      const matches = rule.matches.map(match => describeMatch(match, scene.words))
      const condition = matches.length === 0 ? '' : `${matches.join(' and ')}: `
      const mark = markBefore === markAfter ? '' : `; mark is now ${describeMark(markAfter, scene.marks)}`
      const rewrite = rewritten === undefined ? '' : `; now ${packetWords(rewritten)}`
      const text = `${condition}${describeTarget(rule.target, scene.words)}${mark}${rewrite}`
      return `${indent(depth)}${chain} ${index + 1}: ${text}  (${describeOriginAt(scene.originOf(rule), scene.sources)})`
    }
    case 'miss':
      return `${indent(step.depth)}${step.chain} ${step.index + 1}: no, not so that ${describeMatch(step.failed, scene.words)}`
    case 'again':
      return `${indent(step.depth)}${step.chain}: as above, and back`
    case 'policy':
      return `no rule of the kernel's ${step.chain.name} decides: its policy is ${step.chain.policy}`
    case 'conntrack':
      return `connection tracking: ${step.state}`
    case 'route':
      return step.route.kind === 'local'
        ? `routing: ${step.destination} is an address of the node`
        : `routing: ${step.destination} is reached by ${step.route.interfaceName}`
    case 'dnat':
      return `destination changed, as --dnat says: ${packetWords(step.after)}`
    case 'loopback':
      return 'leaves by lo and comes in again'
    default:
      return assertNever(step)
  }
}

export function verdictLines(walk: Walk, scene: Scene): readonly string[] {
  const { verdict, decidedBy, assumptions, log } = walk
  const { rule, text, cause, defaultDeny } = explainDecision(walk, scene)
  const marks = marksSeen(walk, scene)
  return [
    ...(marks.length === 0 ? [] : [`marks: ${marks.join('; ')}`]),
    ...assumptions.map(({ chain, index, text: assumed }) => `assumed at rule ${index + 1} of ${chain}: ${assumed}`),
    ...(log.length === 0 ? [] : ['kernel log:', ...log.map(line => `  ${line}`)]),
    `verdict: ${verdict}${walk.rejectWith === undefined ? '' : ` with ${walk.rejectWith}`}`,
    ...(rule === undefined
      ? [`decided by: ${policyOfChain(decidedBy)}`]
      : [`decided by: rule ${rule.index + 1} of ${rule.chain}, table ${rule.table}`, `  ${text ?? ''}`]),
    ...(cause === undefined
      ? rule === undefined
        ? []
        : [`because: ${describeOriginAt(scene.originOf(rule.rule), scene.sources)}`]
      : [
          `because: ${describeOriginAt(scene.originOf(cause.rule), scene.sources)}`,
          ...sourceLine(scene.originOf(cause.rule), scene.sources),
          ...(cause === rule || sameOrigin(cause, rule, scene) ? [] : [`  ${printPlace(cause, scene)}`]),
        ]),
    ...(defaultDeny === undefined ? [] : defaultDenyLines(defaultDeny, scene.sources)),
  ]
}

function sameOrigin(cause: DecidingStep, rule: DecidingStep | undefined, { originOf }: Scene): boolean {
  return cause.kind === 'rule' && rule?.kind === 'rule' && isSameOrigin(originOf(cause.rule), originOf(rule.rule))
}

/** Plain data: equal origins are one, also when one of them is a copy. */
function isSameOrigin(a: Origin, b: Origin): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b)
}

function policyOfChain(step: DecidingStep | undefined): string {
  if (step?.kind !== 'policy') return 'nothing: there are no rules'
  return `no rule; the policy of the kernel's ${step.chain.name} in table ${step.table} is ${step.chain.policy}`
}

/** The first line of YAML behind a policy rule. */
function sourceLine(origin: Origin, sources: SourceIndex): readonly string[] {
  if (!('location' in origin) || origin.location === undefined) return []
  const { file, start } = sources.spanOf(origin.location)
  const [from = 0, to] = sources.lines.startsOf(file).slice(sources.lines.at(file, start).line - 1)
  const text = file.text.slice(from, to).trim()
  return text === '' ? [] : [`  ${text}`]
}

function defaultDenyLines(deny: DefaultDeny, sources: SourceIndex): readonly string[] {
  const { endpoint, direction, tier, policies, profiles } = deny
  const name = `${endpoint.kind === 'host' ? 'host endpoint' : 'pod'} ${endpoint.name}`
  if (tier === undefined) {
    const which = profiles.length === 0 ? 'it has no profiles' : `none of its profiles does (${profiles.join(', ')})`
    return [`no policy decides the ${direction} of ${name}, and ${which}: what nothing allows is dropped`]
  }
  return [
    `no policy of tier ${tier} allowed it; the ${direction} of ${name} is denied unless allowed, because of:`,
    ...policies.map(({ id, location }) => `  ${policyName(id)}, ${placeWords(location, sources)}`),
  ]
}

function marksSeen({ steps }: Walk, { marks }: Scene): readonly string[] {
  if (marks === undefined) return []
  let seen = 0
  for (const step of steps) if (step.kind === 'rule') seen = (seen | step.markAfter) >>> 0
  return markBits(marks)
    .filter(({ bit }) => (seen & bit) !== 0)
    .map(({ name, meaning }) => `${name} = ${meaning}`)
}
