// npm run test:kernel -- [--cases=N] [--probes=N] [--seed=N] [--sets] [FOLDER...]: loads the compiled text of cases into a kernel, sends
// packets, and compares the walker with the kernel: every rule's counter, and where every packet came out. Ends with
// `probes: N, mismatches: M over C cases`; exit code 1 unless M = 0 and there were as many probes and cases as asked for.

import { existsSync } from 'node:fs'
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
}

const DEFAULTS = { cases: 64, probes: 12_000, seed: 1 }

/** Recorded cases beside a checkout, where they are at hand. */
const CORPUS = '../shared/corpus/random'

function readOptions(args: readonly string[]): Options {
  const numberOf = (name: keyof typeof DEFAULTS): number => {
    const written = args.find(arg => arg.startsWith(`--${name}=`))?.slice(name.length + 3)
    if (written === undefined) return DEFAULTS[name]
    if (!/^\d+$/.test(written)) throw new Error(`--${name} wants a number, not ${written}`)
    return Number(written)
  }
  const folders = args.filter(arg => !arg.startsWith('--'))
  return {
    cases: numberOf('cases'),
    probes: numberOf('probes'),
    seed: numberOf('seed'),
    withSets: args.includes('--sets'),
    folders: folders.length > 0 ? folders : [GOLDEN_FOLDER, ...(existsSync(CORPUS) ? [CORPUS] : [])],
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
      servicesAreRules: (totals.cases >> 2) % 2 === 1,
      withSets: options.withSets,
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
  console.log(`probes: ${totals.probes}, mismatches: ${totals.mismatches} over ${totals.cases} cases`)
  return totals.mismatches === 0 && totals.probes >= options.probes && totals.cases >= options.cases
}

// Only so are the namespaces taken down.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130))
const why = whyNoProbes()
if (why !== undefined) {
  console.error(`\n*** THE WALKER IS NOT COMPARED WITH THE KERNEL: ${why} ***\n`)
} else if (!(await run(readOptions(process.argv.slice(2))))) {
  process.exitCode = 1
}
