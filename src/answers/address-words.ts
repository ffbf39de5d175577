// Sets of addresses in the words of the input: pods, namespaces, what selectors select, network sets; nets where nothing fits.

import { addressRangesOf, type Some } from '../analysis/field-values.ts'
import { ALL, type Bdd, type BddStore, NONE } from '../analysis/sets/bdd.ts'
import type { BitField } from '../analysis/sets/bdd-operations.ts'
import { type Prefix, prefixSet } from '../analysis/sets/field-sets.ts'
import { readPrefix } from '../analysis/sets/header-sets.ts'
import type { PacketSpace } from '../analysis/sets/packet-space.ts'
import { hasBit } from '../analysis/sets/word-bits.ts'
import type { KernelIpSet } from '../netfilter/kernel-tables.ts'
import { describeSetSource } from '../words/set.ts'
import { groupBy } from '../text/group-by.ts'
import type { Scene } from '../trace/scene.ts'
import { listed } from '../text/listed.ts'

type AddressField = 'source' | 'destination'

interface Named {
  readonly name: string
  readonly set: Bdd
}

/** So many pods and nets say more than the selector that finds them. */
const SHORT = 4

/** More nets than these are not counted out, whatever was asked for. */
const MOST_NETS = 100_000

export class AddressWords {
  readonly #space: PacketSpace
  readonly #scenes: readonly Scene[]
  readonly #local: readonly string[]
  readonly #known = new Map<AddressField, readonly Named[]>()
  #knownPods: readonly Pod[] | undefined

  /** @param local addresses of the node itself */
  constructor(space: PacketSpace, scenes: readonly Scene[], local: readonly string[]) {
    this.#local = local
    this.#space = space
    this.#scenes = scenes
  }

  /** @param most items that are shown; of others only their number */
  words(field: AddressField, set: Bdd, most: number): string {
    return listed(this.items(field, set), most)
  }

  /** What the set is made of, exactly. */
  items(field: AddressField, set: Bdd): readonly string[] {
    if (set === ALL) return ['anywhere']
    const { store } = this.#space
    const pods = this.#pods()
    const others = store.not(set)
    const parts = this.#parts(field, set, pods)
    // Nothing is shorter.
    if (parts.length < 2) return parts
    const opposite = this.#parts(field, others, pods)
    if (Math.min(parts.length, opposite.length) > SHORT) {
      const named = this.#named(field)
      const whole = named.find(one => one.set === set)
      if (whole !== undefined) return [whole.name]
      const but = named.find(one => one.set === others)
      if (but !== undefined) return [`anywhere but ${but.name}`]
    }
    return opposite.length < parts.length ? [`anywhere but ${opposite.join(', ')}`] : parts
  }

  #parts(field: AddressField, set: Bdd, pods: readonly Pod[]): readonly string[] {
    const { store, fields } = this.#space
    const inside = pods.filter(({ prefixes }) =>
      prefixes.every(prefix => holdsPrefix(store, set, fields[field], prefix)),
    )
    const theirs = inside.flatMap(({ prefixes }) => prefixes)
    const rest = store.minus(set, prefixSet(store, fields[field], theirs))
    const nets: Some<string> = addressRangesOf(this.#space, field, rest, MOST_NETS)
    return [...podWords(inside, pods), ...nets.items, ...(nets.isAll ? [] : ['more nets than are counted'])]
  }

  /** Those that have addresses of the IP version. */
  #pods(): readonly Pod[] {
    if (this.#knownPods !== undefined) return this.#knownPods
    const pods = new Map<string, Pod>([['', { name: 'the node', prefixes: this.#prefixes(this.#local) }]])
    for (const scene of this.#scenes) {
      for (const { name, namespace, addresses } of scene.workloads.values()) {
        if (pods.has(name)) continue
        const prefixes = this.#prefixes(addresses.map(({ text }) => text))
        if (prefixes.length > 0) pods.set(name, { name: `pod ${name}`, namespace, prefixes })
      }
    }
    return (this.#knownPods = [...pods.values()].filter(({ prefixes }) => prefixes.length > 0))
  }

  /** IP sets of the input. Most answers are short without them. */
  #named(field: AddressField): readonly Named[] {
    const known = this.#known.get(field)
    if (known !== undefined) return known
    const { store, fields } = this.#space
    const named = new Map<string, Named>()
    for (const scene of this.#scenes) {
      for (const ipSet of scene.tables.ipSets.values()) {
        const name = setWords(ipSet)
        if (name === undefined || named.has(name)) continue
        const set = prefixSet(store, fields[field], this.#prefixes(ipSet.members))
        if (set !== NONE) named.set(name, { name, set })
      }
    }
    const made = [...named.values()]
    this.#known.set(field, made)
    return made
  }

  #prefixes(nets: readonly string[]): readonly Prefix[] {
    return nets.flatMap(net => readPrefix(net, this.#space, true) ?? [])
  }
}

/** @param set of one field alone */
function holdsPrefix(store: BddStore, set: Bdd, { first }: BitField, { words, length }: Prefix): boolean {
  let node = set
  while (node > ALL) {
    const bit = store.bit(node) - first
    if (bit >= length) return false
    node = hasBit(words, bit) ? store.high(node) : store.low(node)
  }
  return node === ALL
}

interface Pod {
  readonly name: string
  readonly prefixes: readonly Prefix[]
  /** Absent of the node itself. */
  readonly namespace?: string
}

/** Of so many pods of a namespace it is shorter to say which are not among them. */
const MANY = 10
const FEW_LEFT_OUT = 3

/** Pods by name; all of a namespace of more than one by the namespace's, and so all but a few of many. */
function podWords(inside: readonly Pod[], all: readonly Pod[]): readonly string[] {
  const whole = groupBy(all, ({ namespace = '' }) => namespace)
  return [...groupBy(inside, ({ namespace = '' }) => namespace)].flatMap(([namespace, pods]) => {
    const others = whole.get(namespace) ?? []
    const leftOut = others.length - pods.length
    if (pods.length > 1 && leftOut === 0) return [`all ${pods.length} pods of namespace ${namespace}`]
    if (pods.length < MANY || leftOut > FEW_LEFT_OUT) return pods.map(({ name }) => name)
    const there = new Set(pods)
    const missing = others.filter(pod => !there.has(pod)).map(({ name }) => name)
    return [`all pods of namespace ${namespace} but ${missing.join(' and ')}`]
  })
}

/** Undefined for sets of addresses with ports, and for those of which nobody knows what they hold. */
function setWords(set: KernelIpSet): string | undefined {
  if (set.type !== 'hash:net' && set.type !== 'hash:ip') return undefined
  if ((set.exceptions ?? []).length > 0) return undefined
  const { source } = set
  return source === undefined || source.kind === 'read' ? `set ${set.name}` : describeSetSource(source)
}
