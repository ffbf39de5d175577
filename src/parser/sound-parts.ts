// What is left of a value without the parts that do not fit its schema, so that what the rest says can still be checked.

import type * as z from 'zod'
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
  const places = new Map<unknown, number[]>()
  const removed: Path[] = []
  const origin = (path: Path): Path => {
    let holder = value
    return path.map(step => {
      const place = places.get(holder)?.[Number(step)] ?? step
      holder = valueAt(holder, [step])
      return place
    })
  }
  const remove = (path: Path): void => {
    removed.push(origin(path))
    const holder = valueAt(value, path.slice(0, -1))
    const last = path.at(-1) ?? ''
    if (Array.isArray(holder)) {
      places.set(holder, (places.get(holder) ?? [...holder.keys()]).toSpliced(Number(last), 1))
      holder.splice(Number(last), 1)
    } else delete (holder as Record<string, unknown>)[last]
  }
  /** One of a few words stands for any other, so that the rest of a rule without an action is left. */
  const fill = (path: Path, issue: z.core.$ZodIssue): boolean => {
    const [word] = issue.code === 'custom' ? (faultOf(issue)?.words ?? []) : []
    const holder = valueAt(value, path.slice(0, -1))
    if (word === undefined || typeof holder !== 'object' || holder === null) return false
    removed.push(origin(path))
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
    const outer = paths.filter(
      (path, index) => !paths.some((other, i) => startsWith(path, other) && (other.length < path.length || i < index)),
    )
    // From the last to the first, so that items of a list keep their places until it is their turn.
    for (const path of outer.toReversed()) remove(path)
    const result = readBy(schema, value)
    if (result.success)
      return { value: result.data, origin, isTouched: path => removed.some(part => touches(part, path)) }
    left = result.error.issues
  }
  return undefined
}

/** The part itself, what holds it, the fields beside it, and what lies deeper beside a protocol: ports ask for one. */
function touches(part: Path, path: Path): boolean {
  const holder = part.slice(0, -1)
  if (startsWith(path, part) || (path.length === holder.length && startsWith(path, holder))) return true
  if (holder.length < 2 || typeof part.at(-1) === 'number' || !startsWith(path, holder)) return false
  return part.at(-1) === 'protocol' ? path.length > part.length : path.length === part.length
}

function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step)
}

/** The path, or of what is missing the path of what lacks it. */
function present(value: unknown, path: Path): Path {
  return path.length === 0 || valueAt(value, path) !== undefined ? path : present(value, path.slice(0, -1))
}

/** What a field reader found wrong. */
export function faultOf({ params }: z.core.$ZodIssueCustom): Fault | undefined {
  return (params as { fault?: Fault } | undefined)?.fault
}
