// Small pieces of message text.

/** "`a`, `b` or `c`" */
export function orList(words: readonly string[], joiner: 'or' | 'and' = 'or'): string {
  const quoted = words.map(word => `\`${word}\``)
  const last = quoted.pop() ?? ''
  return quoted.length === 0 ? last : `${quoted.join(', ')} ${joiner} ${last}`
}
