// The packets that an IP set holds, as `SetIndex` of the walk looks them up one by one.

import type { KernelIpSet } from '../../netfilter/kernel-tables.ts'
import { ICMP_PROTOCOLS } from '../../netfilter/packet.ts'
import { PORT_PROTOCOLS } from '../../netfilter/protocols.ts'
import type { Side } from '../../model/ruleset.ts'
import { serviceKey } from '../../netfilter/set-index.ts'
import { type Bdd, NONE } from './bdd.ts'
import type { Prefix } from './field-sets.ts'
import { type HeaderSets, readPrefix } from './header-sets.ts'
import { addTo } from '../../text/group-by.ts'

/** @returns undefined where the set's type or a member cannot be read */
export function memberSet(headers: HeaderSets, set: KernelIpSet, side: Side, dimensions: 1 | 2): Bdd | undefined {
  switch (set.type) {
    case 'hash:ip':
    case 'hash:net':
      return netSet(headers, set, side)
    case 'hash:ip,port':
    case 'hash:net,port':
      return netPortSet(headers, set, side, dimensions)
    default:
      return undefined
  }
}

function netSet(headers: HeaderSets, set: KernelIpSet, side: Side): Bdd | undefined {
  if ((set.ipVersion ?? 4) !== headers.space.ipVersion) return undefined
  const prefixes: Prefix[] = []
  for (const [net, isIn] of entriesOf(set)) {
    const prefix = readPrefix(net, headers.space, isIn)
    if (prefix === undefined) return undefined
    prefixes.push(prefix)
  }
  return headers.prefixes(side, prefixes)
}

/** Members are `net,protocol:port`. A rule that names the address alone never matches such a set. */
function netPortSet(headers: HeaderSets, set: KernelIpSet, side: Side, dimensions: 1 | 2): Bdd | undefined {
  if ((set.ipVersion ?? 4) !== headers.space.ipVersion) return undefined
  const byService = new Map<string, Prefix[]>()
  for (const [member, isIn] of entriesOf(set)) {
    const [net = '', service = ''] = member.split(',')
    const key = serviceKey(service)
    const prefix = readPrefix(net, headers.space, isIn)
    if (key === undefined || prefix === undefined) return undefined
    addTo(byService, key, prefix)
  }
  if (dimensions < 2) return NONE
  const { store } = headers.space
  return store.union(
    [...byService]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, prefixes]) => store.and(serviceSet(headers, key, side), headers.prefixes(side, prefixes))),
  )
}

function entriesOf({ members, exceptions = [] }: KernelIpSet): readonly (readonly [string, boolean])[] {
  return [...members.map(member => [member, true] as const), ...exceptions.map(member => [member, false] as const)]
}

/** What ipset takes for a port of ICMP is type and code, of protocols without ports 0 (net/netfilter/ipset/ip_set_getport.c). */
function serviceSet(headers: HeaderSets, key: string, side: Side): Bdd {
  const [protocol = -1, port = -1] = key.split(':').map(Number)
  const ofProtocol = headers.protocols([protocol])
  const isMessage = ICMP_PROTOCOLS.includes(protocol)
  if (!isMessage && !PORT_PROTOCOLS.includes(protocol)) return port === 0 ? ofProtocol : NONE
  const ofPort = headers.portField(isMessage ? 'destination' : side, [{ first: port, last: port }])
  return headers.space.store.and(ofProtocol, ofPort)
}
