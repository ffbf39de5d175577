// A packet's way through the rules for the page: each step with the answer of each match, and the verdict in a sentence.

import { Report } from '../../diagnostics/diagnostic.ts'
import { explainDecision } from '../../trace/decision.ts'
import { type PacketRequest, readRequest } from '../../trace/packet-request.ts'
import type { Scene } from '../../trace/scene.ts'
import { routeWords } from '../../trace/route-words.ts'
import type { RuleStep, Step, Walk } from '../../walk/steps.ts'
import { describeMatch } from '../../words/match.ts'
import { describeOriginAt, policyName, ruleName } from '../../words/origin.ts'
import { packetWords } from '../../words/packet.ts'
import { placeWords } from '../../words/place.ts'
import { describeTarget } from '../../words/target.ts'
import type { PacketFailure, PacketFields, PacketView, StepView } from '../view.ts'
import { wholeOf } from './places.ts'

export function buildPacket(fields: PacketFields, scene: Scene): PacketView | PacketFailure {
  const report = new Report()
  const journey = readRequest(fields as PacketRequest, scene, undefined, report)
  if (journey === undefined) {
    return {
      messages: report.diagnostics.map(({ message, help }) => (help === undefined ? message : `${message}: ${help}`)),
    }
  }
  const { walks, verdict } = scene.walker.walk(journey, { withMisses: true })
  const [walk] = walks
  const { cause, place } = causeOf(walk, scene)
  return {
    verdict,
    headline: headline(verdict, walk, scene, cause),
    reason: reasonOf(walk, scene),
    packet: packetWords(journey.packet),
    command: commandOf(fields),
    steps: walk.steps.filter(step => !isEmptyChain(step)).map(step => viewStep(step, scene)),
    log: walk.log,
    ...(place === undefined ? {} : { place }),
  }
}

function causeOf(walk: Walk, scene: Scene): { readonly cause?: RuleStep; readonly place?: PacketView['place'] } {
  const { cause, rule, defaultDeny } = explainDecision(walk, scene)
  const deciding = cause ?? rule
  const origin = deciding === undefined ? undefined : scene.originOf(deciding.rule)
  const own = origin !== undefined && 'location' in origin ? origin.location : undefined
  const location = own ?? defaultDeny?.policies[0]?.location
  return {
    ...(cause === undefined ? {} : { cause }),
    ...(location === undefined ? {} : { place: wholeOf(location, scene.sources) }),
  }
}

const VERDICT_WORDS = {
  accept: 'The packet gets through',
  drop: 'The packet is dropped',
  reject: 'The packet is rejected',
  unknown: 'What becomes of the packet cannot be said',
} as const

function headline(verdict: PacketView['verdict'], walk: Walk, scene: Scene, cause: RuleStep | undefined): string {
  const words = VERDICT_WORDS[verdict]
  if (cause !== undefined) {
    const origin = scene.originOf(cause.rule)
    if (origin.kind === 'policyRule') return `${words}: ${ruleName(origin)} of ${policyName(origin.policy)} says so.`
    if (origin.kind === 'profileRule') return `${words}: profile ${origin.profile} says so, since no policy decides.`
  }
  const { defaultDeny, rule } = explainDecision(walk, scene)
  if (defaultDeny !== undefined) {
    const { endpoint, direction, tier } = defaultDeny
    const name = `${endpoint.kind === 'host' ? 'host endpoint' : 'pod'} ${endpoint.name}`
    return tier === undefined
      ? `${words}: nothing allows it in the ${direction} of ${name}.`
      : `${words}: no policy of tier ${tier} allows it in the ${direction} of ${name}.`
  }
  if (rule !== undefined) return `${words}: ${describeOriginAt(scene.originOf(rule.rule), scene.sources)}.`
  return verdict === 'accept' ? `${words}: no policy stands in its way.` : `${words}.`
}

