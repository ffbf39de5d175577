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

/** Collects what the phases find. Passed as an argument; nobody keeps one in a module. */
export class Report {
  readonly diagnostics: Diagnostic[] = []

  error(code: DiagnosticCode, message: string, place?: Span | Location, help?: string): void {
    this.#add('error', code, message, place, help)
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
