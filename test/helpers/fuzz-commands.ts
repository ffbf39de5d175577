// Every command over trees and tokens that a seed shuffles: the contract is an exit code of 0, 1 or 2, nothing on standard
// output with 2, no exception, and an end.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { groupBy } from '../../src/text/group-by.ts'
import { everyRun, PLAIN, type Run, type Texts, writeWorld, YAML } from './every-command.ts'
import { runCommand } from './run-command.ts'

/** Longer than this is a hang, in milliseconds of processor time: others use up the time on the wall. */
const LONGEST_MS = 5000

const GOLDEN = join(process.cwd(), 'golden')

const TOKENS = [
  ...[
    '\n',
    '  ',
    '- ',
    ': ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '!x ',
    '|',
    '>',
    '#',
    '---\n',
    '\t',
    '\0',
    '\u202e',
    '::',
    '##[',
  ],
  ...[
    'all()',
    '/(a|b)*$/',
    '0x',
    '1e999',
    '-1',
    '65536',
    '::ffff:1.2.3.4',
    '10.0.0.0/8',
    'null',
    'true',
    '.inf',
    '__proto__',
    'toString',
  ],
  ...[
    '-A INPUT ',
    '-j ',
    '-g ',
    '-m string --string x --algo bm ',
    'COMMIT\n',
    '*nat\n',
    ':a - [0:0]\n',
    '--to-ports ',
    'MARK --set-xmark 0x1/0x1',
  ],
]

/** Mulberry32: the same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function shuffle(text: string, next: (below: number) => number): string {
  let shuffled = text
  for (let round = next(6); round > 0; round--) {
    const at = next(shuffled.length + 1)
    const length = next(2) === 0 ? 0 : next(40)
    const [from, size] = [next(shuffled.length + 1), next(60)]
    const piece = next(3) === 0 ? shuffled.slice(from, from + size) : (TOKENS[next(TOKENS.length)] ?? '')
    shuffled = shuffled.slice(0, at) + piece.repeat(next(20) === 0 ? 1 + next(2000) : 1) + shuffled.slice(at + length)
  }
  return shuffled
}

function inputs(): readonly string[] {
  return readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' }).filter(path =>
    /input\/.*\.ya?ml$|diagnostics\/.*\.yaml$/.test(path),
  )
}

/** A cluster of the golden cases, and all other texts, each shuffled or as it is. */
function shuffledTexts(next: (below: number) => number): Texts {
  const all = inputs()
  const cluster = next(3) === 0 ? YAML : readFileSync(join(GOLDEN, all[next(all.length)] ?? ''), 'utf8')
  const yaml = shuffle(cluster, next)
  const texts = Object.entries(PLAIN).map(([name, text]: [string, string]) => [
    name,
    // Most commands need several files: with all of them damaged, nothing is reached that lies behind reading.
    next(2) === 0 ? shuffle(text, next) : text,
  ])
  return { ...(Object.fromEntries(texts) as unknown as Texts), yaml, newer: shuffle(yaml, next) }
}

/** One that the cluster has, so that most of it is compiled. */
function nodeOf(yaml: string, next: (below: number) => number): string {
  const names = [...yaml.matchAll(/\b(?:node|nodeName): "?([a-z0-9.-]+)/g)].map(([, name = '']) => name)
  return names[next(names.length || 1)] ?? 'node-1'
}

/** Values of options are shuffled too, but no path: nothing is written outside the folder. */
function shuffledArgs(args: readonly string[], next: (below: number) => number): readonly string[] {
  if (next(4) !== 0) return args
  return args.map((word, index) =>
    index > 1 && !word.startsWith('-') && !word.includes('/') && args[index - 1] !== '-o' && next(3) === 0
      ? shuffle(word, next).replaceAll('/', '|')
      : word,
  )
}

/** Of each command some runs: all of them would take ten times as long for each input. */
function someOf(runs: readonly Run[], next: (below: number) => number): readonly Run[] {
  return [...groupBy(runs, ({ command }) => command).values()].flatMap(all => {
    const first = next(all.length)
    return all.length === 1
      ? all
      : [all[first], all[(first + 1 + next(all.length - 1)) % all.length]].flatMap(one => one ?? [])
  })
}

/** Runs every command over one shuffled input. @returns how many runs there were, and what was found */
export async function fuzzCommands(
  seed: number,
): Promise<{ readonly runs: number; readonly find: string | undefined }> {
  const next = numbers(seed)
  const folder = mkdtempSync(join(tmpdir(), 'calitables-fuzz-'))
  try {
    const texts = shuffledTexts(next)
    const world = { ...writeWorld(folder, texts), node: nodeOf(texts.yaml, next) }
    const runs = someOf(await everyRun(world), next)
    for (const run of runs) {
      const args = shuffledArgs(run.args, next)
      const find = await problemOf(args)
      if (find !== undefined) return { runs: 0, find: `${find}: ${args.join(' ')} (seed ${seed})` }
    }
    return { runs: runs.length, find: undefined }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function problemOf(args: readonly string[]): Promise<string | undefined> {
  const started = process.cpuUsage()
  const run = await runCommand(args).catch((error: unknown) =>
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  )
  if (typeof run === 'string') return run
  if (![0, 1, 2].includes(run.code)) return `exit code ${run.code}`
  if (run.code === 2 && run.out !== '') return 'output beside exit code 2'
  if (/^ {4}at /m.test(run.err)) return 'a stack'
  if (/is a bug/.test(run.err)) return run.err.slice(0, 500)
  const { user, system } = process.cpuUsage(started)
  const took = Math.round((user + system) / 1000)
  return took > LONGEST_MS ? `${took} ms` : undefined
}
