// What other systems call the words of policies: actions, directions, operators.

const SYNONYMS: readonly (readonly [RegExp, string])[] = [
  [/^(?:drop|block|reject|refuse)$/i, 'Deny'],
  [/^(?:accept|permit|pass)$/i, 'Allow'],
  [/^(?:allow|permit)$/i, 'Accept'],
  [/^(?:true|yes|on|enable)$/i, 'Enabled'],
  [/^(?:false|no|off|disable)$/i, 'Disabled'],
  [/^(?:next-?tier|continue)$/i, 'Pass'],
  [/^(?:in|inbound|input)$/i, 'Ingress'],
  [/^(?:out|outbound|output)$/i, 'Egress'],
  [/^(?:={1,3}|eq|equals?|is)$/i, 'Equal'],
  [/^(?:!=|ne|not_?equals?|not)$/i, 'NotEqual'],
  [/^(?:={1,3}|eq|equals?|is|contains|any_?of)$/i, 'In'],
  [/^(?:!=|ne|not_?equals?|not|not_?in|none_?of)$/i, 'NotIn'],
  [/^(?:exist|present|has|is_?set)$/i, 'Exists'],
  [/^(?:!exists|not_?exists?|does_?not_?exists?|missing|absent|not_?present)$/i, 'DoesNotExist'],
]

/** Of a few words, the one that another stands for, or that has been cut with dashes. */
export function synonymOf(written: string, words: readonly string[]): string | undefined {
  const joined = written.replaceAll(/[-_ ]/g, '').toLowerCase()
  const same = words.find(word => word.toLowerCase() === joined)
  return same ?? SYNONYMS.find(([pattern, word]) => pattern.test(written) && words.includes(word))?.[1]
}
