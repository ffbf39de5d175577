// Who is in the source or destination of a rule of a policy, and why somebody is not.

import type { Direction, EntityRule, Policy, PolicyRule } from '../model/ast/policy.ts'
import { effectiveLabel, type Labels } from '../model/ast/endpoint.ts'
import type { Resource } from '../model/ast/resources.ts'
import { namespaceProfileName } from '../calico/labels.ts'
import { type NodePlan, profileLabelsOf } from '../model/plan.ts'
import { cidrCovers, formatCidr, singleAddressCidr } from '../net/cidr.ts'
import { describeSelected } from '../words/selector.ts'
import { serviceWords } from '../words/set.ts'
import { ruleName } from '../words/origin.ts'
import { createOwners, type Owner } from './owners.ts'
import { isBehind } from './service-members.ts'
import { selects, whyNot } from './why-not.ts'

export interface Member {
  /** `pod/NS/NAME`, `host/NAME`, `networkset/NS/NAME`, or a net. */
  readonly name: string
  /** Addresses or nets; empty for what has none, and is in no set because of it. */
  readonly addresses: readonly string[]
  /** Why it is not in the set although the rule's words fit it, or why they do not. */
  readonly whyNot?: string
}

export interface PeerSide {
  readonly side: 'source' | 'destination'
  /** "pods in namespace shop", "any address". */
  readonly wanted: string
  readonly members: readonly Member[]
  /** Those that the words fit and the set does not hold. */
  readonly outside: readonly Member[]
}

export interface RulePeers {
  /** `ingress[0]` */
  readonly rule: string
  readonly action: string
  readonly location: PolicyRule['location']
  /** The sides that the rule says something of. */
  readonly sides: readonly PeerSide[]
}

interface Candidate extends Owner {
  readonly addresses: readonly string[]
  readonly nets: EntityRule['nets']
  /** Why no set ever holds it. */
  readonly obstacle?: string
}

/** @param wanted of all candidates, those that are asked about; left out, all that are in and all that nearly are */
export function peersOf(
  policy: Policy,
  plan: NodePlan,
  resources: readonly Resource[],
  wanted?: (name: string) => boolean,
): readonly RulePeers[] {
  const candidates = candidatesOf(plan, resources)
  const owners = createOwners(plan, resources)
  const sideOf = (side: PeerSide['side'], entity: EntityRule): PeerSide => {
    const found = candidates.filter(({ name }) => wanted === undefined || wanted(name))
    const judged = found.map(candidate => ({ candidate, why: whyOutside(entity, candidate, owners, resources) }))
    const members = judged.filter(({ why }) => why === undefined).map(({ candidate }) => memberOf(candidate))
    const isNear = ({ obstacle }: Candidate): boolean => wanted !== undefined || obstacle !== undefined
    const outside = judged.flatMap(({ candidate, why }) =>
      why === undefined || !isNear(candidate) || (wanted === undefined && !fitsWords(entity, candidate))
        ? []
        : [{ ...memberOf(candidate), whyNot: why }],
    )
    const nets = entity.nets.map(net => ({ name: formatCidr(net), addresses: [formatCidr(net)] }))
    return { side, wanted: wordsOf(entity), members: [...(wanted === undefined ? nets : []), ...members], outside }
  }
  const rulesOf = (direction: Direction): readonly RulePeers[] =>
    policy[direction].map((rule, index) => ({
      rule: ruleName({ direction, index, location: rule.location }),
      action: rule.action,
      location: rule.location,
      sides: [
        ...(saysSomething(rule.source) ? [sideOf('source', rule.source)] : []),
        ...(saysSomething(rule.destination) ? [sideOf('destination', rule.destination)] : []),
      ],
    }))
  return [...rulesOf('ingress'), ...rulesOf('egress')]
}

function memberOf({ name, addresses }: Candidate): Member {
  return { name, addresses }
}

