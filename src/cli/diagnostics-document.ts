// docs/diagnostics.md, as the program reads it: a section for each code.

import { readFile } from 'node:fs/promises'

const NAME = 'docs/diagnostics.md'

/** How far above this file the package's folder may be: src/cli/, dist/cli/ or dist/. */
const PARENTS = ['../', '../../', '../../../']

/** Markdown below each `## code`, by code; empty when the document is not there. */
export async function readSections(): Promise<ReadonlyMap<string, string>> {
  for (const parent of PARENTS) {
    const text = await readFile(new URL(parent + NAME, import.meta.url), 'utf8').catch(() => undefined)
    if (text !== undefined) return sections(text)
  }
  return new Map()
}

function sections(text: string): ReadonlyMap<string, string> {
  const bodies = new Map<string, string[]>()
  let body: string[] | undefined
  let isCode = false
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) isCode = !isCode
    // Inside a block `#` starts a comment.
    const heading = isCode ? undefined : /^#{1,2} +`?([^`]*?)`?\s*$/.exec(line)
    if (heading) {
      body = []
      bodies.set(heading[1] ?? '', body)
    } else body?.push(line)
  }
  return new Map([...bodies].map(([code, lines]) => [code, lines.join('\n').trim()]))
}
