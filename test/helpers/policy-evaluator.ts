// What policy says of a packet, worked out from the resources alone: a second, slow and plain reading of Calico's semantics to
// hold the compiled rules against. It knows no chain, no mark and no IP set, and it shares no decision with planner or renderer.

import { patternMatcher } from '../../src/calico/interface-patterns.ts'
import { type FelixConfig, isOpenStackActive } from '../../src/calico/felix-config.ts'
import type { HostEndpoint, WorkloadEndpoint } from '../../src/model/ast/endpoint.ts'
import type { EntityRule, IcmpMatch, Policy, PolicyRule } from '../../src/model/ast/policy.ts'
import type { NetworkSet, Profile, Resource, Tier } from '../../src/model/ast/resources.ts'
import type { HostFacts } from '../../src/model/host.ts'
import { type Cidr, type IpVersion, toBits } from '../../src/net/cidr.ts'
import type { Protocol } from '../../src/net/protocol.ts'
import type { Selector } from '../../src/selector/ast.ts'
import type { ReleaseSemantics } from './release-semantics.ts'
import type { Packet } from '../../src/netfilter/packet.ts'

/** `none`: Calico leaves the packet to whoever comes after it. */
export type PolicyVerdict = 'accept' | 'drop' | 'none'

/** `UNTRACKED`: of no connection that anybody follows. */
export type PacketState = 'NEW' | 'ESTABLISHED' | 'INVALID' | 'UNTRACKED'

export type PacketPath =
  | { readonly kind: 'toHost'; readonly inInterface: string }
  | { readonly kind: 'fromHost'; readonly outInterface: string }
  | { readonly kind: 'forward'; readonly inInterface: string; readonly outInterface: string }

export interface World {
  readonly resources: readonly Resource[]
  readonly nodeName: string
  readonly host: HostFacts
  readonly config: FelixConfig
  /** Interface of a local workload: naming is not policy. */
  readonly interfaceOf: (workload: WorkloadEndpoint) => string | undefined
  /** Whether the node makes VXLAN tunnels for this IP version; their packets are not tracked. */
  readonly hasVxlan: (ipVersion: IpVersion) => boolean
  readonly semantics: ReleaseSemantics
}

type Direction = 'ingress' | 'egress'
type Section = 'untracked' | 'preDNAT' | 'normal' | 'forward'
type Endpoint = WorkloadEndpoint | HostEndpoint
type Decision = 'allow' | 'deny' | 'pass' | 'undecided'

const EVERYTHING: EntityRule = { nets: [], notNets: [], ports: [], notPorts: [], namedPorts: [], notNamedPorts: [] }
const OPEN: PolicyRule = { action: 'Allow', source: EVERYTHING, destination: EVERYTHING, annotations: [] }

const NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58, sctp: 132, udplite: 136 }

/** Queries and reports of listeners, solicitations and advertisements, which Linux tracks for nobody. */
function isNeighbourMessage({ ipVersion, protocol, icmpType }: Packet): boolean {
  return ipVersion === 6 && protocol === 58 && [130, 131, 132, 133, 134, 135, 136, 143, 151].includes(icmpType ?? 0)
}

export class PolicyEvaluator {
  readonly #world: World
  readonly #policies: readonly Policy[]
  readonly #workloads: readonly WorkloadEndpoint[]
  readonly #hostEndpoints: readonly HostEndpoint[]
  readonly #networkSets: readonly NetworkSet[]
  readonly #tiers = new Map<string, Tier>()
  readonly #profiles = new Map<string, Profile>()
  readonly #blocked: readonly Cidr[]