function candidatesOf({ matching }: NodePlan, resources: readonly Resource[]): readonly Candidate[] {
  const inherited = profileLabelsOf(matching)
  const make = (
    kind: Owner['kind'],
    name: string,
    namespace: string,
    {
      labels,
      profiles,
      ports,
    }: { readonly labels: Labels; readonly profiles: readonly string[]; readonly ports: Owner['ports'] },
    rest: Pick<Candidate, 'addresses' | 'nets' | 'obstacle'>,
  ): Candidate => {
    const labelOf: Owner['labelOf'] = key => effectiveLabel(labels, profiles, inherited, key)
    return { kind, name, namespace, labels, profiles, ports, labelOf, ...rest }
  }
  return resources.flatMap((found): readonly Candidate[] => {
    switch (found.kind) {
      case 'workloadEndpoint': {
        const obstacle = found.addresses.length === 0 ? { obstacle: 'it has no address' } : {}
        const rest = { addresses: found.addresses.map(({ text }) => text), nets: [], ...obstacle }
        return [make('pod', `pod/${found.namespace}/${found.name}`, found.namespace, found, rest)]
      }
      case 'hostNetworkPod': {
        const obstacle = 'it has hostNetwork: its address is that of its node, which selectors do not find'
        const rest = { addresses: found.addresses.map(({ text }) => text), nets: [], obstacle }
        return [make('pod', `pod/${found.namespace}/${found.name}`, found.namespace, found, rest)]
      }
      case 'hostEndpoint': {
        const obstacle = found.expectedIps.length === 0 ? { obstacle: 'it has no expectedIPs' } : {}
        const rest = { addresses: found.expectedIps.map(({ text }) => text), nets: [], ...obstacle }
        return [make('host', `host/${found.name}`, '', found, rest)]
      }
      case 'networkSet': {
        const { namespace, name, labels, nets } = found
        const profiles = namespace === '' ? [] : [namespaceProfileName(namespace)]
        const obstacle = nets.length === 0 ? { obstacle: 'it has no nets' } : {}
        const full = `networkset/${namespace === '' ? name : `${namespace}/${name}`}`
        const rest = { addresses: nets.map(formatCidr), nets, ...obstacle }
        return [make('networkSet', full, namespace, { labels, profiles, ports: [] }, rest)]
      }
      default:
        return []
    }
  })
}

function saysSomething({ nets, notNets, selector, notSelector, service }: EntityRule): boolean {
  return (
    nets.length + notNets.length > 0 || selector !== undefined || notSelector !== undefined || service !== undefined
  )
}

function wordsOf({ nets, notNets, selector, notSelector, service }: EntityRule): string {
  return [
    ...(selector === undefined ? [] : [describeSelected(selector.selector)]),
    ...(notSelector === undefined ? [] : [`all but ${describeSelected(notSelector.selector)}`]),
    ...(service === undefined ? [] : [`what stands behind ${serviceWords(service)}`]),
    ...(nets.length === 0 ? [] : [`addresses in ${nets.map(formatCidr).join(', ')}`]),
    ...(notNets.length === 0 ? [] : [`addresses not in ${notNets.map(formatCidr).join(', ')}`]),
  ].join(' and ')
}

function fitsWords({ selector, notSelector }: EntityRule, candidate: Candidate): boolean {
  if (selector === undefined) return false
  return selects(selector, candidate) && (notSelector === undefined || !selects(notSelector, candidate))
}

/** Undefined for what is in it. */
function whyOutside(
  { nets, notNets, selector, notSelector, service }: EntityRule,
  candidate: Candidate,
  owners: ReturnType<typeof createOwners>,
  resources: readonly Resource[],
): string | undefined {
  if (selector !== undefined && !selects(selector, candidate)) return whyNot(selector, candidate, owners)
  if (notSelector !== undefined && selects(notSelector, candidate)) return 'the rule leaves it out by its notSelector'
  if (candidate.obstacle !== undefined && (selector !== undefined || candidate.addresses.length === 0))
    return candidate.obstacle
  const own = [...candidate.nets]
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint' && resource.kind !== 'hostEndpoint') continue
    const addresses = resource.kind === 'workloadEndpoint' ? resource.addresses : resource.expectedIps
    for (const address of addresses)
      if (candidate.addresses.includes(address.text)) own.push(singleAddressCidr(address))
  }
  const isIn = (list: EntityRule['nets']): boolean => own.some(net => list.some(outer => cidrCovers(outer, net)))
  const at = candidate.addresses.join(', ')
  if (nets.length > 0 && !isIn(nets)) return `${at} is not in ${nets.map(formatCidr).join(', ')}`
  if (notNets.length > 0 && isIn(notNets)) return `${at} is in ${notNets.map(formatCidr).join(', ')}, which is left out`
  if (service !== undefined && !isBehind(service, candidate.addresses, resources))
    return `no EndpointSlice of the service ${service.namespace}/${service.name} has ${at}`
  return undefined
}
