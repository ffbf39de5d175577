// The cure for a number or boolean where text belongs: the same in quotes, as it is written.

import type { Fix, Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'

/** Empty for what is neither a number nor a boolean. YAML makes booleans of words such as `n` and `on`: then that is said. */
export function quoteScalar(
  value: unknown,
  place: Location,
  { sources }: Report,
): { readonly help?: string; readonly fix?: Fix } {
  if (typeof value !== 'number' && typeof value !== 'boolean') return {}
  const { start, end, file } = sources.spanOf(place)
  const written = file.text.slice(start, end)
  if (written === '' || /["\n]/.test(written)) return { help: 'put it in quotes' }
  const quoted = `"${written}"`
  const why = typeof value === 'boolean' && written !== String(value) ? ` (YAML takes \`${written}\` for ${value})` : ''
  return {
    help: `put it in quotes: ${quoted}${why}`,
    fix: { title: `write ${quoted}`, edits: [{ place, text: quoted }] },
  }
}
