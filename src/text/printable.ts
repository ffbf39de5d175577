// The gate through which text of the input reaches people and machines: nothing in it can steer what shows it.

import { LINE_COMMAND, RUNNER_COMMAND, steeringIn } from './steering.ts'

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escapeOf(character: string): string {
  return SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}

/** The text on one line, with every character that could steer a terminal or a reader written as `\n` or `\u{1b}`. */
export function printable(text: string): string {
  return text.replace(steeringIn(text), escapeOf).replace(RUNNER_COMMAND, '#\\u{23}')
}

/** Colours are ours: everything else of a terminal's commands has been made visible where the text came in. */
const COLOR = /^\u001b\[[0-9;]*m/

/**
 * The last gate, which all output goes through: lines that were put together of pieces, wrapped or padded, hold no command of a
 * build server, and nothing that steers a terminal but our own colours.
 */
export function guardLines(text: string): string {
  return text
    .replace(steeringIn(text), (character: string, at: number) => {
      if (character === '\n' || character === '\t') return character
      if (character === '\u001b' && COLOR.test(text.slice(at, at + 16))) return character
      return escapeOf(character)
    })
    .replace(RUNNER_COMMAND, '#\\u{23}')
    .replace(LINE_COMMAND, start => `${start.slice(0, -2)}\\u{3a}:`)
}

/** Longest piece of input that a message quotes. */
export const MAX_QUOTE = 200
/** The longest message, and the longest cure: an edit that is cut cannot be pasted. */
export const MAX_MESSAGE = 2000

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
  const json = JSON.stringify(value, undefined, 2)
  const text = json
    .replace(steeringIn(json), character => (character === '\n' ? character : escapeUnits(character)))
    .replace(RUNNER_COMMAND, '#\\u0023')
  return `${text}\n`
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
}
