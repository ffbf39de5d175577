// Whether one match of a rule fits a packet, as the kernel's modules decide it.

import type { Match, Side } from '../model/ruleset.ts'
import { NetTable, addressToBits, type AddressBits } from './net-table.ts'
import { isIcmp, type NodeView, type Packet, protocolHasPorts, protocolNumber } from './packet.ts'
import type { SetIndex } from './set-index.ts'

/** A packet on its way: what rules can see and change. */
export interface MovingPacket {
  packet: Packet
  /** The addresses of `packet` as numbers. */
  source: AddressBits
  destination: AddressBits
  /** 32 bits, unsigned. */
  mark: number
  inInterface: string
  outInterface: string
  /** Before connection tracking has seen it, `INVALID`, as the kernel's conntrack match takes it then. */
  state: 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED'
  isDestinationChanged: boolean
  isSourceChanged: boolean
  /** Undefined: nobody said, so it is taken for true. */
  readonly hasReversePath: boolean | undefined
}

export interface MatchContext {
  readonly sets: SetIndex
  readonly nets: NetCache
  readonly node: NodeView
}

/** Undefined: cannot be said, so both outcomes are followed. */
export type Outcome = boolean | undefined

/** Matches that depend on what came before this packet are taken as a single packet finds them. */
export const ASSUMPTIONS = {
  limit: 'the packet is within its rate limit',
  connectionLimit: 'the number of connections is below its limit',
  reversePath: 'answers to the source leave by the interface that the packet came in by',
} as const

export function evaluateMatch(match: Match, moving: MovingPacket, context: MatchContext): Outcome {
  const { packet } = moving
  switch (match.kind) {
    case 'mark':
      return xor((moving.mark & match.mask) >>> 0 === match.value, match.negated)
    case 'markClear':
      return xor((moving.mark & match.mask) === 0, match.negated)
    case 'inInterface':
      return isInterface(match.name, moving.inInterface)
    case 'notInInterface':
      return !isInterface(match.name, moving.inInterface)
    case 'outInterface':
      return isInterface(match.name, moving.outInterface)
    case 'notOutInterface':
      return !isInterface(match.name, moving.outInterface)
    case 'reversePathFails':
      return moving.hasReversePath === false
    case 'addressType':
      return xor(isLocalAddress(match, moving, context.node), match.negated)
    case 'conntrackState':
      return xor(
        match.states.some(state => hasState(state, moving)),
        match.negated,
      )
    case 'protocol':
      // In the kernel's struct 0 stands for any protocol.
      return match.protocol === 0 || xor(protocolNumber(match.protocol) === packet.protocol, match.negated)
    case 'net':
      return xor(context.nets.holds(match.address, sideOf(moving, match.side), packet.ipVersion), match.negated)
    case 'ipSet':
      return xor(
        context.sets.test(match.set, {
          address: sideOf(moving, match.side),
          protocol: packet.protocol,
          port: setPort(packet, match.side),
          dimensions: match.withPort ? 2 : 1,
        }),
        match.negated,
      )
    case 'ports': {
      const port = match.side === 'source' ? packet.sourcePort : packet.destinationPort
      if (port === undefined || !protocolHasPorts(packet.protocol)) return false
      return xor(
        match.ranges.some(({ first, last }) => first <= port && port <= last),
        match.negated,
      )
    }
    case 'destinationPort':
      return protocolHasPorts(packet.protocol) && packet.destinationPort === match.port
    case 'icmp':
      return isIcmp(packet.protocol) && xor(isIcmpMessage(match, packet), match.negated)
    case 'tcpFlags':
      return packet.protocol === 6 && hasFlags(match.mask, match.flags, packet.tcpFlags ?? [])
    case 'limit':
      return true
    case 'connectionLimit':
      return false
    case 'unknown':
      return undefined
  }
}

function xor(outcome: Outcome, negated: boolean): Outcome {
  return outcome === undefined ? undefined : outcome !== negated
}

function sideOf(moving: MovingPacket, side: Side): AddressBits {
  return side === 'source' ? moving.source : moving.destination
}

/** A name, or the beginning of one with `+`; a packet that has no such interface has the name ``. */
export function isInterface(pattern: string, name: string): boolean {
  return pattern.endsWith('+') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

function hasState(state: string, moving: MovingPacket): boolean {
  if (state === 'DNAT') return moving.isDestinationChanged
  if (state === 'SNAT') return moving.isSourceChanged
  return state === moving.state
}

function isLocalAddress(
  { side, limitToOutInterface }: Extract<Match, { kind: 'addressType' }>,
  moving: MovingPacket,
  node: NodeView,
): Outcome {
  const address = side === 'src' ? moving.packet.source : moving.packet.destination
  if (!limitToOutInterface || moving.outInterface === '') return node.isLocal(address)
  return node.isLocal(address) ? node.isOnInterface(address, moving.outInterface) : false
}

/** net/netfilter/ipset/ip_set_getport.c */
function setPort(packet: Packet, side: Side): number {
  if (isIcmp(packet.protocol)) return (packet.icmpType ?? 0) * 256 + (packet.icmpCode ?? 0)
  return (side === 'source' ? packet.sourcePort : packet.destinationPort) ?? 0
}

/** Type 255 of IPv4 is iptables' word for any. */
function isIcmpMessage({ ipVersion, type, code }: Extract<Match, { kind: 'icmp' }>, packet: Packet): boolean {
  if (ipVersion === 4 && type === 255) return true
  return packet.icmpType === type && (code === undefined || (packet.icmpCode ?? 0) === code)
}

const ALL_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

/** Of the flags in the mask exactly those named are set. */
function hasFlags(mask: readonly string[], flags: readonly string[], set: readonly string[]): boolean {
  const expand = (names: readonly string[]): readonly string[] =>
    names.includes('ALL') ? ALL_FLAGS : names.filter(name => name !== 'NONE')
  const wanted = expand(flags)
  return expand(mask).every(flag => set.includes(flag) === wanted.includes(flag))
}

/** Nets as rules write them, read once. */
export class NetCache {
  readonly #tables = new Map<string, NetTable<true> | undefined>()

  /** @param written a CIDR, or several of one IP version joined by commas */
  holds(written: string, address: AddressBits, ipVersion: 4 | 6): Outcome {
    let table = this.#tables.get(written)
    if (table === undefined && !this.#tables.has(written)) {
      table = new NetTable<true>(ipVersion)
      for (const net of written.split(',')) {
        if (!table.add(net, true)) {
          table = undefined
          break
        }
      }
      this.#tables.set(written, table)
    }
    return table === undefined ? undefined : table.find(address) === true
  }
}

export function movingPacket(packet: Packet, hasReversePath: boolean | undefined, mark: number): MovingPacket {
  return {
    packet,
    source: addressToBits(packet.source, packet.ipVersion),
    destination: addressToBits(packet.destination, packet.ipVersion),
    mark,
    inInterface: '',
    outInterface: '',
    state: 'INVALID',
    isDestinationChanged: false,
    isSourceChanged: false,
    hasReversePath,
  }
}
