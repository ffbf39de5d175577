// Where something stands in the input.

export { lineAndColumn } from './lines.ts'

/** One input text. `name` is what messages call it: a path as the user gave it, or `-` for standard input. */
export interface SourceFile {
  readonly name: string
  readonly text: string
}

/** Offsets in UTF-16 units, `end` exclusive. Line and column are worked out when a message is formatted. */
export interface Span {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
}

/** Steps from the root of a document: keys of mappings, indexes of sequences. */
export type Path = readonly (string | number)[]

/** One document of a file. Positions inside it are worked out only for what a message or an explanation points at. */
export interface SourceDocument {
  readonly file: SourceFile
  /** Offset at which the document's text starts. */
  readonly start: number
  /** Offset behind its last character. */
  readonly end: number
  /** The text is an item of a sequence: the dash in front of it counts as a blank. */
  readonly dash: boolean
  /** Span of the node at `path`; a missing node gives its nearest existing ancestor's key. */
  readonly locate: (path: Path, target: LocationTarget) => Span
  /** The innermost key, item or value that an offset of the file lies in: the opposite of `locate`. */
  readonly pathAt: (offset: number) => Path
  /** A path as the text has it: resources that were converted from another format have paths of their own. */
  readonly writtenPath: (path: Path) => Path
}

/**
 * Point at the key of a field (the field itself is wrong) or at its value (what it says is wrong), or take in the whole of
 * both, over as many lines as they have (to quote them).
 */
export type LocationTarget = 'key' | 'value' | 'extent'

/** A place in the input that has not been looked up yet. */
export interface Location {
  readonly document: SourceDocument
  readonly path: Path
  readonly target?: LocationTarget
  /** The item or key of the list or map at `path` that is to blame, where the path is that of the whole. */
  readonly entry?: string | number
  /** Part of a one-line text value, as offsets in the value: where in a selector the fault is. */
  readonly within?: { readonly start: number; readonly end: number }
}

export function isSpan(place: Span | Location): place is Span {
  return 'file' in place
}

export function spanOf(place: Span | Location): Span {
  if (isSpan(place)) return place
  const { entry, target = typeof entry === 'string' ? 'key' : 'value' } = place
  const span = place.document.locate(entry === undefined ? place.path : [...place.path, entry], target)
  return place.within === undefined ? span : narrow(span, place.within)
}

/** The part of a scalar's span that holds part of its value; the whole scalar where escapes or folding blur the mapping. */
function narrow(span: Span, within: { readonly start: number; readonly end: number }): Span {
  const text = span.file.text.slice(span.start, span.end)
  const quote = text.charAt(0)
  const isQuoted = quote === '"' || quote === "'"
  const isPlainText = !/[\n\r]/.test(text) && (!isQuoted || !text.slice(1, -1).includes(quote === '"' ? '\\' : "'"))
  if (!isPlainText) return span
  const start = Math.min(span.start + (isQuoted ? 1 : 0) + within.start, span.end)
  return { file: span.file, start, end: Math.min(Math.max(start + within.end - within.start, start + 1), span.end) }
}

/** Appends steps to a location's path. */
export function at(location: Location, ...steps: (string | number)[]): Location {
  return { document: location.document, path: [...location.path, ...steps] }
}

/** `spec.ingress[0].action`, as paths are shown to users. */
export function formatPath(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_][A-Za-z0-9_-]*$/.test(step)) text += text === '' ? step : `.${step}`
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}
