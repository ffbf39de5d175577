// Addresses, ports and the like that a case's rules and sets speak of: random packets made of anything else meet few rules.

import { netText } from '../../../src/netfilter/rule-net.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import type { Match } from '../../../src/model/ruleset.ts'
import { addressBits, fromBits, type IpVersion, parseNet, toBits } from '../../../src/net/cidr.ts'
import { protocolNumber } from '../../../src/net/protocol.ts'
import { isIcmp } from '../../../src/netfilter/packet.ts'
import type { Random } from './random.ts'
import type { VersionView } from './topology.ts'

export interface Values {
  /** Nets and addresses of rules and sets. */
  readonly nets: readonly string[]
  readonly ports: readonly number[]
  readonly protocols: readonly number[]
  readonly icmp: readonly { readonly type: number; readonly code: number }[]
}

const USUAL_PORTS = [22, 53, 80, 443, 8080]

export function valuesOf({ ipVersion, tables, ipSets }: KernelTables): Values {
  const nets = new Set<string>()
  const ports = new Set(USUAL_PORTS)
  const protocols = new Set<number>()
  const icmp = new Map<string, { type: number; code: number }>()
  const note = (match: Match): void => {
    switch (match.kind) {
      case 'net':
        for (const net of match.nets) nets.add(netText(net))
        break
      case 'ports':
        for (const { first, last } of match.ranges) for (const port of [first, last, last + 1]) ports.add(port & 65535)
        break
      case 'destinationPort':
        ports.add(match.port)
        break
      case 'protocol':
        protocols.add(protocolNumber(match.protocol))
        break
      case 'icmp':
        icmp.set(`${match.type}/${match.code}`, { type: match.type, code: match.code ?? 0 })
        break
      default:
    }
  }
  for (const { kernelChains, userChains } of tables) {
    for (const chain of [...kernelChains, ...userChains.values()]) {
      for (const { matches } of chain.rules) matches.forEach(note)
    }
  }
  for (const { members } of ipSets.values()) {
    for (const member of members.slice(0, 50)) {
      const [net = '', service = ''] = member.split(',')
      nets.add(net)
      const port = Number(service.split(':')[1])
      if (port > 0) ports.add(port)
    }
  }
  return {
    nets: [...nets].filter(net => parseNet(net)?.cidr.ipVersion === ipVersion),
    ports: [...ports],
    protocols: [...protocols].filter(protocol => !isIcmp(protocol)),
    icmp: [...icmp.values()].filter(({ type }) => type < 255),
  }
}

const ANYWHERE: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['198.51.100.0/24', '203.0.113.0/24', '10.0.0.0/8'],
  6: ['2001:db8:99::/64', 'fd00:99::/64'],
}

/** An address that is not the node's own, of the rules or of nobody. */
export function randomForeignAddress(random: Random, values: Values, view: VersionView, ipVersion: IpVersion): string {
  for (;;) {
    const net = random.pick(random.chance(75) && values.nets.length > 0 ? values.nets : ANYWHERE[ipVersion]) ?? ''
    const address = randomAddressIn(random, net, ipVersion)
    if (!view.isSpecial(address) && !view.isLocal(address)) return address
    // Nets of rules may hold nothing but addresses that cannot be used.
    const other = randomAddressIn(random, random.pick(ANYWHERE[ipVersion]) ?? '', ipVersion)
    if (!view.isSpecial(other) && !view.isLocal(other)) return other
  }
}

/** @param net an address or a CIDR of this IP version */
export function randomAddressIn(random: Random, net: string, ipVersion: IpVersion): string {
  const cidr = parseNet(net)?.cidr
  if (cidr === undefined) throw new Error(`not a net: ${net}`)
  const size = addressBits(ipVersion) - cidr.prefixLength
  // The low 16 bits are enough to tell hosts apart.
  const low = BigInt(random.below(2 ** Math.min(size, 16)))
  return fromBits(toBits({ ipVersion, text: cidr.address }) + low, ipVersion)
}
