// What the page is made of: the shell and what is packed beside the command itself, and folders of lessons.

import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Lesson } from '../page/lesson.ts'
import { readLesson } from '../page/read-lesson.ts'
import type { PageFile } from '../page/view.ts'
import { FileError, readBytes } from './read-bytes.ts'
import { reason } from './read-sources.ts'

/** Built by `npm run build` into the folder of the commands, which lie there or one below. */
const PLACES = ['./page/', '../page/', '../../dist/page/']

export interface PageParts {
  readonly shell: string
  /** Everything else, in Base64. */
  readonly packed: string
}

export async function readPageParts(): Promise<PageParts> {
  for (const place of PLACES) {
    const folder = new URL(place, import.meta.url)
    let shell: string
    try {
      shell = await readFile(new URL('shell.html', folder), 'utf8')
    } catch {
      continue
    }
    return { shell, packed: await readFile(new URL('packed.bin', folder), 'base64') }
  }
  throw new Error('the page is not built: dist/page is missing')
}

/** The lessons of a folder, or what is wrong with the first one that cannot be read. */
export async function readLessonFolders(folder: string): Promise<readonly Lesson[] | string> {
  try {
    const lessons: Lesson[] = []
    for (const id of (await readdir(folder)).sort()) {
      if (!(await stat(join(folder, id))).isDirectory()) continue
      const read = readLesson(id, await filesOf(join(folder, id)))
      if ('error' in read) return read.error
      lessons.push(read.lesson)
    }
    return lessons.length === 0 ? `\`${folder}\` has no folder with a lesson` : lessons
  } catch (error) {
    return `\`${folder}\` cannot be read: ${reason(error)}`
  }
}

async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readBytes(path, () => Promise.reject(new FileError('it is a pipe'))))
}

/** lesson.md, YAML, host.json and what is in solution/. */
async function filesOf(folder: string, prefix = ''): Promise<readonly PageFile[]> {
  const files: PageFile[] = []
  for (const name of (await readdir(folder)).sort()) {
    const path = join(folder, name)
    if ((await stat(path)).isDirectory()) {
      if (prefix === '' && name === 'solution') files.push(...(await filesOf(path, `${name}/`)))
    } else if (/\.(md|ya?ml|json)$/.test(name)) files.push({ name: `${prefix}${name}`, text: await readText(path) })
  }
  return files
}
