// How many columns of a terminal text takes.

const SEGMENTER = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** East Asian Width W and F outside the emoji (Unicode Standard Annex 11), first and last code point of each range. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x20000, 0x3fffd],
]

const EMOJI_STYLE = '\ufe0f'

/** What a reader sees as one character each; a text's start and end are never inside one. */
export function graphemes(text: string): readonly string[] {
  if (/^[\x20-\x7e\t]*$/.test(text)) return [...text]
  return Array.from(SEGMENTER.segment(text), ({ segment }) => segment)
}

/** 0, 1 or 2 columns. Wide letters and emoji take two; a mark alone takes none. */
export function graphemeWidth(grapheme: string): 0 | 1 | 2 {
  const code = grapheme.codePointAt(0) ?? 0
  if (code < 0x300) return grapheme.includes(EMOJI_STYLE) ? 2 : 1
  if (/^[\p{Mark}\u200b-\u200d]+$/u.test(grapheme)) return 0
  if (/^\p{Emoji_Presentation}/u.test(grapheme) || /^\p{Regional_Indicator}{2}/u.test(grapheme)) return 2
  if (/^\p{Emoji}/u.test(grapheme) && grapheme.includes(EMOJI_STYLE)) return 2
  return WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}
