// What `calitables.yaml` may hold; docs/schemas/calitables.schema.json says the same to editors.

import * as z from 'zod'
import { boolean, list, optional, text, textMap } from './fields.ts'

export const configFileSchema = () =>
  z.strictObject({
    paths: list(text),
    recursive: optional(boolean),
    exclude: list(text),
    node: optional(text),
    host: list(text),
    env: list(text),
    envFile: list(text),
    release: optional(text),
    output: optional(text),
    severity: optional(textMap),
    ignore: list(z.strictObject({ code: text, reason: text, until: optional(text) })),
  })
