// Field names in another case: Calico's loader takes them for the real ones, kubectl and the API server do not.

import type * as z from 'zod'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location, Path } from '../diagnostics/source.ts'

interface Context {
  readonly location: Location
  readonly report: Report
}

/**
 * The value with every field of the schema under its real name; warns of each that was written otherwise. The exact
 * spelling wins over others, and of others the last in byte order.
 */
export function foldFieldNames(schema: z.ZodType, value: unknown, location: Location, report: Report): unknown {
  return fold(schema, value, [], { location, report })
}

function fold(schema: z.ZodType, value: unknown, path: Path, context: Context): unknown {
  const inner = unwrap(schema)
  if (Array.isArray(value)) {
    const element = inner?.def.type === 'array' ? (inner as z.ZodArray).def.element : undefined
    return element === undefined
      ? value
      : value.map((entry, index) => fold(element as z.ZodType, entry, [...path, index], context))
  }
  if (inner?.def.type !== 'object' || typeof value !== 'object' || value === null) return value
  const shape = (inner as z.ZodObject).def.shape as Readonly<Record<string, z.ZodType>>
  const names = new Map(Object.keys(shape).map(name => [name.toLowerCase(), name]))
  const folded: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) {
    const entry = (value as Readonly<Record<string, unknown>>)[key]
    const name = Object.hasOwn(shape, key) ? key : names.get(key.toLowerCase())
    if (name !== undefined && name !== key) {
      const isIgnored = Object.hasOwn(value, name)
      warn(key, name, isIgnored, path, context)
      if (isIgnored) continue
    }
    const child = name === undefined ? undefined : shape[name]
    folded[name ?? key] = child === undefined ? entry : fold(child, entry, [...path, name ?? key], context)
  }
  return folded
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
