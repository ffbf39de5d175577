// Whether to write colours.

import type { Io } from './io.ts'

/** FORCE_COLOR decides, then NO_COLOR (https://no-color.org), then whether a terminal reads along. */
export function wantsColor(isTerminal: boolean, { env = {} }: Io): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = env
  if (force !== undefined) return force !== '0' && force !== 'false'
  if (no !== undefined && no !== '') return false
  return isTerminal && terminal !== 'dumb'
}
