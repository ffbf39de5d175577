// The gate through which text of the input reaches people and machines: nothing in it can steer what shows it.

/**
 * Control characters (C0, C1, DEL), line and paragraph separators, characters that change the direction of text or take no
 * room, the byte order mark, tag characters and lone surrogates.
 */
const STEERING =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|\p{Surrogate}/gu

/** `##[error]` and its like are commands to GitHub wherever they stand in a line of a log. */
const RUNNER_COMMAND = /##(?=\[)/g

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** The text on one line, with every character that could steer a terminal or a reader written as `\n` or `\u{1b}`. */
export function printable(text: string): string {
  return text
    .replace(STEERING, character => SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
    .replace(RUNNER_COMMAND, '#\\u{23}')
}

/** Longest piece of input that a message quotes, and the longest message. */
const MAX_QUOTE = 200
const MAX_MESSAGE = 2000

/** A message without the middle of absurdly long values in backticks: their start, end and length remain. */
export function shortenQuotes(message: string): string {
  if (message.length <= MAX_QUOTE) return message
  const shorter = message.replace(/`([^`]*)`/g, (quote, value: string) =>
    value.length > MAX_QUOTE ? `\`${withoutMiddle(value)}\`` : quote,
  )
  return shorter.length > MAX_MESSAGE ? withoutMiddle(shorter) : shorter
}

function withoutMiddle(text: string): string {
  return `${text.slice(0, 150)} … (${text.length} characters) … ${text.slice(-20)}`
}

/** A value as JSON with the same characters escaped: it says the same, and shows as it is. Ends with a newline. */
export function printableJson(value: unknown): string {
  const text = JSON.stringify(value, undefined, 2)
    .replace(STEERING, character => (character === '\n' ? character : escapeUnits(character)))
    .replace(RUNNER_COMMAND, '#\\u0023')
  return `${text}\n`
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
}
