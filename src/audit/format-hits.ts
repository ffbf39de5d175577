// Counters for people: a table of rules of the input, most hit first.

import type { SourceIndex } from '../diagnostics/source-index.ts'
import { widest } from '../text/columns.ts'
import { printable } from '../text/printable.ts'
import type { Origin } from '../model/origin.ts'
import { denialWords, describeOriginAt } from '../words/origin.ts'
import type { HitCount, HitRow } from './count-hits.ts'

export function formatHits({ rows, wasReset }: HitCount, sources: SourceIndex, isSince: boolean): string {
  const lost = rows.filter(({ drops, packets }) => drops && packets > 0n)
  const idle = rows.filter(({ packets }) => packets === 0n)
  const hit = rows.filter(({ packets }) => packets > 0n)
  const now = isSince ? 'drops now' : 'drops most'
  const [first] = lost
  const lines = [
    ...(wasReset ? ['note: counters were set to zero in between; those count from there'] : []),
    ...(first === undefined
      ? [rows.length === 0 ? 'the text has no rules of policies to count' : 'nothing of the input has dropped anything']
      : [`${now}: ${hitWords(first.origin, sources)} (${countWords(first)})`]),
    ...(hit.length === 0 ? [] : ['', ...table(hit, sources)]),
    ...(idle.length === 0 ? [] : ['', `never hit: ${idle.length} of ${rows.length}`]),
    ...idle.map(({ origin }) => `  ${hitWords(origin, sources)}`),
  ]
  return `${lines.map(printable).join('\n')}\n`
}

/** What a row is called: of the end of a tier, what is lost there. */
export function hitWords(origin: Origin, sources: SourceIndex): string {
  if (origin.kind !== 'tier') return describeOriginAt(origin, sources)
  const { tier, endpoint, polices } = origin
  const type = polices.chainType === 'normal' ? '' : ` (${polices.chainType} policy)`
  return `${denialWords(tier, polices.direction, endpoint)}${type}`
}

function table(rows: readonly HitRow[], sources: SourceIndex): readonly string[] {
  const cells = rows.map(row => [
    String(row.packets),
    String(row.bytes),
    row.drops ? 'drop' : '',
    hitWords(row.origin, sources),
  ])
  const head = ['packets', 'bytes', '', 'rule']
  const width = (column: number): number => widest([head, ...cells].map(line => line[column] ?? ''))
  const [packets, bytes, drops] = [width(0), width(1), width(2)]
  return [head, ...cells].map(([a = '', b = '', c = '', d = '']) =>
    `${a.padStart(packets)}  ${b.padStart(bytes)}  ${c.padEnd(drops)}  ${d}`.trimEnd(),
  )
}

function countWords({ packets, bytes }: HitRow): string {
  return `${packets} ${packets === 1n ? 'packet' : 'packets'}, ${bytes} bytes`
}

/** Numbers as text: they have 64 bits. */
export function hitsToJson({ rows, wasReset }: HitCount, sources: SourceIndex): unknown {
  return {
    version: 1,
    wasReset,
    rows: rows.map(({ kind, origin, drops, packets, bytes }) => ({
      kind,
      rule: hitWords(origin, sources),
      drops,
      packets: String(packets),
      bytes: String(bytes),
    })),
  }
}
