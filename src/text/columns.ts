// Cells of one row, each broken into lines of its column's width.

/** Lines of a row, two blanks between columns; the last column may be as wide as the rest of a line. */
export function columnLines(cells: readonly string[], widths: readonly number[]): readonly string[] {
  const broken = cells.map((text, column) => breakText(text, widths[column] ?? Infinity))
  const height = Math.max(...broken.map(lines => lines.length))
  return Array.from({ length: height }, (_, line) =>
    broken
      .map((lines, column) => {
        const width = widths[column] ?? 0
        return (lines[line] ?? '').padEnd(Number.isFinite(width) ? width : 0)
      })
      .join('  ')
      .trimEnd(),
  )
}

/** Breaks at blanks, and inside a word that is longer than a line; continuation lines are two further in. */
function breakText(text: string, width: number): readonly string[] {
  if (text.length <= width) return [text]
  const lines: string[] = []
  let current = ''
  for (const word of text.split(' ')) {
    const joined = current.trim() === '' ? `${current}${word}` : `${current} ${word}`
    if (joined.length <= width) {
      current = joined
      continue
    }
    if (current.trim() !== '') lines.push(current)
    current = lines.length === 0 ? word : `  ${word}`
    while (current.length > width) {
      lines.push(current.slice(0, width))
      current = `  ${current.slice(width)}`
    }
  }
  return [...lines, current]
}

/** Length of the longest one. The list may be longer than what a call takes as arguments. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0)
}
