// Text -> Ruleset and KernelTables: what was printed is read back to the byte; text from a node is read as the kernel means it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { printRuleset } from '../src/backend/print-ruleset.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { readRuleset } from '../src/reader/read-ruleset.ts'
import { OUTPUT_NAMES } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { places } from './helpers/build.ts'

const CORPUS_FOLDER = fileURLToPath(new URL('../../shared/corpus/', import.meta.url))

/** Files that are named as output at or below a folder, in byte order. */
function outputFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
    .flatMap(path =>
      statSync(path).isDirectory()
        ? outputFiles(path)
        : OUTPUT_NAMES.some(name => path.endsWith(`/${name}`))
          ? [path]
          : [],
    )
}

t.test('what was printed is read and printed again with every byte', async t => {
  for (const [folder, atLeast] of [
    [GOLDEN_FOLDER, 200],
    [CORPUS_FOLDER, existsSync(CORPUS_FOLDER) ? 1000 : 0],
  ] as const) {
    const files = outputFiles(folder)
    let bytes = 0
    for (const path of files) {
      const text = readFileSync(path, 'utf8')
      const isSets = path.endsWith('.ipset')
      const report = new Report()
      const source = { name: path, text }
      const ruleset = readRuleset(
        { ipVersion: path.includes('/v4.') ? 4 : 6, ...(isSets ? { ipset: source } : { iptables: source }) },
        report,
      )
      const printed = printRuleset(ruleset)
      bytes += text.length
      // Not `t.equal` for each: its diff of a whole text that differs is slow.
      if ((isSets ? printed.ipset : printed.iptables) !== text) t.fail(`${path} is printed as it was`)
      if (report.diagnostics.length > 0) t.fail(`${path} is read without a word`, { found: places(report.diagnostics) })
      const unknown = ruleset.tables
        .flatMap(({ chains, hooks }) => [
          ...chains.flatMap(({ rules }) => rules),
          ...hooks.flatMap(h => [...h.inserts, ...h.appends]),
        ])
        .filter(({ matches, target }) => target?.kind === 'unknown' || matches.some(({ kind }) => kind === 'unknown'))
      if (unknown.length > 0) t.fail(`${path} has nothing unknown`, { found: unknown[0]?.origin })
    }
    t.ok(files.length >= atLeast, `${files.length} files, ${bytes} characters`)
    t.comment(`${folder}: ${files.length} files, ${bytes} characters`)
  }
})