  constructor(world: World, blockedServiceCidrs: readonly Cidr[]) {
    this.#world = world
    this.#blocked = blockedServiceCidrs
    const of = <K extends Resource['kind']>(kind: K): Extract<Resource, { kind: K }>[] =>
      world.resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind)
    this.#policies = of('policy')
    this.#workloads = of('workloadEndpoint').filter(
      ({ addresses, extras }) =>
        addresses.length > 0 &&
        ((extras?.allowedSourcePrefixes.length ?? 0) === 0 || world.config.workloadSourceSpoofing === 'Any'),
    )
    this.#hostEndpoints = of('hostEndpoint')
    this.#networkSets = of('networkSet')
    for (const tier of [...world.semantics.tiers, ...of('tier')]) this.#tiers.set(tier.name, tier)
    // Namespaces that the input uses without declaring them have one label.
    const namespaces = [
      'default',
      ...this.#policies.map(({ id }) => id.namespace),
      ...of('workloadEndpoint').map(({ namespace }) => namespace),
      ...this.#networkSets.map(({ namespace }) => namespace),
    ]
    for (const name of namespaces) {
      const labelsToApply = { 'pcns.kubernetes.io/metadata.name': name, 'pcns.projectcalico.org/name': name }
      this.#addProfile(`kns.${name}`, labelsToApply)
    }
    this.#addProfile('projectcalico-default-allow', {})
    for (const profile of of('profile')) this.#profiles.set(profile.name, profile)
  }

  #addProfile(name: string, labelsToApply: Readonly<Record<string, string>>): void {
    this.#profiles.set(name, { kind: 'profile', name, labelsToApply, ingress: [OPEN], egress: [OPEN] })
  }

  decide(packet: Packet, path: PacketPath, trackedState: PacketState): PolicyVerdict {
    const { hasVxlan, config, semantics } = this.#world
    const isTunnel = packet.protocol === 17 && packet.destinationPort === config.vxlanPort
    const isUntracked =
      (isTunnel && semantics.leavesVxlanUntracked && hasVxlan(packet.ipVersion)) || isNeighbourMessage(packet)
    const state = isUntracked ? 'UNTRACKED' : trackedState
    switch (path.kind) {
      case 'toHost':
        return this.#toHost(packet, path.inInterface, state)
      case 'fromHost':
        return this.#fromHost(packet, path.outInterface, state)
      case 'forward':
        return this.#forward(packet, path.inInterface, path.outInterface, state)
    }
  }

  /**
   * Raw and mangle tables on arrival: dropped, accepted for all later host endpoint policy, or neither. What untracked policy
   * accepts belongs to no connection from then on.
   */
  #arrive(
    packet: Packet,
    inInterface: string,
    state: PacketState,
  ): { readonly outcome: 'drop' | 'accepted' | 'undecided'; readonly state: PacketState } {
    const own = this.#ownHostEndpoint(inInterface)
    if (own !== undefined && !this.isWorkloadInterface(inInterface) && !this.#isFailsafe(packet, 'raw', 'ingress')) {
      const verdict = this.#evaluate(own, 'untracked', 'ingress', packet)
      if (verdict === 'drop') return { outcome: 'drop', state }
      if (verdict === 'accept') return { outcome: 'accepted', state: 'UNTRACKED' }
    }
    // An endpoint that has no preDNAT policy of its own leaves its traffic to that of `*`.
    const hasOwn = own !== undefined && this.#tiersOf(own, 'preDNAT').length > 0
    const governing = hasOwn ? own : this.#wildcard()
    const verdict =
      state === 'ESTABLISHED' || governing === undefined ? 'none' : this.#preDnat(governing, packet, state)
    return { outcome: verdict === 'drop' ? 'drop' : verdict === 'accept' ? 'accepted' : 'undecided', state }
  }

  #preDnat(endpoint: HostEndpoint, packet: Packet, state: PacketState): PolicyVerdict {
    if (this.#tiersOf(endpoint, 'preDNAT').length === 0) return 'none'
    if (state === 'INVALID' && !this.#world.config.disableConntrackInvalidCheck) return 'drop'
    return this.#isFailsafe(packet, 'later', 'ingress')
      ? 'none'
      : this.#evaluate(endpoint, 'preDNAT', 'ingress', packet)
  }

  #toHost(packet: Packet, inInterface: string, stateBefore: PacketState): PolicyVerdict {
    const { outcome, state } = this.#arrive(packet, inInterface, stateBefore)
    if (outcome === 'drop') return 'drop'
    if (this.isWorkloadInterface(inInterface)) return this.#workloadToHost(packet, inInterface, state)
    if (outcome === 'accepted') return 'accept'
    const endpoint = this.#ownHostEndpoint(inInterface) ?? this.#wildcard()
    return endpoint === undefined ? 'none' : this.#hostEndpointNormal(endpoint, 'ingress', packet, state)
  }

  #hostEndpointNormal(endpoint: HostEndpoint, direction: Direction, packet: Packet, state: PacketState): PolicyVerdict {
    const early = this.#connection(state)
    if (early !== undefined) return early
    if (this.#isFailsafe(packet, 'later', direction)) return 'accept'
    return this.#evaluate(endpoint, 'normal', direction, packet)
  }

  #workloadToHost(packet: Packet, inInterface: string, state: PacketState): PolicyVerdict {
    if (
      packet.ipVersion === 6 &&
      packet.protocol === 58 &&
      [130, 131, 132, 133, 135, 136].includes(packet.icmpType ?? -1)
    )
      return 'accept'
    if (isOpenStackActive(this.#world.config) && isOpenStackService(packet)) return 'accept'
    const verdict = this.#workload(inInterface, 'egress', packet, state)
    if (verdict === 'drop' || this.#isThrough(state)) return verdict
    switch (this.#world.config.defaultEndpointToHostAction) {
      case 'DROP':
        return 'drop'
      case 'ACCEPT':
        return 'accept'
      case 'RETURN':
        return 'none'
    }
  }

  #fromHost(packet: Packet, outInterface: string, state: PacketState): PolicyVerdict {
    const own = this.#ownHostEndpoint(outInterface)
    if (own !== undefined && !this.#isFailsafe(packet, 'raw', 'egress')) {
      const verdict = this.#evaluate(own, 'untracked', 'egress', packet)
      if (verdict !== 'none') return verdict
    }
    if (this.isWorkloadInterface(outInterface)) return 'none'
    const endpoint = own ?? this.#wildcard()
    return endpoint === undefined ? 'none' : this.#hostEndpointNormal(endpoint, 'egress', packet, state)
  }

  #forward(packet: Packet, inInterface: string, outInterface: string, stateBefore: PacketState): PolicyVerdict {
    const { outcome, state } = this.#arrive(packet, inInterface, stateBefore)
    if (outcome === 'drop') return 'drop'
    const checks: (() => PolicyVerdict)[] = []
    const incoming = this.#ownHostEndpoint(inInterface) ?? this.#wildcard()
    const outgoing = this.#ownHostEndpoint(outInterface) ?? this.#wildcard()
    if (incoming !== undefined && outcome !== 'accepted')
      checks.push(() => this.#connection(state) ?? this.#evaluate(incoming, 'forward', 'ingress', packet))
    if (this.isWorkloadInterface(inInterface)) checks.push(() => this.#workload(inInterface, 'egress', packet, state))
    if (this.isWorkloadInterface(outInterface))
      checks.push(() => this.#workload(outInterface, 'ingress', packet, state))
    if (outgoing !== undefined)
      checks.push(() => this.#connection(state) ?? this.#evaluate(outgoing, 'forward', 'egress', packet))
    let verdict: PolicyVerdict = outcome === 'accepted' ? 'accept' : 'none'
    for (const check of checks) {
      verdict = check()
      if (verdict === 'drop') return 'drop'
      if (this.#isThrough(state)) return 'accept'
    }
    return this.#blocked.some(cidr => holds(cidr, packet.destination, packet.ipVersion)) ? 'drop' : verdict
  }

  /** What belongs to a connection is through at the first endpoint that it meets, unless accepting means to go on. */
  #isThrough(state: PacketState): boolean {
    return state === 'ESTABLISHED' && this.#world.config.iptablesFilterAllowAction === 'ACCEPT'
  }

  #connection(state: PacketState): 'accept' | 'drop' | undefined {
    if (state === 'ESTABLISHED') return 'accept'
    return state === 'INVALID' && !this.#world.config.disableConntrackInvalidCheck ? 'drop' : undefined
  }

  #workload(interfaceName: string, direction: Direction, packet: Packet, state: PacketState): PolicyVerdict {
    const { config, nodeName, interfaceOf } = this.#world
    const workload = this.#workloads.find(
      endpoint => endpoint.node === nodeName && interfaceOf(endpoint) === interfaceName,
    )
    if (workload === undefined) return 'drop'
    const early = this.#connection(state)
    if (early !== undefined) return early
    if (direction === 'egress') {
      const isVxlan = packet.protocol === 17 && packet.destinationPort === config.vxlanPort
      if (isVxlan && !config.allowVXLANPacketsFromWorkloads) return 'drop'
      if (packet.protocol === 4 && !config.allowIPIPPacketsFromWorkloads) return 'drop'
    }
    return this.#evaluate(workload, 'normal', direction, packet)
  }

  isWorkloadInterface(name: string): boolean {
    return this.#world.config.interfacePrefix.some(prefix => name.startsWith(prefix))
  }

  #ownHostEndpoint(interfaceName: string): HostEndpoint | undefined {
    const { host, nodeName, config } = this.#world
    if (this.isWorkloadInterface(interfaceName)) return undefined
    if (patternMatcher(config.interfaceExclude)(interfaceName)) return undefined
    const known = (host.interfaces ?? []).find(({ name }) => name === interfaceName)
    if (known === undefined) return undefined
    const addresses = known.addresses.map(({ address }) => address.text)
    const candidates = this.#hostEndpoints.filter(
      endpoint =>
        endpoint.node === nodeName &&
        (endpoint.interfaceName === interfaceName ||
          (endpoint.interfaceName === '' && endpoint.expectedIps.some(({ text }) => addresses.includes(text)))),
    )
    return leastName(candidates)
  }

  #wildcard(): HostEndpoint | undefined {
    const { nodeName } = this.#world
    return leastName(
      this.#hostEndpoints.filter(({ node, interfaceName }) => node === nodeName && interfaceName === '*'),
    )
  }

  #isFailsafe(packet: Packet, table: 'raw' | 'later', direction: Direction): boolean {
    const { failsafeInboundHostPorts: inbound, failsafeOutboundHostPorts: outbound } = this.#world.config
    const fits = (list: typeof inbound, port: number | undefined, address: string): boolean =>
      list.some(
        entry =>
          NUMBERS[entry.protocol] === packet.protocol &&
          entry.port === port &&
          (entry.net === undefined || holds(entry.net, address, packet.ipVersion)),
      )
    const { source, destination, sourcePort, destinationPort } = packet
    const isIn = direction === 'ingress'
    // The port that says what service it is, and the address of the other party.
    const other = isIn ? source : destination
    if (fits(isIn ? inbound : outbound, destinationPort, other)) return true
    return table === 'raw' && fits(isIn ? outbound : inbound, sourcePort, other)
  }

  /** Tiers of a section that have a policy for the endpoint, in order, with those policies in order. */
  #tiersOf(
    endpoint: Endpoint,
    section: Section,
  ): readonly { readonly tier: Tier | undefined; readonly policies: readonly Policy[] }[] {
    const mine = this.#policies.filter(
      policy => sectionsOf(policy).includes(section) && this.#selects(policy.selector.selector, endpoint),
    )
    const directed = mine.filter(
      ({ types }) => types.includes('ingress') || (section !== 'preDNAT' && types.includes('egress')),
    )
    const names = [...new Set(directed.map(({ tier }) => tier))].sort((a, b) => this.#compareTiers(a, b))
    return names.map(name => ({
      tier: this.#tiers.get(name),
      policies: directed.filter(({ tier }) => tier === name).sort((a, b) => this.#comparePolicies(a, b)),
    }))
  }

  #compareTiers(a: string, b: string): number {
    const [left, right] = [this.#tiers.get(a), this.#tiers.get(b)]
    if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1
    const [first, second] = [left?.order ?? Infinity, right?.order ?? Infinity]
    if (first !== second) return first < second ? -1 : 1
    return compareText(a, b)
  }

  #comparePolicies(a: Policy, b: Policy): number {
    const [first, second] = [a.order ?? Infinity, b.order ?? Infinity]
    if (first !== second) return first < second ? -1 : 1
    const { tieOf } = this.#world.semantics
    return compareText(tieOf(a), tieOf(b))
  }

  #evaluate(endpoint: Endpoint, section: Section, direction: Direction, packet: Packet): PolicyVerdict {
    const tiers = this.#tiersOf(endpoint, section)
    for (const { tier, policies } of tiers) {
      const list = policies.filter(({ types }) => types.includes(direction))
      const enforced = list.filter(({ id }) => !id.kind.startsWith('Staged'))
      let isPassed = false
      for (const policy of enforced) {
        const decision = this.#decideByRules(policy[direction], packet)
        if (decision === 'deny') return 'drop'
        if (decision === 'allow') return 'accept'
        if (decision === 'pass') {
          isPassed = true
          break
        }
      }
      const canEnd = section === 'normal' || section === 'forward'
      if (!isPassed && canEnd && enforced.length > 0 && tier?.defaultAction !== 'Pass') return 'drop'
    }
    if (section === 'forward') {
      const isAny = this.#world.semantics.forwardDefault === 'either direction'
      const counts = ({ types }: Policy): boolean => isAny || types.includes(direction)
      return tiers.some(({ policies }) => policies.some(counts)) ? 'none' : 'accept'
    }
    if (section !== 'normal') return 'none'
    for (const name of endpoint.profiles) {
      const profile = this.#profiles.get(name)
      if (profile === undefined) return 'drop'
      const decision = this.#decideByRules(profile[direction], packet)
      if (decision === 'deny') return 'drop'
      if (decision === 'allow') return 'accept'
    }
    return 'drop'
  }

  #decideByRules(rules: readonly PolicyRule[], packet: Packet): Decision {
    for (const rule of rules) {
      if (rule.action === 'Log' || !this.#matches(rule, packet)) continue
      return rule.action === 'Allow' ? 'allow' : rule.action === 'Deny' ? 'deny' : 'pass'
    }
    return 'undecided'
  }

  #matches(rule: PolicyRule, packet: Packet): boolean {
    if (rule.ipVersion !== undefined && rule.ipVersion !== packet.ipVersion) return false
    const { source, destination } = rule
    for (const nets of [source.nets, source.notNets, destination.nets, destination.notNets]) {
      if (nets.length > 0 && nets.every(({ ipVersion }) => ipVersion !== packet.ipVersion)) return false
    }
    if (rule.protocol !== undefined && numberOf(rule.protocol) !== packet.protocol) return false
    if (rule.notProtocol !== undefined && numberOf(rule.notProtocol) === packet.protocol) return false
    if (rule.icmp !== undefined && !isMessage(rule.icmp, packet)) return false
    if (rule.notIcmp !== undefined && isMessage(rule.notIcmp, packet)) return false
    return (
      this.#entityMatches(source, packet.source, packet.sourcePort, rule, packet) &&
      this.#entityMatches(destination, packet.destination, packet.destinationPort, rule, packet) &&
      this.#servicesMatch(rule, packet)
    )
  }

  #entityMatches(
    entity: EntityRule,
    address: string,
    port: number | undefined,
    rule: PolicyRule,
    packet: Packet,
  ): boolean {
    const { ipVersion } = packet
    if (entity.nets.length > 0 && !entity.nets.some(net => holds(net, address, ipVersion))) return false
    if (entity.notNets.some(net => holds(net, address, ipVersion))) return false
    const { selector, notSelector } = entity
    if (selector !== undefined && !this.#isMember(selector.selector, address, ipVersion)) return false
    if (notSelector !== undefined && this.#isMember(notSelector.selector, address, ipVersion)) return false
    const inRange = (ranges: EntityRule['ports']): boolean =>
      port !== undefined && ranges.some(({ first, last }) => first <= port && port <= last)
    const isNamed = (names: readonly string[]): boolean =>
      names.some(name => this.#isNamedPort(name, selector?.selector, address, port, rule, packet))
    const hasPorts = entity.ports.length > 0 || entity.namedPorts.length > 0
    if (hasPorts && !inRange(entity.ports) && !isNamed(entity.namedPorts)) return false
    return !inRange(entity.notPorts) && !isNamed(entity.notNamedPorts)
  }

  #isNamedPort(
    name: string,
    selector: Selector | undefined,
    address: string,
    port: number | undefined,
    rule: PolicyRule,
    packet: Packet,
  ): boolean {
    const wanted = rule.protocol === undefined ? 'any' : portProtocol(numberOf(rule.protocol))
    return [...this.#workloads, ...this.#hostEndpoints].some(
      endpoint =>
        addressesOf(endpoint).some(({ text }) => text === address) &&
        (selector === undefined || this.#selects(selector, endpoint)) &&
        endpoint.ports.some(
          candidate =>
            candidate.name === name &&
            candidate.port === port &&
            (wanted === 'any' || candidate.protocol === wanted) &&
            NUMBERS[candidate.protocol] === packet.protocol,
        ),
    )
  }

  #servicesMatch({ source, destination }: PolicyRule, packet: Packet): boolean {
    const slicesOf = (service: { readonly namespace: string; readonly name: string }) =>
      this.#world.resources.flatMap(resource =>
        resource.kind === 'endpointSlice' &&
        resource.namespace === service.namespace &&
        resource.service === service.name
          ? [resource]
          : [],
      )
    const from = source.service
    if (from !== undefined) {
      const addresses = slicesOf(from).flatMap(slice => slice.addresses.map(({ text }) => text))
      if (!addresses.includes(packet.source)) return false
    }
    const to = destination.service
    if (to === undefined) return true
    return slicesOf(to).some(
      ({ addresses, ports }) =>
        addresses.some(({ text }) => text === packet.destination) &&
        ports.some(({ protocol, port }) => NUMBERS[protocol] === packet.protocol && port === packet.destinationPort),
    )
  }

  /** Whether the address belongs to an endpoint or network set that the selector selects. */
  #isMember(selector: Selector, address: string, ipVersion: IpVersion): boolean {
    return (
      [...this.#workloads, ...this.#hostEndpoints].some(
        endpoint => addressesOf(endpoint).some(({ text }) => text === address) && this.#selects(selector, endpoint),
      ) ||
      this.#networkSets.some(
        set => set.nets.some(net => holds(net, address, ipVersion)) && this.#selects(selector, set),
      )
    )
  }

  #selects(selector: Selector, thing: Endpoint | NetworkSet): boolean {
    const profiles =
      thing.kind === 'networkSet' ? (thing.namespace === '' ? [] : [`kns.${thing.namespace}`]) : thing.profiles
    const layers = [thing.labels, ...profiles.map(name => this.#profiles.get(name)?.labelsToApply ?? {})]
    return isTrue(selector, label => {
      const layer = layers.find(labels => Object.hasOwn(labels, label))
      return layer?.[label]
    })
  }
}

