// Files of a git revision: REV:PATH, as git itself writes it.

import { execFile } from 'node:child_process'
import { posix } from 'node:path'
import { promisify } from 'node:util'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { decodeText } from './decode-text.ts'
import { comparingBudget, type Exclusion, exclusionOf, IGNORE_FILE } from './excluded-files.ts'
import { FileError } from './read-bytes.ts'
import { CONFIG_FILE, RESOURCE_FILE, type SourceOptions } from './read-sources.ts'

const run = promisify(execFile)

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
  // To git a dot alone is a name, and `./` the folder where one stands.
  return revision === undefined || path === undefined ? undefined : { revision, path: path === '.' ? './' : path }
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
  { recursive, exclude = [] }: Pick<SourceOptions, 'recursive' | 'exclude'>,
  report: Report,
): Promise<readonly SourceFile[]> {
  const name = `${revision}:${path}`
  try {
    const kind = (await git('cat-file', '-t', name)).toString().trim()
    if (kind === 'blob') return await readBlob(name, name, report)
    const entries = await listTree(name, recursive)
    const folder = path === '' || path.endsWith('/') ? name : `${name}/`
    const exclusionOfFile = exclusionsOf(entries, exclude)
    const files: SourceFile[] = []
    for (const { mode, id, file } of entries) {
      if (mode === SUBMODULE && recursive)
        report.warn('unreadable-file', `\`${folder}${file}\` is a submodule, which is left out`)
      if (mode === FOLDER || mode === SUBMODULE || !isResourceFile(file)) continue
      if ((await exclusionOfFile(file)).excludes(file)) continue
      if (mode === LINK) report.error('unreadable-file', `\`${folder}${file}\` is a link, which is not followed`)
      else files.push(...(await readBlob(`${folder}${file}`, id, report)))
    }
    if (files.length === 0 && !report.hasErrors) {
      report.error(
        'empty-input',
        `\`${name}\` has no files that end in .yaml, .yml or .json`,
        undefined,
        recursive ? undefined : 'look into its folders too: -R',
      )
    }
    return files
  } catch (error) {
    const ours = error instanceof FileError ? error.message : 'git could not be run'
    // What git ends with has what it said; anything else is a bug of ours.
    if (!(error instanceof FileError) && !(error instanceof Error && 'stderr' in error)) throw error
    const [line = ''] = 'stderr' in error ? String(error.stderr).split('\n') : []
    const reason = line === '' ? ours : line.replace(/^(?:fatal|warning): /, '')
    report.error(
      'unreadable-file',
      `cannot read \`${name}\`: ${reason}`,
      undefined,
      /fetch|transport/.test(line) ? TO_FETCH : undefined,
    )
    return []
  }
}

interface Entry {
  readonly mode: string
  readonly id: string
  /** From the folder that was named on. */
  readonly file: string
}

/** All of it, wherever in the repository one stands: git would leave out what is not below that folder. */
async function listTree(name: string, isRecursive: boolean): Promise<readonly Entry[]> {
  const listed = await git('ls-tree', '--full-tree', ...(isRecursive ? ['-r'] : []), '-z', name)
  return Array.from(listed.toString().matchAll(ENTRY), ([, mode = '', id = '', file = '']) => ({ mode, id, file }))
}

/** What leaves out a file: patterns, and the ignore files of the revision, as those of a folder do. */
function exclusionsOf(entries: readonly Entry[], exclude: readonly string[]): (file: string) => Promise<Exclusion> {
  const ignoreFiles = new Map(
    entries.filter(({ file }) => posix.basename(file) === IGNORE_FILE).map(entry => [entry.file, entry]),
  )
  const readLines = async (path: string): Promise<string | undefined> => {
    const found = ignoreFiles.get(path)
    if (found?.mode === LINK) throw new FileError(`\`${path}\` is a link, which is not followed`)
    return found && (await git('cat-file', 'blob', found.id)).toString()
  }
  const root = exclusionOf(exclude, '.', comparingBudget(), readLines)
  const known = new Map<string, Promise<Exclusion>>()
  const inside = (folder: string): Promise<Exclusion> => {
    const found =
      known.get(folder) ??
      (folder === '.' ? root.inside('.') : inside(posix.dirname(folder)).then(outer => outer.inside(folder)))
    known.set(folder, found)
    return found
  }
  return file => inside(posix.dirname(file))
}

function isResourceFile(file: string): boolean {
  return RESOURCE_FILE.test(file) && posix.basename(file) !== CONFIG_FILE
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
