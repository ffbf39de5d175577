// What checks of a resource are handed: where to say what is wrong, and which parts of it could be read at all.

import type { Release } from '../../calico/releases/release.ts'
import type { DiagnosticCode } from '../../diagnostics/codes.ts'
import type { Advice } from '../../diagnostics/diagnostic.ts'
import type { Location, Path, Span } from '../../diagnostics/source.ts'

/** What a check is handed besides the value: paths start at the resource. */
export interface Checker {
  readonly release: Release
  /** The resource is as it is stored: what the API would have refused may be in it. */
  readonly isStored: boolean
  /** @param place a path, or with `entry` the item or key of what is at the path */
  readonly error: (code: DiagnosticCode, place: Path | EntryPlace, message: string, advice?: string | Advice) => void
  readonly warn: (code: DiagnosticCode, place: Path | EntryPlace, message: string, advice?: string | Advice) => void
  /** What stands there does not fit the schema: it reads as undefined, and its message has been given. */
  readonly isBroken: (...path: Path) => boolean
  readonly locate: (place: Path | EntryPlace) => Location
  readonly spanOf: (location: Location) => Span
}

export interface EntryPlace {
  readonly path: Path
  readonly entry?: string | number
  /** Of something that is missing: the path of what makes it needed. */
  readonly because?: Path
}