/** Virtual machines get their address and resolve names at the host, whatever policy says. */
function isOpenStackService({ ipVersion, protocol, sourcePort, destinationPort }: Packet): boolean {
  if (protocol !== 17) return false
  const [client, server] = ipVersion === 4 ? [68, 67] : [546, 547]
  return destinationPort === 53 || (sourcePort === client && destinationPort === server)
}

function isTrue(selector: Selector, labelOf: (label: string) => string | undefined): boolean {
  switch (selector.kind) {
    case 'all':
    case 'global':
      return true
    case 'not':
      return !isTrue(selector.operand, labelOf)
    case 'and':
      return !selector.operands.some(operand => !isTrue(operand, labelOf))
    case 'or':
      return !selector.operands.every(operand => !isTrue(operand, labelOf))
  }
  const value = labelOf(selector.label)
  if (selector.kind === 'notEquals') return value === undefined || value !== selector.value
  if (selector.kind === 'notIn') return value === undefined || !selector.values.includes(value)
  if (value === undefined) return false
  switch (selector.kind) {
    case 'has':
      return true
    case 'equals':
      return value === selector.value
    case 'contains':
      return value.split(selector.value).length > 1 || selector.value === ''
    case 'startsWith':
      return value.slice(0, selector.value.length) === selector.value
    case 'endsWith':
      return selector.value === '' || value.slice(-selector.value.length) === selector.value
    case 'in':
      return selector.values.includes(value)
  }
}

