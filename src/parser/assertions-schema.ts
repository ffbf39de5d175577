// What a file of assertions may hold; docs/schemas/assertions.schema.json says the same to editors.

import * as z from 'zod'
import { Fault, field, list, optional, readText, text } from './fields.ts'

/** Several words for who or which ports; one needs no list. */
const words = field((value): readonly string[] | Fault => {
  const items = Array.isArray(value) ? value : [value]
  const read = items.map(readText)
  const fault = read.find(one => one instanceof Fault)
  if (fault !== undefined) return fault
  if (read.length === 0)
    return new Fault('bad-value', 'is empty', { help: 'name somebody, or leave the assertion out' })
  return read as readonly string[]
})

export const assertionFileSchema = () =>
  z.strictObject({
    version: optional(z.literal(1, { error: 'the version of this format is 1' })),
    assertions: list(z.unknown()),
  })

const claim = () => z.strictObject({ from: words, to: words, ports: optional(words) })

export const assertionSchema = () =>
  z.strictObject({
    name: optional(text),
    allow: optional(claim()),
    deny: optional(claim()),
    only: optional(claim().extend({ others: optional(othersField) })),
  })

const othersField = field((value): 'senders' | 'receivers' | Fault =>
  value === 'senders' || value === 'receivers'
    ? value
    : new Fault('bad-value', 'who everybody else is must be `senders` or `receivers`', {
        help: '`senders`: nobody but `from` reaches `to`; `receivers`: `from` reach nobody but `to`',
      }),
)
