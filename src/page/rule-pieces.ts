// The text of a rule in pieces, for drawing what it asks and does stronger than what every rule of its chain repeats.

export interface RulePieces {
  /** `-A cali-INPUT -m comment --comment "cali:…"` */
  readonly lead: string
  /** Comments for people, ` -m comment --comment "…"` each. */
  readonly comment: string
  readonly matches: string
  /** ` --jump …` */
  readonly does: string
}

const PIECES =
  /^(?<lead>-A \S+(?: -m comment --comment "cali:(?:[\w-]{16}|…)")?)(?<comment>(?: -m comment --comment "(?:[^"\\]|\\.)*")*)(?<matches>.*?)(?<does>(?: --(?:jump|goto) .*)?)$/s

/** INVARIANT: the pieces one after another are the text. */
export function rulePieces(text: string): RulePieces {
  const { lead = '', comment = '', matches = text, does = '' } = PIECES.exec(text)?.groups ?? {}
  return { lead, comment, matches, does }
}
