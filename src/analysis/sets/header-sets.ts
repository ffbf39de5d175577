// Sets of packets by one thing that is written in their headers, each made once.

import type { PortRange } from '../../net/port.ts'
import { TCP_FLAGS } from '../../netfilter/tcp-flags.ts'
import { type Cidr, formatCidr, parseNet } from '../../net/cidr.ts'
import type { Side } from '../../model/ruleset.ts'
import { isInterface } from '../../netfilter/matches/interface.ts'
import { ALL, type Bdd, NONE } from './bdd.ts'
import { fieldValues } from './bdd-operations.ts'
import { prefixSet, type Prefix, rangeSet } from './field-sets.ts'
import { addressWords, type PacketSpace } from './packet-space.ts'

export type FixedBits = ReadonlyMap<number, 0 | 1>

export class HeaderSets {
  readonly space: PacketSpace
  readonly #known = new Map<string, Bdd | undefined>()

  constructor(space: PacketSpace) {
    this.space = space
  }

  /** Made when it is first asked for; undefined where it cannot be made. */
  once<Made extends Bdd | undefined>(key: string, make: () => Made): Made {
    const known = this.#known.get(key)
    if (known !== undefined || this.#known.has(key)) return known as Made
    const made = make()
    this.#known.set(key, made)
    return made
  }

  inInterface(pattern: string): Bdd {
    return this.#interface('inInterface', pattern)
  }

  /** Packets whose route leads through it. */
  outInterface(pattern: string): Bdd {
    return this.#interface('outInterface', pattern)
  }

  protocols(numbers: readonly number[]): Bdd {
    const { store, fields } = this.space
    return this.once(`protocol ${numbers.join(' ')}`, () =>
      rangeSet(
        store,
        fields.protocol,
        numbers.map(number => ({ first: number, last: number })),
      ),
    )
  }

  /** The port field, whatever it means. */
  portField(side: Side, ranges: readonly PortRange[]): Bdd {
    const { store, fields } = this.space
    const key = `port ${side} ${ranges.map(({ first, last }) => `${first}-${last}`).join(' ')}`
    return this.once(key, () => rangeSet(store, side === 'source' ? fields.sourcePort : fields.destinationPort, ranges))
  }

  icmpMessage(type: number, code: number | undefined): Bdd {
    const first = type * 256
    return this.portField('destination', [{ first: first + (code ?? 0), last: first + (code ?? 255) }])
  }

  tcpFlags(mask: readonly string[], set: readonly string[]): Bdd {
    const { store, fields } = this.space
    return TCP_FLAGS.reduceRight<Bdd>((rest, flag, index) => {
      if (!mask.includes(flag)) return rest
      const bit = fields.tcpFlags.first + index
      return set.includes(flag) ? store.node(bit, NONE, rest) : store.node(bit, rest, NONE)
    }, ALL)
  }

  states(numbers: readonly number[]): Bdd {
    const { store, fields } = this.space
    return rangeSet(
      store,
      fields.state,
      numbers.map(number => ({ first: number, last: number })),
    )
  }

  reversePathFails(): Bdd {
    return this.space.store.node(this.space.fields.reversePathFails.first, NONE, ALL)
  }

  /** Addresses in one of the nets; undefined where one of them is no net of this IP version. */
  nets(side: Side, nets: readonly string[]): Bdd | undefined {
    return this.once(`nets ${side} ${nets.join(',')}`, () => {
      const prefixes = nets.map(net => readPrefix(net, this.space, true))
      return prefixes.every(prefix => prefix !== undefined) ? this.prefixes(side, prefixes) : undefined
    })
  }

  /** @param cidrs of this IP version */
  cidrs(side: Side, cidrs: readonly Cidr[]): Bdd {
    return this.once(`cidrs ${side} ${cidrs.map(formatCidr).join(',')}`, () =>
      this.prefixes(
        side,
        cidrs.map(cidr => prefixOf(cidr, true)),
      ),
    )
  }

  prefixes(side: Side, prefixes: readonly Prefix[]): Bdd {
    const { store, fields } = this.space
    return prefixSet(store, side === 'source' ? fields.source : fields.destination, prefixes)
  }

  /** What bits of a packet say that a side, or its port, has this value. */
  fixed(field: 'source' | 'destination' | 'sourcePort' | 'destinationPort', value: string | number): FixedBits {
    const { ipVersion, fields } = this.space
    const number =
      typeof value === 'number'
        ? value
        : addressWords(value, ipVersion).reduce((bits, word) => (bits << 32n) | BigInt(word), 0n)
    return fieldValues([[fields[field], number]])
  }

  #interface(field: 'inInterface' | 'outInterface', pattern: string): Bdd {
    const { store, fields, interfaces } = this.space
    return this.once(`${field} ${pattern}`, () => {
      const beginning = pattern.endsWith('+') ? pattern.slice(0, -1) : pattern
      // Names are sorted, so that those which begin alike stand together.
      const first = countWhile(interfaces, name => name < beginning)
      const end = countWhile(interfaces, (name, number) => number < first || isInterface(pattern, name))
      return rangeSet(store, fields[field], end > first ? [{ first, last: end - 1 }] : [])
    })
  }
}

/** How many stand before the first of which it does not hold; behind that one it holds of none. */
function countWhile(names: readonly string[], holds: (name: string, number: number) => boolean): number {
  let [from, to] = [0, names.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if (holds(names[middle] ?? '', middle)) from = middle + 1
    else to = middle
  }
  return from
}

/** Undefined for what is no net of this IP version. */
export function readPrefix(net: string, { ipVersion }: PacketSpace, isIn: boolean): Prefix | undefined {
  const parsed = parseNet(net)
  if (parsed === undefined || parsed.cidr.ipVersion !== ipVersion) return undefined
  return prefixOf(parsed.cidr, isIn)
}

function prefixOf({ address, ipVersion, prefixLength }: Cidr, isIn: boolean): Prefix {
  return { words: addressWords(address, ipVersion), length: prefixLength, isIn }
}
