// Packet sets: diagrams, fields, every match, small worlds enumerated, recorded cases against the walk of one packet, cubes,
// witnesses, effects of a change.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cubeSet, cubesOf } from '../src/analysis/cubes.ts'
import { compareTables, type Effect, EffectBase } from '../src/analysis/effect.ts'
import { alikeDestinations } from '../src/analysis/sets/alike-destinations.ts'
import { ALL, BddStore, NONE, TooManyNodesError } from '../src/analysis/sets/bdd.ts'
import { fieldValues, project, Restriction } from '../src/analysis/sets/bdd-operations.ts'
import { prefixSet, rangeSet } from '../src/analysis/sets/field-sets.ts'
import { HeaderSets } from '../src/analysis/sets/header-sets.ts'
import { interfaceNames } from '../src/analysis/sets/interface-names.ts'
import { SetWalker } from '../src/analysis/sets/node-walk.ts'
import { createSpace } from '../src/analysis/sets/packet-space.ts'
import type { NodeNets } from '../src/analysis/sets/node-nets.ts'
import { isIn, journeyOf, pointOf } from '../src/analysis/sets/points.ts'
import { pickWitness } from '../src/analysis/witness.ts'
import { compile } from '../src/compile.ts'
import type { Chain, Match, Rule, Target } from '../src/model/ruleset.ts'
import { readNatAddress } from '../src/netfilter/nat-address.ts'
import {
  KERNEL_CHAINS,
  type KernelIpSet,
  type KernelTable,
  kernelTablesOf,
  type KernelTables,
} from '../src/netfilter/kernel-tables.ts'
import { readRuleNets } from '../src/netfilter/rule-net.ts'
import { effectSidesOf } from '../src/audit-effect.ts'
import { auditNode } from '../src/node-audit.ts'
import { compareWithScene } from './helpers/analysis/compare-with-scene.ts'
import { compareWithWalker } from './helpers/analysis/compare-with-walker.ts'
import { nodeNetsOf } from './helpers/analysis/node-nets.ts'
import { compareWorld, randomWorld, tablesOf } from './helpers/analysis/small-world.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { auditInputOf, NODES_FOLDER, readNode } from './helpers/recorded-nodes.ts'
import { randomNumbers } from './helpers/sample-packets.ts'

const NODE: NodeNets = {
  local: ['192.0.2.1', '127.0.0.0/8'],
  addressesOn: name => (name === 'unknown0' ? undefined : name === 'eth0' ? ['192.0.2.1'] : []),
  routes: [],
  behind: [],
}

function rule(matches: readonly Match[], target?: Target): Rule {
  const origin = { kind: 'calicoDefault', because: 'a test' } as const
  return { comments: [], matches, origin, ...(target === undefined ? {} : { target }) }
}

/** Rules of the filter table by chain: those of kernel chains in upper case. */
function filter(chains: Readonly<Record<string, readonly Rule[]>>): KernelTables {
  const origin = { kind: 'calicoDefault', because: 'a test' } as const
  const kernelChains = KERNEL_CHAINS.filter.map(name => ({
    name,
    policy: 'ACCEPT' as const,
    rules: chains[name] ?? [],
    origin,
  }))
  const userChains = new Map(Object.entries(chains).map(([name, rules]) => [name, { name, rules, origin }]))
  return { ipVersion: 4, tables: [{ name: 'filter', kernelChains, userChains }], ipSets: new Map() }
}

const fromNet = (address: string, negated = false): Extract<Match, { kind: 'net' }> => ({
  kind: 'net',
  side: 'source',
  nets: readRuleNets(address),
  negated,
})
const toPort = (first: number, last = first, negated = false): Extract<Match, { kind: 'ports' }> => ({
  kind: 'ports',
  side: 'destination',
  ranges: [{ first, last }],
  negated,
})
const TCP: Match = { kind: 'protocol', protocol: 'tcp', negated: false }
const DROP: Target = { kind: 'drop' }
const ACCEPT: Target = { kind: 'accept' }

