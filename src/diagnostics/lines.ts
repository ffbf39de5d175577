// Lines of files, counted once for many offsets.

interface TextFile {
  readonly name: string
  readonly text: string
}

/** 1-based; the column counts UTF-16 units. */
export interface LineAndColumn {
  readonly line: number
  readonly column: number
}

/** Knows where the lines of files start. Whoever looks up many places keeps one of these while they do. */
export class Lines {
  /** The latest text of each name. */
  readonly #known = new Map<string, { readonly text: string; readonly starts: readonly number[] }>()

  /** Offsets at which the lines of a file start. */
  startsOf({ name, text }: TextFile): readonly number[] {
    const known = this.#known.get(name)
    if (known !== undefined && known.text === text) return known.starts
    const starts = lineStarts(text)
    this.#known.set(name, { text, starts })
    return starts
  }

  at(file: TextFile, offset: number): LineAndColumn {
    const starts = this.startsOf(file)
    const index = lastStart(starts, offset)
    return { line: index + 1, column: offset - (starts[index] ?? 0) + 1 }
  }
}

/** Where the line behind that of an offset starts; the end of the text where there is none. */
export function nextLine(text: string, offset: number): number {
  const newline = text.indexOf('\n', offset)
  return newline < 0 ? text.length : newline + 1
}

function lineStarts(text: string): readonly number[] {
  const starts = [0]
  for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    starts.push(newline + 1)
  }
  return starts
}

/** Index of the last start that is not behind the offset. */
function lastStart(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return low
}
