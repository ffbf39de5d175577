// Files of a folder that are not read: --exclude, and `.calitablesignore` in a folder that was given or one inside it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ignore from 'ignore'

/** Patterns are those of `.gitignore`. */
export interface Exclusion {
  /** Whether a path is left out; a folder's ends in a slash. */
  readonly excludes: (path: string) => boolean
  /** The same with the rules of a folder inside. */
  readonly inside: (folder: string) => Promise<Exclusion>
}

const IGNORE_FILE = '.calitablesignore'

/** @param patterns of the command line, which hold from the folder that is given on */
export function exclusionOf(patterns: readonly string[], root: string): Exclusion {
  return exclusion([{ base: root, rules: ignore().add([...patterns]) }])
}

interface Rules {
  readonly base: string
  readonly rules: ReturnType<typeof ignore>
}

function exclusion(all: readonly Rules[]): Exclusion {
  return {
    excludes: path =>
      all.some(({ base, rules }) => {
        const inner = relativeTo(base, path)
        return inner !== '' && rules.ignores(inner)
      }),
    inside: async folder => {
      const text = readIfThere(join(folder, IGNORE_FILE))
      return text === undefined ? exclusion(all) : exclusion([...all, { base: folder, rules: ignore().add(text) }])
    },
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

/** The rest of a path below a folder, with `/` between its parts; empty for what is not below it. */
function relativeTo(base: string, path: string): string {
  const folder = base.endsWith('/') ? base : `${base}/`
  const start = join(folder)
  const whole = join(path)
  return start === './' ? whole : whole.startsWith(start) ? whole.slice(start.length) : ''
}