t.test('diagrams: equal sets are the same number, whatever way they were made', async t => {
  const store = new BddStore()
  const field = { first: 0, width: 6 }
  const random = randomNumbers(3)
  const toBits = (set: number): bigint => {
    let bits = 0n
    for (let value = 0; value < 64; value++) {
      if (new Restriction(store, fieldValues([[field, value]])).of(set) === ALL) bits |= 1n << BigInt(value)
    }
    return bits
  }
  const fromBits = (bits: bigint): number =>
    rangeSet(
      store,
      field,
      Array.from({ length: 64 }, (_, i) => i)
        .filter(i => (bits >> BigInt(i)) & 1n)
        .map(i => ({ first: i, last: i })),
    )
  const every = (1n << 64n) - 1n
  const some = (): bigint => BigInt(Math.floor(random() * 2 ** 32)) * BigInt(Math.floor(random() * 2 ** 32))
  for (let i = 0; i < 200; i++) {
    const [a, b] = [some(), some()]
    const [x, y] = [fromBits(a), fromBits(b)]
    t.equal(toBits(x), a)
    t.equal(store.and(x, y), fromBits(a & b), 'intersection')
    t.equal(store.or(x, y), fromBits(a | b), 'union')
    t.equal(store.minus(x, y), fromBits(a & (every ^ b)), 'difference')
    t.equal(store.xor(x, y), fromBits(a ^ b), 'in one only')
    t.equal(store.not(x), fromBits(every ^ a), 'complement')
    t.equal(store.isSubset(store.and(x, y), x), true)
    let shadow = 0n
    for (let high = 0; high < 8; high++) {
      if ((a >> BigInt(high * 8)) & 255n) shadow |= 255n << BigInt(high * 8)
    }
    t.equal(
      project(store, x, bit => bit < 3),
      fromBits(shadow),
      'projection',
    )
  }
  t.equal(store.union([]), NONE)
  const small = new BddStore(100)
  const wide = { first: 0, width: 20 }
  const fill = (): number =>
    small.union(Array.from({ length: 99 }, (_, i) => rangeSet(small, wide, [{ first: i * 7919, last: i * 7919 }])))
  t.throws(fill, TooManyNodesError, 'and a store that is full says so')
  const short = new BddStore(undefined, 1000)
  const again = (): void => {
    for (;;) short.and(rangeSet(short, wide, [{ first: 0, last: 7919 }]), ALL)
  }
  t.throws(again, { name: 'TooManyNodesError', limit: 1000 }, 'as does one that is asked over and over')
})

t.test('what takes too long to be told as products is told in part', t => {
  const cubes = (maxSteps?: number): ReturnType<typeof cubesOf> => {
    const space = createSpace(4, ['eth0'], { store: new BddStore(undefined, maxSteps) })
    const { sourcePort, destinationPort } = space.fields
    const pairs = Array.from({ length: 20 }, (_, i) => {
      const one = [{ first: 2 * i, last: 2 * i }]
      return space.store.and(rangeSet(space.store, sourcePort, one), rangeSet(space.store, destinationPort, one))
    })
    const tcp = rangeSet(space.store, space.fields.protocol, [{ first: 6, last: 6 }])
    return cubesOf(space, space.store.and(space.store.union(pairs), tcp), { most: 1000, care: tcp })
  }
  const all = cubes()
  t.equal(all.rest, NONE)
  const some = cubes(60_000)
  t.not(some.rest, NONE)
  t.ok(some.cubes.length > 1 && some.cubes.length < all.cubes.length, `${some.cubes.length} of ${all.cubes.length}`)
  t.end()
})

t.test('ten thousand members of a set are one diagram that is not much larger', async t => {
  const store = new BddStore()
  const field = { first: 10, width: 32 }
  const random = randomNumbers(1)
  const prefixes = Array.from({ length: 10_000 }, () => ({
    words: [Math.floor(random() * 2 ** 32)],
    length: 32,
    isIn: true,
  }))
  const made = prefixSet(store, field, prefixes)
  t.ok(store.size < 10_000 * 32, `${store.size} nodes`)
  t.equal(prefixSet(store, field, [...prefixes].reverse()), made, 'in any order')
  const before = store.size
  store.and(made, rangeSet(store, { first: 0, width: 10 }, [{ first: 5, last: 900 }]))
  t.ok(store.size - before < 40, 'and ports before it do not make it anew')
})

