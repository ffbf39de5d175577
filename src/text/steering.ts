// What steers a terminal, a reader or a build server: the one list. Text of the input is shown without any of it.

const ASCII = /^[\x00-\x7f]*$/

const STEERING_IN_ASCII = /[\x00-\x1f\x7f]/g

/** Its classes take longer to make than most texts to look at: they are made for the first text that is not ASCII. */
let steering: RegExp | undefined

/**
 * What finds, in a text, each character that steers: control characters (C0, DEL, C1), separators of lines and paragraphs,
 * characters that change the direction of text or are not seen (soft hyphen, zero-width ones, fillers, tag characters), and what is
 * no character. Variation selectors stay: they belong to emoji.
 */
export function steeringIn(text: string): RegExp {
  if (ASCII.test(text)) return STEERING_IN_ASCII
  return (steering ??=
    /(?![\ufe00-\ufe0f])[\p{Default_Ignorable_Code_Point}\p{Cc}\u2028\u2029\ufff9-\ufffb\p{Noncharacter_Code_Point}\p{Surrogate}]/gu)
}

/** Azure's and GitHub's agents obey `##vso[…]` and `##[error]` wherever they stand in a line. */
export const RUNNER_COMMAND = /##(?=(?:vso)?\[)/gi

/** GitHub obeys `::error::` at the start of a line, behind blanks. */
export const LINE_COMMAND = /^[^\S\n]*::/gm

/** Whether showing the text could steer what shows it; newlines and tabs do not. */
export function isSteering(text: string): boolean {
  for (const [character] of text.matchAll(steeringIn(text))) if (character !== '\n' && character !== '\t') return true
  return text.search(RUNNER_COMMAND) >= 0 || text.search(LINE_COMMAND) >= 0
}
