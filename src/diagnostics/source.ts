// Where something stands in the input.

/** One input text. `name` is what messages call it: a path as the user gave it, or `-` for standard input. */
export interface SourceFile {
  readonly name: string
  readonly text: string
  /** Of a resource in several inputs that of the highest layer counts; 0 where none is given. */
  readonly layer?: number
}

/** Offsets in UTF-16 units, `end` exclusive. Line and column are worked out when a message is formatted. */
export interface Span {
  readonly file: SourceFile
  readonly start: number
  readonly end: number
}

/** Steps from the root of a document: keys of mappings, indexes of sequences. */
export type Path = readonly (string | number)[]

/** Number of a document in the `SourceIndex` of its input. */
export type DocumentId = number

/**
 * Point at the key of a field (the field itself is wrong) or at its value (what it says is wrong), or take in the whole of
 * both, over as many lines as they have (to quote them).
 */
export type LocationTarget = 'key' | 'value' | 'extent'

/** A place in the input that has not been looked up yet: plain data. `SourceIndex` says where it lies. */
export interface Location {
  readonly document: DocumentId
  readonly path: Path
  readonly target?: LocationTarget
  /** The item or key of the list or map at `path` that is to blame, where the path is that of the whole. */
  readonly entry?: string | number
  /** Of something that is missing: the key that makes it needed, which is pointed at instead. */
  readonly because?: Path
  /** Part of a one-line text value, as offsets in the value: where in a selector the fault is. */
  readonly within?: { readonly start: number; readonly end: number }
}

export function isSpan(place: Span | Location): place is Span {
  return 'file' in place
}

/** Whether two locations are one place; a location that was copied is still the same. */
export function isSamePlace(a: Location | undefined, b: Location | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return (
    a.document === b.document &&
    a.path.length === b.path.length &&
    a.path.every((step, index) => step === b.path[index])
  )
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
