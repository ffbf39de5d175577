// What resources are made of, as a table: the fields of each part, what other formats call them, and values that stand for one.

import type { Path } from '../diagnostics/source.ts'
import type { Shape } from './shape.ts'
import { isMapping, itemsOfText, type Mapping } from './shape-rewrites.ts'

/** What a field holds: a part by its name, a list of them (`port[]`), a list of texts, or a value that is looked at elsewhere. */
export type Content = string

export interface Part {
  /** Undefined: a value that is no mapping, or one whose keys are the user's. */
  readonly fields?: Readonly<Record<string, Content>>
  /** Fields by the words of others. */
  readonly words?: Readonly<Record<string, string>>
  /** Of what type it is: a mapping, if nothing else is said. */
  readonly fits?: (value: unknown) => boolean
  /** What another value stands for in a field; undefined where that is not to be told. */
  readonly read?: (value: unknown, field: string, shape: Shape) => unknown
  /** Fields that stand at the wrong place, before names are looked at. */
  readonly prepare?: (holder: Mapping, path: Path, shape: Shape) => void
  /** Looks at a field that does not exist before the words do; true where it has been told and taken out. */
  readonly foreign?: (key: string, holder: Mapping, path: Path, shape: Shape) => boolean
  /** Puts something in place of a part of which nothing is left. */
  readonly fill?: (holder: Mapping) => void
}

export type Parts = Readonly<Record<string, Part>>

/** Words of several fields, those of each in one text. */
export function wordsOf(lines: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(lines).flatMap(([field, words]) => words.split(' ').map(word => [word, field])),
  )
}

export function fits({ fits: isOne = isMapping }: Part, value: unknown): boolean {
  return isOne(value)
}

/** The part that a field holds, in a list or not; undefined where it is looked at elsewhere. */
export function partIn(parts: Parts, content: Content): Part | undefined {
  return parts[content.replace('[]', '')]
}

/** A value as a field takes it; the same one where it is right, and undefined where nothing can be told. */
export function convert(parts: Parts, content: Content, value: unknown, field: string, shape: Shape): unknown {
  if (content === 'value') return Array.isArray(value) ? (value.length === 1 ? value[0] : undefined) : value
  if (content === 'texts') return Array.isArray(value) ? value : isMapping(value) ? undefined : itemsOfText(value)
  const part = partIn(parts, content)
  if (part === undefined) return value
  if (!content.endsWith('[]')) return fits(part, value) ? value : part.read?.(value, field, shape)
  const isList = Array.isArray(value)
  const items: readonly unknown[] = isList ? value : isMapping(value) ? [value] : itemsOfText(value)
  if (isList && items.every(item => fits(part, item))) return value
  const read = items.map(item =>
    isMapping(item) && fits(part, item)
      ? item
      : (part.read?.(item, field, shape) ?? (fits(part, item) ? item : undefined)),
  )
  // One text may stand for several items.
  return read.includes(undefined) ? undefined : read.flat()
}
