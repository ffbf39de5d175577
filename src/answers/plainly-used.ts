// Rules that plainly decide something: shown without packet sets, which take longer to load than a small input takes in all.

import { type FelixConfig, isOpenStackActive } from '../calico/felix-config.ts'
import type { WorkloadEndpoint } from '../model/ast/endpoint.ts'
import { type Direction, DIRECTIONS } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { addressesOfFacts, type HostFacts } from '../model/host.ts'
import type { NodePlan, PlannedEntity, PlannedHostEndpoint, PlannedRule, PlannedTier } from '../model/plan.ts'
import type { PortRange } from '../net/port.ts'
import { protocolNumber } from '../net/protocol.ts'
import { type LookedAt, type PolicyRuleUse, PolicyRuleUses } from './dead-rules.ts'
import { endpointsOf, policiesMet } from './endpoint-classes.ts'

/** In longer lists each rule would be held against all others for longer than sets take. */
const MOST_RULES = 50

/** Of rules that all decide plainly, nothing more is found out: there is nothing to be said of them. */
export class RuleUses {
  readonly #mostPlain: number
  readonly #plain: LookedAt[] = []
  #met = 0
  #uses: PolicyRuleUses | undefined

  /** @param mostPlain policies that endpoints meet: with more of them it counts what sets take, as `work` has it */
  constructor(mostPlain: number) {
    this.#mostPlain = mostPlain
  }

  get work(): number {
    return this.#uses?.work ?? 0
  }

