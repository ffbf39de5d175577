// npm run conformance -- DIR...: compiles every case below the folders and compares all four files byte for byte with what
// the real Felix wrote. Ends with `identical: N of M cases`; exit code 1 unless N = M, or N is at least `--at-least`.

import { compile } from '../../src/compile.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { type Case, findCases, OUTPUT_NAMES, readCase } from '../helpers/cases.ts'
import { outputTexts } from '../helpers/output-texts.ts'

/** The first difference of a case in words; undefined when all files are identical. */
function firstDifference({ files, host, node, expected }: Case): string | undefined {
  const result = compile({ files, host, node })
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

const args = process.argv.slice(2)
const atLeast = args.find(arg => arg.startsWith('--at-least='))
const folders = args.filter(arg => !arg.startsWith('--'))
const cases = folders.flatMap(findCases)
let identical = 0
for (const folder of cases) {
  let difference: string | undefined
  try {
    difference = firstDifference(readCase(folder))
  } catch (error) {
    difference = `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  if (difference === undefined) identical++
  else console.log(`${folder}\n  ${difference}`)
}
console.log(`identical: ${identical} of ${cases.length} cases`)
const needed = atLeast === undefined ? cases.length : Number(atLeast.slice('--at-least='.length))
if (identical < needed || cases.length === 0) process.exitCode = 1
