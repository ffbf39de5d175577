// Random small worlds: made, written as tables for the analysis, and every packet enumerated.

import { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { fieldValues, Restriction } from '../../../src/analysis/sets/bdd-operations.ts'
import { SetWalker } from '../../../src/analysis/sets/node-walk.ts'
import { createSpace, type PacketSpace, STATES } from '../../../src/analysis/sets/packet-space.ts'
import type { Chain, KernelChainName, Match, Rule, TableName, Target } from '../../../src/model/ruleset.ts'
import { readNatAddress } from '../../../src/netfilter/nat-address.ts'
import { readRuleNets } from '../../../src/netfilter/rule-net.ts'
import { KERNEL_CHAINS, type KernelIpSet, type KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import {
  SMALL_LOCAL,
  SMALL_OUT,
  type SmallChains,
  type SmallMatch,
  type SmallPacket,
  type SmallRule,
  type SmallTarget,
  smallVerdicts,
  type SmallWorld,
} from './small-rules.ts'

const ORIGIN = { kind: 'calicoDefault', because: 'a test' } as const
const INTERFACES = ['cali1', 'eth0', 'lo']
const PROTOCOLS = [6, 1, 47]
const VERDICTS = ['accept', 'drop', 'reject'] as const

export function randomWorld(random: () => number): SmallWorld {
  const below = (count: number): number => Math.floor(random() * count)
  const chance = (share: number): boolean => random() < share
  const pick = <T>(list: readonly T[]): T => {
    const found = list[below(list.length)]
    if (found === undefined) throw new Error('nothing to pick from')
    return found
  }
  const list = <T>(most: number, make: (index: number) => T): readonly T[] =>
    Array.from({ length: below(most + 1) }, (_, i) => make(i))
  const side = (): 'source' | 'destination' => pick(['source', 'destination'] as const)
  const match = (): SmallMatch => {
    const not = chance(0.3)
    const first = below(8)
    const kinds = [
      'net',
      'net',
      'set',
      'portSet',
      'protocol',
      'port',
      'port',
      'mark',
      'mark',
      'state',
      'in',
      'out',
      'local',
    ] as const
    const kind = chance(0.02) ? 'unknown' : pick(kinds)
    switch (kind) {
      case 'net':
        return { kind, side: side(), value: below(16), length: below(5), not }
      case 'set':
      case 'portSet':
        return { kind, side: side(), set: below(2), not }
      case 'protocol':
        return { kind, protocol: pick(PROTOCOLS), not }
      case 'port':
        return { kind, first, last: first + below(8 - first), not }
      case 'mark': {
        const mask = 1 + below(3)
        return { kind, mask, value: below(4) & mask, not }
      }
      case 'state':
        return { kind, states: [pick(['NEW', 'ESTABLISHED', 'INVALID', 'UNTRACKED', 'DNAT'] as const)], not }
      case 'in':
      case 'out':
        return { kind, name: pick(['cali+', 'cali1', 'eth0', 'lo']), not }
      case 'local':
        return { kind, side: side(), not }
      case 'unknown':
        return { kind }
    }
  }
  const rules = (table: TableName, hook: string, from: number, chains: number): readonly SmallRule[] =>
    list(4, () => ({ matches: list(3, match), target: target(table, hook, from, chains) }))
  const target = (table: TableName, hook: string, from: number, chains: number): SmallTarget => {
    if (from < chains && chance(0.35))
      return { kind: pick(['jump', 'jump', 'goto']), chain: from + below(chains - from) }
    if (chance(0.02)) return { kind: 'unknown' }
    if (chance(0.3))
      return pick([
        { kind: 'setMark', value: below(4), mask: below(4) },
        { kind: 'clearMark', mask: below(4) },
      ])
    if (table === 'raw' && chance(0.3)) return { kind: 'notrack' }
    if (table === 'nat' && ['PREROUTING', 'OUTPUT'].includes(hook) && chance(0.6)) {
      return { kind: 'dnat', address: below(16), ...(chance(0.5) ? { port: below(8) } : {}) }
    }
    return { kind: pick(['accept', 'drop', 'reject', 'return', 'return', 'none'] as const) }
  }
  const table = (name: TableName): SmallChains => {
    const chains = below(4)
    const base = KERNEL_CHAINS[name].map(
      hook =>
        [
          hook,
          { rules: rules(name, hook, 0, chains), policy: chance(0.1) ? ('drop' as const) : ('accept' as const) },
        ] as const,
    )
    return {
      base: Object.fromEntries(base),
      user: Array.from({ length: chains }, (_, index) => rules(name, '', index + 1, chains)),
    }
  }
  return {
    inInterface: pick(['', 'cali1', 'eth0']),
    state: pick(['NEW', 'NEW', 'NEW', 'ESTABLISHED'] as const),
    tables: { raw: table('raw'), mangle: table('mangle'), nat: table('nat'), filter: table('filter') },
    sets: [0, 1]
      .map(() => list(5, () => ({ value: below(16), length: 1 + below(4), not: chance(0.2) })))
      .map(withoutTwice),
    portSets: [0, 1].map(() => list(5, () => ({ address: below(16), port: below(8) }))),
  }
}

function withoutTwice(members: SmallWorld['sets'][number]): SmallWorld['sets'][number] {
  const key = ({ value, length }: (typeof members)[number]): string => `${value >> (4 - length)}/${length}`
  return [...new Map(members.map(member => [key(member), member])).values()]
}

function net(value: number, length: number): string {
  return `10.0.0.${(value >> (4 - length)) << (4 - length)}/${28 + length}`
}

/** The world as the kernel has it. */
export function tablesOf(world: SmallWorld): KernelTables {
  const tables = (['raw', 'mangle', 'nat', 'filter'] as const).map(name => {
    const { base, user } = world.tables[name]
    return {
      name,
      kernelChains: KERNEL_CHAINS[name].map((hook: KernelChainName) => ({
        name: hook,
        policy: base[hook]?.policy === 'drop' ? ('DROP' as const) : ('ACCEPT' as const),
        rules: (base[hook]?.rules ?? []).map(ruleOf),
        origin: ORIGIN,
      })),
      userChains: new Map(
        user.map((rules, index): [string, Chain] => [
          `c${index}`,
          { name: `c${index}`, rules: rules.map(ruleOf), origin: ORIGIN },
        ]),
      ),
    }
  })
  const sets: KernelIpSet[] = [
    ...world.sets.map((members, index) => ({
      name: `s${index}`,
      type: 'hash:net',
      ipVersion: 4 as const,
      members: members.filter(({ not }) => !not).map(({ value, length }) => net(value, length)),
      exceptions: members.filter(({ not }) => not).map(({ value, length }) => net(value, length)),
    })),
    ...world.portSets.map((members, index) => ({
      name: `p${index}`,
      type: 'hash:ip,port',
      ipVersion: 4 as const,
      members: members.map(({ address, port }) => `10.0.0.${address},tcp:${port}`),
    })),
  ]
  return { ipVersion: 4, tables, ipSets: new Map(sets.map(set => [set.name, set])) }
}

function ruleOf({ matches, target }: SmallRule): Rule {
  const written = targetOf(target)
  return {
    comments: [],
    matches: matches.map(matchOf),
    origin: ORIGIN,
    ...(written === undefined ? {} : { target: written }),
  }
}

function matchOf(match: SmallMatch): Match {
  const negated = 'not' in match && match.not
  switch (match.kind) {
    case 'net':
      return { kind: 'net', side: match.side, nets: readRuleNets(net(match.value, match.length)), negated }
    case 'set':
      return { kind: 'ipSet', set: `s${match.set}`, side: match.side, withPort: false, negated }
    case 'portSet':
      return { kind: 'ipSet', set: `p${match.set}`, side: match.side, withPort: true, negated }
    case 'protocol':
      return { kind: 'protocol', protocol: match.protocol, negated }
    case 'port':
      return { kind: 'ports', side: 'destination', ranges: [{ first: match.first, last: match.last }], negated }
    case 'mark':
      return { kind: 'mark', value: match.value, mask: match.mask, negated }
    case 'state':
      return { kind: 'conntrackState', states: match.states, negated }
    case 'in':
      return { kind: negated ? 'notInInterface' : 'inInterface', name: match.name }
    case 'out':
      return { kind: negated ? 'notOutInterface' : 'outInterface', name: match.name }
    case 'local':
      return {
        kind: 'addressType',
        side: match.side === 'source' ? 'src' : 'dst',
        type: 'LOCAL',
        negated,
        limitToOutInterface: false,
      }
    case 'unknown':
      return { kind: 'unknown', text: '-m something' }
  }
}

function targetOf(target: SmallTarget): Target | undefined {
  switch (target.kind) {
    case 'none':
      return undefined
    case 'jump':
    case 'goto':
      return { kind: target.kind, chain: `c${target.chain}` }
    case 'unknown':
      return { kind: 'unknown', text: '-j SOMETHING', continues: false }
    case 'dnat':
      return {
        kind: 'dnat',
        to: readNatAddress(`10.0.0.${target.address}${target.port === undefined ? '' : `:${target.port}`}`),
      }
    default:
      return target.kind === 'setMark' || target.kind === 'clearMark' ? target : { kind: target.kind }
  }
}

/** Walks all packets of a world as sets and one by one. @returns how many there were, and where both differ */
export function compareWorld(world: SmallWorld): { readonly packets: number; readonly differences: readonly string[] } {
  const space = createSpace(4, INTERFACES)
  const local = SMALL_LOCAL.map(value => `10.0.0.${value}`)
  const walker = new SetWalker(new HeaderSets(space), tablesOf(world), {
    local,
    addressesOn: () => [],
    routes: [],
    behind: [],
  })
  const sets = walker.walk()
  const differences: string[] = []
  let packets = 0
  const { inInterface, state } = world
  for (const protocol of PROTOCOLS) {
    const found = VERDICTS.map(verdict => packetTable(space, sets[verdict], { inInterface, protocol, state }))
    for (let index = 0; index < 2048; index++) {
      const [port, source, destination] = [index >> 8, (index >> 4) & 15, index & 15]
      if (protocol !== 6 && port > 0) continue
      packets++
      const packet: SmallPacket = { source, destination, port, protocol, state, inInterface }
      const wanted = smallVerdicts(world, packet)
      const isSame = VERDICTS.every((verdict, i) => wanted.has(verdict) === (found[i]?.[index] === 1))
      if (!isSame) differences.push(`${JSON.stringify(packet)}: ${[...wanted].join(' ')}`)
    }
  }
  return { packets, differences }
}

/** Of each port, source and destination of the world whether the set holds it: `port << 8 | source << 4 | destination`. */
function packetTable(
  space: PacketSpace,
  set: number,
  { inInterface, protocol, state }: Pick<SmallPacket, 'inInterface' | 'protocol' | 'state'>,
): Uint8Array {
  const { store, fields, interfaces } = space
  const high = ({ first, width }: { first: number; width: number }, low: number): { first: number; width: number } => ({
    first,
    width: width - low,
  })
  const laidDown = fieldValues([
    [fields.inInterface, interfaces.indexOf(inInterface)],
    [fields.outInterface, interfaces.indexOf(SMALL_OUT)],
    [fields.protocol, protocol],
    [fields.state, STATES.indexOf(state)],
    [fields.reversePathFails, 0],
    [fields.tcpFlags, 0],
    [fields.sourcePort, 0],
    [high(fields.destinationPort, 3), 0],
    [high(fields.source, 4), 0x0a00_0000 >>> 4],
    [high(fields.destination, 4), 0x0a00_0000 >>> 4],
  ])
  const rest = new Restriction(store, laidDown).of(set)
  const free = [fields.destinationPort, fields.source, fields.destination].flatMap(({ first, width }, i) =>
    Array.from({ length: i === 0 ? 3 : 4 }, (_, bit) => first + width - (i === 0 ? 3 : 4) + bit),
  )
  const table = new Uint8Array(2048)
  const fill = (node: number, depth: number, index: number): void => {
    const bit = free[depth]
    if (bit === undefined) table[index] = node
    else if (store.bit(node) === bit) {
      fill(store.low(node), depth + 1, index * 2)
      fill(store.high(node), depth + 1, index * 2 + 1)
    } else {
      fill(node, depth + 1, index * 2)
      fill(node, depth + 1, index * 2 + 1)
    }
  }
  fill(rest, 0, 0)
  return table
}
