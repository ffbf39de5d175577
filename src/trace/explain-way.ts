// What becomes of a packet on one way, where, and why: in words, for whoever prints or writes it.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import type { Location } from '../diagnostics/source.ts'
import { locationOf, type ReadOrigin } from '../model/origin.ts'
import type { Rule } from '../model/ruleset.ts'
import type { RuleStep, Walk } from '../walk/steps.ts'
import { describeOriginAt, policyName, ruleName } from '../words/origin.ts'
import { protocolWords } from '../words/packet.ts'
import { placeWords } from '../words/place.ts'
import { asksForMark, type Decision, type DefaultDeny, explainDecision } from './decision.ts'
import { endpointBefore, endpointWords, type Gate, gatePlace, gatesOf, gateWords, letsThrough } from './gates.ts'
import { type NearMiss, nearestMiss } from './near-miss.ts'
import { createOwners } from './owners.ts'
import { routeWords } from './route-words.ts'
import type { Scene } from './scene.ts'
import { decidingLeg, type Leg, senderOf, type Way } from './way.ts'

export interface WayAnswer {
  /** `at the ingress of pod/shop/web on node w1`, `reaches pod/shop/web`. */
  readonly where: string
  /** What decided, the last first; each with its place in the input. */
  readonly why: readonly string[]
  /** Where that is in the input. */
  readonly location?: Location
  readonly defaultDeny?: DefaultDeny
  readonly nearest?: NearMiss
  /** The rule of a policy that denies it. */
  readonly gate?: Gate
  /** The last rule of a policy or profile that lets it through. */
  readonly allowedBy?: Gate
  readonly decision?: Decision
}

export function explainWay(way: Way): WayAnswer {
  const leg = decidingLeg(way)
  if (leg === undefined) return { where: 'stays where it is', why: [] }
  if (way.verdict === 'accept') return explainArrival(way, leg)
  const answer = explainFall(leg, senderOf(way, leg))
  const untracked = leg.direction === 'reply' ? untrackedWords(way, leg) : undefined
  return untracked === undefined ? answer : { ...answer, why: [...answer.why, untracked] }
}

/** Why connection tracking does not know an answer that fell, where that is so: what looks like its reason is only what it met first. */
function untrackedWords({ legs }: Way, { walk }: Leg): string | undefined {
  if (walk.state === 'ESTABLISHED') return undefined
  const request = legs.find(leg => leg.direction === 'request' && leg.walk.state === 'UNTRACKED')
  if (request === undefined) return undefined
  const gate = gatesOf(request.walk, request.scene).find(({ step }) => step.table === 'raw')
  const by = gate === undefined ? 'a rule' : `${describeOriginAt(gate.origin, request.scene.sources)},`
  return `${by} took the request out of connection tracking, so a doNotTrack rule has to let its answer through as well, and none does`
}

function explainArrival({ legs }: Way, leg: Leg): WayAnswer {
  const gates = legs
    .filter(({ direction }) => direction === 'request')
    .flatMap(({ walk, scene }) => gatesOf(walk, scene))
    .reverse()
  const decision = explainDecision(leg.walk, leg.scene)
  const { rule, cause } = decision
  const why = [
    // Otherwise it only stands for the policy behind it.
    ...(rule === undefined || cause !== undefined || (gates.length > 0 && asksForMark(rule))
      ? []
      : [ruleWords(rule, leg.scene)]),
    ...gates.map(gate => gateWords(gate, leg.scene)),
  ]
  const first = gates[0]
  const location = first === undefined ? undefined : locationOf(first.origin)
  return {
    where: arrivalWords(leg),
    why: why.length === 0 ? [nothingWords(leg)] : why,
    ...(location === undefined ? {} : { location }),
    ...(first === undefined ? {} : { allowedBy: first }),
    decision,
  }
}

function nothingWords({ journey, walk, scene }: Leg): string {
  const isOwnPod = scene.workloadOf(walk.packet.destination)?.interfaceName !== undefined
  return journey.inInterface === undefined && isOwnPod
    ? 'policy of pods does not stand between a node and its own pods: what the node sends them always gets there'
    : 'no rule stands in its way'
}

/** @param sentFrom the source that the packet had at first */
function explainFall(leg: Leg, sentFrom: string | undefined): WayAnswer {
  const { walk, scene } = leg
  const decision = explainDecision(walk, scene)
  const { rule, cause, defaultDeny } = decision
  const reply = leg.direction === 'reply' ? 'the answer falls ' : ''
  const whereOf = (words: string): string => `${reply}${words}${onNode(leg)}`
  if (defaultDeny !== undefined && rule !== undefined) {
    const nearest = findNearest(defaultDeny, rule, scene, sentFrom)
    const location = nearest?.rule.location ?? defaultDeny.policies[0]?.location
    return {
      where: whereOf(`at the ${defaultDeny.direction} of ${endpointWords(defaultDeny.endpoint)}`),
      why: [denyWords(defaultDeny, scene)],
      ...(location === undefined ? {} : { location }),
      defaultDeny,
      ...(nearest === undefined ? {} : { nearest }),
      decision,
    }
  }
  if (cause !== undefined && !letsThrough(cause, scene)) {
    const origin = scene.originOf(cause.rule)
    const gate = { origin, endpoint: endpointBefore(cause, walk, scene), step: cause }
    const location = locationOf(origin)
    return {
      where: whereOf(`at the ${gatePlace(gate)}`),
      why: [`${describeOriginAt(origin, scene.sources)}, denies it`],
      ...(location === undefined ? {} : { location }),
      gate,
      decision,
    }
  }
  if (rule !== undefined) {
    const endpoint = endpointBefore(rule, walk, scene)
    const at = endpoint === undefined ? `in ${rule.table} ${rule.hook}` : `at ${endpointWords(endpoint)}`
    const location = locationOf(scene.originOf(rule.rule))
    return {
      where: whereOf(at),
      why: [ruleWords(rule, scene)],
      ...(location === undefined ? {} : { location }),
      decision,
    }
  }
  const { decidedBy } = walk
  if (decidedBy?.kind === 'policy') {
    const { chain, table, hook } = decidedBy
    return {
      where: whereOf(`in ${table} ${hook}`),
      why: [`no rule decides, and the policy of the kernel's ${chain.name} is ${chain.policy}`],
      decision,
    }
  }
  const where = whereOf(hasMetRules(walk) ? 'at routing' : 'before any rule')
  const { end, packet } = walk
  const why = end.kind === 'refused' ? routeWords(end.route, packet.destination) : 'no rule lets it through'
  return { where, why: [why], decision }
}

