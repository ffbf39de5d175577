// Findings that somebody has looked at: left out by --ignore or a comment beside them, or given another severity.

import { DIAGNOSTIC_CODES } from '../diagnostics/codes.ts'
import type { Diagnostic, Severity } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { unknown } from '../text/unknown-name.ts'

export interface Waivers {
  /** Codes that are left out wherever they are found. */
  readonly ignore: readonly string[]
  readonly severities: ReadonlyMap<string, Severity>
}

/** Every finding counts as what it is. */
export const NO_WAIVERS: Waivers = { ignore: [], severities: new Map() }

export interface Waived {
  readonly diagnostics: readonly Diagnostic[]
  /** A sentence for each that is ignored and was not found, and for each comment that is none. */
  readonly unused: readonly string[]
  readonly ignored: number
}

/** `# calitables: ignore CODE reason`, at the end of a line or on one of its own; of one code. */
const COMMENT = /#[ \t]*calitables:[ \t]*ignore[ \t]+([\w-]+)(?![\w-]|,\w)/g

/** What was perhaps meant as one, of whoever has it so from another tool. */
const MEANT = /#[ \t]*calitables[ \t:-]*(?:ignore|disable|skip|suppress)\b/gi

interface Comment {
  readonly code: string
  readonly line: number
  /** Offsets of the text it speaks of. */
  readonly start: number
  readonly end: number
}

/** Errors stay: what is refused is not made right by a comment. A comment before a resource speaks of the whole of it. */
export function waive(
  diagnostics: readonly Diagnostic[],
  { ignore, severities }: Waivers,
  files: readonly SourceFile[],
): Waived {
  const comments = new Map(files.map(file => [file.name, commentsOf(file.text)] as const))
  const used = new Set<Comment | string>()
  // What could not be read was not looked at: who knows what would be found there.
  const isWhole = !diagnostics.some(({ severity }) => severity === 'error')
  const kept: Diagnostic[] = []
  for (const diagnostic of diagnostics) {
    const { code, severity, place } = diagnostic
    if (severity === 'error') {
      kept.push(diagnostic)
      continue
    }
    const comment =
      place === undefined
        ? undefined
        : comments
            .get(place.file.name)
            ?.find(one => one.code === code && place.start >= one.start && place.start < one.end)
    const reason = comment ?? (ignore.includes(code) ? code : undefined)
    if (reason !== undefined) used.add(reason)
    else kept.push({ ...diagnostic, severity: severities.get(code) ?? severity })
  }
  return {
    diagnostics: kept,
    ignored: diagnostics.length - kept.length,
    unused: [
      ...ignore.filter(code => isWhole && !used.has(code)).map(code => `not needed: --ignore ${code}`),
      ...[...comments].flatMap(([name, found]) =>
        found
          .filter(one => !used.has(one) && (isWhole || !Object.hasOwn(DIAGNOSTIC_CODES, one.code)))
          .map(({ code, line }) => unusedWords(`${name}:${line}`, code)),
      ),
      ...files.flatMap(({ name, text }) =>
        meantIn(text).map(line => `${name}:${line}: nothing is ignored: write \`# calitables: ignore CODE reason\``),
      ),
    ],
  }
}

function unusedWords(where: string, code: string): string {
  return Object.hasOwn(DIAGNOSTIC_CODES, code)
    ? `not needed: ${where}: ignore ${code}`
    : `${where}: ${unknown('code', code, Object.keys(DIAGNOSTIC_CODES))}`
}

/** Lines of comments that look like one that leaves something out. */
function meantIn(text: string): readonly number[] {
  if (!text.includes('alitables')) return []
  const honoured = new Set(Array.from(text.matchAll(COMMENT), ({ index }) => index))
  return [...text.matchAll(MEANT)].filter(({ index }) => !honoured.has(index)).map(({ index }) => lineAt(text, index))
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

function commentsOf(text: string): readonly Comment[] {
  if (!text.includes('calitables:')) return []
  const found: Comment[] = []
  for (const match of text.matchAll(COMMENT)) {
    const lineStart = text.lastIndexOf('\n', match.index) + 1
    const isAlone = text.slice(lineStart, match.index).trim() === ''
    const line = lineAt(text, match.index)
    found.push({ code: match[1] ?? '', line, ...reachOf(text, lineStart, isAlone) })
  }
  return found
}

/** The line; of a comment on a line of its own the next line, or the whole document where nothing but comments is before it. */
function reachOf(text: string, lineStart: number, isAlone: boolean): { readonly start: number; readonly end: number } {
  const endOfLine = (from: number): number => {
    const newline = text.indexOf('\n', from)
    return newline < 0 ? text.length : newline + 1
  }
  if (!isAlone) return { start: lineStart, end: endOfLine(lineStart) }
  const before = text.slice(0, lineStart)
  const separator = before.lastIndexOf('\n---')
  const head = separator < 0 ? before.replace(/^---.*\n/, '') : before.slice(endOfLine(separator + 1))
  if (/^(?:[ \t]*(?:#.*)?\r?\n)*$/.test(head)) {
    const next = text.indexOf('\n---', lineStart)
    return { start: lineStart, end: next < 0 ? text.length + 1 : next + 1 }
  }
  const next = endOfLine(lineStart)
  return { start: lineStart, end: endOfLine(next) }
}
