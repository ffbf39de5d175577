// Text without quotes that YAML reads as a number or boolean: Calico's loader makes text of it, and the API server refuses it.

import type { Path } from '../../diagnostics/source.ts'
import { type Mapping, mappingIn } from '../kubernetes/loose-fields.ts'
import type { Checker } from './checker.ts'

/** Fields that hold a name, in any kind. */
const NAMES: readonly (readonly [holder: string, field: string])[] = [
  ['metadata', 'name'],
  ['metadata', 'namespace'],
  ['spec', 'node'],
  ['spec', 'interfaceName'],
  ['spec', 'tier'],
]

/** @param value the document, before its numbers are made text */
export function checkUnquoted(value: Mapping, checker: Checker): void {
  for (const field of ['labels', 'annotations']) {
    const entries = mappingIn(mappingIn(value, 'metadata'), field)
    for (const [key, entry] of Object.entries(entries)) check(entry, ['metadata', field, key], checker)
  }
  for (const [holder, field] of NAMES) {
    const name = mappingIn(value, holder)[field]
    // Words that YAML takes for booleans are names to whoever writes them.
    if (typeof name === 'number') check(name, [holder, field], checker)
  }
}

function check(entry: unknown, path: Path, { warn, locate, spanOf }: Checker): void {
  if (typeof entry !== 'number' && typeof entry !== 'boolean') return
  const text = String(entry)
  const place = locate(path)
  const { file, start, end } = spanOf(place)
  const written = file.text.slice(start, end)
  const what = typeof entry === 'number' ? 'a number' : 'a boolean'
  warn(
    'unquoted-text',
    path,
    `\`${written}\` is ${what} to YAML: Calico makes the text \`${text}\` of it, and the API server refuses it`,
    {
      help: written === text ? `write "${text}"` : `write "${text}" to keep what it is now, or "${written}"`,
      fix: written === text ? { title: `write "${text}"`, edits: [{ place, text: `"${text}"` }] } : undefined,
    },
  )
}
