// YAML text -> values, and nodes for whoever looks for positions.

import {
  Composer,
  type Document as YamlDocument,
  isScalar,
  type Node as YamlNode,
  type Pair,
  Parser,
  type ScalarTag,
  visit,
} from 'yaml'
import type { SourceFile, Span } from '../diagnostics/source.ts'
import { documentText } from '../diagnostics/source-index.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { reportSyntax } from '../hints/document-hints.ts'
import { describeForeign } from '../hints/foreign-files.ts'
import { lowerFirst } from '../hints/line-faults.ts'
import { findTemplate, reportTemplate } from '../hints/templates.ts'
import { mendText, type TextEdit } from '../text/mend.ts'
import { resolvePlainScalar } from './scalars.ts'
import type { Refusal } from './refused-characters.ts'
import { guardNodes, guardText } from './yaml-guard.ts'

const PLAIN: ScalarTag = {
  tag: 'tag:yaml.org,2002:plain',
  default: true,
  identify: () => false,
  test: /^/,
  resolve: text => resolvePlainScalar(text),
}

/** `!!int "5"` and its like: the text is read as if it stood there unquoted. */
const EXPLICIT: readonly ScalarTag[] = ['int', 'float', 'bool', 'null'].map(name => ({
  tag: `tag:yaml.org,2002:${name}`,
  identify: () => false,
  resolve: text => resolvePlainScalar(text),
}))

export interface YamlText {
  readonly file: SourceFile
  /** Offsets of the document in its file. */
  readonly start: number
  readonly end: number
  /** The text is an item of a sequence: the dash in front of it counts as a blank. */
  readonly dash: boolean
  /** Its mistakes have been mended once: what is still wrong stays. */
  readonly isMended?: boolean
}

/** What was read, and the text it was read from where a mistake had to be mended first. */
export interface YamlValue {
  readonly value: unknown
  readonly mended?: MendedDocument
}

/** A document that could be read only after its mistakes, already reported, had been mended. */
export interface MendedDocument {
  readonly text: YamlText
  /** Offset in the document as written for an offset in the mended text. */
  readonly toWritten: (offset: number) => number
}

/** Undefined for text that is not safe to compose. */
export function parseYaml(source: YamlText): YamlDocument.Parsed | undefined {
  const text = documentText(source)
  return guardText(text) === undefined ? compose(text) : undefined
}

function compose(text: string): YamlDocument.Parsed {
  const composer = new Composer({
    version: '1.1',
    schema: 'failsafe',
    customTags: [...EXPLICIT, PLAIN],
    merge: true,
    prettyErrors: false,
    // Our own check below gives both lines, and is linear where the library's is quadratic.
    uniqueKeys: false,
    keepSourceTokens: false,
    logLevel: 'silent',
  })
  // Broken text makes an error of nearly every token; their stacks would cost ten times what the rest does.
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    // What stands behind a document's end is not even looked at.
    for (const document of composer.compose(new Parser().parse(text), true, text.length)) {
      return document as YamlDocument.Parsed
    }
    throw new Error('the composer makes a document of any text when forced to')
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** The end of a document with more behind it than comments. */
const BEHIND_END = /^\.\.\.[ \t\r]*(?:#[^\n]*)?\n(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*[^\s#]/m

const UNREAD = '`...` ends the document: Calico and kubectl read nothing of what stands behind it'
const UNREAD_HELP = 'remove it, or write `---` before another resource'

/** Reads one document, mending what is understood; undefined when it cannot be read. All mistakes are reported. */
export function readYaml(text: YamlText, report: Report): YamlValue | undefined {
  const span = (from: number, to: number): Span => ({ file: text.file, start: text.start + from, end: text.start + to })
  const refuse = ({ code, message, help, start, end }: Refusal): undefined => {
    report.error(code, message, span(start, end), help)
    return undefined
  }
  const yaml = documentText(text)
  const unsafe = guardText(yaml)
  if (unsafe !== undefined) return refuse(unsafe)
  const document = compose(yaml)
  const template = findTemplate(yaml, document.errors.length > 0)
  if (template !== undefined) {
    reportTemplate(yaml, template, span, report)
    return undefined
  }
  const before = report.diagnostics.length
  const edits = reportSyntax(document.errors[0], yaml, document.warnings, span, report)
  if (document.errors.length > 0 || (edits ?? []).length > 0) {
    return edits === undefined || text.isMended === true ? undefined : readMended(text, yaml, edits, report)
  }
  const end = BEHIND_END.exec(yaml)
  if (end !== null) report.warn('yaml-syntax', UNREAD, span(end.index, end.index + 3), UNREAD_HELP)
  reportDuplicateKeys(document, span, report)
  if (report.hasErrorsSince(before)) return undefined
  const excessive = guardNodes(document)
  if (excessive !== undefined) return refuse(excessive)
  try {
    // The guard has counted what the aliases stand for.
    const value = document.toJS({ maxAliasCount: -1 }) as unknown
    // Tags of a file that is left out were meant.
    if (document.warnings.length > 0 && describeForeign(value, text.file.name, []) !== undefined)
      report.withdraw('yaml-tag', before)
    return { value }
  } catch (error) {
    // What `<<` names is looked at only now.
    const isBadMerge = error instanceof Error && error.message.startsWith('Merge sources must be maps')
    if (!(error instanceof ReferenceError) && !isBadMerge) throw error
    const [, alias = ''] =
      (isBadMerge ? /<<\s*: *\*([^\s,\]}]+)/ : /: (\S+)$/).exec(isBadMerge ? yaml : error.message) ?? []
    const start = yaml.indexOf(alias === '' ? '<<' : `*${alias}`)
    const isUndefined = alias !== '' && !yaml.includes(`&${alias}`)
    report.error(
      'yaml-syntax',
      isUndefined ? `unresolved alias: no anchor \`&${alias}\` stands before it` : lowerFirst(error.message),
      start < 0 ? span(0, 1) : span(start, start + Math.max(1, alias.length + 1)),
      isUndefined ? 'put the value in quotes where the `*` is part of it' : undefined,
    )
    return undefined
  }
}

