// Rules that plainly decide something: shown without packet sets, which take longer to load than a small input takes in all.

import { type FelixConfig, isOpenStackActive } from '../calico/felix-config.ts'
import type { WorkloadEndpoint } from '../model/ast/endpoint.ts'
import type { Direction } from '../model/ast/policy.ts'
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

const DIRECTIONS = ['ingress', 'egress'] as const

/** Named by their numbers in rules too, and all of them with ports. */
const WITH_PORTS: readonly (number | undefined)[] = (['tcp', 'udp', 'sctp'] as const).map(protocolNumber)

/**
 * Whether every rule of every policy that endpoints of the node meet decides an IPv4 packet that no other of them would decide
 * in the same way. False where that is not so, and wherever it does not show at once: rules that look at anything but a protocol
 * and the ports that packets go to, several tiers in one direction, policies before connection tracking, DNAT or forwarding.
 */
export function arePlainlyUsed(plan: NodePlan, resources: readonly Resource[], host: HostFacts | undefined): boolean {
  const { config, network, workloads, hostEndpoints, wildcardHostEndpoint } = plan
  if (wildcardHostEndpoint !== undefined || network.isIpvs || isOpenStackActive(config)) return false
  if (network.floatingIps[4].dnat.length > 0 || hostEndpoints.some(isMoreThanNormal)) return false
  const taken = portsTaken(config)
  const decides = (tiers: readonly PlannedTier[]): boolean =>
    DIRECTIONS.every(direction => decideApart(rulesMet(tiers, direction), taken))
  const isOfWorkload = (name: string): boolean => config.interfacePrefix.some(prefix => name.startsWith(prefix))
  const addressed = workloads.length === 0 ? undefined : interfacesWithAddress(plan, resources, host)
  return (
    hostEndpoints.every(
      ({ interfaceName, tiers }) => interfaceName !== 'lo' && !isOfWorkload(interfaceName) && decides(tiers.normal),
    ) &&
    workloads.every(
      ({ interfaceName, tiers, ingressLimits, egressLimits }) =>
        isOfWorkload(interfaceName) &&
        addressed?.has(interfaceName) === true &&
        [ingressLimits, egressLimits].every(limits => Object.values(limits).every(limit => limit === undefined)) &&
        decides(tiers),
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
function decideApart(rules: readonly PlannedRule[] | undefined, taken: ReadonlySet<number>): boolean {
  if (rules === undefined || rules.length > MOST_RULES) return false
  const wanted = rules.map(plainPorts)
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

/** What a rule asks for; undefined where that is more than a protocol and the ports that packets go to. */
function plainPorts(
  rule: PlannedRule,
): { readonly protocol: number; readonly ports: readonly PortRange[] } | undefined {
  const { action, ipVersion, protocol, notProtocol, icmp, notIcmp, source, destination } = rule
  const { ports, ...others } = destination
  const number = protocol === undefined ? undefined : protocolNumber(protocol)
  const isPlain =
    (action === 'Allow' || action === 'Deny') &&
    ipVersion !== 6 &&
    [notProtocol, icmp, notIcmp].every(value => value === undefined) &&
    asksNothing(source) &&
    asksNothing(others)
  return isPlain && number !== undefined && WITH_PORTS.includes(number) ? { protocol: number, ports } : undefined
}

function asksNothing(entity: Partial<PlannedEntity>): boolean {
  return Object.values(entity).every(list => list.length === 0)
}

/** Interfaces of the node with an IPv4 address behind them that is not another's. */
function interfacesWithAddress(
  { nodeName, workloads, ipSets }: NodePlan,
  resources: readonly Resource[],
  host: HostFacts | undefined,
): ReadonlySet<string> {
  const isHere = (one: Resource): one is WorkloadEndpoint => one.kind === 'workloadEndpoint' && one.node === nodeName
  const names = new Map(workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const owners = new Map<string, string | undefined>()
  for (const one of resources.filter(isHere)) {
    const interfaceName = names.get(`${one.namespace}/${one.name}`)
    for (const { ipVersion, text } of one.addresses)
      if (ipVersion === 4) owners.set(text, owners.has(text) ? undefined : interfaceName)
  }
  const own = [
    ...addressesOfFacts(host),
    ...ipSets.flatMap(({ id, members }) => (id === 'this-host' ? (members[4] ?? []) : [])),
  ]
  for (const address of own) owners.delete(address)
  return new Set(
    [...owners].flatMap(([address, name]) => (name === undefined || address.startsWith('127.') ? [] : [name])),
  )
}
