// Golden cases: golden/<topic>/<case>/ with case.yaml, input/*.yaml and expected/*.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compile } from '../../src/compile.ts'
import { convertResources } from '../../src/convert.ts'
import { formatDiagnostic } from '../../src/diagnostics/format.ts'
import { findCases, readCase } from './cases.ts'
import { outputTexts } from './output-texts.ts'

export const GOLDEN_FOLDER = fileURLToPath(new URL('../../golden/', import.meta.url))

/** `<topic>/<case>` of every golden case, in byte order. */
export function goldenCases(): readonly string[] {
  return findCases(GOLDEN_FOLDER).map(folder => folder.slice(GOLDEN_FOLDER.length))
}

/** What the compiler makes of a case, by file name; a file that it does not make is absent. */
export function actualFiles(name: string): ReadonlyMap<string, string> {
  const { files, host, node, calicoVersion } = readCase(join(GOLDEN_FOLDER, name))
  const result = compile({ files, host, node, calicoVersion })
  const texts = new Map<string, string>(Object.entries(outputTexts(result)))
  if (result.diagnostics.length > 0) {
    texts.set('diagnostics.txt', result.diagnostics.map(diagnostic => `${formatDiagnostic(diagnostic)}\n`).join(''))
  }
  // Cases that are about older formats also show what `convert` prints.
  const converted = name.startsWith('api-v1/') ? convertResources(files) : undefined
  if (converted?.ok) texts.set('convert.yaml', converted.text)
  return texts
}

export function expectedFiles(name: string): ReadonlyMap<string, string> {
  const folder = join(GOLDEN_FOLDER, name, 'expected')
  if (!existsSync(folder)) return new Map()
  return new Map(
    readdirSync(folder)
      .sort()
      .map(file => [file, readFileSync(join(folder, file), 'utf8')] as const),
  )
}

/** Never written by Felix. */
const OWN_FILES = ['diagnostics.txt', 'convert.yaml']

/**
 * Rewrites what a case expects, but never what a real Felix wrote: those files are evidence. Returns the names of files
 * that changed.
 */
export function updateCase(name: string, reference: string): readonly string[] {
  const folder = join(GOLDEN_FOLDER, name, 'expected')
  const actual = actualFiles(name)
  const expected = expectedFiles(name)
  const isEvidence = (file: string): boolean => reference !== 'self' && !OWN_FILES.includes(file)
  const changed: string[] = []
  mkdirSync(folder, { recursive: true })
  for (const file of new Set([...actual.keys(), ...expected.keys()])) {
    const text = actual.get(file)
    if (isEvidence(file) || text === expected.get(file)) continue
    changed.push(file)
    if (text === undefined) rmSync(join(folder, file))
    else writeFileSync(join(folder, file), text)
  }
  return changed
}