  add(looked: LookedAt): void {
    const { plan, resources, host } = looked
    const met = endpointsOf(plan).reduce((sum, endpoint) => sum + policiesMet(endpoint).length, 0)
    if (met === 0) return
    this.#met += met
    if (this.#uses === undefined && this.#met <= this.#mostPlain && arePlainlyUsed(plan, resources, host)) {
      this.#plain.push(looked)
      return
    }
    this.#uses ??= new PolicyRuleUses()
    for (const one of [...this.#plain.splice(0), looked]) this.#uses.add(one)
  }

  /** @throws TooManyNodesError where the sets grow over all bounds */
  uses(): readonly PolicyRuleUse[] {
    return this.#uses?.uses() ?? []
  }
}

/** Named by their numbers in rules too, and all of them with ports. */
const WITH_PORTS: readonly (number | undefined)[] = (['tcp', 'udp', 'sctp'] as const).map(protocolNumber)

/**
 * Whether every rule of every policy that endpoints of the node meet decides an IPv4 packet that no other of them would decide
 * in the same way. False where that is not so, and wherever it does not show at once: rules that look at anything but a protocol,
 * the ports that packets go to and nets or one selector of the peer; several tiers in one direction; policies before connection
 * tracking, DNAT or forwarding.
 */
export function arePlainlyUsed(plan: NodePlan, resources: readonly Resource[], host: HostFacts | undefined): boolean {
  const { config, network, workloads, hostEndpoints, wildcardHostEndpoint } = plan
  if (wildcardHostEndpoint !== undefined || network.isIpvs || isOpenStackActive(config)) return false
  if (network.floatingIps[4].dnat.length > 0 || hostEndpoints.some(isMoreThanNormal)) return false
  const taken = portsTaken(config)
  const { own, owners } = addressesOf(plan, resources, host)
  const decides = (tiers: readonly PlannedTier[], isPeer: (address: string) => boolean): boolean =>
    DIRECTIONS.every(direction => {
      const hasPeer = (rule: PlannedRule): boolean => isMet(peerOf(rule, direction), plan, isPeer)
      return decideApart(rulesMet(tiers, direction), taken, rule =>
        hasPeer(rule) ? plainPorts(rule, direction) : undefined,
      )
    })
  const isOfWorkload = (name: string): boolean => config.interfacePrefix.some(prefix => name.startsWith(prefix))
  const addressed = new Set(owners.values())
  return (
    hostEndpoints.every(
      ({ interfaceName, tiers }) =>
        interfaceName !== 'lo' &&
        !isOfWorkload(interfaceName) &&
        decides(tiers.normal, address => isUnicast(address) && !own.has(address) && !owners.has(address)),
    ) &&
    workloads.every(
      ({ interfaceName, tiers, ingressLimits, egressLimits }) =>
        isOfWorkload(interfaceName) &&
        addressed.has(interfaceName) &&
        [ingressLimits, egressLimits].every(limits => Object.values(limits).every(limit => limit === undefined)) &&
        decides(
          tiers,
          address =>
            isUnicast(address) &&
            !own.has(address) &&
            (!owners.has(address) || ![undefined, interfaceName].includes(owners.get(address))),
        ),
    )
  )
}

function isMoreThanNormal({ tiers: { normal: _, ...others } }: PlannedHostEndpoint): boolean {
  return Object.values(others).some(tiers => tiers.length > 0)
}

/** Ports that are decided about before policy, for some packets at least. */
function portsTaken(config: FelixConfig): ReadonlySet<number> {
  const { failsafeInboundHostPorts, failsafeOutboundHostPorts } = config
  const { vxlanPort, wireguardListeningPort, wireguardListeningPortV6 } = config
  return new Set(
    [
      ...[...failsafeInboundHostPorts, ...failsafeOutboundHostPorts].map(({ port }) => port),
      ...[vxlanPort, wireguardListeningPort, wireguardListeningPortV6],
    ].map(port => port & 0xffff),
  )
}

/** In the order in which packets meet them; undefined where there are several tiers. */
function rulesMet(tiers: readonly PlannedTier[], direction: Direction): readonly PlannedRule[] | undefined {
  const met = tiers.map(tier => tier[direction].flatMap(({ enforced }) => enforced)).filter(({ length }) => length > 0)
  return met.length > 1 ? undefined : met.flat(2).flatMap(policy => policy[direction])
}

/** Whether each of the rules has a port that is for it alone: such packets come to it, and without it nothing decides about them. */
function decideApart(
  rules: readonly PlannedRule[] | undefined,
  taken: ReadonlySet<number>,
  read: (rule: PlannedRule) => PlainRule | undefined,
): boolean {
  if (rules === undefined || rules.length > MOST_RULES) return false
  const wanted = rules.map(read)
  return wanted.every(
    (own, index) =>
      own !== undefined &&
      own.ports.some(({ first, last }) =>
        [first, last].some(
          port =>
            !taken.has(port) &&
            !wanted.some((other, at) => at !== index && other?.protocol === own.protocol && has(other.ports, port)),
        ),
      ),
  )
}

function has(ranges: readonly PortRange[], port: number): boolean {
  return ranges.some(({ first, last }) => first <= port && port <= last)
}

/** A rule that asks for a protocol, the ports that packets go to, and for its peer. */
interface PlainRule {
  readonly protocol: number
  readonly ports: readonly PortRange[]
}

/** Undefined for a rule that asks for more. */
function plainPorts(rule: PlannedRule, direction: Direction): PlainRule | undefined {
  const { action, ipVersion, protocol, notProtocol, icmp, notIcmp, source, destination } = rule
  const { ports, ...others } = destination
  const number = protocol === undefined ? undefined : protocolNumber(protocol)
  const isPlain =
    (action === 'Allow' || action === 'Deny') &&
    ipVersion !== 6 &&
    [notProtocol, icmp, notIcmp].every(value => value === undefined) &&
    asksNothing(direction === 'ingress' ? others : source)
  return isPlain && number !== undefined && WITH_PORTS.includes(number) ? { protocol: number, ports } : undefined
}

type Peer = Omit<PlannedEntity, 'ports'>

/** The side that is not the endpoint's own; undefined where ports that packets come from are asked for, too. */
function peerOf({ source, destination: { ports: _, ...others } }: PlannedRule, direction: Direction): Peer | undefined {
  if (direction === 'egress') return others
  const { ports, ...peer } = source
  return ports.length === 0 ? peer : undefined
}

function asksNothing(entity: Partial<PlannedEntity>): boolean {
  return Object.values(entity).every(list => list.length === 0)
}

/** Whether a rule asks for nothing of its peer, or for nets or for one set that have an address that may be a peer's. */
function isMet(peer: Peer | undefined, { ipSets: sets }: NodePlan, isPeer: (address: string) => boolean): boolean {
  if (peer === undefined) return false
  const { nets, ipSets, ...others } = peer
  if (!asksNothing(others)) return false
  if (asksNothing({ nets, ipSets })) return true
  if (ipSets.length === 0) return nets.some(({ ipVersion, address }) => ipVersion === 4 && isPeer(address))
  if (nets.length > 0 || ipSets.length > 1) return false
  const members = sets.find(({ id }) => id === ipSets[0])?.members[4] ?? []
  return members.some(member => isPeer(member.replace(/\/.*/, '')))
}

/** An address of one host elsewhere: neither loopback, nor multicast, nor of no host. */
function isUnicast(address: string): boolean {
  const first = Number(address.split('.', 1)[0])
  return first > 0 && first < 224 && first !== 127
}

interface Addresses {
  /** Of the node itself. */
  readonly own: ReadonlySet<string>
  /** Interfaces by IPv4 addresses behind them; undefined for an address of several. */
  readonly owners: ReadonlyMap<string, string | undefined>
}

function addressesOf(
  { nodeName, workloads, ipSets }: NodePlan,
  resources: readonly Resource[],
  host: HostFacts | undefined,
): Addresses {
  const own = new Set([
    ...addressesOfFacts(host),
    ...ipSets.flatMap(({ id, members }) => (id === 'this-host' ? (members[4] ?? []) : [])),
  ])
  const isHere = (one: Resource): one is WorkloadEndpoint => one.kind === 'workloadEndpoint' && one.node === nodeName
  const names = new Map(workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const owners = new Map<string, string | undefined>()
  for (const one of resources.filter(isHere)) {
    const interfaceName = names.get(`${one.namespace}/${one.name}`)
    for (const { ipVersion, text } of one.addresses) {
      const isSure = ipVersion === 4 && !owners.has(text) && !own.has(text) && isUnicast(text)
      owners.set(text, isSure ? interfaceName : undefined)
    }
  }
  return { own, owners }
}
