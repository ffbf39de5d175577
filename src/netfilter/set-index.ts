// IP sets made ready for looking up, each when it is first asked for.

import { PROTOCOL_NUMBERS } from '../net/protocol.ts'
import type { KernelIpSet } from './kernel-tables.ts'
import { type AddressBits, NetTable } from './net-table.ts'
import { splitMember } from './set-member.ts'
import { type Outcome, outcomeOf } from './outcome.ts'

/** What a packet brings to a set, of one side. */
export interface SetQuery {
  readonly address: AddressBits
  readonly protocol: number
  /** Of ICMP the type and code, as ipset takes them for a port: `type << 8 | code`. */
  readonly port: number
  /** How many dimensions the rule's flags name: 1 for `src`, 2 for `src,src`. */
  readonly dimensions: 1 | 2
}

/** Whether a packet is in a set; `unknown` where the set's type or a member cannot be read here. */
export type SetTest = (query: SetQuery) => Outcome

/** Sets of several nodes often have one list of members: it is made ready once. Owned by whoever looks at several nodes. */
export class SetTests {
  readonly #known = new WeakMap<readonly string[], { readonly set: KernelIpSet; readonly test: SetTest }>()

  of(set: KernelIpSet): SetTest {
    const known = this.#known.get(set.members)
    if (known !== undefined && isAlike(known.set, set)) return known.test
    const test = buildTest(set)
    this.#known.set(set.members, { set, test })
    return test
  }
}

/** Of two sets with one list of members. */
function isAlike(a: KernelIpSet, b: KernelIpSet): boolean {
  return a.type === b.type && a.ipVersion === b.ipVersion && a.exceptions === b.exceptions
}

export class SetIndex {
  readonly #sets: ReadonlyMap<string, KernelIpSet>
  readonly #tests = new Map<string, SetTest>()
  readonly #shared: SetTests

  constructor(sets: ReadonlyMap<string, KernelIpSet>, shared = new SetTests()) {
    this.#sets = sets
    this.#shared = shared
  }

  test(name: string, query: SetQuery): Outcome {
    let test = this.#tests.get(name)
    if (test === undefined) {
      const set = this.#sets.get(name)
      test = set === undefined ? UNKNOWN : this.#shared.of(set)
      this.#tests.set(name, test)
    }
    return test(query)
  }
}

const UNKNOWN: SetTest = () => 'unknown'

function buildTest(set: KernelIpSet): SetTest {
  switch (set.type) {
    case 'hash:ip':
    case 'hash:net':
      return netTest(set)
    case 'hash:ip,port':
    case 'hash:net,port':
      return netPortTest(set)
    default:
      return UNKNOWN
  }
}

/** The longest net that holds the address decides; a `nomatch` one decides that it is not in the set. */
function netTest({ members, exceptions = [], ipVersion = 4 }: KernelIpSet): SetTest {
  const nets = new NetTable<boolean>(ipVersion)
  for (const member of members) if (!nets.add(member, true)) return UNKNOWN
  for (const member of exceptions) if (!nets.add(member, false)) return UNKNOWN
  return ({ address }) => outcomeOf(nets.find(address) ?? false)
}

const ICMP_MEMBER = /^(\d+)\/(\d+)$/

/** Members are `net,protocol:port`. A rule that names the address alone never matches such a set. */
function netPortTest({ members, exceptions = [], ipVersion = 4 }: KernelIpSet): SetTest {
  const nets = new NetTable<Map<string, boolean>>(ipVersion)
  const add = (member: string, isIn: boolean): boolean => {
    const [net, service] = splitMember(member)
    const key = serviceKey(service)
    if (key === undefined) return false
    const known = nets.get(net)
    if (known !== undefined) known.set(key, isIn)
    else return nets.add(net, new Map([[key, isIn]]))
    return true
  }
  for (const member of members) if (!add(member, true)) return UNKNOWN
  for (const member of exceptions) if (!add(member, false)) return UNKNOWN
  return ({ address, protocol, port, dimensions }) => {
    if (dimensions < 2) return 'no'
    const key = `${protocol}:${port}`
    for (const services of nets.findAll(address)) {
      const isIn = services.get(key)
      if (isIn !== undefined) return outcomeOf(isIn)
    }
    return 'no'
  }
}

/** `tcp:80`, `6:80`, or `80` alone, which ipset takes for TCP. */
export function serviceKey(service: string): string | undefined {
  const [first = '', second] = service.split(':')
  const [name, portText] = second === undefined ? ['tcp', first] : [first, second]
  const protocol = /^\d+$/.test(name)
    ? Number(name)
    : Object.hasOwn(PROTOCOL_NUMBERS, name)
      ? numberOf(name)
      : undefined
  if (protocol === undefined) return undefined
  const icmp = ICMP_MEMBER.exec(portText)
  if (icmp !== null) return `${protocol}:${Number(icmp[1]) * 256 + Number(icmp[2])}`
  return /^\d+$/.test(portText) ? `${protocol}:${Number(portText)}` : undefined
}

function numberOf(name: string): number | undefined {
  return PROTOCOL_NUMBERS[name as keyof typeof PROTOCOL_NUMBERS]
}
