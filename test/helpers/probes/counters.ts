// Packets that each rule and each policy of a kernel chain counts: what the kernel says, and what the walker expects.

import type { Step } from '../../../src/walk/steps.ts'

/** By place: `filter cali-INPUT 3`, counted from 1 as iptables does, or `filter INPUT policy`. Places that count nothing are left out. */
export type Counts = ReadonlyMap<string, number>

/** Reads what `iptables-save -c` prints. */
export function readCounts(text: string): Counts {
  const counts = new Map<string, number>()
  const lengths = new Map<string, number>()
  let table = ''
  for (const line of text.split('\n')) {
    const opened = /^\*(\S+)$/.exec(line)
    if (opened !== null) {
      table = opened[1] ?? ''
      lengths.clear()
      continue
    }
    const [, chain = '', packets = ''] = /^:(\S+) \S+ \[(\d+):\d+\]$/.exec(line) ?? []
    if (chain !== '' && packets !== '0') counts.set(`${table} ${chain} policy`, Number(packets))
    const [, passed = '', owner = ''] = /^\[(\d+):\d+\] -A (\S+)/.exec(line) ?? []
    if (owner === '') continue
    const index = (lengths.get(owner) ?? 0) + 1
    lengths.set(owner, index)
    if (passed !== '0') counts.set(`${table} ${owner} ${index}`, Number(passed))
  }
  return counts
}

/** What one packet counts on its way. */
export function placesOf(steps: readonly Step[]): readonly string[] {
  return steps.flatMap(step => {
    if (step.kind === 'rule') return [`${step.table} ${step.chain} ${step.index + 1}`]
    return step.kind === 'policy' ? [`${step.table} ${step.hook} policy`] : []
  })
}

export function sumUp(places: Iterable<readonly string[]>): Counts {
  const counts = new Map<string, number>()
  for (const list of places) for (const place of list) counts.set(place, (counts.get(place) ?? 0) + 1)
  return counts
}

export interface CountDifference {
  readonly place: string
  readonly expected: number
  readonly counted: number
}

export function compareCounts(expected: Counts, counted: Counts): readonly CountDifference[] {
  return [...new Set([...expected.keys(), ...counted.keys()])]
    .map(place => ({ place, expected: expected.get(place) ?? 0, counted: counted.get(place) ?? 0 }))
    .filter(({ expected, counted }) => expected !== counted)
}
