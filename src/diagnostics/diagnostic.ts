// A finding about the input, as a value.

import { MAX_MESSAGE, shortenQuotes } from '../text/printable.ts'
import type { DiagnosticCode } from './codes.ts'
import type { Location, Span } from './source.ts'
import { SourceIndex } from './source-index.ts'

export type Severity = 'error' | 'warning' | 'note'

/** Where something is found: looked up, or still to be. */
export type Place = Span | Location

/** @typeParam P a place that has been looked up, unless said otherwise */
export interface Diagnostic<P = Span> {
  readonly severity: Severity
  readonly code: DiagnosticCode
  /** What is wrong: lower case, no final full stop, user input in backticks. */
  readonly message: string
  readonly place?: P
  /** What to do about it. */
  readonly help?: string
  readonly related?: readonly Related<P>[]
  /** The one safe cure, where there is one. */
  readonly fix?: Fix<P>
}

/** Another place that has to do with a finding. */
export interface Related<P = Place> {
  readonly message: string
  readonly place: P
}

/** A change of the input that cures a finding and changes nothing else. */
export interface Fix<P = Place> {
  /** What it does, in the imperative: "write `Allow`". */
  readonly title: string
  /** Pieces of one file, which do not overlap, and what to write instead; an empty span inserts. */
  readonly edits: readonly { readonly place: P; readonly text: string }[]
}

/** What goes with a message: a cure in words, other places, a cure as an edit. */
export interface Advice {
  readonly help?: string | undefined
  readonly related?: readonly Related[] | undefined
  readonly fix?: Fix | undefined
}

/** Found wrong not with the input but with what would become of it: text can be made all the same. */
const REFUSED_LATER: readonly DiagnosticCode[] = [
  'felix-refuses-config',
  'felix-crashes',
  'calicoctl-crashes',
  'kernel-refuses-rule',
  'kernel-refuses-set',
  'steering-text',
]

export interface ReportOptions {
  /** What Felix or the kernel would refuse is a warning instead of an error. */
  readonly force?: boolean
  /** The input that is reported on, where others know it already. */
  readonly sources?: SourceIndex
}

/** Collects what the phases find, and knows the texts it is found in. Passed as an argument; nobody keeps one in a module. */
export class Report {
  readonly diagnostics: Diagnostic<Place>[] = []
  readonly sources: SourceIndex
  readonly #isForced: boolean
  #hasErrors = false

  constructor({ force = false, sources = new SourceIndex() }: ReportOptions = {}) {
    this.#isForced = force
    this.sources = sources
  }

  /** What was found, in that order, with its places looked up. */
  placed(): readonly Diagnostic[] {
    return this.diagnostics.map(diagnostic => placeDiagnostic(diagnostic, this.sources))
  }

  /** Findings of others, which count as its own. */
  take(findings: readonly Diagnostic[]): void {
    for (const finding of findings) {
      if (finding.place !== undefined) this.sources.addFile(finding.place.file)
      if (finding.severity === 'error') this.#hasErrors = true
      this.diagnostics.push(finding)
    }
  }

  /** @param advice what to do about it, in words alone or with more */
  error(code: DiagnosticCode, message: string, place?: Place, advice?: string | Advice): void {
    const isWaived = this.#isForced && REFUSED_LATER.includes(code)
    this.#add(isWaived ? 'warning' : 'error', code, message, place, advice)
  }

  warn(code: DiagnosticCode, message: string, place?: Place, advice?: string | Advice): void {
    this.#add('warning', code, message, place, advice)
  }

  note(code: DiagnosticCode, message: string, place?: Place, advice?: string | Advice): void {
    this.#add('note', code, message, place, advice)
  }

  /** Takes back the warnings of a code behind the first `count` findings. */
  withdraw(code: DiagnosticCode, count: number): void {
    for (const finding of this.diagnostics.splice(count)) {
      if (finding.code !== code || finding.severity !== 'warning') this.diagnostics.push(finding)
    }
  }

  get hasErrors(): boolean {
    return this.#hasErrors
  }

  /** Whether one of the findings behind the first `count` is an error. */
  hasErrorsSince(count: number): boolean {
    return this.diagnostics.slice(count).some(({ severity }) => severity === 'error')
  }

  #add(
    severity: Severity,
    code: DiagnosticCode,
    message: string,
    place: Place | undefined,
    advice: string | Advice | undefined,
  ): void {
    const { help, related, fix }: Advice = typeof advice === 'string' ? { help: advice } : (advice ?? {})
    if (severity === 'error') this.#hasErrors = true
    this.diagnostics.push({
      severity,
      code,
      message: shortenQuotes(message),
      ...(place === undefined ? {} : { place }),
      ...(help === undefined ? {} : { help: whole(help, fix) }),
      ...(related === undefined ? {} : { related }),
      ...(fix === undefined ? {} : { fix }),
    })
  }
}

/** A cure as it can be pasted, or what writes it. */
function whole(help: string, fix: Fix<Place> | undefined): string {
  if (help.length <= MAX_MESSAGE) return help
  return fix === undefined ? shortenQuotes(help) : 'too long to be shown: `calitables check --fix` writes it'
}

/** The same finding with its places looked up. */
export function placeDiagnostic(diagnostic: Diagnostic<Place>, sources: SourceIndex): Diagnostic {
  const { place, related, fix, ...said } = diagnostic
  return {
    ...said,
    ...(place === undefined ? {} : { place: sources.spanOf(place) }),
    ...(related === undefined
      ? {}
      : { related: related.map(other => ({ message: other.message, place: sources.spanOf(other.place) })) }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            edits: fix.edits.map(edit => ({ place: sources.spanOf(edit.place), text: edit.text })),
          },
        }),
  }
}
