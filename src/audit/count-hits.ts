// What a node's counters say of the input: how often each rule of a policy, each default and each profile decided.

import type { Marks } from '../calico/marks.ts'
import type { Origin } from '../model/origin.ts'
import type { Rule } from '../model/ruleset.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'

/**
 * What a row is about. `default`: the end of a tier or of an endpoint's chain, where nothing has decided, and what
 * Calico always drops, such as spoofed sources.
 */
export type HitKind = 'policyRule' | 'profileRule' | 'default'

export interface HitRow {
  readonly kind: HitKind
  readonly origin: Origin
  /** It loses packets. */
  readonly drops: boolean
  readonly packets: bigint
  readonly bytes: bigint
}

export interface HitCount {
  /** Most hit first; what was never hit comes last. */
  readonly rows: readonly HitRow[]
  /** The text has no counters: iptables-save was run without -c. */
  readonly hasCounters: boolean
  /** Some counter is smaller than in the older text: it was set to zero in between, and counts from there. */
  readonly wasReset: boolean
}

export interface HitInput {
  readonly tables: readonly KernelTables[]
  /** An older text of the same node, whose counts are taken off. */
  readonly since?: readonly KernelTables[] | undefined
  readonly originOf: (rule: Rule, ipVersion: 4 | 6) => Origin
  /** What a row is called: causes with one name are one row, as the parts of one rule of a Kubernetes policy are. */
  readonly nameOf: (origin: Origin) => string
  readonly marks: Marks
}

interface Sum {
  readonly kind: HitKind
  readonly origin: Origin
  drops: boolean
  packets: bigint
  bytes: bigint
}

export function countHits({ tables, since = [], originOf, nameOf, marks }: HitInput): HitCount {
  const before = new Map(since.flatMap(one => [...countersOf(one)]))
  const sums = new Map<string, Sum>()
  let [hasCounters, wasReset] = [false, false]
  for (const one of tables) {
    for (const [key, { rule, packets, bytes, isCounted }] of countersOf(one)) {
      hasCounters ||= isCounted
      const origin = originOf(rule, one.ipVersion)
      const kind = kindOf(origin, rule)
      if (kind === undefined || !decides(rule, marks)) continue
      const old = before.get(key)
      const isLess = old !== undefined && old.packets > packets
      wasReset ||= isLess
      const id = nameOf(origin)
      const sum = sums.get(id) ?? { kind, origin, drops: false, packets: 0n, bytes: 0n }
      sums.set(id, sum)
      sum.drops ||= dropsPackets(rule, marks)
      sum.packets += packets - (old === undefined || isLess ? 0n : old.packets)
      sum.bytes += bytes - (old === undefined || isLess ? 0n : old.bytes)
    }
  }
  const rows = [...sums.values()].sort((a, b) => (a.packets === b.packets ? 0 : a.packets > b.packets ? -1 : 1))
  return { rows, hasCounters, wasReset }
}

interface Counted {
  readonly rule: Rule
  readonly packets: bigint
  readonly bytes: bigint
  readonly isCounted: boolean
}

/** By table, chain, text and how often the same text came before in the chain. */
function* countersOf({ ipVersion, tables }: KernelTables): Generator<readonly [string, Counted]> {
  for (const { name, kernelChains, userChains } of tables) {
    for (const chain of [...kernelChains, ...userChains.values()]) {
      const seen = new Map<string, number>()
      for (const rule of chain.rules) {
        if (rule.origin.kind !== 'read') continue
        const { text, counters } = rule.origin
        const often = (seen.get(text) ?? 0) + 1
        seen.set(text, often)
        const { packets = '0', bytes = '0' } = counters ?? {}
        const isCounted = counters !== undefined
        yield [
          `${ipVersion} ${name} ${often} ${text}`,
          { rule, packets: BigInt(packets), bytes: BigInt(bytes), isCounted },
        ]
      }
    }
  }
}

function kindOf({ kind }: Origin, { target }: Rule): HitKind | undefined {
  if (kind === 'policyRule' || kind === 'profileRule') return kind
  const isLost = target?.kind === 'drop' || target?.kind === 'reject'
  return isLost && kind !== 'read' ? 'default' : undefined
}

/**
 * A rule of a policy becomes several: some only note in a scratch bit that a part of it fits, and behind a mark for Allow or Deny
 * comes a rule that acts on it. The one that counts sets the mark; where there is none, the one that acts.
 */
function decides({ matches, target }: Rule, marks: Marks): boolean {
  const decisive = marks.accept | marks.pass | marks.drop
  switch (target?.kind) {
    case 'setMark':
      return (target.value & decisive) !== 0
    case 'log':
    case 'nflog':
      return target.kind === 'log'
    case 'drop':
    case 'reject':
      return !matches.some(match => match.kind === 'mark' && marks.drop !== 0 && (match.value & marks.drop) !== 0)
    default:
      return false
  }
}

function dropsPackets({ target }: Rule, marks: Marks): boolean {
  if (target?.kind === 'drop' || target?.kind === 'reject') return true
  return target?.kind === 'setMark' && marks.drop !== 0 && (target.value & marks.drop) !== 0
}
