// What comes with the page: lessons from src/page/lessons, examples from golden cases named in src/page/examples.yaml.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Example } from '../../src/page/content.ts'
import type { Lesson } from '../../src/page/lesson.ts'
import { readLesson } from '../../src/page/read-lesson.ts'
import type { PageFile } from '../../src/page/view.ts'

/** Both are looked for below the folder that npm scripts run in. */
const LESSONS = 'src/page/lessons'
const EXAMPLES = 'src/page/examples.yaml'

/** Every file below a folder, by its path in it. */
export function filesBelow(folder: string, prefix = ''): readonly PageFile[] {
  return readdirSync(folder)
    .sort()
    .flatMap(name => {
      const path = join(folder, name)
      return statSync(path).isDirectory()
        ? filesBelow(path, `${prefix}${name}/`)
        : [{ name: `${prefix}${name}`, text: readFileSync(path, 'utf8') }]
    })
}

export function readLessons(folder = LESSONS): readonly Lesson[] {
  return readdirSync(folder)
    .sort()
    .map(id => {
      const read = readLesson(id, filesBelow(join(folder, id)))
      if ('error' in read) throw new Error(read.error)
      return read.lesson
    })
}

interface WrittenExample {
  readonly case: string
  readonly title: string
  readonly purpose: string
  readonly packet?: Readonly<Record<string, string | number>>
}

export function readExamples(): readonly Example[] {
  const written = parse(readFileSync(EXAMPLES, 'utf8')) as readonly WrittenExample[]
  return written.map(({ case: name, title, purpose, packet }) => {
    const folder = join('golden', name)
    const { node } = parse(readFileSync(join(folder, 'case.yaml'), 'utf8')) as { readonly node?: string }
    const host = join(folder, 'host.json')
    return {
      id: name,
      title,
      purpose,
      files: filesBelow(join(folder, 'input')),
      host: existsSync(host) ? readFileSync(host, 'utf8') : '',
      node: node ?? '',
      ...(packet === undefined
        ? {}
        : { packet: Object.fromEntries(Object.entries(packet).map(([key, value]) => [key, String(value)])) }),
    }
  })
}
