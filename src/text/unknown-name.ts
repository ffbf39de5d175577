// What to say about a name that is not there.

import { distance } from 'fastest-levenshtein'
import { isSwap } from './did-you-mean.ts'

/** "there is no chain `x`; did you mean `y`?": the nearest name, if it is near. */
export function unknown(what: string, wanted: string, names: readonly string[]): string {
  const near = nearestName(wanted, names)
  return `there is no ${what} \`${wanted}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`
}

/** The first of the nearest names, or one that the word is a part of; undefined when none is near. */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let least = Math.max(2, Math.floor(wanted.length / 2))
  for (const name of names) {
    // Names of much another length cannot be near, and there may be very many.
    if (Math.abs(name.length - wanted.length) >= least) continue
    const far = isSwap(wanted, name) ? 1 : distance(wanted, name)
    if (far < least) [best, least] = [name, far]
  }
  return best ?? longerName(wanted, names)
}

/** The shortest name that ends with the word, such as `platform.dns` with `dns`, or begins with it, such as `web-0` with `web`. */
function longerName(wanted: string, names: readonly string[]): string | undefined {
  if (wanted === '') return undefined
  const ends = names.filter(
    name => name.endsWith(wanted) && '/.'.includes(name.charAt(name.length - wanted.length - 1) || ' '),
  )
  const found = ends.length > 0 ? ends : names.filter(name => name.startsWith(`${wanted}-`))
  return found.reduce<string | undefined>(
    (best, name) => (best === undefined || name.length < best.length ? name : best),
    undefined,
  )
}
