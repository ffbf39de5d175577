// npm run conformance:validation -- [FILE]: reads every case of FILE and compares with the verdicts of Calico's own loader and
// validators. Ends with `agree: N of M`; exit code 1 unless N = M.
//
// A case agrees when
// - valid: there is no error; where it says so, as many resources are read; type, tier, order and default action are those
//   that Calico fills in on creation.
// - invalid: an error stands at the very path `at`. Where Calico reports several fields, `at` may be what holds them all:
//   then several errors of ours have exactly that in common. `(document)` and `(document N)` are a whole document: an
//   error of its YAML, or of the document itself.
// What is accepted here on purpose, beyond Calico (docs/supported.md), counts as refused only with our own note at that
// path, and only with one of the codes NOTED.

import { readFileSync } from 'node:fs'
import { type Document, isAlias, isMap, isScalar, isSeq, parse, parseDocument } from 'yaml'
import type { DiagnosticCode } from '../../src/diagnostics/codes.ts'
import { type Diagnostic, type Place, Report } from '../../src/diagnostics/diagnostic.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { formatPath, isSpan, type Path } from '../../src/diagnostics/source.ts'
import type { Resource } from '../../src/model/ast/resources.ts'
import { parseResources } from '../../src/parser/parse-resources.ts'

interface ValidationCase {
  readonly id: string
  readonly rule: string
  readonly input: string
  readonly expand?: Readonly<Record<string, { readonly char: string; readonly count: number }>>
  readonly valid: boolean
  readonly valid_with_schema?: boolean
  readonly at?: string
  readonly errors?: readonly unknown[]
  readonly schema_errors?: readonly unknown[]
  readonly resources?: number
  readonly after_create?: { readonly spec?: Readonly<Record<string, unknown>> }
}

/** What Calico's loader refuses and we accept, saying so. */
const NOTED: readonly DiagnosticCode[] = ['stored-form', 'beyond-calico']

/** A marker stands for a run of one character. */
function expand({ input, expand: markers = {} }: ValidationCase): string {
  return Object.entries(markers).reduce(
    (text, [marker, { char, count }]) => text.replaceAll(marker, char.repeat(count)),
    input,
  )
}

/** Path of the innermost field or item that holds an offset of a document. */
function pathOfOffset(document: Document.Parsed, offset: number): Path {
  const path: (string | number)[] = []
  let node: unknown = document.contents
  for (;;) {
    if (isMap(node)) {
      let found: { readonly key: string; readonly value: unknown } | undefined
      for (const { key, value } of node.items) {
        if (!isScalar(key) || !key.range || key.range[0] > offset) continue
        found = { key: String(key.value), value: offset < key.range[1] ? undefined : value }
      }
      if (found === undefined) return path
      path.push(found.key)
      node = found.value
    } else if (isSeq(node)) {
      const index = node.items.findLastIndex(
        item => ((item as { range?: readonly number[] }).range?.[0] ?? Infinity) <= offset,
      )
      if (index < 0) return path
      path.push(index)
      node = node.items[index]
    } else {
      return isAlias(node) || node === undefined || isScalar(node) ? path : path
    }
  }
}

/** A finding with its place as a path, and the same with its place looked up. */
type Found = Diagnostic<Place> & { readonly placed: Diagnostic }

/** Path of a finding; one about the text itself has the path of the field at which the text goes wrong. */
function pathOf({ place }: Found, text: string): string | undefined {
  if (place === undefined) return undefined
  if (!isSpan(place)) return formatPath(place.path)
  return formatPath(pathOfOffset(parseDocument(text, { logLevel: 'silent', uniqueKeys: false }), place.start))
}

/** Number of the document in which a finding stands, from 1. */
function documentOf({ placed }: Found, text: string): number {
  const start = placed.place?.start ?? 0
  return text.slice(0, start).split(/\n---.*/).length
}

