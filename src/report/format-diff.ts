// What a change does to a file, as a unified diff that `patch -p1` and `git apply` take.

import { createTwoFilesPatch, FILE_HEADERS_ONLY, formatPatch } from 'diff'
import { guardLines, printable } from '../text/printable.ts'
import { isSteering } from '../text/steering.ts'
import { relativePath } from '../text/relative-path.ts'

/** Lines around a change. */
const CONTEXT = 3

/** The shortest way from text to text takes time by the square of its length: longer ones are not looked for. */
const MAX_EDITS = 2000

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
  const options = { context: CONTEXT, headerOptions: FILE_HEADERS_ONLY, maxEditLength: MAX_EDITS }
  const patch =
    createTwoFilesPatch(`a/${name}`, `b/${name}`, before, after, undefined, undefined, options) ??
    wholePatch({ path: name, before, after })
  if (!isTerminal && !color && !isSteering(patch)) return patch
  const lines = patch.replace(/\n$/, '').split('\n')
  return lines
    .map(line => `${paint(isTerminal || isSteering(line.replace(/\r$/, '')) ? shown(line) : line, color)}\n`)
    .join('')
}

/** One piece from the first line that differs to the last: as good for `patch`, if not for reading. */
function wholePatch({ path, before, after }: Change): string {
  const old = linesOf(before)
  const now = linesOf(after)
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const first = Math.max(0, start - CONTEXT)
  const behind = Math.min(end, CONTEXT)
  const kept = (from: number, to: number): readonly string[] => old.slice(from, to).map(line => ` ${line}`)
  const lines = [
    ...kept(first, start),
    ...old.slice(start, old.length - end).map(line => `-${line}`),
    ...now.slice(start, now.length - end).map(line => `+${line}`),
    ...kept(old.length - end, old.length - end + behind),
  ]
  const oldLines = old.length - end + behind - first
  const newLines = now.length - end + behind - first
  const hunk = { oldStart: first + 1, oldLines, newStart: first + 1, newLines, lines }
  const names = { oldFileName: `a/${path}`, newFileName: `b/${path}`, oldHeader: undefined, newHeader: undefined }
  return formatPatch({ ...names, hunks: [hunk] }, FILE_HEADERS_ONLY)
}

/** Without the newline of the last line; where that has none, a mark that `patch` knows stands behind it. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n')
  if (lines.at(-1) === '') return lines.slice(0, -1)
  return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}\n\\ No newline at end of file`]
}

/** A line of a diff whose context begins with `::` would be a command: the blank in front of it does not help. */
function shown(line: string): string {
  return guardLines(printable(line.replace(/\r$/, '').replaceAll('\t', '    ')))
}

function paint(line: string, color: boolean): string {
  const style = line.startsWith('@@') ? '36' : line.startsWith('-') ? '31' : line.startsWith('+') ? '32' : undefined
  return color && style !== undefined ? `\u001b[${style}m${line}\u001b[0m` : line
}
