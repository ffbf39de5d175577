// What `calitables.yaml` may hold; docs/schemas/calitables.schema.json says the same to editors.

import * as z from 'zod'
import { boolean, list, oneOf, optional, text, textMap } from './fields.ts'

/** Those of all commands. */
export const OUTPUT_FORMATS = [
  ...['text', 'json', 'yaml', 'pretty', 'concise', 'sarif', 'github', 'html', 'markdown'],
  ...['table', 'wide', 'csv', 'dot', 'mermaid', 'tap', 'junit'],
]

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
    output: optional(oneOf(OUTPUT_FORMATS, 'bad-value', 'format')),
    severity: optional(textMap),
    ignore: list(z.strictObject({ code: text, reason: text, until: optional(text) })),
  })
