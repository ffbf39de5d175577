// Regular expressions of the input: the one door to RE2, whose syntax is that of Go and so of Calico. Its work grows with
// expression and text and never with a power of them, whatever a stranger writes.
//
// What RE2 does not know is no regular expression to Felix either: `(?=…)`, `(?!…)`, `(?<=…)`, `(?<!…)`, `\1`, `a++`, `(?>…)`,
// `{n}` above 1000, brackets nested deeper than 1000.

import { RE2JS } from 're2js'

export interface RegularExpression {
  /** Whether any part of the text matches. */
  readonly matches: (text: string) => boolean
}

/** Undefined for text that is none. */
export function parseRegularExpression(source: string): RegularExpression | undefined {
  try {
    const compiled = RE2JS.compile(source)
    // What is too large is found out only by using it.
    compiled.test('')
    return { matches: text => compiled.test(text) }
  } catch {
    return undefined
  }
}
