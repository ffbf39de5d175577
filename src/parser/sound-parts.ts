// What is left of a value without the parts that do not fit its schema, so that what the rest says can still be checked.

import type * as z from 'zod'
import { PathMap } from '../diagnostics/path-map.ts'
import type { Path } from '../diagnostics/source.ts'
import type { Fault } from './fields.ts'
import { readBy } from './quick-schema.ts'
import { valueAt } from './value-at.ts'

/** Each pass takes out a part at least; what holds it comes out where it cannot do without. */
const MOST_PASSES = 50

export interface SoundParts<T> {
  readonly value: T
  /** Where something of the value stands in the whole one. */
  readonly origin: (path: Path) => Path
  /** Whether what is said of a path of the whole value may come of what was taken out. */
  readonly isTouched: (path: Path) => boolean
}

/** Undefined where nothing is left. @param issues what the schema says of the whole value */
export function soundParts<T>(
  schema: z.ZodType<T>,
  whole: unknown,
  issues: readonly z.core.$ZodIssue[],
): SoundParts<T> | undefined {
  const value: unknown = structuredClone(whole)
  const removed = new RemovedPaths()
  const { origin, remove } = removing(value)
  /** One of a few words stands for any other, so that the rest of a rule without an action is left. */
  const fill = (path: Path, issue: z.core.$ZodIssue): boolean => {
    const [word] = issue.code === 'custom' ? (faultOf(issue)?.words ?? []) : []
    const holder = valueAt(value, path.slice(0, -1))
    if (word === undefined || typeof holder !== 'object' || holder === null) return false
    removed.add(origin(path))
    ;(holder as Record<string | number, unknown>)[path.at(-1) ?? ''] = word
    return true
  }
  let left = issues
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    const paths = left.flatMap(issue => {
      const path = issue.path as Path
      if (issue.code === 'unrecognized_keys') return issue.keys.map(key => [...path, key])
      return fill(path, issue) ? [] : [present(value, path)]
    })
    if (paths.some(path => path.length === 0)) return undefined
    const firsts = new PathMap<number>()
    for (const [index, path] of paths.entries()) if (firsts.get(path) === undefined) firsts.set(path, index)
    remove(
      paths.filter((path, index) => firsts.along(path)[0] === index),
      removed,
    )
    const result = readBy(schema, value)
    if (result.success) return { value: result.data, origin, isTouched: path => removed.touch(path) }
    left = result.error.issues
  }
  return undefined
}

/** Parts are taken out of `value` itself; `origin` says where what is left stood before. */
function removing(value: unknown): {
  readonly origin: (path: Path) => Path
  readonly remove: (paths: readonly Path[], removed: RemovedPaths) => void
} {
  const places = new Map<unknown, number[]>()
  const origin = (path: Path): Path => {
    let holder = value
    return path.map(step => {
      const place = places.get(holder)?.[Number(step)] ?? step
      holder = valueAt(holder, [step])
      return place
    })
  }
  /** Of each list all at once: items keep their places until then, and a long list is not moved up item by item. */
  const remove = (paths: readonly Path[], removed: RemovedPaths): void => {
    const items = new Map<unknown[], Set<number>>()
    const fields: (readonly [Record<string, unknown>, string])[] = []
    for (const path of paths) {
      removed.add(origin(path))
      const holder = valueAt(value, path.slice(0, -1))
      const last = path.at(-1) ?? ''
      if (!Array.isArray(holder)) fields.push([holder as Record<string, unknown>, String(last)])
      else items.set(holder, (items.get(holder) ?? new Set()).add(Number(last)))
    }
    for (const [holder, last] of fields) delete holder[last]
    for (const [list, gone] of items) {
      const kept = [...list.keys()].filter(index => !gone.has(index))
      const before = places.get(list)
      places.set(list, before === undefined ? kept : kept.map(index => before[index] ?? index))
      for (const [to, index] of kept.entries()) list[to] = list[index]
      list.length = kept.length
    }
  }
  return { origin, remove }
}

class RemovedPaths {
  readonly #parts = new PathMap<true>()
  readonly #holders = new PathMap<true>()
  /** What holds fields that were taken out. */
  readonly #besideFields = new PathMap<true>()
  /** The lengths of the paths of what holds a protocol that was taken out. */
  readonly #besideProtocols = new PathMap<number>()

  add(part: Path): void {
    const holder = part.slice(0, -1)
    this.#parts.set(part, true)
    this.#holders.set(holder, true)
    if (holder.length < 2 || typeof part.at(-1) === 'number') return
    if (part.at(-1) === 'protocol') this.#besideProtocols.set(holder, holder.length)
    else this.#besideFields.set(holder, true)
  }

  /** The part itself, what holds it, the fields beside it, and what lies deeper beside a protocol: ports ask for one. */
  touch(path: Path): boolean {
    return (
      this.#parts.along(path).length > 0 ||
      this.#holders.get(path) === true ||
      this.#besideFields.get(path.slice(0, -1)) === true ||
      this.#besideProtocols.along(path).some(length => path.length > length + 1)
    )
  }
}

/** The path, or of what is missing the path of what lacks it. */
function present(value: unknown, path: Path): Path {
  return path.length === 0 || valueAt(value, path) !== undefined ? path : present(value, path.slice(0, -1))
}

/** What a field reader found wrong. */
export function faultOf({ params }: z.core.$ZodIssueCustom): Fault | undefined {
  return (params as { fault?: Fault } | undefined)?.fault
}
