// Marks in text.

/** Lower-case hexadecimal with 0x, so zero is `0x0`. */
export function hexMark(mark: number): string {
  return `0x${mark.toString(16)}`
}
