// The way of a packet rule by rule, and which rules of policies did not fit it and why.

import { formatPolicyId } from '../calico/policy-names.ts'
import type { PolicyRule } from '../model/ast/policy.ts'
import type { Packet } from '../netfilter/packet.ts'
import { assertNever } from '../text/assert-never.ts'
import { wrap } from '../text/wrap.ts'
import type { RuleStep, Step, Walk } from '../walk/steps.ts'
import { describeMark, markBits } from '../words/mark.ts'
import { describeMatch } from '../words/match.ts'
import { describeOriginAt } from '../words/origin.ts'
import { packetWords } from '../words/packet.ts'
import { describeTarget } from '../words/target.ts'
import { printPlace } from './decision.ts'
import { createOwners } from './owners.ts'
import { type MissContext, missesOf } from './rule-misses.ts'
import { routeWords } from './route-words.ts'
import type { Scene } from './scene.ts'
import type { Leg } from './way.ts'

export interface StepOptions {
  /** Each rule as iptables has it, besides its words. */
  readonly withRulesText?: boolean
}

/** Steps from `first` on, with a heading for each table at a hook, and what the marks on the way mean. */
export function stepLines(walk: Walk, scene: Scene, options: StepOptions, first = 0): readonly string[] {
  const lines: string[] = []
  const steps = walk.steps.slice(first).filter(step => !isEmptyChain(step))
  const width = String(steps.length).length
  let heading = ''
  steps.forEach((step, position) => {
    const title = 'hook' in step ? `${step.table} ${step.hook}` : undefined
    if (title !== undefined && title !== heading) lines.push(title)
    heading = title ?? ''
    const depth = 'depth' in step ? Math.min(step.depth, MAX_INDENT) : 0
    const margin = title === undefined ? '' : '  '
    const before = `${margin}${String(position + 1).padStart(width)}. ${'  '.repeat(depth)}`
    const inner = ' '.repeat(before.length)
    const [head, ...rest] = stepWords(step, scene)
    for (const line of wrapBehind(before, head)) lines.push(line)
    for (const text of rest) lines.push(...wrap(text, `${inner}  `))
    if (step.kind !== 'rule' && step.kind !== 'miss') return
    if (step.kind === 'rule' && step.log !== undefined) lines.push(`${inner}  log: ${step.log}`)
    if (options.withRulesText === true) lines.push(`${inner}  ${printPlace(step, scene)}`)
  })
  for (const mark of marksSeen(walk, scene)) lines.push(...wrap(mark, ''))
  return lines
}

/** Chains may be nested thousands deep. */
const MAX_INDENT = 8

function wrapBehind(before: string, text: string): readonly string[] {
  const [head = '', ...rest] = wrap(text, ' '.repeat(before.length))
  return [before + head.slice(before.length), ...rest]
}

/** Most of the kernel's chains hold nothing. */
export function isEmptyChain(step: Step): boolean {
  return step.kind === 'policy' && step.verdict === 'accept' && step.chain.rules.length === 0
}

/** What happens, then why it does. */
function stepWords(step: Step, scene: Scene): readonly [string, ...string[]] {
  switch (step.kind) {
    case 'rule': {
      const { rule, chain, index, markBefore, markAfter, rewritten } = step
      const matches = rule.matches.map(match => describeMatch(match, scene.words))
      const condition = matches.length === 0 ? '' : `if ${matches.join(' and ')}: `
      const mark = markBefore === markAfter ? '' : `; the mark is now ${describeMark(markAfter, scene.marks)}`
      const rewrite = rewritten === undefined ? '' : `; now ${packetWords(rewritten)}`
      return [
        `${chain} ${index + 1}: ${condition}${describeTarget(rule.target, scene.words)}${mark}${rewrite}`,
        `(${describeOriginAt(scene.originOf(rule), scene.sources)})`,
      ]
    }
    case 'miss':
      return [`${step.chain} ${step.index + 1}: no, not so that ${describeMatch(step.failed, scene.words)}`]
    case 'again':
      return [`${step.chain}: as above, and back`]
    case 'policy':
      return [`no rule of the kernel's ${step.chain.name} decides: its policy is ${step.chain.policy}`]
    case 'conntrack':
      return [`connection tracking: ${step.state}`]
    case 'route':
      return [`routing: ${routeWords(step.route, step.destination)}`]
    case 'dnat':
      return [`destination changed, as --dnat says: ${packetWords(step.after)}`]
    case 'loopback':
      return ['leaves by lo and comes in again']
    default:
      return assertNever(step)
  }
}

function marksSeen({ steps }: Walk, { marks }: Scene): readonly string[] {
  if (marks === undefined) return []
  let seen = 0
  for (const step of steps) if (step.kind === 'rule') seen = (seen | step.markAfter) >>> 0
  return markBits(marks)
    .filter(({ bit }) => (seen & bit) !== 0)
    .map(({ name, meaning }) => `mark ${name}: ${meaning}`)
}

/**
 * Rules of policies that were asked and did not fit, each once, with what stands in the way in the policy's own words.
 *
 * @param sentFrom the source that the packet had at first
 */
export function missLines({ walk, scene, journey }: Leg, sentFrom: string | undefined): readonly string[] {
  const { plan, resources } = scene
  if (plan === undefined || resources === undefined) return []
  const context: MissContext = { owners: createOwners(plan, resources), resources, sentFrom }
  const policies = new Map(
    plan.matching.tiers.flatMap(tier => tier.policies.map(policy => [formatPolicyId(policy.id), policy] as const)),
  )
  const said = new Set<string>()
  const lines: string[] = []
  let packet = journey.packet
  // A rule of a policy may be many of the node: as long as the packet is the same, so is what it lacks.
  let asked = new Set<string>()
  for (const step of walk.steps) {
    const changed = step.kind === 'dnat' ? step.after : step.kind === 'rule' ? step.rewritten : undefined
    if (changed !== undefined) [packet, asked] = [changed, new Set()]
    if (step.kind !== 'miss') continue
    const origin = scene.originOf(step.rule)
    if (origin.kind !== 'policyRule') continue
    const policy = formatPolicyId(origin.policy)
    const name = `${policy} ${origin.direction} ${origin.index}`
    if (asked.has(name)) continue
    asked.add(name)
    const rule = policies.get(policy)?.[origin.direction][origin.index]
    const words = rule === undefined ? undefined : missWords(rule, packet, context)
    const text = words === undefined ? undefined : `${describeOriginAt(origin, scene.sources)}: ${words}`
    if (text === undefined || said.has(text)) continue
    said.add(text)
    lines.push(...wrap(text, '  '))
  }
  return lines.length === 0 ? [] : ['do not fit:', ...lines]
}

/** What it is for and what the packet has instead; undefined where it fits. */
function missWords(rule: PolicyRule, packet: Packet, context: MissContext): string | undefined {
  const misses = missesOf(rule, packet, context)
  if (misses.length === 0) return undefined
  const wanted = misses.map(miss => miss.wanted).join(' and ')
  const found = [...new Set(misses.map(miss => miss.found))].join('; ')
  return `is for ${wanted}; ${found}`
}

/** A rule and its place on the node, for lists of rules. */
export function ruleAt(
  { chain, index, table, rule }: Pick<RuleStep, 'chain' | 'index' | 'table' | 'rule'>,
  scene: Scene,
): string {
  return `rule ${index + 1} of ${chain}, table ${table} (${describeOriginAt(scene.originOf(rule), scene.sources)})`
}
