// Rules to aim at: what a packet must look like to fit the matches of one rule, as far as the packet alone decides it.

import { netsText, netText } from '../../../src/netfilter/rule-net.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import type { Match } from '../../../src/model/ruleset.ts'
import { protocolNumber } from '../../../src/net/protocol.ts'
import type { Random } from './random.ts'

export interface RuleAim {
  /** As counters name it. */
  readonly place: string
  readonly matches: readonly Match[]
}

/** What a packet is asked to have. Nets and addresses are not yet one address. */
export interface Wishes {
  source?: string
  destination?: string
  protocol?: number
  sourcePort?: number
  destinationPort?: number
  icmp?: { readonly type: number; readonly code: number }
}

const TELLING: ReadonlySet<Match['kind']> = new Set(['net', 'ipSet', 'ports', 'destinationPort', 'icmp', 'protocol'])

/** Chains of policies and profiles. */
const POLICY_CHAIN = /^cali-p(i|o|ri|ro)-/

/** Rules that ask for something that a packet can have; those of policies several times, to be aimed at more often. */
export function aimsOf({ tables }: KernelTables): readonly RuleAim[] {
  return tables.flatMap(({ name, kernelChains, userChains }) =>
    [...kernelChains, ...userChains.values()].flatMap(chain =>
      chain.rules.flatMap(({ matches }, index) => {
        if (!matches.some(({ kind }) => TELLING.has(kind))) return []
        const aim = { place: `${name} ${chain.name} ${index + 1}`, matches }
        return POLICY_CHAIN.test(chain.name) ? [aim, aim, aim, aim] : [aim]
      }),
    ),
  )
}

export function wishesOf({ matches }: RuleAim, random: Random, { ipSets }: KernelTables): Wishes {
  const wishes: Wishes = {}
  for (const match of matches) {
    if ('negated' in match && match.negated) continue
    switch (match.kind) {
      case 'protocol':
        wishes.protocol = protocolNumber(match.protocol)
        break
      case 'net':
        wishes[match.side] = random.pick(match.nets.map(netText)) ?? netsText(match.nets)
        break
      case 'ports': {
        const { first, last } = random.pick(match.ranges) ?? { first: 80, last: 80 }
        wishes[`${match.side}Port`] = first + random.below(last - first + 1)
        break
      }
      case 'destinationPort':
        wishes.destinationPort = match.port
        break
      case 'icmp':
        wishes.icmp = { type: match.type, code: match.code ?? 0 }
        break
      case 'ipSet': {
        const [net, service] = (random.pick(ipSets.get(match.set)?.members ?? []) ?? '').split(',')
        if (net !== undefined && net !== '') wishes[match.side] = net
        const [protocol = '', port = ''] = service?.split(':') ?? []
        if (protocol === 'tcp' || protocol === 'udp' || protocol === 'sctp') {
          wishes.protocol = protocolNumber(protocol)
          wishes[`${match.side}Port`] = Number(port)
        }
        break
      }
      default:
    }
  }
  return wishes
}
