// Text with several JSON values one after another, as when the output of several commands is put into one file.

export interface JsonValue {
  readonly value: unknown
  /** Offset of its first character. */
  readonly start: number
  readonly end: number
}

/**
 * The arrays and objects of a text, in order; undefined when one of them is not JSON, or when something stands between
 * them. A line of a shell, with its prompt, may stand before a value: it is how the text was made.
 */
export function readJsonValues(text: string): readonly JsonValue[] | undefined {
  const values: JsonValue[] = []
  let position = text.startsWith('\uFEFF') ? 1 : 0
  for (;;) {
    position = skipBlanksAndCommands(text, position)
    if (position >= text.length) return values
    const end = endOfValue(text, position)
    if (end === undefined) return undefined
    try {
      values.push({ value: JSON.parse(text.slice(position, end)), start: position, end })
    } catch {
      return undefined
    }
    position = end
  }
}

/** A line such as `root@node-1:~# ip -json addr show`, `$ ip -j route` or `# addresses`. */
const COMMAND_LINE = /[ \t\r\n]+|(?:[^\n[{"]{0,200}[#$>%] ?)?(?:sudo )?ip [^\n[{"]*(?:\n|$)|#[^\n]*(?:\n|$)/y

function skipBlanksAndCommands(text: string, start: number): number {
  let position = start
  for (;;) {
    COMMAND_LINE.lastIndex = position
    if (!COMMAND_LINE.test(text)) return position
    position = COMMAND_LINE.lastIndex
  }
}

/** Behind the bracket that closes the one at `start`. */
function endOfValue(text: string, start: number): number | undefined {
  let depth = 0
  for (let i = start; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '"') {
      const close = endOfString(text, i)
      if (close === undefined) return undefined
      i = close
    } else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') {
      depth--
      if (depth <= 0) return depth === 0 ? i + 1 : undefined
    } else if (depth === 0) return undefined
  }
  return undefined
}

function endOfString(text: string, start: number): number | undefined {
  for (let i = start + 1; i < text.length; i++) {
    const character = text.charAt(i)
    if (character === '\\') i++
    else if (character === '"') return i
  }
  return undefined
}
