// From an interface to its endpoint's chain. Many interfaces make a tree one level deep:
//
//   -A cali-from-wl-dispatch --in-interface cali1+ --goto cali-from-wl-dispatch-1
//   -A cali-from-wl-dispatch --in-interface cali2c --goto cali-fw-cali2c
//   -A cali-from-wl-dispatch -m comment --comment "Unknown interface" --jump DROP

import type { Origin } from '../../model/origin.ts'
import type { Chain, Rule } from '../../model/ruleset.ts'
import { compareBytes } from '../../text/bytes.ts'
import { groupBy } from '../../text/group-by.ts'

export interface DispatchEntry {
  readonly interfaceName: string
  /** Chain to go to. */
  readonly chain: string
  readonly origin: Origin
}

export interface DispatchInput {
  readonly root: string
  /** Names of child chains are this, a dash and one character. */
  readonly childPrefix?: string
  readonly side: 'inInterface' | 'outInterface'
  /** In any order, without repeats. */
  readonly entries: readonly DispatchEntry[]
  /** Close the root and every child. */
  readonly endRules: readonly Rule[]
  readonly origin: Origin
}

export interface DispatchTree {
  /** Rules of the root chain without its end rules. */
  readonly rootRules: readonly Rule[]
  readonly children: readonly Chain[]
}

/** The root chain and, where names share more than their common beginning, child chains. */
export function renderDispatchChains(input: DispatchInput): readonly Chain[] {
  const { rootRules, children } = renderDispatchTree(input)
  return [{ name: input.root, rules: [...rootRules, ...input.endRules], origin: input.origin }, ...children]
}

export function renderDispatchTree(input: DispatchInput): DispatchTree {
  const { root, childPrefix = root, side, endRules, origin } = input
  const entries = [...input.entries].sort((a, b) => compareBytes(a.interfaceName, b.interfaceName))
  const common = commonPrefix(entries.map(({ interfaceName }) => interfaceName))
  const bins = groupBy(entries, ({ interfaceName }) => interfaceName.slice(0, common.length + 1))
  const goto = ({ interfaceName, chain, origin: why }: DispatchEntry): Rule => ({
    comments: [],
    matches: [{ kind: side, name: interfaceName }],
    target: { kind: 'goto', chain },
    origin: why,
  })
  const rootRules: Rule[] = []
  const children: Chain[] = []
  for (const [bin, members] of bins) {
    const [only] = members
    if (only !== undefined && members.length === 1) {
      rootRules.push(goto(only))
      continue
    }
    const child = `${childPrefix}-${bin.slice(common.length)}`
    rootRules.push({
      comments: [],
      matches: [{ kind: side, name: `${bin}+` }],
      target: { kind: 'goto', chain: child },
      origin,
    })
    children.push({ name: child, rules: [...members.map(goto), ...endRules], origin })
  }
  return { rootRules, children }
}

function commonPrefix(names: readonly string[]): string {
  const [first = '', ...rest] = names
  let length = first.length
  for (const name of rest) {
    let shared = 0
    while (shared < length && name.charAt(shared) === first.charAt(shared)) shared++
    length = shared
  }
  return first.slice(0, length)
}
