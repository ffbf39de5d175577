// Text broken into lines for people who read it on a terminal.

const WIDTH = 80

/** Breaks at blanks; continuation lines are two further in. */
export function wrap(text: string, indent: string): readonly string[] {
  const lines: string[] = []
  let current = indent
  let isEmpty = true
  for (const word of text.split(' ')) {
    // A line that begins with `::` is a command to GitHub.
    if (!isEmpty && !word.startsWith('::') && current.length + 1 + word.length > WIDTH) {
      lines.push(current)
      current = `${indent}  `
      isEmpty = true
    }
    current += isEmpty ? word : ` ${word}`
    isEmpty = false
  }
  return [...lines, current]
}
