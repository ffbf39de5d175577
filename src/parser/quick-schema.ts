// The quick reader of values by schemas: it gives what zod makes of a value that fits, and leaves all others to zod, which says why.
// Fields that are left out, which most are, cost zod as much as those that are there; here they cost nothing.

import type * as z from 'zod'

/** The value does not fit, or is for zod to decide. */
export const MISFIT = Symbol('misfit')

/** No function is made of a schema, which takes longer than it saves here. */
const CONTEXT: z.core.ParseContextInternal = { async: false, jitless: true }

type Schema = z.core.$ZodType

/** What the schema makes of a value. */
export function readBy<T>(schema: z.ZodType<T>, value: unknown): z.ZodSafeParseResult<T> {
  const data = readQuickly(schema, value)
  return data === MISFIT ? schema.safeParse(value, { jitless: true }) : { success: true, data }
}

/** What the schema makes of a value that fits. */
export function readQuickly<T>(schema: z.ZodType<T>, value: unknown): T | typeof MISFIT {
  return read(schema, value) as T | typeof MISFIT
}

function read(schema: Schema, value: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod
  if (def.checks !== undefined && def.checks.length > 0) return readByZod(schema, value)
  switch (def.type) {
    case 'unknown':
      return value
    case 'optional':
      if (value !== undefined) return read(def.innerType, value)
      return def.innerType._zod.optin === 'defaulted' ? MISFIT : undefined
    case 'nullable':
      return value === null ? null : read(def.innerType, value)
    case 'pipe': {
      const first = read(def.in, value)
      return first === MISFIT ? MISFIT : read(def.out, first)
    }
    case 'array':
      return readArray(def.element, value)
    case 'object':
      return readObject(def, value)
    default:
      return readByZod(schema, value)
  }
}

function readByZod(schema: Schema, value: unknown): unknown {
  const result = schema._zod.run({ value, issues: [] }, CONTEXT)
  return result instanceof Promise || result.issues.length > 0 ? MISFIT : result.value
}

function readArray(element: Schema, value: unknown): unknown {
  if (!Array.isArray(value)) return MISFIT
  const items: unknown[] = []
  for (const item of value as readonly unknown[]) {
    const result = read(element, item)
    if (result === MISFIT) return MISFIT
    items.push(result)
  }
  return items
}

function readObject({ shape, catchall }: z.core.$ZodObjectDef, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return MISFIT
  const input = value as Readonly<Record<string, unknown>>
  const result: Record<string, unknown> = {}
  for (const key in shape) {
    const schema = shape[key]
    if (schema === undefined) return MISFIT
    const isPresent = key in input
    const { optin, optout } = schema._zod
    if (!isPresent) {
      if (optin === 'optional' && optout === 'optional') continue
      if (optin !== 'optional') return MISFIT
    }
    const field = read(schema, input[key])
    if (field === MISFIT) return MISFIT
    if (field !== undefined || isPresent) result[key] = field
  }
  return catchall === undefined || addOthers(result, input, shape, catchall) ? result : MISFIT
}

/** Fields that the schema does not name; false where there may be none. */
function addOthers(
  result: Record<string, unknown>,
  input: Readonly<Record<string, unknown>>,
  shape: z.core.$ZodShape,
  catchall: Schema,
): boolean {
  const { type } = catchall._zod.def
  for (const key in input) {
    if (Object.hasOwn(shape, key)) continue
    if (type !== 'unknown' || key === '__proto__') return false
    result[key] = input[key]
  }
  return true
}
