// A file of assertions -> what is claimed, each word with its place. Who the words mean is for others to say.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type SourceFile } from '../diagnostics/source.ts'
import { readDocuments } from '../documents/documents.ts'
import { type Assertion, CLAIM_KINDS, type ClaimKind, type WrittenWords } from '../model/assertion.ts'
import { assertionFileSchema, assertionSchema } from './assertions-schema.ts'
import { decode } from './decode.ts'

/** What can be read; every mistake is reported. */
export function readAssertions(file: SourceFile, report: Report): readonly Assertion[] {
  const before = report.diagnostics.length
  const documents = [...readDocuments(file, report)]
  if (documents.length === 0 && !report.hasErrorsSince(before)) {
    const help = 'write `assertions:` and a list'
    report.error('missing-field', 'the file is empty: nothing is claimed', { file, start: 0, end: 0 }, help)
  }
  return documents.flatMap(({ value, source }) => {
    const location: Location = { document: report.sources.add(source), path: [] }
    const read = decode(assertionFileSchema(), value, location, report)
    if (read === undefined) return []
    if (read.assertions === undefined)
      report.error('missing-field', 'the file has no `assertions`', location, 'write `assertions:` and a list')
    else if (read.assertions.length === 0)
      report.error('missing-field', 'no assertion is in the list', at(location, 'assertions'), 'write what is expected')
    return (read.assertions ?? []).flatMap(
      (item, index) => readAssertion(item, at(location, 'assertions', index), report) ?? [],
    )
  })
}

function readAssertion(value: unknown, location: Location, report: Report): Assertion | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.error('wrong-type', 'an assertion is a mapping', location, 'write `- deny: {from: ..., to: ...}`')
    return undefined
  }
  const before = report.diagnostics.length
  const read = decode(assertionSchema(), value, location, report)
  if (read === undefined) return undefined
  const given = CLAIM_KINDS.filter(kind => read[kind] !== undefined)
  const [kind, ...more] = given
  if (kind === undefined) {
    // A word that is no claim is wrong enough.
    if (report.diagnostics.length === before)
      report.error('missing-field', 'nothing is claimed', location, 'write `allow`, `deny` or `only`')
    return undefined
  }
  for (const other of more)
    report.error(
      'bad-value',
      `\`${kind}\` and \`${other}\` are two assertions`,
      at(location, other),
      'write an item for each',
    )
  const { from, to, ports = [] } = read[kind] ?? { from: [], to: [] }
  const placed = (field: 'from' | 'to' | 'ports', texts: readonly string[]): readonly WrittenWords[] =>
    texts.map((text, index) => {
      const place = at(location, kind, field)
      return { text, location: isList(value, kind, field) ? at(place, index) : place }
    })
  return {
    name: read.name ?? '',
    kind,
    from: placed('from', from),
    to: placed('to', to),
    ports: placed('ports', ports),
    others: read.only?.others ?? 'senders',
    location,
  }
}

function isList(value: unknown, kind: ClaimKind, field: string): boolean {
  const claim = (value as Readonly<Record<string, Readonly<Record<string, unknown>>>>)[kind]
  return Array.isArray(claim?.[field])
}
