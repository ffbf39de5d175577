// Files of a folder that are not read: --exclude, and `.calitablesignore` in a folder that was given or one inside it.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import ignore from 'ignore'
import { FileError, readBytes } from './read-bytes.ts'

/** Patterns are those of `.gitignore`. */
export interface Exclusion {
  /** Whether a path is left out; a folder's ends in a slash. */
  readonly excludes: (path: string) => boolean
  /** The same with the rules of a folder inside. */
  readonly inside: (folder: string) => Promise<Exclusion>
}

export const IGNORE_FILE = '.calitablesignore'

/** Patterns become expressions that try every place for each `**`: time by that power of the folders in a path. */
const MOST_DOUBLE_STARS = 3

/** Each file is compared with each pattern. */
const MOST_PATTERNS = 1000

/** Places that all patterns with `**` twice or more may try in a run: about two seconds. */
const MOST_STEPS = 300_000_000

/** The paths and patterns of a run take longer to compare than anybody waits. */
export class ExclusionError extends FileError {}

/** What comparing may still take, of a whole run. */
export interface ComparingBudget {
  steps: number
}

export function comparingBudget(): ComparingBudget {
  return { steps: MOST_STEPS }
}

/**
 * @param patterns of the command line, which hold from the folder that is given on
 * @param readLines where the folders are none of the file system
 * @throws FileError for patterns that would take too long; ExclusionError, from `excludes`, where the paths make them so
 */
export function exclusionOf(
  patterns: readonly string[],
  root: string,
  budget: ComparingBudget,
  readLines: ReadLines = readPatterns,
): Exclusion {
  return exclusion([{ base: root, ...rulesOf(patterns) }], budget, readLines)
}

/** The text of an ignore file, if there is one. */
type ReadLines = (path: string) => Promise<string | undefined>

function rulesOf(patterns: readonly string[]): Omit<Rules, 'base'> {
  if (patterns.length > MOST_PATTERNS)
    throw new FileError(`there are more than ${MOST_PATTERNS} patterns of files to leave out`)
  const starred: number[] = []
  for (const pattern of patterns) {
    const stars = pattern.match(/\*\*+/g)?.length ?? 0
    if (stars > MOST_DOUBLE_STARS)
      throw new FileError(`the pattern \`${pattern}\` has \`**\` more than ${MOST_DOUBLE_STARS} times`)
    if (stars > 1) starred.push(stars)
  }
  return { rules: ignore().add([...patterns]), starred }
}

interface Rules {
  readonly base: string
  readonly rules: ReturnType<typeof ignore>
  /** How often each pattern has `**`, of those that have it twice or more. */
  readonly starred: readonly number[]
}

function exclusion(all: readonly Rules[], budget: ComparingBudget, readLines: ReadLines): Exclusion {
  return {
    excludes: path =>
      all.some(({ base, rules, starred }) => {
        const inner = relativeTo(base, path)
        if (inner === '') return false
        if (starred.length > 0) spend(budget, stepsOf(starred, inner.split('/').length))
        return rules.ignores(inner)
      }),
    inside: async folder => {
      const text = await readLines(join(folder, IGNORE_FILE))
      if (text === undefined) return exclusion(all, budget, readLines)
      const lines = text.split(/\r?\n/).filter(line => line.trim() !== '' && !line.startsWith('#'))
      return exclusion([...all, { base: folder, ...rulesOf(lines) }], budget, readLines)
    },
  }
}

/** Ways of putting so many `**` between the parts of a path. */
function stepsOf(starred: readonly number[], parts: number): number {
  return starred.reduce((sum, stars) => sum + (stars === 2 ? parts ** 2 / 2 : parts ** 3 / 6), 0)
}

/** @throws ExclusionError when nothing is left */
function spend(budget: ComparingBudget, steps: number): void {
  budget.steps -= steps
  if (budget.steps < 0)
    throw new ExclusionError('patterns with `**` more than once take too long for so many files in folders so deep')
}

/** @throws for what is there and cannot be read: to read files that were to be left out is no way out */
async function readPatterns(path: string): Promise<string | undefined> {
  // Hardly any folder has one, and to ask without waiting is quicker.
  if (!existsSync(path)) return undefined
  try {
    return new TextDecoder().decode(await readBytes(path, () => Promise.reject(new FileError('it is a pipe'))))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new FileError(`\`${IGNORE_FILE}\`: ${error instanceof FileError ? error.message : String(error)}`)
  }
}

/** The rest of a path below a folder, with `/` between its parts; empty for what is not below it. */
function relativeTo(base: string, path: string): string {
  const folder = base.endsWith('/') ? base : `${base}/`
  const start = join(folder)
  const whole = join(path)
  return start === './' ? whole : whole.startsWith(start) ? whole.slice(start.length) : ''
}
