// A policy that would allow a packet where it falls, or log it in front of what drops it: as values of YAML, to be tried before
// anybody is told.

import type { Direction, Policy } from '../model/ast/policy.ts'
import { effectiveLabel, type Labels } from '../model/ast/endpoint.ts'
import { profileLabelsOf } from '../model/plan.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { parseSelector } from '../selector/parse.ts'
import type { Packet } from '../netfilter/packet.ts'
import { protocolName } from '../net/protocol.ts'
import { isIcmp } from '../netfilter/packet.ts'
import type { EndpointRef } from '../model/origin.ts'
import type { RuleStep } from '../walk/steps.ts'
import { explainWay } from './explain-way.ts'
import { type Owner, type Owners, createOwners } from './owners.ts'
import type { Scene } from './scene.ts'
import { decidingLeg, type Way } from './way.ts'
import { protocolWords } from '../words/packet.ts'

export interface Suggestion {
  /** A `projectcalico.org/v3` document. */
  readonly document: Readonly<Record<string, unknown>>
  /** `NetworkPolicy shop/allow-web`. */
  readonly name: string
}

export type SuggestionKind = 'allow' | 'log'

/** What drops a packet, as far as a policy can stand in front of it. */
interface Fall {
  readonly endpoint: EndpointRef
  readonly direction: Direction
  readonly packet: Packet
  readonly tier: string
  /** The policy whose rule denies it; absent for what no policy allows. */
  readonly denier?: Policy
  /** No policy selects the endpoint: what else it gets is up to its profiles, as before. */
  readonly isOfProfiles: boolean
  /** It falls in the chain for forwarded packets; of a policy that denies, its own flag says so. */
  readonly isForward: boolean
}

/** Undefined where the packet does not fall at a policy, or the endpoint has nothing that a selector could find it by. */
export function suggestPolicy(kind: SuggestionKind, way: Way, number: number): Suggestion | undefined {
  const scene = decidingLeg(way)?.scene
  const fall = fallOf(way)
  if (fall === undefined || scene?.plan === undefined || scene.resources === undefined) return undefined
  const owners = createOwners(scene.plan, scene.resources)
  const { packet, direction, endpoint, tier, denier } = fall
  const isPod = endpoint.kind === 'workload'
  const owner = owners
    .of(direction === 'ingress' ? packet.destination : packet.source)
    .find(({ name }) => name === (isPod ? `pod/${endpoint.name}` : `host/${endpoint.name}`))
  const labels = owner?.labels ?? hostLabels(endpoint, scene)
  const selector = labels === undefined ? undefined : narrowed(selectorOf(labels), way, scene)
  if (selector === undefined || (selector === 'all()' && !isPod)) return undefined
  const namespace = isPod ? endpoint.name.slice(0, endpoint.name.indexOf('/')) : undefined
  const base = `${kind}-${direction}-${endpoint.name.replace(/^.*\//, '')}${number === 0 ? '' : `-${number}`}`
  // Policies of one order are asked by name: what logs the rest comes last.
  const name = kind === 'log' && denier === undefined ? `zz-${base}` : base
  const order = orderOf(kind, fall)
  const isUntracked = kind === 'allow' && denier?.doNotTrack === true
  const spec = {
    tier,
    ...(order === undefined ? {} : { order }),
    selector,
    types: isUntracked ? ['Ingress', 'Egress'] : [direction === 'ingress' ? 'Ingress' : 'Egress'],
    ...flagsOf(fall),
    [direction]: [
      kind === 'allow'
        ? { action: 'Allow', ...matchOf(packet, direction, namespace, owners) }
        : { action: 'Log', ...(denier === undefined ? {} : protocolOf(packet)) },
      ...(fall.isOfProfiles ? [{ action: 'Pass' }] : []),
    ],
    ...(isUntracked ? answerOf(packet, direction, owners) : {}),
  }
  const apiKind = isPod ? 'NetworkPolicy' : 'GlobalNetworkPolicy'
  // Names in a tier other than the default one start with the tier's.
  const full = (tier === 'default' ? name : `${tier}.${name}`).slice(0, 253)
  return {
    name: `${apiKind} ${namespace === undefined ? full : `${namespace}/${full}`}`,
    document: {
      apiVersion: 'projectcalico.org/v3',
      kind: apiKind,
      metadata: { name: full, ...(namespace === undefined ? {} : { namespace }) },
      spec,
    },
  }
}

function fallOf(way: Way): Fall | undefined {
  const leg = decidingLeg(way)
  if (leg === undefined || way.verdict === 'accept') return undefined
  const { decision, defaultDeny, gate } = explainWay(way)
  const rule: RuleStep | undefined = decision?.rule
  if (rule === undefined) return undefined
  const { packet } = rule
  if (defaultDeny !== undefined) {
    const { endpoint, direction, chainType, tier = 'default' } = defaultDeny
    const isForward = chainType === 'forward'
    return { endpoint, direction, packet, tier, isOfProfiles: defaultDeny.tier === undefined, isForward }
  }
  const origin = gate?.origin
  if (origin?.kind !== 'policyRule' || gate?.endpoint === undefined) return undefined
  const { kind, namespace, name } = origin.policy
  const denier = leg.scene.plan?.matching.tiers
    .flatMap(({ policies }) => policies)
    .find(({ id }) => id.kind === kind && id.namespace === namespace && id.name === name)
  if (denier === undefined) return undefined
  return {
    endpoint: gate.endpoint,
    direction: origin.direction,
    packet,
    tier: denier.tier,
    denier,
    isOfProfiles: false,
    isForward: false,
  }
}

