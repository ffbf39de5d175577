// Three kinds of random input for the whole compiler, and what must hold for each.

import fc from 'fast-check'
import { join } from 'node:path'
import { compile, type CompileOutput } from '../../src/compile.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { printRuleset } from '../../src/backend/iptables/print-ruleset.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import type { Ruleset } from '../../src/model/ruleset.ts'
import { readRuleset } from '../../src/reader/read-ruleset.ts'
import { hostJson } from './build.ts'
import { readCase } from './cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './golden.ts'
import { validCluster } from './valid-cluster.ts'

interface Input {
  readonly text: string
  /** Right by construction: an error is a find. */
  readonly isValid: boolean
}

const wild = (text: string): Input => ({ text, isValid: false })

const bytes = fc.uint8Array({ maxLength: 120 }).map(data => wild(new TextDecoder().decode(data)))

const goldenTexts = goldenCases()
  .flatMap(name => readCase(join(GOLDEN_FOLDER, name)).files.flatMap(({ text }) => text.split(/^---\n/m)))
  .filter(text => text.length < 700)
const piece = fc.constantFrom(
  ...[
    '[',
    ']',
    '{',
    '}',
    ': ',
    '- ',
    '? ',
    '&a ',
    '*a',
    '<<: ',
    '!x ',
    '|',
    '>',
    '"',
    "'",
    '#',
    '\n',
    '  ',
    '\t',
    '\r',
    ',',
  ],
  ...[
    '---\n',
    '...\n',
    '%',
    '@',
    '`',
    '~',
    'null',
    '0x10',
    '1e9',
    '.nan',
    '__proto__: ',
    '\u0000',
    '\ufeff',
    '\u2028',
    '\\',
  ],
)
/** A golden document with pieces put in, cut out or doubled. */
const mutated = fc
  .tuple(
    fc.constantFrom(...goldenTexts),
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), piece, fc.nat(30)), { maxLength: 6 }),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [place, what, length], index) => {
      const at = Math.floor(place * now.length)
      const cut = index % 2 === 0 ? 0 : length
      return `${now.slice(0, at)}${what}${index % 3 === 2 ? now.slice(at, at + cut) : ''}${now.slice(at + cut)}`
    }, text),
  )
const structural = fc.array(fc.oneof(piece, fc.constantFrom('a', 'b: ', 'kind: List\n', 'items:\n')), { maxLength: 60 })
const yaml = fc
  .oneof({ arbitrary: mutated, weight: 3 }, { arbitrary: structural.map(parts => parts.join('')), weight: 1 })
  .map(wild)

const valid = validCluster.map((text): Input => ({ text, isValid: true }))

export const GENERATORS: Readonly<Record<string, fc.Arbitrary<Input>>> = { bytes, yaml, valid }

const host = { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) }
const LONGEST_MS = 60_000

/** Chains, rules, sets and members. */
function countAll({ tables, ipSets }: Ruleset): string {
  const chains = tables.flatMap(table => table.chains)
  const hooks = tables.flatMap(table => table.hooks)
  return JSON.stringify([
    chains.length,
    chains.reduce((sum, { rules }) => sum + rules.length, 0),
    hooks.reduce((sum, { inserts, appends }) => sum + inserts.length + appends.length, 0),
    ipSets.map(({ members }) => members.length),
  ])
}

/** Throws what is wrong with the outcome. */
function check({ text, isValid }: Input): void {
  const run = (): {
    readonly printed: string
    readonly output: CompileOutput | undefined
    readonly errors: readonly string[]
  } => {
    const result = compile({ files: [{ name: 'a.yaml', text }], node: 'node-1', host })
    const messages = result.diagnostics.map(formatDiagnostic)
    const texts = result.ok ? Object.values(result.output.versions).map(v => v.text.iptables + v.text.ipset) : []
    const errors = messages.filter((_, i) => result.diagnostics[i]?.severity === 'error')
    return { printed: [...messages, ...texts].join('\n'), output: result.ok ? result.output : undefined, errors }
  }
  const started = process.cpuUsage()
  const { printed, output, errors } = run()
  const { user, system } = process.cpuUsage(started)
  const took = (user + system) / 1000
  if (took > LONGEST_MS) throw new Error(`it takes ${took} ms of processor time`)
  if (output === undefined && errors.length === 0) throw new Error('no output and no error')
  if (isValid && output === undefined) throw new Error(`valid input is refused: ${errors.join('; ')}`)
  for (const [index, { ruleset, text: printed }] of Object.values(output?.versions ?? {}).entries()) {
    const report = new Report()
    const read = readRuleset(
      {
        ipVersion: ruleset.ipVersion,
        iptables: { name: 'iptables', text: printed.iptables },
        ipset: { name: 'ipset', text: printed.ipset },
      },
      report,
    )
    const [complaint] = report.placed()
    if (complaint !== undefined)
      throw new Error(`text ${index} is read with complaints: ${formatDiagnostic(complaint)}`)
    const again = printRuleset(read)
    if (again.iptables !== printed.iptables) throw new Error('other rules in the text than were printed')
    if (again.ipset !== printed.ipset) throw new Error('other sets in the text than were printed')
    if (countAll(read) !== countAll(ruleset)) throw new Error('other rules, sets or members than planned')
  }
  if (output !== undefined && run().printed !== printed) throw new Error('a second run gives other bytes')
}

/** Tries some inputs of one generator. A find is the smallest input that shows it, and what it shows. */
export function fuzz(
  name: string,
  seed: number,
  inputs: number,
): { readonly inputs: number; readonly find: string | undefined } {
  const arbitrary = GENERATORS[name]
  if (arbitrary === undefined) throw new Error(`no generator ${name}`)
  const result = fc.check(fc.property(arbitrary, check), { seed, numRuns: inputs })
  const find = result.failed
    ? `${String(result.errorInstance)}\n${JSON.stringify(result.counterexample?.[0])} (seed ${seed})`
    : undefined
  return { inputs: result.numRuns, find }
}
