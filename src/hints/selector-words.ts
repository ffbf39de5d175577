// What selectors are made of, as people write them: words, quotes, and what operators are called in other languages.

export interface Token {
  readonly text: string
  readonly start: number
}

const QUOTES = `'"\u2018\u2019\u201a\u201c\u201d\u201e`
const TOKEN = new RegExp(
  `'[^']*'|"[^"]*"|[${QUOTES}][^${QUOTES}]*[${QUOTES}]|[\\w./-]+|&[ \\t]*&|\\|[ \\t]*\\||[!=<>~]+|[^\\s]`,
  'g',
)

/** The words of a selector, one after another. */
export function wordsOf(text: string): readonly Token[] {
  return [...text.matchAll(TOKEN)].map(({ 0: token, index }) => ({ text: token, start: index }))
}

export const EQUAL = /^(?:={1,3}|is|eqs?|equals?)$/i
export const UNEQUAL = /^(?:!={1,2}|<>|ne|neq|isnt|notequals?)$/i
export const AND = /^(?:&[ \t]*&|&|and|,|;)$/i
export const OR = /^(?:\|[ \t]*\||\||or)$/i
export const EVERYTHING = /^(?:all|any|everything|every|true)$/i
export const LIKE = /^(?:i?like|match(?:es)?|regexp?|=?~)$/i
export const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

export function isName(text: string): boolean {
  return /^[\w./-]+$/.test(text)
}

export function unquoted(text: string): string {
  return text.length > 1 && QUOTES.includes(text.charAt(0)) ? text.slice(1, -1) : text
}

/** A value between quotes that Calico knows; those that are right stay. */
export function quoted(text: string): string {
  return /^(?:'[^']*'|"[^"]*")$/.test(text) ? text : `'${unquoted(text)}'`
}

/** `startsWith` and its like; undefined for what is no such operator. */
export function operatorOf(written: string): string | undefined {
  const word = written.toLowerCase().replaceAll('_', '')
  return word === 'contains'
    ? word
    : word === 'startswith'
      ? 'starts with'
      : word === 'endswith'
        ? 'ends with'
        : undefined
}