t.test('interfaces: one for each name, one for each pattern, one for all others', async t => {
  const tables = filter({
    FORWARD: [
      rule([{ kind: 'inInterface', name: 'cali1' }], DROP),
      rule([{ kind: 'inInterface', name: 'cali+' }], DROP),
      rule([{ kind: 'outInterface', name: 'caliother0+' }], DROP),
      rule([{ kind: 'notOutInterface', name: 'bond0' }], DROP),
      rule([{ kind: 'inInterface', name: 'abcdefghijklmno+' }], DROP),
    ],
  })
  t.same(interfaceNames([tables], ['eth0']), [
    'abcdefghijklmno',
    'bond0',
    'cali1',
    'caliother',
    'caliother0other',
    'eth0',
    'lo',
    'other0',
  ])
})

t.test('small worlds: the sets are what enumerating every packet gives', async t => {
  const random = randomNumbers(7)
  const differences: string[] = []
  let packets = 0
  for (let world = 0; world < 60; world++) {
    const found = compareWorld(randomWorld(random))
    packets += found.packets
    differences.push(...found.differences.map(text => `world ${world}: ${text}`))
  }
  t.equal(packets, 60 * 2560)
  t.same(differences.slice(0, 3), [])
})

t.test('golden and recorded cases: sets and single packets get the same verdicts', async t => {
  const random = randomNumbers(11)
  const recorded = existsSync(join(CORPUS_FOLDER, 'random')) ? findCases(join(CORPUS_FOLDER, 'random')) : []
  if (recorded.length === 0) t.comment(`*** NO RECORDED CASES at ${CORPUS_FOLDER}: golden cases only ***`)
  const folders = [
    ...findCases(GOLDEN_FOLDER).filter((_, i) => i % 8 === 0),
    ...recorded.filter((_, i) => i % 16 === 0),
  ]
  for (const folder of folders) {
    const { files, host, node } = readCase(folder)
    const result = compile({ files, host, node })
    if (!result.ok) continue
    for (const version of [4, 6] as const) {
      const ruleset = result.output.versions[version]?.ruleset
      if (ruleset === undefined) continue
      const tables = kernelTablesOf(ruleset)
      const { differences } = compareWithWalker(tables, nodeNetsOf(tables, result.output.host), { count: 60, random })
      t.same(differences.slice(0, 2), [], `${folder} IPv${version}`)
    }
  }
})

