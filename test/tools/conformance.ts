// npm run conformance -- DIR...: compiles every case below the folders and compares all four files byte for byte with what
// the real Felix wrote. Cases with a reason.txt must be refused as Felix fails. Ends with `identical: N of M cases`; exit code 1 unless
// N = M, or N is at least `--at-least=N`.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compile } from '../../src/compile.ts'
import type { DiagnosticCode } from '../../src/diagnostics/codes.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { type Case, findCases, OUTPUT_NAMES, readCase } from '../helpers/cases.ts'
import { outputTexts } from '../helpers/output-texts.ts'

/** The first difference of a case in words; undefined when all files are identical. */
function firstDifference({ files, host, node, calicoVersion, environment, expected }: Case): string | undefined {
  const result = compile({ files, host, node, calicoVersion, environment })
  if (!result.ok) {
    const errors = result.diagnostics.filter(({ severity }) => severity === 'error')
    return errors.map(formatDiagnostic).join('\n  ')
  }
  const actual = outputTexts(result)
  for (const name of OUTPUT_NAMES) {
    const wanted = expected[name]
    const got = actual[name]
    if (wanted === got) continue
    if (wanted === undefined || got === undefined)
      return `${name}: ${wanted === undefined ? 'not expected, but written' : 'expected, but not written'}`
    const wantedLines = wanted.split('\n')
    const gotLines = got.split('\n')
    const index = wantedLines.findIndex((line, i) => line !== gotLines[i])
    const line = index < 0 ? wantedLines.length : index
    return `${name}:${line + 1}\n    Felix:      ${wantedLines[line] ?? '(end)'}\n    calitables: ${gotLines[line] ?? '(end)'}`
  }
  return undefined
}

/** Errors that say what Felix would do, by the step at which the recorded Felix failed. */
const STEP_CODES: Readonly<Record<string, readonly DiagnosticCode[]>> = {
  config: ['felix-refuses-config'],
  crash: ['felix-crashes'],
  program: ['kernel-refuses-rule', 'kernel-refuses-set'],
}

/** What is wrong with the way a case is refused that Felix refused, died of, or could not program; undefined when all is well. */
function wrongRefusal({ files, host, node, calicoVersion, environment, folder }: Case): string | undefined {
  const [step = ''] = readFileSync(join(folder, 'reason.txt'), 'utf8').split('\n')
  const result = compile({ files, host, node, calicoVersion, environment })
  const errors = result.diagnostics.filter(({ severity }) => severity === 'error')
  if (result.ok) return `compiled, but Felix fails: ${step}`
  const strangers = errors.filter(({ code }) => !STEP_CODES[step]?.includes(code))
  return strangers.length === 0 ? undefined : strangers.map(formatDiagnostic).join('\n  ')
}

/** Runs a check over cases, prints what it finds, and says how many are fine. */
function count(folders: readonly string[], check: (read: Case) => string | undefined): number {
  let fine = 0
  for (const folder of folders) {
    let finding: string | undefined
    try {
      finding = check(readCase(folder))
    } catch (error) {
      finding = `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
    }
    if (finding === undefined) fine++
    else console.log(`${folder}\n  ${finding}`)
  }
  return fine
}

const args = process.argv.slice(2)
const atLeast = args.find(arg => arg.startsWith('--at-least='))
const cases = args.filter(arg => !arg.startsWith('--')).flatMap(findCases)
const refused = cases.filter(folder => existsSync(join(folder, 'reason.txt')))
const comparable = cases.filter(folder => !refused.includes(folder))
const wellRefused = count(refused, wrongRefusal)
const identical = count(comparable, firstDifference)
if (refused.length > 0) console.log(`refused as Felix fails: ${wellRefused} of ${refused.length} cases`)
console.log(`identical: ${identical} of ${comparable.length} cases`)
const needed = atLeast === undefined ? comparable.length : Number(atLeast.slice('--at-least='.length))
if (identical < needed || wellRefused < refused.length || cases.length === 0) process.exitCode = 1
