// Lines of files, counted once for many offsets.

interface TextFile {
  readonly text: string
}

/** Offsets at which the lines of a file start. A file does not change, and is forgotten with its lines. */
const STARTS = new WeakMap<TextFile, readonly number[]>()

/** 1-based line and column of an offset; the column counts UTF-16 units. */
export function lineAndColumn(file: TextFile, offset: number): { readonly line: number; readonly column: number } {
  let starts = STARTS.get(file)
  if (starts === undefined) STARTS.set(file, (starts = lineStarts(file.text)))
  const index = lineOf(starts, offset)
  return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 }
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    starts.push(newline + 1)
  }
  return starts
}

/** Index of the last start that is not behind the offset. */
function lineOf(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