t.test('every kind of match is walked alike', async t => {
  const sets: KernelIpSet[] = [
    {
      name: 'nets',
      type: 'hash:net',
      ipVersion: 4,
      members: ['10.0.0.0/8', '10.1.2.0/24'],
      exceptions: ['10.1.0.0/16'],
    },
    {
      name: 'ports',
      type: 'hash:net,port',
      ipVersion: 4,
      members: ['10.0.0.0/8,tcp:80', '10.0.0.0/9,udp:53', '10.1.0.0/16,icmp:8/0', '10.2.0.0/16,47:0', '10.3.0.0/16,99'],
      exceptions: ['10.1.1.0/24,tcp:80'],
    },
    { name: 'strange', type: 'bitmap:port', members: ['80'] },
  ]
  const negated = false
  const kinds: { readonly [K in Match['kind']]: readonly Extract<Match, { kind: K }>[] } = {
    mark: [{ kind: 'mark', value: 0x10, mask: 0x30, negated }],
    markClear: [{ kind: 'markClear', mask: 0x30, negated: true }],
    inInterface: [{ kind: 'inInterface', name: 'cali+' }],
    outInterface: [{ kind: 'outInterface', name: 'eth0' }],
    notInInterface: [{ kind: 'notInInterface', name: 'eth+' }],
    notOutInterface: [{ kind: 'notOutInterface', name: 'cali1' }],
    reversePathFails: [{ kind: 'reversePathFails' }],
    addressType: (['src', 'dst'] as const).flatMap(side =>
      [true, false].map(limitToOutInterface => ({
        kind: 'addressType' as const,
        side,
        type: 'LOCAL' as const,
        negated: limitToOutInterface,
        limitToOutInterface,
      })),
    ),
    conntrackState: [
      { kind: 'conntrackState', states: ['INVALID', 'RELATED'], negated },
      { kind: 'conntrackState', states: ['DNAT', 'UNTRACKED'], negated: true },
    ],
    protocol: [
      { kind: 'protocol', protocol: 'udp', negated: true },
      { kind: 'protocol', protocol: 0, negated: true },
    ],
    net: [fromNet('10.0.0.0/9,192.0.2.0/24'), fromNet('2001:db8::/32'), fromNet('10.0.0.0/8', true)],
    ipSet: ['nets', 'ports', 'strange', 'missing'].flatMap(set =>
      (['source', 'destination'] as const).map(side => ({
        kind: 'ipSet' as const,
        set,
        side,
        withPort: set === 'ports' && side === 'destination',
        negated: side === 'source',
      })),
    ),
    ports: [toPort(80, 90), toPort(0, 1023, true)],
    destinationPort: [{ kind: 'destinationPort', port: 53 }],
    icmp: [
      { kind: 'icmp', ipVersion: 4, type: 8, negated: true },
      { kind: 'icmp', ipVersion: 4, type: 255, negated },
      { kind: 'icmp', ipVersion: 4, type: 3, code: 1, negated },
    ],
    limit: [{ kind: 'limit', rate: { count: 1, unit: 'second', written: '1/sec' }, burst: 5 }],
    tcpFlags: [{ kind: 'tcpFlags', mask: ['SYN', 'ACK', 'RST'], flags: ['SYN'] }],
    connectionLimit: [{ kind: 'connectionLimit', above: 3, mask: 32 }],
    unlistedInterfaces: [{ kind: 'unlistedInterfaces' }],
    unknown: [{ kind: 'unknown', text: '-m something' }],
    statistic: [
      { kind: 'statistic', probability: 0.5, written: '0.5', negated: false },
      { kind: 'statistic', probability: 0, written: '0', negated: false },
    ],
    recent: [
      { kind: 'recent', options: '--set --name X', isSetting: true, hits: 1 },
      { kind: 'recent', options: '--rcheck --name X', isSetting: false, hits: 1 },
      { kind: 'recent', options: '--update --hitcount 6', isSetting: false, hits: 6 },
    ],
    accounting: [{ kind: 'accounting', name: 'x' }],
  }
  const random = randomNumbers(17)
  const targets: readonly Target[] = [
    DROP,
    ACCEPT,
    { kind: 'reject' },
    { kind: 'return' },
    { kind: 'jump', chain: 'more' },
  ]
  const wide: readonly Match[] = [TCP, fromNet('10.0.0.0/8'), toPort(0, 5000), { kind: 'inInterface', name: 'cali+' }]
  const constant: string[] = []
  for (const match of Object.values(kinds).flat()) {
    // Beside another match and another rule, in both directions of the packet's way.
    const rules = targets.map((target, i) => rule([match, ...wide.filter(() => i > 0 && random() < 0.3)], target))
    const mark: Target = { kind: 'setMark', value: 0x10, mask: 0x30 }
    const tables = {
      ...filter({
        INPUT: rules,
        FORWARD: [rule([toPort(80)], mark), ...rules],
        OUTPUT: rules,
        more: [rule([TCP], DROP)],
      }),
      ipSets: new Map(sets.map(set => [set.name, set])),
    }
    const { differences, verdicts } = compareWithWalker(tables, NODE, { count: 400, random })
    t.same(differences.slice(0, 2), [], JSON.stringify(match))
    if (verdicts.size === 1) constant.push(`${JSON.stringify(match)}: ${[...verdicts.keys()].join()}`)
  }
  t.same(constant.map(text => text.replace(/^\{"kind":"(\w+)".*: /, '$1 ')).sort(), [
    'accounting drop',
    'connectionLimit accept',
    'conntrackState drop',
    'ipSet drop',
    'limit drop',
    'protocol drop',
    'recent accept',
    'recent drop',
    'statistic accept',
  ])
})

t.test('routes: an interface leads only where a route says so', async t => {
  const tables = filter({ FORWARD: [rule([{ kind: 'outInterface', name: 'cali1' }], DROP)] })
  const routes = [
    { net: '10.0.0.0/8', interfaces: ['eth0', 'eth1'] },
    { net: '10.0.0.7', interfaces: ['cali1'] },
  ]
  const { space, routed } = compareTables({ tables, nets: { ...NODE, routes } }, { tables, nets: { ...NODE, routes } })
  const isMet = (destination: string, outInterface: string): boolean | undefined => {
    const packet = { ipVersion: 4, source: '192.0.2.9', destination, protocol: 47 } as const
    const point = pointOf(space, { packet, inInterface: 'other0', state: 'NEW', outInterface })
    return point === undefined ? undefined : isIn(space, routed, point)
  }
  t.equal(isMet('10.0.0.7', 'cali1'), true)
  t.equal(isMet('10.0.0.7', 'eth0'), false)
  t.equal(isMet('10.0.0.8', 'eth1'), true)
  t.equal(isMet('10.0.0.8', 'cali1'), false)
  t.equal(isMet('203.0.113.1', 'cali1'), true, 'of a destination without a route nobody knows')
})

t.test('routes: what is refused, what is for the node, and the last of several for one net', async t => {
  const tables = filter({ FORWARD: [rule([fromNet('192.0.2.9')], DROP)] })
  const routes = [
    { net: '0.0.0.0/0', interfaces: [], end: 'reject' },
    { net: '10.0.0.0/8', interfaces: ['eth1'] },
    { net: '10.0.0.0/8', interfaces: ['eth0'] },
    { net: '10.1.0.0/16', interfaces: [], end: 'drop' },
    { net: '10.1.2.3', interfaces: [], end: 'local' },
  ] as const
  const names = interfaceNames([tables], ['eth0', 'eth1'])
  const headers = new HeaderSets(createSpace(4, names))
  const sets = new SetWalker(headers, tables, { ...NODE, routes }).walk()
  const ends = (destination: string, outInterface: string): readonly string[] => {
    const packet = { ipVersion: 4, source: '192.0.2.9', destination, protocol: 47 } as const
    const point = pointOf(headers.space, { packet, inInterface: 'eth0', state: 'NEW', outInterface })
    const verdicts = ['accept', 'drop', 'reject'] as const
    return point === undefined ? ['no point'] : verdicts.filter(one => isIn(headers.space, sets[one], point))
  }
  t.same(ends('10.9.9.9', 'eth0'), ['drop'])
  t.same(ends('10.9.9.9', 'eth1'), [], 'the other route is not used')
  t.same(ends('10.1.9.9', 'eth0'), ['drop'], 'a blackhole')
  t.same(ends('10.1.2.3', 'eth0'), ['accept'], 'the rule at FORWARD is not asked')
  t.same(ends('203.0.113.1', 'eth1'), ['reject'], 'no route')
})

t.test('recorded nodes: sets and single packets are of one world, routes and translations included', async t => {
  if (!existsSync(NODES_FOLDER)) {
    t.comment(`*** NO RECORDED NODES at ${NODES_FOLDER} ***`)
    return
  }
  const random = randomNumbers(31)
  for (const name of ['01-shop/legacy', '03-lb-allow-list/nft', '04-untracked/legacy/damage/foreign-notrack']) {
    const node = readNode(join(NODES_FOLDER, name))
    const withoutRoutes = { ...node, host: node.host.filter(file => !file.name.includes('routes')) }
    for (const one of [node, withoutRoutes]) {
      const result = auditNode(auditInputOf(one))
      if (!result.ok) throw new Error(`${name} is not audited`)
      for (const version of result.audit.versions) {
        const { does: side } = effectSidesOf(result.audit, version, true)
        const { compared, differences } = compareWithScene(side, { count: 120, random })
        t.equal(compared, 120)
        t.same(differences.slice(0, 2), [], `${name} IPv${version.audit.ipVersion}`)
      }
    }
  }
})

t.test('the effect of a change: packets that get another verdict, and no others', async t => {
  const nets = NODE
  const before = filter({ INPUT: [rule([TCP, toPort(80), fromNet('10.0.0.0/8')], DROP)] })
  const after = filter({ INPUT: [rule([TCP, toPort(80, 81), fromNet('10.0.0.0/9')], DROP)] })
  const effect = compareTables({ tables: before, nets }, { tables: after, nets })
  t.equal(effect.isSame, false)
  const mirrored = compareTables({ tables: after, nets }, { tables: before, nets })
  t.same(
    [mirrored.opened, mirrored.closed].map(set => set !== NONE),
    [true, true],
  )
  const { space, opened, closed, routed, honest } = effect
  const readable = cubesOf(space, opened, { most: 5, care: space.store.and(honest, routed) })
  t.equal(readable.cubes.length, 1, 'one cube is enough')
  t.equal(readable.rest, NONE)
  const [cube] = readable.cubes
  if (cube === undefined) return
  t.equal(
    cube.fields.source,
    prefixSet(space.store, space.fields.source, [{ words: [0x0a80_0000], length: 9, isIn: true }]),
  )
  t.equal(cube.fields.destinationPort, rangeSet(space.store, space.fields.destinationPort, [{ first: 80, last: 80 }]))
  t.equal(cube.fields.tcpFlags, ALL)
  t.equal(cube.fields.sourcePort, ALL)
  t.equal(space.store.isSubset(opened, cubeSet(space, cube)), true)
  const witness = pickWitness(space, closed, { sources: ['172.16.0.1', '10.0.0.77'], destinations: ['192.0.2.1'] })
  t.match(witness === undefined ? undefined : journeyOf(space, witness), {
    packet: { source: '10.0.0.77', destination: '192.0.2.1', protocol: 6, destinationPort: 81, sourcePort: 40000 },
    state: 'NEW',
  })
  t.equal(pickWitness(space, NONE), undefined)
})

/** Whether sets of two stores with the same fields hold the same. */
function isEqual(a: Effect, one: number, b: Effect, other: number): boolean {
  const known = new Map<number, number>()
  const visit = (x: number, y: number): boolean => {
    if (x <= ALL || y <= ALL) return x === y
    if (known.has(x)) return known.get(x) === y
    known.set(x, y)
    const [p, q] = [a.space.store, b.space.store]
    return p.bit(x) === q.bit(y) && visit(p.low(x), q.low(y)) && visit(p.high(x), q.high(y))
  }
  return visit(one, other)
}

/** The first tables with one chain of the second: a base chain or another one. */
function withOneChain(first: KernelTables, second: KernelTables, random: () => number): KernelTables {
  const nat = first.tables.findIndex(({ name }) => name === 'nat')
  const at = random() < 0.5 ? nat : Math.floor(random() * first.tables.length)
  const places = first.tables[at]?.kernelChains.length ?? 0
  const place = Math.floor(random() * (places + 3))
  const tables = first.tables.map((table, index) => {
    const other = second.tables[index]
    if (index !== at || other === undefined) return table
    const kernelChains = table.kernelChains.map((chain, i) => (i === place ? (other.kernelChains[i] ?? chain) : chain))
    const name = `c${place - places}`
    const [old, fresh] = [table.userChains.get(name), other.userChains.get(name)]
    const userChains = new Map([...other.userChains, ...table.userChains])
    return { ...table, kernelChains, userChains: old && fresh ? userChains.set(name, fresh) : userChains }
  })
  return { ...first, tables }
}

/** With chains for services behind what is in nat, called in this order, and little that asks for destinations elsewhere. */
function withServices(world: KernelTables, services: readonly Chain[], random: () => number): KernelTables {
  const asksLittle = (match: Match): boolean =>
    random() < 0.04 || !((match.kind === 'ports' || 'side' in match) && match.side !== 'source' && match.side !== 'src')
  const thinned = <T extends Chain>(chain: T): T => ({
    ...chain,
    rules: chain.rules.map(one => ({ ...one, matches: one.matches.filter(asksLittle) })),
  })
  const jumps = services.map(({ name }) => rule([], { kind: 'jump', chain: name }))
  const tables = world.tables.map((table): KernelTable => {
    const { name, kernelChains, userChains } = table
    if (name !== 'nat') {
      const chains = [...userChains].map(([key, chain]) => [key, thinned(chain)] as const)
      return { name, kernelChains: kernelChains.map(thinned), userChains: new Map(chains) }
    }
    const hooks = kernelChains.map(chain => ({
      ...chain,
      rules: /^PRE|^OUT/.test(chain.name) ? [...chain.rules.slice(0, 1), ...jumps] : [],
    }))
    return {
      name,
      kernelChains: hooks,
      userChains: new Map([...userChains, ...services.map(one => [one.name, one] as const)]),
    }
  })
  return { ...world, tables }
}

function serviceChain(name: string, random: () => number): Chain {
  const below = (count: number): number => Math.floor(random() * count)
  const rules = Array.from({ length: 8 }, () => {
    const matches: readonly Match[] = [
      { kind: 'net', side: 'destination', nets: readRuleNets(`10.0.0.${below(4) * 4}/30`), negated: false },
      ...(below(3) === 0 ? [{ kind: 'unknown', text: '-m something' } as const] : []),
      ...(below(30) === 0 ? [{ kind: 'mark', value: 1, mask: 1, negated: false } as const] : []),
    ]
    const to = `10.0.0.${below(16)}${below(2) === 0 ? `:${below(8)}` : ''}`
    return rule(matches, { kind: 'dnat', to: readNatAddress(to) })
  })
  return { name, rules, origin: { kind: 'calicoDefault', because: 'a test' } }
}

t.test(
  'destinations of nat that nothing tells apart: one stands for all, and the effect of a change is the same',
  t => {
    const random = randomNumbers(77)
    const local = ['10.0.0.3']
    const routes = [
      { net: '10.0.0.4/30', interfaces: ['cali1'] },
      { net: '10.0.0.0/28', interfaces: ['eth0'] },
    ]
    const nets: NodeNets = { local, addressesOn: () => [], routes, behind: ['cali1'] }
    const seen = { merged: 0, opened: 0, diverted: 0 }
    for (let i = 0; i < 400; i++) {
      const services = [serviceChain('web', random), serviceChain('dns', random)]
      const world = withServices(tablesOf(randomWorld(random)), services, random)
      const { tables } = withServices(tablesOf(randomWorld(random)), [...services].reverse(), random)
      const other = { ...world, tables }
      const sides = [world, withOneChain(world, other, random)].map(tables => ({ tables, nets }))
      const [before, after] = sides
      if (before === undefined || after === undefined) continue
      const counting: typeof alikeDestinations = (headers, all) => {
        const alike = alikeDestinations(headers, all)
        return to => {
          const found = alike(to)
          if (found !== to && found.destination !== to.destination) seen.merged++
          return found
        }
      }
      const plain = new EffectBase(before, [after], ['eth0', 'cali1']).compare(after)
      const quick = new EffectBase(before, [after], ['eth0', 'cali1'], counting).compare(after)
      for (const set of ['opened', 'closed', 'answered', 'unclear', 'diverted', 'translated', 'perhapsSame'] as const) {
        if (!isEqual(plain, plain[set], quick, quick[set])) t.fail(`world ${i}: ${set}`)
      }
      if (plain.opened !== NONE) seen.opened++
      if (plain.diverted !== NONE) seen.diverted++
    }
    t.ok(seen.merged > 100 && seen.opened > 20 && seen.diverted > 10, JSON.stringify(seen))
    t.end()
  },
)

t.test('a walk that grew over all bounds leaves nothing behind that spoils the next', async t => {
  const tables = filter({
    INPUT: [rule([], { kind: 'jump', chain: 'a' })],
    a: [rule([TCP, toPort(80), fromNet('10.0.0.0/8')], DROP)],
  })
  const walkerOf = (store: BddStore): SetWalker =>
    new SetWalker(new HeaderSets(createSpace(4, ['eth0'], { store })), tables, NODE)
  const roomy = new BddStore()
  walkerOf(roomy).walk()
  let failed = 0
  for (let room = 100; room < roomy.size; room++) {
    let walker: SetWalker
    try {
      walker = walkerOf(new BddStore(room))
    } catch {
      continue
    }
    const ends = [1, 2].map(() => {
      try {
        walker.walk()
        return 'walked'
      } catch (error) {
        return error instanceof Error ? error.name : 'nothing'
      }
    })
    if (ends[0] === 'TooManyNodesError') failed++
    if (ends.includes('Error')) t.fail(`room for ${room} nodes: ${ends.join(', then ')}`)
  }
  t.ok(failed > 10, `${failed} walks failed`)
})

t.test('each endpoint of a service behind nat takes little more than its own address', async t => {
  const origin = { kind: 'calicoDefault', because: 'a test' } as const
  const cluster = (services: number, forward: readonly Rule[]): KernelTables => {
    const to = (index: number): string => `10.65.${index >> 8}.${index & 255}`
    const chains = Array.from({ length: services }, (_, index): Chain => {
      const dnat = { kind: 'dnat', to: readNatAddress(`${to(index)}:8080`) } as const
      return { name: `svc${index}`, origin, rules: [rule([TCP], dnat)] }
    })
    const entries = chains.map(({ name }, index) => {
      const nets = readRuleNets(to(index).replace('10.65', '10.96'))
      return rule([{ kind: 'net', side: 'destination', nets, negated: false }], { kind: 'jump', chain: name })
    })
    const all: readonly Chain[] = [...chains, { name: 'services', origin, rules: entries }]
    const jump = rule([], { kind: 'jump', chain: 'services' })
    const kernelChains = KERNEL_CHAINS.nat.map(name => {
      return { name, policy: 'ACCEPT' as const, origin, rules: /^PRE|^OUT/.test(name) ? [jump] : [] }
    })
    const nat: KernelTable = { name: 'nat', kernelChains, userChains: new Map(all.map(one => [one.name, one])) }
    const own = filter({ FORWARD: forward })
    return { ...own, tables: [nat, ...own.tables] }
  }
  const perService = (alike?: typeof alikeDestinations): number => {
    const [few, many] = [100, 200].map(count => {
      const before = cluster(count, [rule([fromNet('192.0.2.0/24')], DROP)])
      const [, filtering] = cluster(0, []).tables
      const after = { ...before, tables: before.tables.map(one => (one.name === 'nat' ? one : (filtering ?? one))) }
      const base = new EffectBase({ tables: before, nets: NODE }, [{ tables: after, nets: NODE }], [], alike)
      const effect = base.compare({ tables: after, nets: NODE })
      t.not(effect.opened, NONE)
      return effect.space.store.size
    })
    return ((many ?? 0) - (few ?? 0)) / 100
  }
  const [told, alike] = [perService(), perService(alikeDestinations)]
  t.ok(alike < 400 && alike < told / 2, `${alike} nodes for each, ${told} where each is told apart`)
})

t.test('rules split, merged or in another order have no effect, what is not known has one', async t => {
  const nets = NODE
  const whole = filter({ FORWARD: [rule([TCP, toPort(80, 90)], DROP), rule([fromNet('10.0.0.0/8')], DROP)] })
  const split = filter({
    FORWARD: [
      rule([fromNet('10.128.0.0/9')], DROP),
      rule([], { kind: 'jump', chain: 'other' }),
      rule([TCP, toPort(86, 90)], DROP),
    ],
    other: [rule([TCP, toPort(80, 85)], DROP), rule([TCP], { kind: 'return' }), rule([fromNet('10.0.0.0/9')], DROP)],
  })
  t.equal(compareTables({ tables: whole, nets }, { tables: whole, nets }).isSame, true)
  t.equal(
    compareTables({ tables: whole, nets }, { tables: split, nets }).isSame,
    false,
    'a TCP packet of 10.0.0.0/9 gets through',
  )
  const fixed = filter({
    FORWARD: [...(split.tables[0]?.userChains.get('FORWARD')?.rules ?? []), rule([TCP, fromNet('10.0.0.0/9')], DROP)],
    other: split.tables[0]?.userChains.get('other')?.rules ?? [],
  })
  t.equal(compareTables({ tables: whole, nets }, { tables: fixed, nets }).isSame, true)
  const unknown = filter({ FORWARD: [rule([TCP, { kind: 'unknown', text: '-m something' }], DROP)] })
  const open = filter({})
  const perhaps = compareTables({ tables: unknown, nets }, { tables: open, nets })
  t.same([perhaps.opened, perhaps.closed], [NONE, NONE])
  t.not(perhaps.unclear, NONE)
  const same = compareTables({ tables: unknown, nets }, { tables: unknown, nets })
  t.equal(same.isSame, true, 'the same rules do the same, whatever that is')
  const alike = filter({
    FORWARD: [rule([TCP, { kind: 'unknown', text: '-m something' }], DROP), rule([toPort(99)], DROP)],
  })
  const both = compareTables({ tables: unknown, nets }, { tables: alike, nets })
  t.equal(both.isSame, false)
  t.not(both.perhapsSame, NONE)
  const answering = filter({
    FORWARD: [rule([TCP, toPort(80, 90)], { kind: 'reject' }), rule([fromNet('10.0.0.0/8')], DROP)],
  })
  const answered = compareTables({ tables: whole, nets }, { tables: answering, nets })
  t.same([answered.opened, answered.closed], [NONE, NONE])
  t.not(answered.answered, NONE)
})