/** In front of the policy that denies; what logs the rest is asked last, which is where policies without an order are. */
function orderOf(kind: SuggestionKind, { denier, isOfProfiles }: Fall): number | undefined {
  if (denier !== undefined) return (denier.order ?? 1001) - 1
  return kind === 'log' && !isOfProfiles ? undefined : 1000
}

/** Policies act where they say so: a packet that falls before DNAT is allowed there. */
function flagsOf({ denier, isForward }: Fall): object {
  if (denier?.preDNAT === true) return { preDNAT: true, applyOnForward: true }
  if (denier?.doNotTrack === true) return { doNotTrack: true, applyOnForward: true }
  return isForward || denier?.applyOnForward === true ? { applyOnForward: true } : {}
}

function protocolOf(packet: Packet): object {
  const { protocol, icmpType, destinationPort } = packet
  return {
    ...bareProtocolOf(packet),
    ...(isIcmp(protocol) && icmpType !== undefined ? { icmp: { type: icmpType } } : {}),
    ...(destinationPort === undefined ? {} : { destination: { ports: [destinationPort] } }),
  }
}

/** Without what an answer has otherwise. */
function bareProtocolOf({ protocol, ipVersion }: Packet): object {
  return {
    ...(isIcmp(protocol) ? { ipVersion } : {}),
    protocol: protocolName(protocol) === undefined ? protocol : protocolWords(protocol),
  }
}

/** The packet's protocol and port, and who is at its other end. */
function matchOf(packet: Packet, direction: Direction, namespace: string | undefined, owners: Owners): object {
  const peer = farPeerOf(packet, direction, namespace, owners)
  const match: Record<string, unknown> = { ...protocolOf(packet) }
  if (direction === 'ingress') match['source'] = peer
  else match['destination'] = { ...peer, ...(match['destination'] as object | undefined) }
  return match
}

/** Answers to what is not tracked are known to nothing: a rule of the other direction has to let them through. */
function answerOf(packet: Packet, direction: Direction, owners: Owners): object {
  const { destinationPort } = packet
  const peer = farPeerOf(packet, direction, undefined, owners)
  const ports = destinationPort === undefined ? {} : { ports: [destinationPort] }
  const rule = { action: 'Allow', ...bareProtocolOf(packet) }
  if (direction === 'egress') return { ingress: [{ ...rule, source: { ...peer, ...ports } }] }
  return { egress: [{ ...rule, ...(destinationPort === undefined ? {} : { source: ports }), destination: peer }] }
}

/** Who is at the other end. */
function farPeerOf(
  packet: Packet,
  direction: Direction,
  namespace: string | undefined,
  owners: Owners,
): ReturnType<typeof peerOf> {
  const address = direction === 'ingress' ? packet.source : packet.destination
  const [owner] = owners.of(address).filter(({ kind }) => kind === 'pod')
  return peerOf(address, owner, namespace, packet)
}

function peerOf(
  address: string,
  owner: Owner | undefined,
  namespace: string | undefined,
  { ipVersion }: Packet,
): object {
  if (owner === undefined) return { nets: [`${address}/${ipVersion === 4 ? 32 : 128}`] }
  const isOwn = owner.namespace === namespace
  return {
    selector: selectorOf(owner.labels),
    ...(isOwn ? {} : { namespaceSelector: `projectcalico.org/name == "${owner.namespace}"` }),
  }
}

/**
 * A policy closes what it selects and no policy selected before. Where labels alone would find such endpoints, only those are
 * meant that a policy of the tier closes already.
 */
function narrowed(text: string, way: Way, { plan }: Scene): string | undefined {
  const parsed = parseSelector(text)
  if (!parsed.ok || plan === undefined) return undefined
  const { defaultDeny, gate } = explainWay(way)
  const origin = gate?.origin
  const ids = defaultDeny?.policies.map(({ id }) => id) ?? (origin?.kind === 'policyRule' ? [origin.policy] : [])
  const closing = plan.matching.tiers
    .flatMap(({ policies }) => policies)
    .filter(({ id }) =>
      ids.some(other => other.kind === id.kind && other.namespace === id.namespace && other.name === id.name),
    )
  const [first] = closing
  if (first === undefined) return text
  const inherited = profileLabelsOf(plan.matching)
  const isOpened = [...plan.matching.workloadEndpoints, ...plan.matching.hostEndpoints].some(({ labels, profiles }) => {
    const lookup = (key: string): string | undefined => effectiveLabel(labels, profiles, inherited, key)?.value
    const isOurs = evaluateSelector(parsed.selector, lookup)
    return isOurs && !closing.some(({ selector }) => evaluateSelector(selector.selector, lookup))
  })
  if (!isOpened) return text
  return text === 'all()' ? first.selector.canonical : `${text} && (${first.selector.canonical})`
}

function hostLabels({ kind, name }: EndpointRef, { plan }: Scene): Labels | undefined {
  return kind === 'host' ? plan?.matching.hostEndpoints.find(found => found.name === name)?.labels : undefined
}

/** Labels that tell one pod from its siblings, or that Calico gives itself. */
const NOT_MEANT =
  /^(projectcalico\.org\/|pod-template-hash$|controller-revision-hash$|pod-template-generation$|statefulset\.kubernetes\.io\/|apps\.kubernetes\.io\/pod-index$|batch\.kubernetes\.io\/|controller-uid$|job-name$)/

function selectorOf(labels: Labels): string {
  const terms = Object.entries(labels)
    .filter(([key]) => !NOT_MEANT.test(key))
    .map(([key, value]) => `${key} == ${value.includes('"') ? `'${value}'` : `"${value}"`}`)
  return terms.length === 0 ? 'all()' : terms.join(' && ')
}
