// Files of a git revision: REV:PATH, as git itself writes it.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { decodeText } from './decode-text.ts'

const run = promisify(execFile)

const RESOURCE_FILE = /\.(ya?ml|json)$/i
const MAX_BYTES = 512 * 2 ** 20

/** Mode, id and name of what a folder holds. */
const ENTRY = /([0-7]{6}) [a-z]+ ([0-9a-f]+)\t([^\0]*)\0/g
const FOLDER = '040000'
const LINK = '120000'
const SUBMODULE = '160000'

interface Revision {
  readonly revision: string
  readonly path: string
}

/** `main:policies/`, `HEAD~1:cluster.yaml`; undefined for what cannot be one. A drive letter is none. */
export function parseRevision(text: string): Revision | undefined {
  const [, revision, path] = /^([^-:][^:]+):(.*)$/s.exec(text) ?? []
  return revision === undefined || path === undefined ? undefined : { revision, path }
}

/** Whether git knows it, too, where a file of that name is there: who made the file would decide what is compared. */
export async function isOfGit({ revision, path }: Revision): Promise<boolean> {
  return git('rev-parse', '--verify', '--quiet', `${revision}:${path}`).then(
    () => true,
    () => false,
  )
}

/** One file, or the files of a folder as `-f` takes them; what cannot be read is reported. */
export async function readRevision(
  { revision, path }: Revision,
  isRecursive: boolean,
  report: Report,
): Promise<readonly SourceFile[]> {
  const name = `${revision}:${path}`
  try {
    const kind = (await git('cat-file', '-t', name)).toString().trim()
    if (kind === 'blob') return await readBlob(name, name, report)
    const listed = (await git('ls-tree', ...(isRecursive ? ['-r'] : []), '-z', name)).toString()
    const folder = path === '' || path.endsWith('/') ? name : `${name}/`
    const files: SourceFile[] = []
    for (const [, mode, id = '', file = ''] of listed.matchAll(ENTRY)) {
      if (mode === SUBMODULE && isRecursive)
        report.warn('unreadable-file', `\`${folder}${file}\` is a submodule, which is left out`)
      if (mode === FOLDER || mode === SUBMODULE || !RESOURCE_FILE.test(file)) continue
      if (mode === LINK) report.error('unreadable-file', `\`${folder}${file}\` is a link, which is not followed`)
      else files.push(...(await readBlob(`${folder}${file}`, id, report)))
    }
    if (files.length === 0 && !report.hasErrors) {
      report.error('empty-input', `\`${name}\` has no files that end in .yaml, .yml or .json`)
    }
    return files
  } catch (error) {
    const [line = ''] = String((error as { stderr?: unknown }).stderr ?? '').split('\n')
    const reason = line === '' ? 'git could not be run' : line.replace(/^(?:fatal|warning): /, '')
    report.error(
      'unreadable-file',
      `cannot read \`${name}\`: ${reason}`,
      undefined,
      /fetch|transport/.test(line) ? TO_FETCH : undefined,
    )
    return []
  }
}

const TO_FETCH =
  'nothing is fetched here; in a partial clone, `git archive REVISION > /dev/null` fetches what is missing'

/** @param object its id, which may be asked for where its name is no text */
async function readBlob(name: string, object: string, report: Report): Promise<readonly SourceFile[]> {
  const file = decodeText(name, await git('cat-file', 'blob', object), report)
  return file === undefined ? [] : [file]
}

/** Nothing is fetched: how that is done, with which programs, is said by the settings of the repository, which may be a stranger's. */
const ENVIRONMENT = { ...process.env, GIT_ALLOW_PROTOCOL: '', GIT_NO_LAZY_FETCH: '1' }

async function git(...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('git', args, { encoding: 'buffer', maxBuffer: MAX_BYTES, env: ENVIRONMENT })
  return stdout
}
