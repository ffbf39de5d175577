// How much one resource may hold. Whatever is longer or deeper is an error at its place; docs/limits.md is the table for users.

import { utf8Length } from '../text/bytes.ts'

/**
 * Mappings and lists around a value. No kind needs more than twenty; readers that call themselves for each level would run out
 * of stack in the thousands, and nothing could catch that.
 */
export const MAX_DEPTH = 64

/** Bytes of one document, or of one item of a list: what Calico's own loader takes. A list as a whole may be any length. */
export const MAX_RESOURCE_BYTES = 10 * 2 ** 20

/** UTF-16 units of one scalar as written. The store of a cluster takes objects of 1.5 MiB, so nothing in it is longer. */
export const MAX_SCALAR_LENGTH = 2 * 2 ** 20

/**
 * Pieces (names, values, brackets, blanks) that the full YAML reader takes on: it needs a microsecond and a kilobyte for each.
 * The quick readers of plain YAML and of JSON need neither, and know no such limit.
 */
export const MAX_TOKENS = 500_000

/** Aliases of one document: the full reader looks through all earlier anchors for each. */
export const MAX_ALIASES = 10_000

/** Anchors in front of each alias, all aliases together: what that looking takes in the worst case is a second. */
export const MAX_ANCHORS_LOOKED_AT = 25_000_000

/** Whether a document, or an item of a list, is longer than Calico takes. */
export function isOverlong(text: string, start: number, end: number): boolean {
  const units = end - start
  return (
    units > MAX_RESOURCE_BYTES || (units * 3 > MAX_RESOURCE_BYTES && utf8Length(text, start, end) > MAX_RESOURCE_BYTES)
  )
}
