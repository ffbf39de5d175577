// calitables compile --all-nodes: the files of every node of the input, each in a folder of its own; the cluster is read once.

import { join } from 'node:path'
import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { ClusterRules, type NodeRules } from '../cluster-rules.ts'
import type { Diagnostic } from '../diagnostics/diagnostic.ts'
import { sortedUnique } from '../text/bytes.ts'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.ts'
import { factsFound } from './host-options.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeNote, writeSkipped } from './messages.ts'
import { reason } from './read-sources.ts'
import { writeFiles } from './writing/write-files.ts'

/** Nothing is written before every node is known to compile; one node's text is kept at a time. */
export async function compileAllNodes(options: InputOptions & { readonly outputDir: string }, io: Io): Promise<number> {
  const input = await readInput(options, io)
  if (input === undefined) return EXIT_FAILED
  const cluster = new ClusterRules(input)
  const nodes = sortedUnique(cluster.nodes())
  if (nodes.length === 0) {
    const cure = 'add its Nodes, or say which node the rules are for: --node NAME'
    return refuse('ambiguous-node', `the input names no node (${cure})`, io)
  }
  const facts = await factsFound(input, nodes, cluster.resources(), io)
  const odd = nodes.find(node => !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(node))
  if (odd !== undefined) return refuse('bad-name', `no folder can be named like the node \`${odd}\``, io)
  const found = new Map<string, Diagnostic>()
  let hasFailed = false
  for (const node of nodes) {
    const result = cluster.rulesFor({ node }, facts.get(node))
    hasFailed ||= !result.ok
    for (const one of result.diagnostics) found.set(JSON.stringify([one.code, one.message, one.place?.start]), one)
  }
  const isRefused = await writeDiagnostics([...found.values()], io)
  if (hasFailed || isRefused) return EXIT_FAILED
  await writeSkipped(cluster.skipped(), io)
  for (const node of nodes) {
    const result = cluster.rulesFor({ node }, facts.get(node))
    if (!result.ok) return EXIT_FAILED
    try {
      await writeNode(join(options.outputDir, node), result.rules)
    } catch (error) {
      return refuse('unwritable-file', `cannot write to \`${options.outputDir}\`: ${reason(error)}`, io)
    }
  }
  await writeNote(`${nodes.length} nodes written`, io)
  return EXIT_OK
}

async function writeNode(folder: string, { rulesets }: NodeRules): Promise<void> {
  const files = new Map<string, string>()
  const stale: string[] = []
  for (const ipVersion of [4, 6] as const) {
    const ruleset = rulesets[ipVersion]
    const names = [`v${ipVersion}.iptables`, `v${ipVersion}.ipset`] as const
    if (ruleset === undefined) stale.push(...names)
    else {
      files.set(names[0], IPTABLES.printTables(ruleset.tables))
      files.set(names[1], IPTABLES.printSets(ruleset.ipSets))
    }
  }
  await writeFiles(folder, files, stale)
}
