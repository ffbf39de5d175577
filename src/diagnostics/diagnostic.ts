// A finding about the input, as a value.

import { shortenQuotes } from '../text/printable.ts'
import type { DiagnosticCode } from './codes.ts'
import type { Location, Span } from './source.ts'

export type Severity = 'error' | 'warning' | 'note'

export interface Diagnostic {
  readonly severity: Severity
  readonly code: DiagnosticCode
  /** What is wrong: lower case, no final full stop, user input in backticks. */
  readonly message: string
  readonly place?: Span | Location
  /** What to do about it. */
  readonly help?: string
  readonly related?: readonly Related[]
  /** The one safe cure, where there is one. */
  readonly fix?: Fix
}

/** Another place that has to do with a finding. */
export interface Related {
  readonly message: string
  readonly place: Span | Location
}

/** A change of the input that cures a finding and changes nothing else. */
export interface Fix {
  /** What it does, in the imperative: "write `Allow`". */
  readonly title: string
  /** Pieces of one file, which do not overlap, and what to write instead; an empty span inserts. */
  readonly edits: readonly { readonly place: Span | Location; readonly text: string }[]
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
  'kernel-refuses-rule',
  'kernel-refuses-set',
]

/** Collects what the phases find. Passed as an argument; nobody keeps one in a module. */
export class Report {
  readonly diagnostics: Diagnostic[] = []
  readonly #isForced: boolean
  #hasErrors = false

  /** @param options.force what Felix or the kernel would refuse is a warning instead of an error */
  constructor(options: { readonly force?: boolean } = {}) {
    this.#isForced = options.force ?? false
  }

  /** @param advice what to do about it, in words alone or with more */
  error(code: DiagnosticCode, message: string, place?: Span | Location, advice?: string | Advice): void {
    const isWaived = this.#isForced && REFUSED_LATER.includes(code)
    this.#add(isWaived ? 'warning' : 'error', code, message, place, advice)
  }

  warn(code: DiagnosticCode, message: string, place?: Span | Location, advice?: string | Advice): void {
    this.#add('warning', code, message, place, advice)
  }

  note(code: DiagnosticCode, message: string, place?: Span | Location, advice?: string | Advice): void {
    this.#add('note', code, message, place, advice)
  }

  get hasErrors(): boolean {
    return this.#hasErrors
  }

  #add(
    severity: Severity,
    code: DiagnosticCode,
    message: string,
    place: Span | Location | undefined,
    advice: string | Advice | undefined,
  ): void {
    const { help, related, fix }: Advice = typeof advice === 'string' ? { help: advice } : (advice ?? {})
    if (severity === 'error') this.#hasErrors = true
    this.diagnostics.push({
      severity,
      code,
      message: shortenQuotes(message),
      ...(place === undefined ? {} : { place }),
      ...(help === undefined ? {} : { help: shortenQuotes(help) }),
      ...(related === undefined ? {} : { related }),
      ...(fix === undefined ? {} : { fix }),
    })
  }
}
