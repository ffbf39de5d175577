// Source files -> documents, each a plain value that can say where its nodes stand.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { LocationTarget, Path, SourceDocument, SourceFile, Span } from '../diagnostics/source.ts'
import { locateInYaml, parseYaml, readYaml } from './yaml-documents.ts'

export interface ReadDocument {
  readonly value: unknown
  readonly source: SourceDocument
}

/** All documents of a file that can be read; what cannot is reported. */
export function readDocuments(file: SourceFile, report: Report): readonly ReadDocument[] {
  const documents: ReadDocument[] = []
  for (const [start, end] of splitDocuments(file.text)) {
    const body = file.text.slice(start, end)
    if (isBlank(body)) continue
    const source = sourceDocument(file, start, end)
    const json = readJson(body)
    if (json !== undefined) {
      documents.push({ value: json.value, source })
      continue
    }
    const yaml = readYaml({ file, start, end }, report)
    if (yaml !== undefined && yaml.value !== null && yaml.value !== undefined)
      documents.push({ value: yaml.value, source })
  }
  return documents
}

/** Calico cuts a file wherever a line starts with `---`, block scalars included, and throws the rest of that line away. */
function splitDocuments(text: string): readonly (readonly [start: number, end: number])[] {
  const parts: (readonly [number, number])[] = []
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0
  for (;;) {
    const separator = text.indexOf('\n---', start)
    if (separator < 0) break
    parts.push([start, separator + 1])
    const lineEnd = text.indexOf('\n', separator + 1)
    if (lineEnd < 0) return parts
    start = lineEnd
  }
  parts.push([start, text.length])
  return parts
}

function isBlank(text: string): boolean {
  return !/^(?!---[ \t\r]*(?:#.*)?$)[ \t\r]*[^\s#]/m.test(text)
}

function readJson(text: string): { readonly value: unknown } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) as unknown }
  } catch {
    // Flow-style YAML, or JSON with a mistake: the YAML reader says which.
    return undefined
  }
}

function sourceDocument(file: SourceFile, start: number, end: number): SourceDocument {
  let parsed: ReturnType<typeof parseYaml> | undefined
  return {
    file,
    start,
    locate(path: Path, target: LocationTarget): Span {
      parsed ??= parseYaml({ file, start, end })
      const [from, to] = locateInYaml(parsed, path, target)
      return { file, start: start + from, end: start + to }
    },
  }
}
