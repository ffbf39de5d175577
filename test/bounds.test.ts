// The work grows with the input and not with a power of it: counted in the code under test, never timed.

import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import type { Match, Rule, Target } from '../src/model/ruleset.ts'
import { movingPacket, NetCache } from '../src/netfilter/moving-packet.ts'
import { SetIndex } from '../src/netfilter/set-index.ts'
import { tableExits } from '../src/walk/table-exits.ts'
import { WalkTooLong } from '../src/walk/walk-work.ts'
import { NODE, rule, tables, TCP, walk } from './helpers/hand-made-tables.ts'

const DROP: Target = { kind: 'drop' }

t.test('the work grows with the rules, however often chains lead to each other', async t => {
  const unknown: Match = { kind: 'unknown', text: '-m foo --bar' }
  /** Each chain jumps to the next one twice, the last one does `end`. */
  const fan = (depth: number, first: readonly Match[], end: readonly Rule[], mark?: Target): KernelTables => {
    const name = (index: number): string => `c${index}`
    const chains = Array.from({ length: depth }, (_, index): readonly [string, readonly Rule[]] => {
      const target: Target = { kind: 'jump', chain: name(index + 1) }
      return [name(index), [...(mark === undefined ? [] : [rule([], mark)]), rule(first, target), rule([], target)]]
    })
    return tables({
      filter: {
        INPUT: [rule([], { kind: 'jump', chain: name(0) })],
        ...Object.fromEntries(chains),
        [name(depth)]: end,
      },
    })
  }
  for (const [title, make] of [
    ['chains that jump twice', (depth: number) => fan(depth, [], [])],
    ['chains that set a mark', (depth: number) => fan(depth, [], [], { kind: 'setMark', value: 1, mask: 1 })],
    [
      'chains that end in a log line',
      (depth: number) => fan(depth, [], [rule([], { kind: 'log', prefix: 'x', level: 5 })]),
    ],
  ] as const) {
    const [few, many] = [walk(make(40)), walk(make(80))]
    t.ok(many.looks <= 2.2 * few.looks, `${title}: ${few.looks} rules looked at, then ${many.looks}`)
  }
  const open = walk(fan(60, [unknown], []))
  t.strictSame([open.verdict, open.isComplete], ['accept', false], 'unknown matches on each level leave one verdict')
  const two = walk(fan(60, [unknown], [rule([unknown], DROP)]))
  t.strictSame([two.verdict, two.verdicts], ['unknown', ['accept', 'drop']], 'both verdicts are found')
  const toggle = (bit: number): Target => ({ kind: 'xorMark', value: 1 << bit, mask: 0 })
  const bitIs = (bit: number, isSet: boolean): Match => ({
    kind: 'mark',
    value: isSet ? 1 << bit : 0,
    mask: 1 << bit,
    negated: false,
  })
  // A counter of 26 bits in the mark: each call of `count` adds one, so no state comes twice.
  const add = Array.from({ length: 26 }, (_, bit) => [
    rule([], toggle(bit)),
    rule([bitIs(bit, true)], { kind: 'return' }),
  ]).flat()
  const kernel = fan(26, [], add)
  t.throws(() => walk(kernel), { message: new WalkTooLong().message }, 'what is too long is said to be')
})

t.test('the ways out of a table are those of all walks through it', async t => {
  const unknown: Match = { kind: 'unknown', text: '-m foo --bar' }
  const target = fc.constantFrom<Target>(
    ...([{ kind: 'accept' }, { kind: 'drop' }, { kind: 'return' }, { kind: 'reject' }] as const),
    ...([1, 2] as const).map(value => ({ kind: 'setMark', value, mask: value }) as const),
    { kind: 'clearMark', mask: 1 },
    ...(['a', 'b', 'c'] as const).flatMap(chain => [
      { kind: 'jump', chain } as const,
      { kind: 'goto', chain } as const,
    ]),
    { kind: 'unknown', text: '-j FOO', continues: false },
  )
  const match = fc.constantFrom<Match>(
    unknown,
    { kind: 'mark', value: 1, mask: 1, negated: false },
    { kind: 'mark', value: 2, mask: 2, negated: true },
  )
  const written = fc.tuple(fc.array(match, { maxLength: 1 }), target)
  const chain = fc.array(written, { maxLength: 3 })
  let compared = 0
  fc.assert(
    fc.property(fc.tuple(chain, chain, chain, chain), ([INPUT, a, b, c]) => {
      // A chain leads only to those behind it.
      const forward = (rules: typeof INPUT, from: number): readonly Rule[] =>
        rules.flatMap(([matches, to]) => ('chain' in to && 'abc'.indexOf(to.chain) < from ? [] : [rule(matches, to)]))
      const kernel = tables({
        filter: { INPUT: forward(INPUT, 0), a: forward(a, 1), b: forward(b, 2), c: forward(c, 3) },
      })
      const { walks, isComplete } = walk(kernel)
      if (!isComplete) return
      compared++
      const [table] = kernel.tables
      const base = table?.kernelChains.find(({ name }) => name === 'INPUT')
      if (table === undefined || base === undefined) throw new Error('no table')
      const context = { sets: new SetIndex(new Map()), nets: new NetCache(), node: NODE }
      const exits = tableExits(table, 'INPUT', base, movingPacket(TCP, undefined, 0), context, true)
      const ends = (list: readonly { readonly verdict: string; readonly mark: number }[]): readonly string[] =>
        [...new Set(list.map(({ verdict, mark }) => `${verdict} ${mark}`))].sort()
      assert.deepEqual(ends(exits.map(({ verdict, moving }) => ({ verdict, mark: moving.mark }))), ends(walks))
    }),
    { numRuns: 500, seed: 1 },
  )
  t.ok(compared > 300, `${compared} compared`)
})
