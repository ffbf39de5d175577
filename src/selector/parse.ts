// Selector text -> tree. The grammar is Calico's (libcalico-go/lib/selector/parser).

import { compareBytes } from '../text/bytes.ts'
import { ALL, type Selector } from './ast.ts'
import { type SelectorFault, type SelectorFaultCode, type Token, tokenize } from './tokens.ts'

export type SelectorResult =
  { readonly ok: true; readonly selector: Selector } | { readonly ok: false; readonly fault: SelectorFault }

/** Nesting of parentheses that we follow; deeper text is refused (`too-deep`) before it can exhaust the stack. */
export const MAX_SELECTOR_DEPTH = 200

/** Parses a selector; empty or blank text is `all()`. */
export function parseSelector(text: string): SelectorResult {
  const tokens = tokenize(text)
  if ('code' in tokens) return { ok: false, fault: tokens }
  if (tokens.length === 1) return { ok: true, selector: ALL }
  try {
    return { ok: true, selector: new Parser(tokens).parse() }
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, fault: error.fault }
    throw error
  }
}

/** Carries a fault out of the recursive descent; never leaves this file. */
class Refusal extends Error {
  readonly fault: SelectorFault
  constructor(fault: SelectorFault) {
    super(fault.code)
    this.fault = fault
  }
}

class Parser {
  readonly #tokens: readonly Token[]
  #position = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Selector {
    const selector = this.#or()
    if (this.#peek().kind !== 'end') this.#refuse('left-over')
    return selector
  }

  #or(): Selector {
    return this.#chain('or', '||', () => this.#and())
  }

  #and(): Selector {
    return this.#chain('and', '&&', () => this.#unary())
  }

  #chain(kind: 'and' | 'or', separator: '&&' | '||', operand: () => Selector): Selector {
    const operands = [operand()]
    while (this.#peek().kind === separator) {
      this.#next()
      operands.push(operand())
    }
    const [first] = operands
    return operands.length === 1 && first !== undefined ? first : { kind, operands }
  }

  /** Adjacent `!` count by parity; a `!` before a parenthesised `!` stays a node of its own. */
  #unary(): Selector {
    let isNegated = false
    while (this.#peek().kind === '!') {
      this.#next()
      isNegated = !isNegated
    }
    const operand = this.#primary()
    return isNegated ? { kind: 'not', operand } : operand
  }

  #primary(): Selector {
    const token = this.#next()
    switch (token.kind) {
      case 'all':
      case 'global':
        return { kind: token.kind }
      case 'has':
        return { kind: 'has', label: token.text }
      case 'label':
        return this.#comparison(token.text, token)
      case '(': {
        if (++this.#depth > MAX_SELECTOR_DEPTH) this.#refuse('too-deep', token)
        const inner = this.#or()
        this.#depth--
        if (this.#next().kind !== ')') this.#refuse('parenthesis-not-closed', token)
        return inner
      }
      default:
        return this.#refuse('operand-missing', token)
    }
  }

  #comparison(label: string, labelToken: Token): Selector {
    const token = this.#next()
    switch (token.kind) {
      case '==':
        return { kind: 'equals', label, value: this.#string() }
      case '!=':
        return { kind: 'notEquals', label, value: this.#string() }
      case 'contains':
      case 'startsWith':
      case 'endsWith':
        return { kind: token.kind, label, value: this.#string() }
      case 'in':
      case 'notIn':
        return { kind: token.kind, label, values: this.#set() }
      case '(':
        return this.#refuse('blank-before-bracket', { ...labelToken, end: token.end })
      default:
        return this.#refuse('label-without-operator', labelToken)
    }
  }

  #string(): string {
    const token = this.#next()
    return token.kind === 'string' ? token.text : this.#refuse('value-not-quoted', token)
  }

  #set(): readonly string[] {
    const open = this.#next()
    if (open.kind !== '{') this.#refuse('set-without-brace', open)
    const values = new Set<string>()
    while (this.#peek().kind === 'string') {
      values.add(this.#string())
      if (this.#peek().kind !== ',') break
      this.#next()
    }
    const close = this.#next()
    if (close.kind !== '}') this.#refuse('set-not-closed', close)
    return [...values].sort(compareBytes)
  }

  #peek(): Token {
    const token = this.#tokens[this.#position]
    // INVARIANT: the last token is `end`, and no rule reads past it.
    if (token === undefined) throw new Error('read past the end of a selector')
    return token
  }

  #next(): Token {
    const token = this.#peek()
    if (token.kind !== 'end') this.#position++
    return token
  }

  #refuse(code: SelectorFaultCode, token: Token = this.#peek()): never {
    throw new Refusal({ code, start: token.start, end: token.end })
  }
}
