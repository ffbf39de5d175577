// Files of a git revision: REV:PATH, as git itself writes it.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { decodeText } from './decode-text.ts'

const run = promisify(execFile)

const RESOURCE_FILE = /\.(ya?ml|json)$/i
const MAX_BYTES = 512 * 2 ** 20

/** `main:policies/`, `HEAD~1:cluster.yaml`; undefined for what cannot be one. A drive letter is none. */
export function parseRevision(text: string): { readonly revision: string; readonly path: string } | undefined {
  const [, revision, path] = /^([^-:][^:]+):(.*)$/s.exec(text) ?? []
  return revision === undefined || path === undefined ? undefined : { revision, path }
}

/** One file, or the files of a folder as `-f` takes them; what cannot be read is reported. */
export async function readRevision(
  { revision, path }: { readonly revision: string; readonly path: string },
  isRecursive: boolean,
  report: Report,
): Promise<readonly SourceFile[]> {
  try {
    const kind = (await git('cat-file', '-t', `${revision}:${path}`)).toString().trim()
    if (kind === 'blob') return await readBlob(`${revision}:${path}`, report)
    const flags = isRecursive ? ['-r'] : []
    const listed = (await git('ls-tree', ...flags, '--name-only', '-z', `${revision}:${path}`)).toString()
    const names = listed.split('\0').filter(name => RESOURCE_FILE.test(name))
    const folder = path === '' || path.endsWith('/') ? path : `${path}/`
    const files: SourceFile[] = []
    for (const name of names) files.push(...(await readBlob(`${revision}:${folder}${name}`, report)))
    if (files.length === 0) {
      report.error('empty-input', `\`${revision}:${path}\` has no files that end in .yaml, .yml or .json`)
    }
    return files
  } catch (error) {
    const [line = ''] = String((error as { stderr?: unknown }).stderr ?? '').split('\n')
    const reason = line === '' ? 'git could not be run' : line.replace(/^fatal: /, '')
    report.error('unreadable-file', `cannot read \`${revision}:${path}\`: ${reason}`)
    return []
  }
}

async function readBlob(name: string, report: Report): Promise<readonly SourceFile[]> {
  const file = decodeText(name, await git('cat-file', 'blob', name), report)
  return file === undefined ? [] : [file]
}

async function git(...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('git', args, { encoding: 'buffer', maxBuffer: MAX_BYTES })
  return stdout
}
