// Small pieces of message text.

/** "`a`, `b` or `c`" */
export function orList(words: readonly string[], joiner: 'or' | 'and' = 'or'): string {
  const quoted = words.map(word => `\`${word}\``)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${joiner} ${last}`
}

/** "`a`, `b` and 3 more" */
export function andMore(words: readonly string[], most = 8): string {
  if (words.length <= most) return orList(words, 'and')
  return `${words
    .slice(0, most)
    .map(word => `\`${word}\``)
    .join(', ')} and ${words.length - most} more`
}

const MOST_CANDIDATES = 5

/** "`x` may be `a/x` or `b/x`": of a name that is not enough to tell things apart. @param names by which they can be told apart */
export function mayBe(wanted: string, names: readonly string[]): string {
  const more = names.length > MOST_CANDIDATES ? ' or another' : ''
  return `\`${wanted}\` may be ${orList(names.slice(0, MOST_CANDIDATES))}${more}`
}