function reasonOf(walk: Walk, scene: Scene): readonly string[] {
  const { rule, text, defaultDeny, cause } = explainDecision(walk, scene)
  const lines: string[] = []
  if (defaultDeny !== undefined && defaultDeny.policies.length > 0) {
    lines.push('Policies that select it, so that what none of them allows is denied:')
    for (const { id, location } of defaultDeny.policies)
      lines.push(`${policyName(id)}, ${placeWords(location, scene.sources)}`)
  }
  if (cause !== undefined) lines.push(describeOriginAt(scene.originOf(cause.rule), scene.sources))
  if (rule !== undefined) lines.push(text ?? '')
  for (const { chain, index, text: assumed } of walk.assumptions)
    lines.push(`Assumed at rule ${index + 1} of ${chain}: ${assumed}.`)
  return lines
}

function isEmptyChain(step: Step): boolean {
  return step.kind === 'policy' && step.verdict === 'accept' && step.chain.rules.length === 0
}

function viewStep(step: Step, scene: Scene): StepView {
  switch (step.kind) {
    case 'rule': {
      const { rule, chain, index, depth, hook, table, markBefore, markAfter, rewritten, log } = step
      return {
        kind: 'rule',
        hook: `${table} ${hook}`,
        ruleId: `${table}/${chain}/${index}`,
        depth,
        text: `${chain} ${index + 1}`,
        matches: rule.matches.map(match => ({ text: describeMatch(match, scene.words), answer: 'yes' })),
        target: `${describeTarget(rule.target, scene.words)}${rewritten === undefined ? '' : `: now ${packetWords(rewritten)}`}`,
        markBefore,
        markAfter,
        ...(log === undefined ? {} : { log }),
        why: describeOriginAt(scene.originOf(rule), scene.sources),
        sets: rule.matches.flatMap(match => (match.kind === 'ipSet' ? [match.set] : [])),
      }
    }
    case 'miss': {
      const { rule, chain, index, depth, hook, table, failed } = step
      const position = rule.matches.indexOf(failed)
      return {
        kind: 'miss',
        hook: `${table} ${hook}`,
        ruleId: `${table}/${chain}/${index}`,
        depth,
        text: `${chain} ${index + 1}`,
        matches: rule.matches.map((match, at) => ({
          text: describeMatch(match, scene.words),
          answer: at < position ? 'yes' : at === position ? 'no' : 'unasked',
        })),
        target: describeTarget(rule.target, scene.words),
        markBefore: 0,
        markAfter: 0,
        why: describeOriginAt(scene.originOf(rule), scene.sources),
        sets: rule.matches.flatMap(match => (match.kind === 'ipSet' ? [match.set] : [])),
      }
    }
    case 'policy':
      return plain(
        step.kind,
        `end of ${step.chain.name}`,
        `its policy: ${step.chain.policy}`,
        `${step.table} ${step.hook}`,
      )
    case 'again':
      return {
        ...plain(step.kind, step.chain, 'as before, in the same state', `${step.table} ${step.hook}`),
        depth: step.depth,
      }
    case 'conntrack':
      return plain(step.kind, 'connection tracking', step.state)
    case 'route':
      return plain(step.kind, 'routing', routeWords(step.route, step.destination))
    case 'dnat':
      return plain(step.kind, 'destination changed', packetWords(step.after))
    case 'loopback':
      return plain(step.kind, 'loopback', 'leaves by lo and comes in again')
  }
}

function plain(kind: StepView['kind'], text: string, target: string, hook?: string): StepView {
  return {
    kind,
    ...(hook === undefined ? {} : { hook }),
    depth: 0,
    text,
    matches: [],
    target,
    markBefore: 0,
    markAfter: 0,
    why: '',
    sets: [],
  }
}

/** The same thing on the command line. */
function commandOf(fields: PacketFields): string {
  const options = Object.entries(fields)
    .filter(([, value]) => value !== '')
    .map(([name, value]) =>
      value === 'true'
        ? `--${name}`
        : `--${name} ${/^[\w./:-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`,
    )
  return `calitables trace -f . ${options.join(' ')}`
}
