// npm run conformance:fields -- [FILE]: reads every resource of FILE, one a line, and compares with the verdict that calicoctl gave on
// it. Ends with `agree: N of M`; exit code 1 unless N = M, or N is at least `--at-least=N`.
//
// A resource agrees when we refuse it exactly where calicoctl does. We may be stricter only where what we say is about what
// becomes of it later (STRICTER): Felix or the kernel would refuse it, or calicoctl dies of it.

import { readFileSync } from 'node:fs'
import type { DiagnosticCode } from '../../src/diagnostics/codes.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { parseResources } from '../../src/parser/parse-resources.ts'

interface FieldCase {
  readonly input: Readonly<Record<string, unknown>>
  readonly valid: boolean
  readonly error?: string
}

const STRICTER: readonly DiagnosticCode[] = [
  'felix-refuses-config',
  'felix-crashes',
  'kernel-refuses-rule',
  'kernel-refuses-set',
  'unsupported-field',
  'calicoctl-crashes',
]

/** What is wrong in words, or undefined. */
function disagreement({ input, valid, error = '' }: FieldCase): string | undefined {
  const report = new Report()
  parseResources([{ name: 'resource.json', text: JSON.stringify(input) }], report)
  const errors = report.placed().filter(({ severity }) => severity === 'error')
  if (!valid) return errors.length > 0 ? undefined : `refused by calicoctl, but accepted: ${error}`
  const strangers = errors.filter(({ code }) => !STRICTER.includes(code))
  return strangers.length === 0
    ? undefined
    : `accepted by calicoctl, but refused: ${strangers.map(formatDiagnostic).join('; ')}`
}

const args = process.argv.slice(2)
const file = args.find(arg => !arg.startsWith('--')) ?? '../shared/spec/validation-fields.jsonl'
const atLeast = args.find(arg => arg.startsWith('--at-least='))?.slice('--at-least='.length)
let agreeing = 0
let total = 0
for (const line of readFileSync(file, 'utf8').split('\n')) {
  if (line === '') continue
  total++
  const read = JSON.parse(line) as FieldCase
  let finding: string | undefined
  try {
    finding = disagreement(read)
  } catch (error) {
    finding = `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  if (finding === undefined) agreeing++
  else console.log(`${line}\n  ${finding}`)
}
console.log(`agree: ${agreeing} of ${total}`)
if (agreeing < (atLeast === undefined ? total : Number(atLeast)) || total === 0) process.exitCode = 1
