// The same input gives the same bytes, whatever its order and wherever it runs; and twice the input takes twice the work.

import { countWork } from './helpers/count-work.ts'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import t from 'tap'
import type { ReachCluster } from '../src/answers/reach/reach-cluster.ts'
import { writeAssertions } from '../src/answers/assert/write-assertions.ts'
import { clusterReach } from '../src/cluster-reach.ts'
import { createEngine } from '../src/page/engine/engine.ts'
import { compile } from '../src/compile.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { hostJson } from './helpers/build.ts'
import { outputTexts } from './helpers/output-texts.ts'
import { type ClusterSize, LOCAL_NODE, syntheticCluster } from './helpers/synthetic-cluster.ts'

const CASE = join(GOLDEN_FOLDER, 'felix-configuration/everything-together')

t.test('twenty runs over shuffled files and documents give the same bytes', async t => {
  const { files, host, node } = readCase(CASE)
  const documents = files.flatMap(({ text }) => text.split(/^---\n/m))
  const wanted = outputTexts(compile({ files, host, node }))
  t.ok(documents.length > 10)
  for (const shuffled of fc.sample(fc.shuffledSubarray(documents, { minLength: documents.length }), {
    numRuns: 20,
    seed: 7,
  })) {
    const half = Math.floor(shuffled.length / 2)
    const parts = [shuffled.slice(0, half), shuffled.slice(half)].map((part, index) => ({
      name: `${index}.yaml`,
      text: part.join('\n---\n'),
    }))
    t.strictSame(outputTexts(compile({ files: parts, host, node })), wanted)
  }
})

t.test('locale and time zone change nothing', async t => {
  const bin = fileURLToPath(new URL('../bin/calitables.js', import.meta.url))
  const places = [
    ['C', 'UTC'],
    ['tr_TR.UTF-8', 'Asia/Kolkata'],
    ['sv_SE.UTF-8', 'America/St_Johns'],
  ] as const
  const texts = places.map(([locale, zone]) => {
    const args = [bin, 'compile', '-f', join(CASE, 'input'), '--host', join(CASE, 'host.json'), '--node', 'node-1']
    const { stdout } = spawnSync(
      'env',
      ['-i', `LC_ALL=${locale}`, `LANG=${locale}`, `TZ=${zone}`, process.execPath, ...args],
      { encoding: 'utf8' },
    )
    return stdout
  })
  t.ok((texts[0] ?? '').length > 10_000)
  t.equal(new Set(texts).size, 1)
})

const BASE = {
  pods: 1_500,
  policies: 300,
  nodes: 20,
  localPods: 20,
  namespaces: 30,
  selectors: 50,
  netsPerSet: 20,
} as const satisfies ClusterSize

/** What is doubled, from a start at which it is much of the work. */
const GROWTHS: Readonly<Record<string, ClusterSize>> = {
  pods: { ...BASE, pods: 1_200 },
  policies: { ...BASE, policies: 500 },
  selectors: { ...BASE, policies: 1_000, selectors: 120 },
  namespaces: { ...BASE, namespaces: 500 },
  netsPerSet: { ...BASE, netsPerSet: 750 },
  localPods: { ...BASE, localPods: 100 },
}

t.test('twice as much of anything takes twice the work', async t => {
  const host = { name: 'host.json', text: hostJson(['eth0', '172.16.0.0/16']) }
  const work = (size: ClusterSize): number => {
    const text = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: syntheticCluster(size) })
    return countWork(() => {
      const result = compile({ files: [{ name: 'cluster.json', text }], node: LOCAL_NODE, host })
      if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    })
  }
  for (const [what, once] of Object.entries(GROWTHS)) {
    const key = what as keyof typeof BASE
    const [one = 0, two = 0, four = 0] = [1, 2, 4].map(times => work({ ...once, [key]: times * (once[key] ?? 0) }))
    // What does not depend on it falls out. Twice as much where the work grows with it, four times where it grows with its square.
    const ratio = (four - two) / (two - one)
    t.ok(ratio < 3, `${what}: ${ratio.toFixed(2)} times (${one} steps, then ${two}, then ${four})`)
  }
})

t.test("writing today's state as assertions takes less work than finding it out", t => {
  const items = syntheticCluster({ ...BASE, pods: 300, policies: 100, nodes: 3 })
  const files = [{ name: 'cluster.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) }]
  const found = clusterReach({ files })
  if (!found.ok) throw new Error(found.diagnostics.map(({ message }) => message).join('\n'))
  const { answer } = found
  let reach: ReachCluster | undefined
  const finding = countWork(() => {
    reach = answer.reach(4)
  })
  if (reach === undefined) throw new Error('no answer')
  const versions = [reach]
  const writing = countWork(() => writeAssertions(versions, answer.cluster))
  t.ok(writing < finding, `${writing} steps after ${finding}`)
  t.end()
})

t.test('the page finds the places of twice as many mistakes in twice the work', async t => {
  const broken = (count: number): (() => unknown) => {
    const text = Array.from(
      { length: count },
      (_, index) => `apiVersion: v1\nkind: Pod\nmetadata: { name: ${index} }\nspec: 1\n`,
    )
    const files = [{ name: 'a.yaml', text: text.join('---\n') }]
    return () => createEngine({ files, host: '', node: '', release: '' })
  }
  broken(200)()
  const once = countWork(broken(200))
  const twice = countWork(broken(400))
  t.ok(twice < 2.1 * once, `${once}, ${twice}`)
})
