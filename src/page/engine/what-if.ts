// A what-if: one field of a policy or tier set to another value in the text of the input, and nothing else touched.

import type { Location } from '../../diagnostics/source.ts'
import type { SourceIndex } from '../../diagnostics/source-index.ts'
import type { PageInput } from '../view.ts'

/** Undefined takes the field away. */
export type WhatIfValue = string | number | boolean | undefined

/** The input with `spec.<field>` of the resource at `location` changed; the same input where that has no place. */
export function setField(
  input: PageInput,
  location: Location,
  { field, value, sources }: { readonly field: string; readonly value: WhatIfValue; readonly sources: SourceIndex },
): PageInput {
  const { path } = location
  const document = sources.document(location.document)
  const { text, name } = document.file
  const spec = document.locate([...path, 'spec'], 'extent')
  const own = document.locate([...path, 'spec', field], 'extent')
  const key = document.locate([...path, 'spec', field], 'key')
  const isThere = text.slice(key.start, key.end).replace(/['"]/g, '') === field
  const changed = isThere ? replaceField(text, key.start, own.end, field, value) : insertField(text, spec, field, value)
  return { ...input, files: input.files.map(file => (file.name === name ? { name, text: changed } : file)) }
}

function replaceField(text: string, start: number, end: number, field: string, value: WhatIfValue): string {
  const trimmed = start + text.slice(start, end).trimEnd().length
  if (value !== undefined) return `${text.slice(0, start)}${field}: ${value}${text.slice(trimmed)}`
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineEnd = text.indexOf('\n', trimmed)
  return text.slice(0, lineStart) + (lineEnd < 0 ? '' : text.slice(lineEnd + 1))
}

/** As the first field of the spec, as deep as the one that is first now. */
function insertField(
  text: string,
  spec: { readonly start: number; readonly end: number },
  field: string,
  value: WhatIfValue,
): string {
  if (value === undefined) return text
  const body = text.slice(spec.start, spec.end)
  const first = /^spec:[ \t]*(?:#.*)?\r?\n(?:[ \t]*(?:#.*)?\r?\n)*(?<indent>[ \t]+)\S/.exec(body)
  const indent = first?.groups?.['indent']
  if (indent === undefined) return text
  const lineEnd = text.indexOf('\n', spec.start) + 1
  return `${text.slice(0, lineEnd)}${indent}${field}: ${value}\n${text.slice(lineEnd)}`
}
