// What a page of one's own holds, in words, before it is written.

import type { PageInput } from './view.ts'

/** "3 files (12 kB) with everything that stands in them, and what the node says of its interfaces" */
export function describeContent({ files, host }: PageInput, { isRedacted }: { readonly isRedacted: boolean }): string {
  const size = files.reduce((sum, { text }) => sum + text.length, host.length)
  const kilo = Math.max(1, Math.round(size / 1000))
  const what = `${files.length === 1 ? '1 file' : `${files.length} files`} (${kilo} kB)`
  if (isRedacted) return `${what} with what makes rules, names and addresses replaced`
  const node = host === '' ? '' : ', and what the node says of its interfaces'
  return `${what} with everything that stands in them${node}; --redact replaces names and addresses`
}
