// Rules, marks and packets in plain words.

import { PROTOCOL_NAMES, protocolName, V3_PROTOCOL_NAMES } from '../net/protocol.ts'
import { assertNever } from '../text/assert-never.ts'
import { netsText } from '../netfilter/rule-net.ts'
import type { Marks } from '../calico/marks.ts'
import { setBits } from '../calico/marks.ts'
import { formatPolicyId } from '../calico/policy-names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { KernelIpSet } from '../netfilter/kernel-tables.ts'
import type { IpSetSource } from '../model/plan.ts'
import type { Match, Origin, Target } from '../model/ruleset.ts'
import { formatPortRange } from '../net/port.ts'
import { printMatch } from '../netfilter/match-table.ts'
import type { Packet } from '../netfilter/packet.ts'
import type { Scene } from './scene.ts'

/** `accept, pass`, with bits that mean nothing here as one hexadecimal number; `none` for 0. */
export function markWords(mark: number, marks: Marks | undefined): string {
  if (mark === 0) return 'none'
  const names: string[] = []
  let rest = 0
  for (const bit of setBits(mark)) {
    const name = marks === undefined ? undefined : nameOfBit(bit, marks)
    if (name === undefined) rest += bit
    else if (!names.includes(name)) names.push(name)
  }
  return [...names, ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join(', ')
}

function nameOfBit(bit: number, marks: Marks): string | undefined {
  switch (bit) {
    case marks.accept:
      return 'accept'
    case marks.pass:
      return 'pass'
    case marks.drop:
      return 'drop'
    case marks.scratch0:
      return 'scratch0'
    case marks.scratch1:
      return 'scratch1'
    case marks.wireguard:
      return 'wireguard'
    default:
      return (bit & marks.endpointMask) === 0 ? undefined : 'endpoint'
  }
}

/** What the names of mark bits mean, in the order of the bits. */
export const MARK_MEANINGS: readonly (readonly [name: string, meaning: string])[] = [
  ['accept', 'policy or a profile allowed the packet'],
  ['pass', 'a policy said Pass: go on with the next tier'],
  ['drop', 'a Deny rule matched: the next rule drops'],
  ['scratch0', 'all lists of a rule match so far; in raw PREROUTING: comes from a workload'],
  ['scratch1', 'this list of a rule matches'],
]

export function matchWords(match: Match, scene: Scene): string {
  switch (match.kind) {
    case 'mark': {
      const words = markWords(match.mask, scene.marks)
      if (match.value === match.mask) return match.negated ? `mark ${words} is not set` : `mark ${words} is set`
      return `mark under ${words} is ${match.negated ? 'not ' : ''}${markWords(match.value, scene.marks)}`
    }
    case 'markClear':
      return `mark ${markWords(match.mask, scene.marks)} is ${match.negated ? 'set' : 'not set'}`
    case 'inInterface':
      return `comes in by ${match.name}`
    case 'outInterface':
      return `leaves by ${match.name}`
    case 'notInInterface':
      return `does not come in by ${match.name}`
    case 'notOutInterface':
      return `does not leave by ${match.name}`
    case 'reversePathFails':
      return 'the reverse path check fails'
    case 'addressType': {
      const where = match.limitToOutInterface ? ' on the interface it leaves by' : ''
      return `${match.side === 'src' ? 'source' : 'destination'} is ${not(match)}an address of the node${where}`
    }
    case 'conntrackState':
      return `connection is ${not(match)}${match.states.join(' or ')}`
    case 'protocol':
      return `protocol is ${not(match)}${match.protocol}`
    case 'net':
      return `${match.side} is ${not(match)}in ${netsText(match.nets)}`
    case 'ipSet': {
      const what = match.withPort ? `${match.side} and port are` : `${match.side} is`
      return `${what} ${not(match)}in set ${match.set}${sourceWords(scene.tables.ipSets.get(match.set))}`
    }
    case 'ports':
      return `${match.side} port is ${not(match)}${match.ranges.map(formatPortRange).join(', ')}`
    case 'destinationPort':
      return `destination port is ${match.port}`
    case 'icmp': {
      const code = match.code === undefined ? '' : ` code ${match.code}`
      return `ICMP type is ${not(match)}${match.type}${code}`
    }
    case 'limit':
      return `within ${match.rate.written}`
    case 'connectionLimit':
      return `more than ${match.above} connections`
    case 'tcpFlags':
      return `of ${match.mask.join(', ')} only ${match.flags.join(', ')} set`
    case 'unknown':
      return `${printMatch(match)} (not known here)`
    default:
      return assertNever(match)
  }
}

function not({ negated }: { readonly negated: boolean }): string {
  return negated ? 'not ' : ''
}

function sourceWords(set: KernelIpSet | undefined): string {
  if (set === undefined || !('source' in set)) return ''
  const source = set.source as IpSetSource
  switch (source.kind) {
    case 'selector':
      return source.selector.startsWith('(') ? ` ${source.selector}` : ` (${source.selector})`
    case 'namedPort':
      return ` (${source.protocol} port ${source.port} of ${source.selector})`
    case 'service':
      return ` (service ${source.namespace}/${source.name})`
    case 'static':
      return ` (${source.meaning})`
    case 'read':
      return ''
    default:
      return assertNever(source)
  }
}

export function targetWords(target: Target | undefined, { marks, backend }: Scene): string {
  if (target === undefined) return 'nothing'
  switch (target.kind) {
    case 'jump':
      return `go through ${target.chain}`
    case 'goto':
      return `go to ${target.chain}`
    case 'accept':
      return 'ACCEPT'
    case 'drop':
      return 'DROP'
    case 'return':
      return 'return'
    case 'notrack':
      return 'do not track'
    case 'reject':
      return target.with === undefined ? 'REJECT' : `REJECT with ${target.with}`
    case 'log':
      return 'write a line to the kernel log'
    case 'nflog':
      return `tell Felix (group ${target.group}: ${target.prefix})`
    case 'setMark':
      return target.value === target.mask
        ? `set mark ${markWords(target.value, marks)}`
        : `set mark ${markWords(target.mask, marks)} to ${markWords(target.value, marks)}`
    case 'clearMark':
      return `clear mark ${markWords(target.mask, marks)}`
    default:
      return backend.printTarget(target)
  }
}

/** `file:line` */
export function placeWords(location: Location, sources: SourceIndex): string {
  const { file, start } = sources.spanOf(location)
  return `${file.name}:${sources.lines.at(file, start).line}`
}

/** What is behind a rule: the policy rule, the resource or setting, or Calico itself. */
export function originWords(origin: Origin, sources: SourceIndex): string {
  switch (origin.kind) {
    case 'policyRule':
      return `${origin.direction} rule ${origin.index + 1} of ${policyWords(origin.policy)}, ${placeWords(origin.location, sources)}`
    case 'policy':
      return `${policyWords(origin.policy)}, ${placeWords(origin.location, sources)}`
    case 'policyGroup':
      return `${origin.policies.length} policies with the same selector, from ${origin.policies.slice(0, 1).map(formatPolicyId).join('')} on`
    case 'profileRule':
      return `${origin.direction} rule ${origin.index + 1} of profile ${origin.profile}${at(origin.location, sources)}`
    case 'profile':
      return `profile ${origin.profile}${at(origin.location, sources)}`
    case 'tier':
      return `tier ${origin.tier}${at(origin.location, sources)}`
    case 'endpoint':
    case 'resource':
      return `${origin.because}, ${placeWords(origin.location, sources)}`
    case 'felixConfiguration':
      return `${origin.because} (${origin.variable ?? origin.field}, ${placeWords(origin.location, sources)})`
    case 'calicoDefault':
      return origin.field === undefined ? origin.because : `${origin.because} (${origin.field})`
    case 'read':
      return `${origin.place.file}:${origin.line}`
    default:
      return assertNever(origin)
  }
}

export function policyWords({ kind, namespace, name }: Parameters<typeof formatPolicyId>[0]): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

function at(location: Location | undefined, sources: SourceIndex): string {
  return location === undefined ? '' : `, ${placeWords(location, sources)}`
}

/** `TCP 10.0.0.1:40000 -> 10.0.0.2:80` */
export function packetWords(packet: Packet): string {
  const { protocol, icmpType, icmpCode, source, destination, sourcePort, destinationPort } = packet
  const known = protocolName(protocol)
  const name = known === undefined ? `protocol ${protocol}` : V3_PROTOCOL_NAMES[PROTOCOL_NAMES.indexOf(known)]
  const end = (address: string, port: number | undefined): string =>
    port === undefined ? address : packet.ipVersion === 4 ? `${address}:${port}` : `[${address}]:${port}`
  const icmp = icmpType === undefined ? '' : ` type ${icmpType} code ${icmpCode ?? 0}`
  return `${name}${icmp} ${end(source, sourcePort)} -> ${end(destination, destinationPort)}`
}
