// A finding about the input, as a value.

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
  readonly related?: readonly { readonly message: string; readonly place: Span | Location }[]
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

  /** @param options.force what Felix or the kernel would refuse is a warning instead of an error */
  constructor(options: { readonly force?: boolean } = {}) {
    this.#isForced = options.force ?? false
  }

  error(code: DiagnosticCode, message: string, place?: Span | Location, help?: string): void {
    const isWaived = this.#isForced && REFUSED_LATER.includes(code)
    this.#add(isWaived ? 'warning' : 'error', code, message, place, help)
  }

  warn(code: DiagnosticCode, message: string, place?: Span | Location, help?: string): void {
    this.#add('warning', code, message, place, help)
  }

  note(code: DiagnosticCode, message: string, place?: Span | Location, help?: string): void {
    this.#add('note', code, message, place, help)
  }

  get hasErrors(): boolean {
    return this.diagnostics.some(({ severity }) => severity === 'error')
  }

  #add(severity: Severity, code: DiagnosticCode, message: string, place?: Span | Location, help?: string): void {
    this.diagnostics.push({
      severity,
      code,
      message,
      ...(place === undefined ? {} : { place }),
      ...(help === undefined ? {} : { help }),
    })
  }
}