function stepsOf(path: string): readonly string[] {
  return path.split(/(?=[.[])/)
}

function commonPath(paths: readonly string[]): string {
  const [first = [], ...others] = paths.map(stepsOf)
  const end = first.findIndex((step, index) => others.some(other => other[index] !== step))
  return first.slice(0, end < 0 ? first.length : end).join('')
}

/** Whether the findings refuse the input at the place that a case names. */
function isRefusedAt(wanted: string, findings: readonly Found[], text: string, severalFields: boolean): boolean {
  const document = /^\(document(?: ([0-9]+))?\)$/.exec(wanted)
  if (document !== null) {
    return findings.some(
      finding =>
        documentOf(finding, text) === Number(document[1] ?? 1) &&
        finding.place !== undefined &&
        (isSpan(finding.place) || finding.place.path.length === 0),
    )
  }
  const paths = findings.flatMap(finding => pathOf(finding, text) ?? [])
  return paths.includes(wanted) || (severalFields && paths.length > 1 && commonPath(paths) === wanted)
}

/** Fields of the AST that show what Calico fills in on creation. */
function filledIn(resource: Resource | undefined): Readonly<Record<string, unknown>> {
  if (resource?.kind === 'policy') {
    const types = resource.types.map(type => (type === 'ingress' ? 'Ingress' : 'Egress'))
    return { types, tier: resource.tier, order: resource.order }
  }
  if (resource?.kind === 'tier') return { order: resource.order, defaultAction: resource.defaultAction }
  return {}
}

/** What is wrong in words, or undefined. */
function disagreement(read: ValidationCase): string | undefined {
  const text = expand(read)
  const report = new Report()
  const { resources } = parseResources([{ name: read.id, text }], report, { noteBeyondCalico: true })
  const placed = report.placed()
  const found = report.diagnostics.map((diagnostic, index): Found => ({
    ...diagnostic,
    placed: placed[index] as Diagnostic,
  }))
  const errors = found.filter(({ severity }) => severity === 'error')
  const noted = found.filter(({ severity, code }) => severity === 'note' && NOTED.includes(code))
  const said = found.map(finding => `\n    ${pathOf(finding, text) ?? ''} ${formatDiagnostic(finding.placed)}`).join('')
  if (read.valid_with_schema ?? read.valid) {
    if (errors.length > 0) return `valid, but refused${said}`
    if (noted.length > 0) return `valid, but noted as refused${said}`
    const { resources: count = resources.length, after_create: created } = read
    if (count !== resources.length) return `${count} resources, but ${resources.length} read`
    for (const [name, value] of Object.entries(filledIn(created === undefined ? undefined : resources[0]))) {
      const wanted = created?.spec?.[name]
      if (JSON.stringify(value) !== JSON.stringify(wanted))
        return `${name}: ${JSON.stringify(wanted)}, but ${JSON.stringify(value)} read`
    }
    return undefined
  }
  const { at: wanted, errors: reported = [], schema_errors: schema = [] } = read
  const findings = [...errors, ...noted]
  if (findings.length === 0) return `invalid at ${wanted ?? '?'}, but accepted${said}`
  // Refused by the schema alone: the case names no path of its own.
  if (wanted === undefined) return undefined
  const severalFields = Math.max(reported.length, schema.length) > 1
  return isRefusedAt(wanted, findings, text, severalFields)
    ? undefined
    : `invalid at ${wanted}, but reported elsewhere${said}`
}

const file = process.argv[2] ?? '../shared/spec/validation-cases.yaml'
const { cases } = parse(readFileSync(file, 'utf8'), { maxAliasCount: -1 }) as { cases: readonly ValidationCase[] }
let agreeing = 0
for (const read of cases) {
  let finding: string | undefined
  try {
    finding = disagreement(read)
  } catch (error) {
    finding = `exception: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  if (finding === undefined) agreeing++
  else console.log(`${read.id}: ${finding}`)
}
console.log(`agree: ${agreeing} of ${cases.length}`)
if (agreeing < cases.length || cases.length === 0) process.exitCode = 1
