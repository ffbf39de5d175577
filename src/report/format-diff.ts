// What a change does to a file, as a unified diff that `patch -p1` and `git apply` take.

import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import { guardLines, printable } from '../text/printable.ts'
import { isSteering } from '../text/steering.ts'
import { relativePath } from './relative-path.ts'

export interface DiffOptions {
  readonly color: boolean
  /** A person reads. For a program the lines stay as they are, but for those that would steer a terminal or a build server. */
  readonly isTerminal: boolean
  /** The folder that the names of files are relative to. */
  readonly base: string
}

interface Change {
  readonly path: string
  readonly before: string
  readonly after: string
}

export function formatDiff({ path, before, after }: Change, { color, isTerminal, base }: DiffOptions): string {
  const name = printable(relativePath(path, base))
  const patch = createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, {
    context: 3,
    headerOptions: FILE_HEADERS_ONLY,
  })
  if (!isTerminal && !color && !isSteering(patch)) return patch
  const lines = patch.replace(/\n$/, '').split('\n')
  return lines
    .map(line => `${paint(isTerminal || isSteering(line.replace(/\r$/, '')) ? shown(line) : line, color)}\n`)
    .join('')
}

/** A line of a diff whose context begins with `::` would be a command: the blank in front of it does not help. */
function shown(line: string): string {
  return guardLines(printable(line.replace(/\r$/, '').replaceAll('\t', '    ')))
}

function paint(line: string, color: boolean): string {
  const style = line.startsWith('@@') ? '36' : line.startsWith('-') ? '31' : line.startsWith('+') ? '32' : undefined
  return color && style !== undefined ? `\u001b[${style}m${line}\u001b[0m` : line
}
