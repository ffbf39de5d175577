// Labels and annotations without quotes that YAML reads as numbers or booleans: text is made of them, and the API server refuses.

import type { Checker } from './checker.ts'

/** @param value the document, before its labels are made text */
export function checkUnquoted(value: Readonly<Record<string, unknown>>, { warn, locate, spanOf }: Checker): void {
  const metadata = value['metadata']
  if (typeof metadata !== 'object' || metadata === null) return
  for (const field of ['labels', 'annotations'] as const) {
    const map = (metadata as Readonly<Record<string, unknown>>)[field]
    if (typeof map !== 'object' || map === null || Array.isArray(map)) continue
    for (const [key, entry] of Object.entries(map)) {
      if (typeof entry !== 'number' && typeof entry !== 'boolean') continue
      const text = String(entry)
      const place = locate(['metadata', field, key])
      const { file, start, end } = spanOf(place)
      const written = file.text.slice(start, end)
      const what = typeof entry === 'number' ? 'a number' : 'a boolean'
      warn(
        'unquoted-text',
        ['metadata', field, key],
        `\`${written}\` is ${what} to YAML: Calico makes the text \`${text}\` of it, and the API server refuses it`,
        {
          help: written === text ? `write "${text}"` : `write "${text}" to keep what it is now, or "${written}"`,
          fix: written === text ? { title: `write "${text}"`, edits: [{ place, text: `"${text}"` }] } : undefined,
        },
      )
    }
  }
}
