// Text with a few pieces replaced, and the way back from its offsets to those of the text as written.

export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

export interface MendedText {
  readonly text: string
  /** Offset in the text as written for an offset in the mended one. */
  readonly toWritten: (offset: number) => number
}

/** @param edits sorted by `start`, not overlapping */
export function mendText(written: string, edits: readonly TextEdit[]): MendedText {
  const pieces: string[] = []
  /** Where each stretch of kept text starts, in the mended text and as written. */
  const kept: { readonly mended: number; readonly written: number }[] = [{ mended: 0, written: 0 }]
  let position = 0
  let length = 0
  for (const { start, end, text } of edits) {
    pieces.push(written.slice(position, start), text)
    length += start - position + text.length
    position = end
    kept.push({ mended: length, written: end })
  }
  pieces.push(written.slice(position))
  return {
    text: pieces.join(''),
    toWritten: offset => {
      let low = 0
      let high = kept.length - 1
      while (low < high) {
        const middle = (low + high + 1) >> 1
        if ((kept[middle]?.mended ?? 0) <= offset) low = middle
        else high = middle - 1
      }
      const stretch = kept[low] ?? { mended: 0, written: 0 }
      const next = kept[low + 1]
      const edit = edits[low]
      const found = stretch.written + offset - stretch.mended
      // Inside a replacement: its start, as near as can be said.
      return next !== undefined && edit !== undefined ? Math.min(found, edit.start) : found
    },
  }
}
