// npm run test:kernel -- [--cases=N] [--probes=N] [--seed=N] [--sets] [--witnesses=N] [FOLDER...]: loads the compiled text of cases into
// a kernel, sends packets, and compares the walker with the kernel: every rule's counter, and where every packet came out. Ends with
// `probes: N, mismatches: M over C cases`, or `witnesses: N sent, M mismatches over C cases`; exit code 1 unless M = 0 and there were
// as many of them and of cases as asked for.

import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compile } from '../../src/compile.ts'
import { findCases, readCase } from '../helpers/cases.ts'
import { GOLDEN_FOLDER } from '../helpers/golden.ts'
import { BACKENDS } from '../helpers/kernel.ts'
import { whyNoProbes } from '../helpers/probes/kernel-node.ts'
import { probeCase } from '../helpers/probes/probe-case.ts'
import { Random } from '../helpers/probes/random.ts'

interface Options {
  readonly cases: number
  readonly probes: number
  readonly seed: number
  readonly folders: readonly string[]
  /** Half of the probes come from the borders of packet sets, and what the sets say is compared, too. */
  readonly withSets: boolean
  /** All probes are packets of the cases' packet sets. */
  readonly areWitnesses: boolean
}

const DEFAULTS = { cases: 64, probes: 12_000, seed: 1 }

/** Recorded cases beside a checkout, where they are at hand. */
const CORPUS = `${process.env.CORPUS ?? '../shared/corpus'}/random`

const { values: written, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: 'string' },
    probes: { type: 'string' },
    witnesses: { type: 'string' },
    seed: { type: 'string' },
    sets: { type: 'boolean' },
  },
})

function readOptions(): Options {
  const numberOf = (name: keyof typeof DEFAULTS | 'witnesses'): number | undefined => {
    const text = written[name]
    if (text !== undefined && !/^\d+$/.test(text)) throw new Error(`--${name} wants a number, not ${text}`)
    return text === undefined ? undefined : Number(text)
  }
  const witnesses = numberOf('witnesses')
  const areWitnesses = witnesses !== undefined
  const recorded = existsSync(CORPUS) ? [CORPUS] : []
  return {
    cases: numberOf('cases') ?? DEFAULTS.cases,
    probes: witnesses ?? numberOf('probes') ?? DEFAULTS.probes,
    seed: numberOf('seed') ?? DEFAULTS.seed,
    withSets: written.sets === true,
    areWitnesses,
    folders:
      positionals.length > 0
        ? positionals
        : areWitnesses && recorded.length > 0
          ? recorded
          : [GOLDEN_FOLDER, ...recorded],
  }
}

/** One folder's cases after the other's in turn, each folder's in an order that the seed gives. */
function drawCases({ folders, seed }: Options): readonly string[] {
  const random = new Random(seed)
  const decks = folders.map(folder => {
    const cases = [...findCases(folder)]
    for (let i = cases.length - 1; i > 0; i--) {
      const j = random.below(i + 1)
      const [a, b] = [cases[i], cases[j]]
      if (a !== undefined && b !== undefined) [cases[i], cases[j]] = [b, a]
    }
    return cases
  })
  const longest = Math.max(...decks.map(deck => deck.length))
  return Array.from({ length: longest }, (_, i) => decks.flatMap(deck => deck[i] ?? [])).flat()
}

async function run(options: Options): Promise<boolean> {
  const random = new Random(options.seed)
  const totals = { probes: 0, mismatches: 0, cases: 0, places: 0 }
  const tally = new Map<string, number>()
  for (const folder of drawCases(options)) {
    if (totals.cases >= options.cases && totals.probes >= options.probes) break
    const { files, host, node } = readCase(folder)
    const compiled = compile({ files, host, node })
    if (!compiled.ok) continue
    const backend = BACKENDS[(totals.cases >> 1) % 2] ?? 'legacy'
    const result = await probeCase(compiled.output, {
      backend,
      random,
      probes: Math.ceil((options.probes / options.cases) * 1.1),
      servicesAreRules: !options.areWitnesses && (totals.cases >> 2) % 2 === 1,
      withSets: options.withSets,
      areWitnesses: options.areWitnesses,
    })
    console.log(`${folder}: ${backend}, ${result.probes} probes, ${result.mismatches.length} mismatches`)
    for (const text of result.mismatches) console.log(`  ${text}`)
    totals.cases++
    totals.probes += result.probes
    totals.mismatches += result.mismatches.length
    totals.places += result.placesMet
    for (const [what, number] of result.tally) tally.set(what, (tally.get(what) ?? 0) + number)
  }
  for (const what of [...tally.keys()].sort()) console.log(`  ${what}: ${tally.get(what)}`)
  console.log(`  rules and policies met: ${totals.places}`)
  console.log(
    options.areWitnesses
      ? `witnesses: ${totals.probes} sent, ${totals.mismatches} mismatches over ${totals.cases} cases`
      : `probes: ${totals.probes}, mismatches: ${totals.mismatches} over ${totals.cases} cases`,
  )
  return (
    totals.mismatches === 0 && totals.probes > 0 && totals.probes >= options.probes && totals.cases >= options.cases
  )
}

// Only so are the namespaces taken down.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
const why = whyNoProbes()
if (why !== undefined) {
  console.error(`\n*** THE WALKER IS NOT COMPARED WITH THE KERNEL: ${why} ***\n`)
  // Whoever asks for witnesses wants to know that they were sent.
  if (written.witnesses !== undefined) process.exitCode = 1
} else if (!(await run(readOptions()))) {
  process.exitCode = 1
}
