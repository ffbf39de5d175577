// The gate through which text of the input reaches people and machines: nothing in it can steer what shows it.

/**
 * Control characters (C0, C1, DEL), line and paragraph separators, characters that change the direction of text or take no
 * room, the byte order mark, tag characters and lone surrogates.
 */
const STEERING =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text on one line, with every character that could steer a terminal or a reader written as `\n` or `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(STEERING, character => SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
