// How a report was made: the command line, the version, and a hash of every file that was read.

import { createHash } from 'node:crypto'
import type { Provenance } from '../audit/audit-html.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { VERSION } from './version.ts'

export function provenanceOf(files: readonly SourceFile[]): Provenance {
  const words = process.argv
    .slice(2)
    .map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
  return {
    toolVersion: VERSION,
    commandLine: `calitables ${words.join(' ')}`,
    inputs: files.map(({ name, text }) => ({ name, sha256: createHash('sha256').update(text).digest('hex') })),
  }
}
