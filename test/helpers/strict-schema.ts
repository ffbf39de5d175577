// A published schema as a test takes it: it lets fields be added; here none may be there that it does not name.

import { readFileSync } from 'node:fs'
import type { fromJSONSchema } from 'zod'

export function strictSchema(path: string): Parameters<typeof fromJSONSchema>[0] {
  return strict(JSON.parse(readFileSync(path, 'utf8'))) as Parameters<typeof fromJSONSchema>[0]
}

function strict(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(strict)
  if (typeof schema !== 'object' || schema === null) return schema
  const copy: Record<string, unknown> = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, strict(value)]),
  )
  return copy['type'] === 'object' && 'properties' in copy ? { ...copy, additionalProperties: false } : copy
}
