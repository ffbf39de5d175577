// Recorded nodes on disk: what the kernel of a node held, and what became of real packets sent through it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parse } from 'yaml'
import type { SourceFile } from '../../src/diagnostics/source.ts'

/** One line of packets.csv. */
export interface Attempt {
  readonly id: string
  readonly from: string
  readonly to: string
  readonly proto: string
  readonly dport: string
  readonly via: string
  readonly outcome: string
  readonly sport: string
  readonly src: string
  readonly dst: string
  readonly served_by: string
  readonly seen_as: string
  readonly in_interface: string
}

export interface RecordedNode {
  readonly folder: string
  readonly isClean: boolean
  readonly node: string
  readonly input: SourceFile
  readonly host: readonly SourceFile[]
  /** Texts of iptables-save, one or two of each IP version. */
  readonly rules: readonly SourceFile[]
  readonly sets: SourceFile
  readonly attempts: readonly Attempt[]
  /** By attempt, the rules that counted it: `table chain number`; only of clean nodes. */
  readonly hits: ReadonlyMap<string, ReadonlySet<string>>
}

/** Folders with packets that went through iptables, clean ones and those of damages, in byte order. */
export function findRecordedNodes(folder: string): readonly string[] {
  const own = existsSync(join(folder, 'packets.csv')) && !existsSync(join(folder, 'ruleset.nft')) ? [folder] : []
  const below = readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(({ name }) => name)
    .sort()
  return [...own, ...below.flatMap(name => findRecordedNodes(join(folder, name)))]
}

export function readRecordedNode(folder: string): RecordedNode {
  const isClean = !folder.includes('/damage/')
  const above = isClean ? folder : dirname(dirname(folder))
  const path = (name: string): string => [join(folder, name), join(above, name)].find(found => existsSync(found)) ?? ''
  const read = (name: string): SourceFile => ({ name: path(name), text: readFileSync(path(name), 'utf8') })
  const own = readdirSync(folder).filter(name => /^v[46]\..*save$/.test(name))
  return {
    folder,
    isClean: isClean && !folder.includes('/extra/'),
    node: (parse(read('case.yaml').text) as { readonly node: string }).node,
    input: read('input.yaml'),
    host: ['host.json', 'routes.json', 'routes6.json'].map(read),
    rules: own.sort().map(read),
    sets: read('sets.save'),
    attempts: readCsv(readFileSync(join(folder, 'packets.csv'), 'utf8')),
    hits: existsSync(join(folder, 'hits.jsonl'))
      ? readHits(readFileSync(join(folder, 'hits.jsonl'), 'utf8'))
      : new Map(),
  }
}

function readHits(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const lines = text.split('\n').filter(line => line !== '')
  return new Map(
    lines.map(line => {
      const { id, hits } = JSON.parse(line) as { readonly id: number; readonly hits: readonly string[] }
      return [String(id), new Set(hits.map(hit => hit.replace(/ \+\d+$/, '')))]
    }),
  )
}

function readCsv(text: string): readonly Attempt[] {
  const [header = '', ...lines] = text.split('\n').filter(line => line.trim() !== '')
  const columns = header.trim().split(',')
  return lines.map(line => {
    const cells = [...line.trim().matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted ?? plain)
    return Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? ''])) as unknown as Attempt
  })
}
