// Fields at the top of a resource that are nearly right: `metdata`, `meta`, `specs`. What is inside is read all the same.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import { TOP_FIELDS } from '../hints/vocabulary.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import type { ResourceDocument } from './context.ts'
import { movedLocation } from './decode.ts'
import { CALICO_CRD, CALICO_V3 } from './kinds.ts'

/** What they are called elsewhere. */
const WORDS: Readonly<Record<string, string>> = { meta: 'metadata', specification: 'spec', specifications: 'spec' }

/** The document with every such field under its real name, each reported; the same one where there is none. */
export function withTopFields(document: ResourceDocument, report: Report): ResourceDocument {
  const { apiVersion, value, location } = document
  const written = new Map<string, string>()
  for (const key of Object.keys(value)) {
    if (TOP_FIELDS.includes(key)) continue
    const meant = Object.hasOwn(WORDS, key) ? WORDS[key] : didYouMean(key, TOP_FIELDS)
    if (meant === undefined || Object.hasOwn(value, meant) || written.has(meant)) continue
    const isCase = meant.toLowerCase() === key.toLowerCase()
    // Calico's loader takes names of any case, which is for the reader of the kind to warn of.
    if (isCase && (apiVersion === CALICO_V3 || apiVersion === CALICO_CRD)) continue
    const place = { ...at(location, key), target: 'key' as const }
    report.error('unknown-field', `unknown field \`${key}\``, place, {
      help: isCase ? `field names are case-sensitive here; write \`${meant}\`` : `did you mean \`${meant}\`?`,
      fix: isCase ? { title: `write \`${meant}\``, edits: [{ place, text: meant }] } : undefined,
    })
    written.set(meant, key)
  }
  if (written.size === 0) return document
  const names = new Map([...written].map(([meant, key]) => [key, meant]))
  return {
    ...document,
    value: Object.fromEntries(Object.entries(value).map(([key, entry]) => [names.get(key) ?? key, entry])),
    location: movedLocation(
      location,
      ([first, ...rest]) => (first === undefined ? [] : [written.get(String(first)) ?? first, ...rest]),
      report,
    ),
  }
}
