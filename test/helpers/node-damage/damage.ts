// One damage to a node: what it is made of, and the places and findings that kinds of damage share.

import type { CauseKind } from '../../../src/audit/cause.ts'
import { type Finding, type FindingKind, isSetFinding } from '../../../src/audit/finding.ts'
import type { Random } from '../probes/random.ts'
import type { RecordedNode } from '../recorded-nodes.ts'
import type { SavedText } from './saved-text.ts'

export interface NodeDamage {
  readonly kind: string
  readonly node: RecordedNode
  /** What was done, for a reader. */
  readonly what: string
  /** Each must be among the findings. */
  readonly wants: readonly ((finding: Finding) => boolean)[]
  /** One of these must be told first. */
  readonly causes: readonly CauseKind[]
  /** Rules of others are gone as well, which no audit knows. */
  readonly isForeignLost?: true
}

export type Version = 'v4' | 'v6'

export interface Editing {
  readonly node: RecordedNode
  readonly version: Version
  readonly text: SavedText
  /** Of both IP versions. */
  readonly texts: Readonly<Record<Version, SavedText>>
  readonly seed: Random
}

/** What differs from the node is in the text, or is given here. */
export type Done = Omit<NodeDamage, 'kind' | 'node'> & { readonly node?: Partial<RecordedNode> }

/** Undefined where the node has nothing to do it to. */
export type Maker = (editing: Editing) => Done | undefined

/** The chains of the kernel that lead to Calico's. */
export const HOOKS: readonly (readonly [table: string, chain: string])[] = [
  ['filter', 'INPUT'],
  ['filter', 'FORWARD'],
  ['filter', 'OUTPUT'],
  ['raw', 'PREROUTING'],
  ['raw', 'OUTPUT'],
  ['mangle', 'PREROUTING'],
  ['mangle', 'POSTROUTING'],
  ['nat', 'PREROUTING'],
  ['nat', 'OUTPUT'],
  ['nat', 'POSTROUTING'],
]

export function found(
  version: Version,
  table: string,
  chain: string,
  ...kinds: readonly FindingKind[]
): (one: Finding) => boolean {
  return one =>
    !isSetFinding(one) &&
    one.ipVersion === (version === 'v4' ? 4 : 6) &&
    one.table === table &&
    one.chain === chain &&
    kinds.includes(one.kind)
}

export interface Place {
  readonly table: string
  readonly chain: string
}

export interface ChainPlace extends Place {
  readonly rules: readonly string[]
}

/** In a chain of Calico's, drawn among those that fit. */
export function inChain(
  fits: (rules: readonly string[], chain: string) => boolean,
  damage: (place: ChainPlace, editing: Editing) => Done | undefined,
): Maker {
  return editing => {
    const { text, seed } = editing
    const place = seed.pick(
      text.tables.flatMap(({ name: table }) =>
        text
          .chains(table)
          .filter(chain => chain.startsWith('cali-'))
          .map(chain => ({ table, chain, rules: text.rules(table, chain) }))
          .filter(({ chain, rules }) => fits(rules, chain)),
      ),
    )
    return place && damage(place, editing)
  }
}

/** In a chain of the kernel's from which Calico's hook leads. */
export function atHook(damage: (place: Place, editing: Editing) => Done): Maker {
  return editing => {
    const [table, chain] = editing.seed.pick(hooksOf(editing)) ?? []
    return table === undefined || chain === undefined ? undefined : damage({ table, chain }, editing)
  }
}

export function hooksOf({ text }: Editing): readonly (readonly [table: string, chain: string])[] {
  return HOOKS.filter(([table, chain]) => text.rules(table, chain).some(body => /-j cali-/.test(body)))
}

export const hasRules = (rules: readonly string[]): boolean => rules.length > 0