/** The text without its mistakes, which are reported by now. */
function readMended(
  text: YamlText,
  written: string,
  edits: readonly TextEdit[],
  report: Report,
): YamlValue | undefined {
  const { text: mendedText, toWritten } = mendText(written, edits)
  const mended: YamlText = {
    file: { name: text.file.name, text: mendedText },
    start: 0,
    end: mendedText.length,
    dash: text.dash,
    isMended: true,
  }
  const document = parseYaml(mended)
  if (document === undefined || document.errors.length > 0 || guardNodes(document) !== undefined) return undefined
  const toSpan = (from: number, to: number): Span => ({
    file: text.file,
    start: text.start + toWritten(from),
    end: text.start + toWritten(to),
  })
  reportDuplicateKeys(document, toSpan, report)
  try {
    return { value: document.toJS({ maxAliasCount: -1 }) as unknown, mended: { text: mended, toWritten } }
  } catch {
    return undefined
  }
}

function reportDuplicateKeys(
  document: YamlDocument.Parsed,
  span: (from: number, to: number) => Span,
  report: Report,
): void {
  visit(document, {
    Map(_, map) {
      if (map === document.contents && reportSecondResource(map.items, span, report)) return
      const seen = new Map<string, Pair>()
      for (const pair of map.items) {
        const key = keyText(pair)
        if (key === undefined || key === '<<') continue
        const earlier = seen.get(key)
        if (earlier === undefined) {
          seen.set(key, pair)
          continue
        }
        const place = keySpan(pair, span)
        const first = keySpan(earlier, span)
        report.error('duplicate-key', `key \`${key}\` is already set in this mapping`, place, {
          help: 'keep one of them',
          related: first && [{ message: 'set here first', place: first }],
        })
      }
    },
  })
}

/** Both fields that start a resource, twice in one document: what comes with the second of the first is another resource. */
function reportSecondResource(
  items: readonly Pair[],
  span: (from: number, to: number) => Span,
  report: Report,
): boolean {
  const keys = items.map(keyText)
  const isTwice = (key: string): boolean => keys.indexOf(key) !== keys.lastIndexOf(key)
  if (!isTwice('apiVersion') || !isTwice('kind')) return false
  const second = items.find((_, index) => {
    const key = keys[index]
    return (key === 'apiVersion' || key === 'kind') && keys.indexOf(key) < index
  })
  const place = second === undefined ? undefined : keySpan(second, span)
  if (place === undefined) return false
  report.error('duplicate-key', 'a second resource starts here, in the same document', place, {
    help: 'is `---` missing before this line?',
    fix: {
      title: 'put `---` between the two',
      edits: [{ place: { ...place, end: place.start }, text: '---\n' }],
    },
  })
  return true
}

function keySpan(pair: Pair, span: (from: number, to: number) => Span): Span | undefined {
  const range = (pair.key as YamlNode | null)?.range
  return range ? span(range[0], range[1]) : undefined
}

/** The key of a pair as text; undefined for one that is no scalar. */
export function keyText(pair: Pair): string | undefined {
  const { key } = pair
  return isScalar(key) ? String(key.value) : undefined
}