function hasMetRules({ steps }: Walk): boolean {
  return steps.some(({ kind }) => kind === 'rule')
}

/** What a rule is made for, and where that is written; of one that was read, which it is. */
export function ruleWords({ rule, chain, index }: RuleStep, scene: Scene): string {
  const origin = scene.originOf(rule)
  if (origin.kind !== 'read') return describeOriginAt(origin, scene.sources)
  return `rule ${index + 1} of ${chain}${isCalicoChain(chain) ? '' : ownerWords(rule, origin)}, ${describeOriginAt(origin, scene.sources)}`
}

/** Whose a rule of one of the kernel's own chains is: Calico's have a hash, and most say in a comment what they are for. */
function ownerWords({ comments }: Rule, { hash, meaning }: ReadOrigin): string {
  if (meaning?.kind === 'changed') return ''
  if (hash === undefined) return ", which is none of Calico's"
  const [purpose] = comments
  return `, which is Calico's${purpose === undefined ? '' : ` ("${purpose}")`}`
}

function onNode(leg: Leg): string {
  const name = nodeName(leg)
  return name === undefined ? '' : ` on ${name}`
}

/** `node w1`; undefined where nobody says whose text it is. */
function nodeName({ node, scene }: Leg): string | undefined {
  const name = node ?? scene.plan?.nodeName
  return name === undefined ? undefined : `node ${name}`
}

/** Where an accepted packet ends up. */
function arrivalWords(leg: Leg): string {
  const { walk, scene } = leg
  const { destination, destinationPort, protocol } = walk.packet
  const port = destinationPort === undefined ? '' : `, ${protocolWords(protocol)} ${destinationPort}`
  const workload = scene.workloadOf(destination)
  const isHere = workload !== undefined && (workload.interfaceName !== undefined || scene.plan === undefined)
  if (isHere) return `reaches pod/${workload.name}${onNode(leg)}${port}`
  if (scene.isLocal(destination)) return `reaches ${nodeName(leg) ?? 'the node'} itself${port}`
  const whom = workload === undefined ? destination : `pod/${workload.name}`
  return `leaves ${nodeName(leg) ?? 'the node'} for ${whom}${port}`
}

function denyWords({ tier, policies, profiles, direction }: DefaultDeny, { sources }: Scene): string {
  const way = direction === 'ingress' ? 'in' : 'out'
  if (tier === undefined) {
    const which = profiles.length === 0 ? 'it has no profile' : `neither does its profile ${profiles.join(', ')}`
    return `no policy lets it ${way}, and ${which}: what nothing allows is dropped`
  }
  const [first] = policies
  if (first === undefined) return `tier ${tier} ends with a drop, and none of its policies lets it ${way}`
  const { id, location } = first
  const name = `${policyName(id)}, ${placeWords(location, sources)}`
  return policies.length === 1
    ? `${name}, selects it and does not let it ${way}`
    : `none of the ${policies.length} policies of tier ${tier} that select it lets it ${way}`
}

function findNearest(
  deny: DefaultDeny,
  { packet }: RuleStep,
  scene: Scene,
  sentFrom: string | undefined,
): NearMiss | undefined {
  const { plan, resources } = scene
  if (plan === undefined || resources === undefined) return undefined
  const { endpoint, direction, tier, policies } = deny
  const owners = createOwners(plan, resources)
  const own = owners
    .of(direction === 'ingress' ? packet.destination : packet.source)
    .find(({ name }) => name === endpointWords(endpoint))
  const candidates = plan.matching.tiers.filter(({ name }) => tier === undefined || name === tier)
  return nearestMiss(
    packet,
    direction,
    own,
    policies.map(({ id }) => id),
    candidates.flatMap(found => found.policies),
    { owners, resources, sentFrom },
  )
}

/** "api.yaml:12: ingress[0] of NetworkPolicy shop/api is for pods with app == "x"; label app is "y" at pod/shop/web". */
export function nearestWords(nearest: NearMiss, { sources }: Scene): string {
  const { location } = nearest.rule
  // The place first: it is what people look for, and the sentence may be long.
  return `${location === undefined ? '' : `${placeWords(location, sources)}: `}${nearestSentence(nearest)}`
}

/** The same without its place. */
export function nearestSentence({ policy, direction, rule, index, misses, unasked }: NearMiss): string {
  const which = `${ruleName({ direction, index, location: rule.location })} of ${policyName(policy.id)}`
  if (unasked !== undefined) return `${which} would allow it, but ${unasked}`
  const wanted = misses.map(miss => miss.wanted).join(' and ')
  const found = [...new Set(misses.map(miss => miss.found))].join('; ')
  return `${which} is for ${wanted}; ${found}`
}
