// Source files -> text of projectcalico.org/v3: what `calitables convert` prints.

import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { readDocuments } from './documents/documents.ts'
import { convertResource } from './migrate/convert-resource.ts'
import type { ResourceDocument } from './parser/context.ts'
import { Pipeline } from './pipeline.ts'

export type ConvertResult =
  | {
      readonly ok: true
      /** Documents of YAML, with `---` between them. */
      readonly text: string
      /** Kinds that have no v3 form here, and how often each was met: `v1 Pod`. */
      readonly skipped: ReadonlyMap<string, number>
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** The resources of what `convertResources` printed, as plain values. */
export function resourcesOf(text: string): readonly unknown[] {
  const report = new Report()
  return [...readDocuments({ name: 'converted.yaml', text }, report)].map(({ value }) => value)
}

/** Any error, also one that only v3 finds in what a resource has become, means no text at all. */
export function convertResources(files: readonly SourceFile[]): ConvertResult {
  const pipeline = new Pipeline({ files })
  const { report } = pipeline
  const documents: ResourceDocument[] = []
  pipeline.parse({ visit: document => documents.push(document) })
  const texts: string[] = []
  const skipped = new Map<string, number>()
  if (!report.hasErrors) {
    for (const document of documents) {
      const text = convertResource(document, report)
      const type = `${document.apiVersion} ${document.kind}`
      if (text === undefined) skipped.set(type, (skipped.get(type) ?? 0) + 1)
      else texts.push(text)
    }
  }
  const diagnostics = pipeline.diagnostics()
  if (report.hasErrors) return { ok: false, diagnostics }
  return { ok: true, text: texts.join('---\n'), skipped, diagnostics }
}
