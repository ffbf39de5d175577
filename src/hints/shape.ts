// A resource while it is put right: the value, what was moved in it, and what is said about it.

import type { DiagnosticCode } from '../diagnostics/codes.ts'
import type { Fix, Place, Report } from '../diagnostics/diagnostic.ts'
import type { Location, Path } from '../diagnostics/source.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { Moves } from './moves.ts'
import type { Mapping } from './shape-rewrites.ts'
import { type Vocabulary, wordFor } from './vocabulary.ts'

/** Paths are those of the value as it stands now; what is said has the places where it was written. */
export class Shape {
  readonly root: Mapping
  readonly vocabulary: Vocabulary
  readonly moves = new Moves()
  readonly #location: Location
  readonly #report: Report
  readonly #faults: Path[] = []

  constructor(value: Mapping, vocabulary: Vocabulary, location: Location, report: Report) {
    this.root = structuredClone(value)
    this.vocabulary = vocabulary
    this.#location = location
    this.#report = report
  }

  get hasFaults(): boolean {
    return this.#faults.length > 0
  }

  /** Whether something was said of what is at a path, or in it. */
  isFaulty(path: Path): boolean {
    return this.#faults.some(fault => path.every((step, index) => fault[index] === step))
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
    this.#faults.push(path)
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

  /** Fields that do not exist here: the word that was meant takes their place, so that what it holds is checked. */
  unknown(holder: Mapping, path: Path, known: readonly string[]): void {
    for (const key of Object.keys(holder)) {
      if (known.includes(key)) continue
      const isSameButForCase = known.some(word => word.toLowerCase() === key.toLowerCase())
      // Calico reads names of any case, which is for the field readers to warn about.
      if (isSameButForCase && !this.vocabulary.isKubernetes) continue
      const word = wordFor(key, known, this.vocabulary)
      if (word === undefined) continue
      const where = path.length === 0 ? '' : ` in \`${path.filter(step => typeof step === 'string').at(-1) ?? ''}\``
      const at: Path = [...path, key]
      const edits = [{ place: this.place(at, 'key'), text: word }]
      this.fault(
        'unknown-field',
        `unknown field \`${key}\`${where}`,
        at,
        isSameButForCase ? `field names are case-sensitive here; write \`${word}\`` : `did you mean \`${word}\`?`,
        'key',
        { fix: isSameButForCase ? { title: `write \`${word}\``, edits } : undefined },
      )
      if (!Object.hasOwn(holder, word) && (isSameButForCase || didYouMean(key, known) === word)) {
        holder[word] = holder[key]
        this.moves.add({ from: at, to: [...path, word] })
      }
      delete holder[key]
    }
  }
}
