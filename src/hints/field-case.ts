// Field names in another case: Calico's loader takes them for the real ones, kubectl and the API server do not.

import type * as z from 'zod'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location, Path } from '../diagnostics/source.ts'
import { compareBytes } from '../text/bytes.ts'

interface Context {
  readonly location: Location
  readonly report: Report
  /** Real names of fields by their lower-case form, of the shapes that were met; needed only when a name is not a real one. */
  readonly realNames: Map<Shape, ReadonlyMap<string, string>>
}

type Shape = Readonly<Record<string, z.ZodType>>

/**
 * The value with every field of the schema under its real name; warns of each that was written otherwise. The exact
 * spelling wins over others, and of others the last in byte order.
 */
export function foldFieldNames(schema: z.ZodType, value: unknown, location: Location, report: Report): unknown {
  return fold(schema, value, [], { location, report, realNames: new Map() })
}

function fold(schema: z.ZodType, value: unknown, path: Path, context: Context): unknown {
  const inner = unwrap(schema)
  if (Array.isArray(value)) {
    const element = inner?.def.type === 'array' ? (inner as z.ZodArray).def.element : undefined
    if (element === undefined) return value
    const folded = value.map((entry, index) => fold(element as z.ZodType, entry, [...path, index], context))
    return folded.every((entry, index) => entry === value[index]) ? value : folded
  }
  if (inner?.def.type !== 'object' || typeof value !== 'object' || value === null) return value
  const shape = (inner as z.ZodObject).def.shape as Shape
  const mapping = value as Readonly<Record<string, unknown>>
  const entries: [string, unknown][] = []
  let isSame = true
  for (const key of Object.keys(mapping)) {
    const entry = mapping[key]
    const name = Object.hasOwn(shape, key) ? key : realNames(shape, context).get(key.toLowerCase())
    if (name !== undefined && name !== key) {
      isSame = false
      const isIgnored = Object.hasOwn(mapping, name)
      warn(key, name, isIgnored, path, context)
      if (isIgnored) continue
    }
    const child = name === undefined ? undefined : shape[name]
    const folded = child === undefined ? entry : fold(child, entry, [...path, name ?? key], context)
    if (folded !== entry) isSame = false
    entries.push([name ?? key, folded])
  }
  if (isSame) return value
  // Of two spellings that are both wrong the last in byte order counts.
  entries.sort(([a], [b]) => compareBytes(a, b))
  return Object.fromEntries(entries)
}

/** The fields that may stand at a path; undefined where none is a mapping with names of its own. */
export function shapeAt(schema: z.ZodType, path: Path): Shape | undefined {
  let inner = unwrap(schema)
  for (const step of path) {
    if (inner?.def.type === 'array') inner = unwrap((inner as z.ZodArray).def.element as z.ZodType)
    else if (inner?.def.type === 'object') {
      const field = ((inner as z.ZodObject).def.shape as Shape)[step]
      if (field === undefined) return undefined
      inner = unwrap(field)
    } else return undefined
  }
  return inner?.def.type === 'object' ? ((inner as z.ZodObject).def.shape as Shape) : undefined
}

function realNames(shape: Shape, { realNames: known }: Context): ReadonlyMap<string, string> {
  let names = known.get(shape)
  if (names === undefined)
    known.set(shape, (names = new Map(Object.keys(shape).map(name => [name.toLowerCase(), name]))))
  return names
}

function warn(written: string, name: string, isIgnored: boolean, path: Path, { location, report }: Context): void {
  const place: Location = { ...location, path: [...location.path, ...path, written], target: 'key' }
  const reason = isIgnored
    ? `\`${written}\` is ignored, because \`${name}\` stands beside it`
    : `\`${written}\` is read as \`${name}\` by Calico's loader, but kubectl and the API server do not know it`
  report.warn('field-case', reason, place, {
    help: isIgnored ? `remove \`${written}\`` : `write \`${name}\``,
    fix: isIgnored ? undefined : { title: `write \`${name}\``, edits: [{ place, text: name }] },
  })
}

/** The schema of what stands in the file, without what is wrapped around it. */
function unwrap(schema: z.ZodType): z.ZodType | undefined {
  let inner: z.ZodType | undefined = schema
  for (;;) {
    switch (inner?.def.type) {
      case 'optional':
      case 'nullable':
        inner = (inner as z.ZodOptional).def.innerType as z.ZodType
        break
      case 'pipe': {
        const { in: input, out } = (inner as z.ZodPipe).def
        inner = (input._zod.def.type === 'transform' ? out : input) as z.ZodType
        break
      }
      default:
        return inner
    }
  }
}
