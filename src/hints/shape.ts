// A resource while it is put right: the value, what was moved in it, and what is said about it.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Fix, Place, Report } from '../diagnostics/diagnostic.ts'
import { PathMap } from '../diagnostics/path-map.ts'
import type { Location, Path } from '../diagnostics/source.ts'
import { Moves } from './moves.ts'
import type { Mapping } from './shape-rewrites.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Paths are those of the value as it stands now; what is said has the places where it was written. */
export class Shape {
  readonly root: Mapping
  readonly vocabulary: Vocabulary
  moves = new Moves()
  readonly #location: Location
  readonly #report: Report
  #faults = new PathMap<true>()
  #isQuiet = false

  constructor(value: Mapping, vocabulary: Vocabulary, location: Location, report: Report) {
    this.root = structuredClone(value)
    this.vocabulary = vocabulary
    this.#location = location
    this.#report = report
  }

  get hasFaults(): boolean {
    return this.#faults.hasWithin([])
  }

  /** Whether something was said of what is at a path, or in it. */
  isFaulty(path: Path): boolean {
    return this.#faults.hasWithin(path)
  }

  /** Puts something right without a word. @returns whether there was something to put right */
  quietly(straighten: () => void): boolean {
    const before = { faults: this.#faults, moves: this.moves, isQuiet: this.#isQuiet }
    this.#faults = new PathMap()
    this.moves = new Moves()
    this.#isQuiet = true
    straighten()
    const isFaulty = this.hasFaults
    this.#faults = before.faults
    this.moves = before.moves
    this.#isQuiet = before.isQuiet
    return isFaulty
  }

  place(path: Path, target: 'key' | 'value'): Location {
    return { ...this.#at(this.moves.origin(path)), target }
  }

  /** Where a key of the value as written begins in its document. */
  offsetOf(path: Path): number {
    const { document, path: whole } = this.#at(path)
    return this.#report.sources.document(document).locate(whole, 'key').start
  }

  #at(path: Path): Location {
    const { document, path: own } = this.#location
    return { document, path: [...own, ...path] }
  }

  fault(
    code: DiagnosticCode,
    message: string,
    path: Path,
    help: string,
    target: 'key' | 'value' = 'key',
    { related = [], fix }: { readonly related?: readonly Path[]; readonly fix?: Fix<Place> | undefined } = {},
  ): void {
    this.#faults.set(path, true)
    if (this.#isQuiet) return
    this.#report.error(code, message, this.place(path, target), {
      help,
      related:
        related.length === 0
          ? undefined
          : related.map(other => ({ message: 'and this', place: this.place(other, 'key') })),
      fix,
    })
  }

  /** Makes a list of the one mapping under a key, and says so. */
  wrap(holder: Mapping, key: string, path: Path): void {
    const help = 'put "- " in front of its first field'
    this.fault('wrong-type', `\`${key}\` has to be a list, and is one mapping`, [...path, key], help)
    holder[key] = [holder[key]]
    this.moves.add({ from: [...path, key], to: [...path, key, 0] })
  }
}
