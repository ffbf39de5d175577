// What a test run tells of one test, for the formats that people and build servers read.

export interface TestOutcome {
  readonly name: string
  readonly isOk: boolean
  /** Why not, on one line; of a test that is, what it found. */
  readonly message: string
  /** More of it, a line each. */
  readonly details: readonly string[]
  /** Where the test is written; lines and columns count from 1. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number }
}
