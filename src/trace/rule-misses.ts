// What a packet would have to be otherwise for a rule of a policy to fit it, in the words of the policy.

import { NAMESPACE_PREFIX, NAMESPACE_PROFILE_PREFIX } from '../calico/labels.ts'
import type { EntityRule, ParsedSelector, PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { cidrCovers, formatCidr, parseAddress, singleAddressCidr } from '../net/cidr.ts'
import { formatPortRange } from '../net/port.ts'
import { protocolNumber } from '../net/protocol.ts'
import type { Packet } from '../netfilter/packet.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { explainTerms } from '../selector/explain.ts'
import { describeLabel } from '../words/label.ts'
import { protocolWords } from '../words/packet.ts'
import { bareLabel, describeSelected } from '../words/selector.ts'
import type { Owner, Owners } from './owners.ts'

/** One criterion of a rule that a packet does not meet. */
export interface Miss {
  /** The field of the rule: `protocol`, `source.selector`, `destination.ports`. */
  readonly field: string
  /** What the rule is for: "pods in namespace shop". */
  readonly wanted: string
  /** How it is instead: "label app of pod/shop/web is "x"". No full stop. */
  readonly found: string
}

/** What rules are asked with. */
export interface MissContext {
  readonly owners: Owners
  readonly resources: readonly Resource[]
}

/** Empty where the rule fits the packet. */
export function missesOf(rule: PolicyRule, packet: Packet, context: MissContext): readonly Miss[] {
  const protocols = protocolMisses(rule, packet)
  const sides = [
    ...sideMisses('source', rule.source, packet, context),
    ...sideMisses('destination', rule.destination, packet, context),
  ]
  // That it has no ports goes without saying where the protocol is another one.
  const hasPorts = packet.destinationPort !== undefined
  return [...protocols, ...sides.filter(({ field }) => hasPorts || protocols.length === 0 || !/ports$/i.test(field))]
}

function protocolMisses(
  { ipVersion, protocol, notProtocol, icmp, notIcmp }: PolicyRule,
  packet: Packet,
): readonly Miss[] {
  const misses: Miss[] = []
  const own = protocolWords(packet.protocol)
  const miss = (field: string, wanted: string, found: string): void => void misses.push({ field, wanted, found })
  if (ipVersion !== undefined && ipVersion !== packet.ipVersion)
    miss('ipVersion', `IPv${ipVersion}`, `the packet is IPv${packet.ipVersion}`)
  if (protocol !== undefined && protocolNumber(protocol) !== packet.protocol)
    miss('protocol', protocolWords(protocolNumber(protocol)), `the packet is ${own}`)
  if (notProtocol !== undefined && protocolNumber(notProtocol) === packet.protocol)
    miss('notProtocol', `anything but ${own}`, `the packet is ${own}`)
  const isIcmp = ({ type, code }: { readonly type: number; readonly code?: number }): boolean =>
    type === packet.icmpType && (code === undefined || code === packet.icmpCode)
  const icmpWords = `the packet has ICMP type ${packet.icmpType ?? 'none'}`
  if (icmp !== undefined && !isIcmp(icmp)) miss('icmp', `ICMP type ${icmp.type}`, icmpWords)
  if (notIcmp !== undefined && isIcmp(notIcmp)) miss('notICMP', `anything but ICMP type ${notIcmp.type}`, icmpWords)
  return misses
}

type Side = 'source' | 'destination'

function sideMisses(side: Side, entity: EntityRule, packet: Packet, context: MissContext): readonly Miss[] {
  const { owners } = context
  const text = packet[side]
  const own = owners.of(text)
  const misses: Miss[] = []
  const miss = (field: string, wanted: string, found: string): void =>
    void misses.push({ field: `${side}.${field}`, wanted, found })
  const isIn = (nets: EntityRule['nets']): boolean => {
    const address = parseAddress(text)
    return address !== undefined && nets.some(net => cidrCovers(net, singleAddressCidr(address)))
  }
  const { nets, notNets, selector, notSelector, service } = entity
  const netsOf = (list: EntityRule['nets']): string => list.map(formatCidr).join(', ')
  if (nets.length > 0 && !isIn(nets)) miss('nets', `addresses in ${netsOf(nets)}`, `the ${side} is ${text}`)
  if (notNets.length > 0 && isIn(notNets))
    miss('notNets', `addresses not in ${netsOf(notNets)}`, `the ${side} is ${text}`)
  if (selector !== undefined && !own.some(owner => selects(selector, owner)))
    miss('selector', describeSelected(selector.selector), whyNotSelected(selector, text, own, owners))
  if (notSelector !== undefined && own.some(owner => selects(notSelector, owner)))
    miss('notSelector', `all but ${describeSelected(notSelector.selector)}`, `${nameOf(text, own)} is one of them`)
  if (service !== undefined && !isBehind(service, side, packet, context.resources)) {
    const name = `${service.namespace}/${service.name}`
    miss('services', `what stands behind the service ${name}`, `${nameOf(text, own)} does not, by its EndpointSlices`)
  }
  for (const { field, wanted, found } of portMisses(side, entity, packet, own)) miss(field, wanted, found)
  return misses
}

function portMisses(
  side: Side,
  { ports, notPorts, namedPorts, notNamedPorts }: EntityRule,
  packet: Packet,
  own: readonly Owner[],
): readonly Miss[] {
  const port = side === 'source' ? packet.sourcePort : packet.destinationPort
  const protocol = protocolWords(packet.protocol)
  const isNumber = (ranges: EntityRule['ports']): boolean =>
    port !== undefined && ranges.some(({ first, last }) => port >= first && port <= last)
  const isNamed = (names: readonly string[]): boolean =>
    own.some(owner =>
      owner.ports.some(
        known =>
          names.includes(known.name) && known.port === port && protocolNumber(known.protocol) === packet.protocol,
      ),
    )
  const list = (ranges: EntityRule['ports'], names: readonly string[]): string =>
    [...ranges.map(formatPortRange), ...names].join(', ')
  const count = (ranges: EntityRule['ports'], names: readonly string[]): string =>
    ranges.length + names.length === 1 && ranges.every(({ first, last }) => first === last) ? 'port' : 'ports'
  const found =
    port === undefined
      ? `${protocol} has no ports`
      : `the packet ${side === 'source' ? 'comes from' : 'goes to'} ${protocol} ${port}`
  const misses: Miss[] = []
  if (ports.length + namedPorts.length > 0 && !isNumber(ports) && !isNamed(namedPorts)) {
    const named = namedPorts.flatMap(name => whichPort(name, own))
    misses.push({
      field: 'ports',
      wanted: `${side === 'source' ? 'source ' : ''}${count(ports, namedPorts)} ${list(ports, namedPorts)}`,
      found: [found, ...named].join('; '),
    })
  }
  if (isNumber(notPorts) || isNamed(notNamedPorts))
    misses.push({ field: 'notPorts', wanted: `all ports but ${list(notPorts, notNamedPorts)}`, found })
  return misses
}

/** What a port's name stands for at whose port it would be. */
function whichPort(name: string, own: readonly Owner[]): readonly string[] {
  return own
    .filter(({ kind }) => kind !== 'networkSet')
    .map(owner => {
      const port = owner.ports.find(known => known.name === name)
      return port === undefined
        ? `${owner.name} has no port named ${name}`
        : `${name} of ${owner.name} is ${protocolWords(protocolNumber(port.protocol))} ${port.port}`
    })
}

function isBehind(
  { namespace, name }: { readonly namespace: string; readonly name: string },
  side: Side,
  packet: Packet,
  resources: readonly Resource[],
): boolean {
  return resources.some(
    resource =>
      resource.kind === 'endpointSlice' &&
      resource.namespace === namespace &&
      resource.service === name &&
      resource.addresses.some(({ text }) => text === packet[side]) &&
      (side === 'source' ||
        resource.ports.some(
          ({ port, protocol }) => port === packet.destinationPort && protocolNumber(protocol) === packet.protocol,
        )),
  )
}

export function selects({ selector }: ParsedSelector, { labelOf }: Owner): boolean {
  return evaluateSelector(selector, key => labelOf(key)?.value)
}

function nameOf(address: string, own: readonly Owner[]): string {
  return own.length === 0 ? address : own.map(({ name }) => name).join(' and ')
}

/** What of the selector fails at the address, and what there is instead. */
function whyNotSelected(selector: ParsedSelector, address: string, own: readonly Owner[], owners: Owners): string {
  const [owner] = own
  if (owner !== undefined) return whyNot(selector, owner, owners)
  const nodes = owners.nodesOf(address)
  if (nodes.length > 0)
    return `${address} is the address of node ${nodes.join(', ')}: selectors do not find what has no address of its own (hostNetwork)`
  return `${address} is no pod, host endpoint or network set of the input, so no selector finds it`
}

/** The first term that does not hold: "namespace frontend has no label name; it has …". */
export function whyNot({ selector }: ParsedSelector, owner: Owner, owners: Owners): string {
  const { terms } = explainTerms(selector, key => owner.labelOf(key)?.value)
  const [first] = terms
  if (first === undefined || !('label' in first.term)) return `${owner.name} is none`
  const { label } = first.term
  if (label === 'projectcalico.org/namespace')
    return owner.namespace === ''
      ? `${owner.name} is in no namespace`
      : `${owner.name} is in namespace ${owner.namespace}`
  if (label.startsWith('projectcalico.org/')) return `${owner.name} is none of these`
  const found = owner.labelOf(label)
  const said = describeLabel(label, found, owner.profiles)
  const whose = label === bareLabel(label) ? `${said.replace(/^there is no/, `${owner.name} has no`)}` : said
  const holder = label === bareLabel(label) && found !== undefined ? ` at ${owner.name}` : ''
  const instead = insteadOf(first.term, owner, owners)
  return `${whose}${holder}${found === undefined && instead !== '' ? `; it has ${instead}` : ''}`
}

/** Labels that may have been meant: those of the wanted value, else all if they are few. */
function insteadOf(
  term: Extract<ParsedSelector['selector'], { readonly label: string }>,
  { labels, profiles }: Owner,
  owners: Owners,
): string {
  const prefix = term.label.slice(0, term.label.length - bareLabel(term.label).length)
  const profilePrefix = prefix === NAMESPACE_PREFIX ? NAMESPACE_PROFILE_PREFIX : 'ksa.'
  const profile = profiles.find(name => name.startsWith(profilePrefix))
  const held = prefix === '' ? labels : profile === undefined ? {} : (owners.profileLabels(profile) ?? {})
  const entries = Object.entries(held).filter(
    ([key]) => key.startsWith(prefix) && !bareLabel(key).startsWith('projectcalico.org/'),
  )
  const wanted = 'value' in term ? [term.value] : 'values' in term ? term.values : []
  const same = entries.filter(([, value]) => wanted.includes(value))
  const shown = same.length > 0 ? same : entries.length <= MOST_LABELS ? entries : []
  return shown.map(([key, value]) => `${bareLabel(key)}: ${value}`).join(', ')
}

const MOST_LABELS = 4