function sectionsOf({ doNotTrack, preDNAT, applyOnForward }: Policy): readonly Section[] {
  if (doNotTrack) return ['untracked']
  if (preDNAT) return ['preDNAT']
  return applyOnForward ? ['normal', 'forward'] : ['normal']
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function leastName(endpoints: readonly HostEndpoint[]): HostEndpoint | undefined {
  return [...endpoints].sort((a, b) => compareText(a.name, b.name))[0]
}

function addressesOf(endpoint: Endpoint): readonly { readonly text: string }[] {
  return endpoint.kind === 'hostEndpoint' ? endpoint.expectedIps : endpoint.addresses
}

function numberOf(protocol: Protocol): number {
  return typeof protocol === 'number' ? protocol : (NUMBERS[protocol] ?? -1)
}

function portProtocol(protocol: number): 'tcp' | 'udp' | 'sctp' {
  return protocol === 17 ? 'udp' : protocol === 132 ? 'sctp' : 'tcp'
}

function isMessage({ type, code }: IcmpMatch, { icmpType, icmpCode }: Packet): boolean {
  return icmpType === type && (code === undefined || code === icmpCode)
}

export function holds({ ipVersion, address, prefixLength }: Cidr, text: string, textVersion: IpVersion): boolean {
  if (ipVersion !== textVersion) return false
  const shift = BigInt((ipVersion === 4 ? 32 : 128) - prefixLength)
  return toBits({ ipVersion, text: address }) >> shift === toBits({ ipVersion, text }) >> shift
}
