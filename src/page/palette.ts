// One colour and one letter a policy: a palette that people who see colours differently can tell apart (Okabe and Ito), and
// a letter beside it for everybody else. The colours themselves are in ui/styles/base.css, for light and dark.

/** Number of the colours in base.css: `--policy-0` and so on. */
const COLOURS = 8

export interface Mark {
  readonly colour: number
  /** `A`, `B`, … `Z`, `A2`, … */
  readonly letter: string
}

export function markOf(index: number): Mark {
  const round = Math.floor(index / 26)
  const letter = String.fromCharCode(65 + (index % 26))
  return { colour: index % COLOURS, letter: round === 0 ? letter : `${letter}${round + 1}` }
}
