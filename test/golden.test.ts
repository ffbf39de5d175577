// Every golden case: the same files with the same bytes. GOLDEN_UPDATE=1 rewrites what is not evidence.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { lastPatches } from '../src/calico/releases/releases.ts'
import { compile } from '../src/compile.ts'
import type { SourceIndex } from '../src/diagnostics/source-index.ts'
import type { Origin } from '../src/model/origin.ts'
import type { Rule } from '../src/model/ruleset.ts'
import { readCase } from './helpers/cases.ts'
import { actualFiles, expectedFiles, GOLDEN_FOLDER, goldenCases, updateCase } from './helpers/golden.ts'

const REFERENCES = ['felix', 'manual', 'self']

function referenceOf(name: string): string {
  const facts = parse(readFileSync(join(GOLDEN_FOLDER, name, 'case.yaml'), 'utf8')) as { reference?: string }
  return facts.reference ?? ''
}

t.test('golden cases', async t => {
  const names = goldenCases()
  t.ok(names.length >= 40, `there are at least 40 cases: ${names.length}`)
  for (const name of names) {
    const reference = referenceOf(name)
    t.ok(REFERENCES.includes(reference), `${name}: reference is one of ${REFERENCES.join(', ')}`)
    if (process.env['GOLDEN_UPDATE'] !== undefined) {
      for (const file of updateCase(name, reference)) t.comment(`${name}: ${file} rewritten`)
    }
    const expected = expectedFiles(name)
    const actual = actualFiles(name)
    t.same([...actual.keys()].sort(), [...expected.keys()], `${name}: the same files`)
    for (const [file, text] of expected) t.equal(actual.get(file), text, `${name}: ${file}`)
  }
})

t.test('every rule of every golden case has an origin that leads somewhere', async t => {
  let rules = 0
  for (const name of goldenCases()) {
    const { files, host, node, calicoVersion } = readCase(join(GOLDEN_FOLDER, name))
    const result = compile({ files, host, node, calicoVersion })
    if (!result.ok) continue
    for (const version of Object.values(result.output.versions)) {
      for (const { chains, hooks } of version.ruleset.tables) {
        const all: readonly Rule[] = [
          ...chains.flatMap(chain => chain.rules),
          ...hooks.flatMap(({ inserts, appends }) => [...inserts, ...appends]),
        ]
        for (const { origin } of all) {
          rules++
          if (!leadsSomewhere(origin, result.output.sources))
            t.fail(`${name}: an origin leads nowhere`, { found: origin })
        }
      }
    }
  }
  t.ok(rules > 10_000, `looked at ${rules} rules`)
})

/** A line of the input, or one of the few things that Calico does by itself. */
function leadsSomewhere(origin: Origin, sources: SourceIndex): boolean {
  if ('location' in origin && origin.location !== undefined) {
    const { file, start, end } = sources.spanOf(origin.location)
    return end > start && file.text.slice(start, end).trim() !== ''
  }
  switch (origin.kind) {
    case 'calicoDefault':
      return origin.because !== ''
    case 'tier':
      return lastPatches().some(({ builtInTiers }) => builtInTiers.some(({ name }) => name === origin.tier))
    case 'profile':
    case 'profileRule':
      // Built in, assumed, or missing from the input: its name is all there is.
      return origin.profile !== ''
    default:
      return false
  }
}
