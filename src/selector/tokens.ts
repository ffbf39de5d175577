// Tokens of the selector language. Which words are operators depends on whether the token before is a label.

export type Token =
  | { readonly kind: Punctuation | Keyword | 'end'; readonly start: number; readonly end: number }
  | { readonly kind: 'label' | 'string' | 'has'; readonly text: string; readonly start: number; readonly end: number }

export type Punctuation = '(' | ')' | '{' | '}' | ',' | '==' | '!=' | '!' | '&&' | '||'

export type Keyword = 'all' | 'global' | 'contains' | 'startsWith' | 'endsWith' | 'in' | 'notIn'

/** Why a selector is refused; `start` and `end` are UTF-16 offsets in its text. */
export interface SelectorFault {
  readonly code: SelectorFaultCode
  readonly start: number
  readonly end: number
}

export type SelectorFaultCode =
  | 'label-without-operator'
  | 'value-not-quoted'
  | 'single-equals'
  | 'single-ampersand'
  | 'single-bar'
  | 'quote-not-closed'
  | 'operand-missing'
  | 'left-over'
  | 'bad-character'
  | 'newline'
  | 'function-not-closed'
  | 'blank-before-bracket'
  | 'parenthesis-not-closed'
  | 'unknown-operator'
  | 'set-without-brace'
  | 'set-not-closed'
  | 'label-too-long'
  | 'too-deep'

const LABEL = /[A-Za-z0-9_./-]+/y
const BLANKS = /[ \t]*/y
const MAX_LABEL_LENGTH = 512

/** Operators after a label, tried in this order. Two-word ones check the word boundary only after the blanks that follow. */
const OPERATORS: readonly { readonly kind: Keyword; readonly pattern: RegExp }[] = [
  { kind: 'contains', pattern: /contains/y },
  { kind: 'startsWith', pattern: /starts[ \t]*with[ \t]*/y },
  { kind: 'endsWith', pattern: /ends[ \t]*with[ \t]*/y },
  { kind: 'notIn', pattern: /not[ \t]*in[ \t]*/y },
  { kind: 'in', pattern: /in/y },
]

/** All tokens of a selector, the last one being `end`; or the first fault. */
export function tokenize(text: string): readonly Token[] | SelectorFault {
  const tokens: Token[] = []
  let position = 0

  const blanks = (from: number): number => {
    BLANKS.lastIndex = from
    BLANKS.test(text)
    return BLANKS.lastIndex
  }
  const isLabelByte = (at: number): boolean => at < text.length && /[A-Za-z0-9_./-]/.test(text.charAt(at))

  for (;;) {
    position = blanks(position)
    const start = position
    if (start >= text.length) {
      tokens.push({ kind: 'end', start, end: start })
      return tokens
    }
    const character = text.charAt(start)
    const next = text.charAt(start + 1)
    const push = (kind: Punctuation | Keyword, length: number): void => {
      position = start + length
      tokens.push({ kind, start, end: position })
    }

    switch (character) {
      case '(':
      case ')':
      case '{':
      case '}':
      case ',':
        push(character, 1)
        continue
      case '"':
      case "'": {
        const close = text.indexOf(character, start + 1)
        if (close < 0) return { code: 'quote-not-closed', start, end: text.length }
        position = close + 1
        tokens.push({ kind: 'string', text: text.slice(start + 1, close), start, end: position })
        continue
      }
      case '=':
        if (next !== '=') return { code: 'single-equals', start, end: start + 1 }
        push('==', 2)
        continue
      case '!':
        if (next === '=') push('!=', 2)
        else push('!', 1)
        continue
      case '&':
        if (next !== '&') return { code: 'single-ampersand', start, end: start + 1 }
        push('&&', 2)
        continue
      case '|':
        if (next !== '|') return { code: 'single-bar', start, end: start + 1 }
        push('||', 2)
        continue
    }

    if (tokens.at(-1)?.kind === 'label') {
      const operator = OPERATORS.find(({ pattern }) => {
        pattern.lastIndex = start
        return pattern.test(text) && !isLabelByte(pattern.lastIndex)
      })
      if (operator === undefined) return wordFault(tokens, text, start)
      position = operator.pattern.lastIndex
      tokens.push({ kind: operator.kind, start, end: position })
      continue
    }

    const call = /(has|all|global)\(/y
    call.lastIndex = start
    const called = call.exec(text)?.[1]
    if (called === 'all' || called === 'global') {
      const close = blanks(call.lastIndex)
      if (text.charAt(close) !== ')') return { code: 'function-not-closed', start, end: call.lastIndex }
      push(called, close + 1 - start)
      continue
    }
    if (called === 'has') {
      const label = labelAt(text, blanks(call.lastIndex))
      if (label === undefined) return { code: 'bad-character', start, end: call.lastIndex }
      if (label.length > MAX_LABEL_LENGTH) return { code: 'label-too-long', start, end: start + call.lastIndex }
      const close = blanks(LABEL.lastIndex)
      if (text.charAt(close) !== ')') return { code: 'function-not-closed', start, end: close }
      position = close + 1
      tokens.push({ kind: 'has', text: label, start, end: position })
      continue
    }
    const label = labelAt(text, start)
    if (label === undefined) {
      const isNewline = character === '\n' || character === '\r'
      return { code: isNewline ? 'newline' : 'bad-character', start, end: start + 1 }
    }
    position = start + label.length
    if (label.length > MAX_LABEL_LENGTH) return { code: 'label-too-long', start, end: position }
    tokens.push({ kind: 'label', text: label, start, end: position })
  }
}

function labelAt(text: string, start: number): string | undefined {
  LABEL.lastIndex = start
  return LABEL.exec(text)?.[0]
}

/** Two words in a row: after a complete term it is the first that does not belong (`a == 'x' and b == 'y'`), else the second. */
function wordFault(tokens: readonly Token[], text: string, start: number): SelectorFault {
  const label = tokens.at(-1)
  const before = tokens.at(-2)
  if (label !== undefined && before !== undefined && ENDS_OF_TERMS.includes(before.kind)) {
    return { code: 'left-over', start: label.start, end: label.end }
  }
  const word = labelAt(text, start)
  return { code: 'unknown-operator', start, end: start + (word?.length ?? 1) }
}

const ENDS_OF_TERMS: readonly Token['kind'][] = ['string', ')', '}', 'has', 'all', 'global']
