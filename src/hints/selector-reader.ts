// Selectors as people write them: other languages and slips, read leniently, with the edits that put them into Calico's words.

import type { TextEdit } from '../text/mend.ts'
import {
  AND,
  CLOSERS,
  EQUAL,
  EVERYTHING,
  isName,
  LIKE,
  operatorOf,
  OR,
  quoted,
  type Token,
  UNEQUAL,
  unquoted,
  wordsOf,
} from './selector-words.ts'

/** A selector of more words than this is left to people. */
const MAX_TOKENS = 400

/** A recursive descent that never refuses what it can guess, and keeps the edits that make it right, from left to right. */
export class SelectorReader {
  readonly edits: TextEdit[] = []
  isSure = true
  readonly #text: string
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(text: string) {
    this.#text = text
    this.#tokens = wordsOf(text)
  }

  /** False for what is not understood. */
  whole(): boolean {
    if (this.#tokens.length > MAX_TOKENS) return false
    const [first] = this.#tokens
    const last = this.#tokens.at(-1)
    // `{app: web, tier: db}` in quotes.
    if (first?.text === '{' && last?.text === '}') {
      this.#drop(first)
      this.#at = 1
      if (!this.#terms()) return false
      this.#drop(last)
      return this.#at === this.#tokens.length - 1
    }
    return this.#terms() && this.#at === this.#tokens.length
  }

  #peek(ahead = 0): string {
    return this.#tokens[this.#at + ahead]?.text ?? ''
  }

  #take(): Token {
    return this.#tokens[this.#at++] ?? { text: '', start: this.#text.length }
  }

  #write({ start, text }: Token, by: string, end = start + text.length): void {
    if (this.#text.slice(start, end) !== by) this.edits.push({ start, end, text: by })
  }

  #drop(token: Token): void {
    this.#write(token, '')
  }

  #terms(): boolean {
    for (;;) {
      if (!this.#term()) return false
      const isAnd = AND.test(this.#peek())
      if (!isAnd && !OR.test(this.#peek())) return true
      const joint = this.#take()
      const by = isAnd ? '&&' : '||'
      this.#write(joint, joint.text === ',' || joint.text === ';' ? ` ${by}` : by)
    }
  }

  #term(): boolean {
    while (/^!+$/.test(this.#peek()) || (/^not$/i.test(this.#peek()) && /^[\w./('"-]/.test(this.#peek(1)))) {
      const not = this.#take()
      const next = this.#tokens[this.#at]
      if (!not.text.startsWith('!')) this.#write(not, '!', next?.start)
      // `not app == 'web'` denies the comparison.
      if (!/^(?:has|all|any|\()$/i.test(this.#peek()) && this.#peek(1) !== '(')
        return not.text.startsWith('!') ? this.#operand() : this.#bracketed()
    }
    return this.#operand()
  }

  #bracketed(): boolean {
    const from = this.#tokens[this.#at]?.start ?? 0
    this.edits.push({ start: from, end: from, text: '(' })
    if (!this.#operand()) return false
    const last = this.#tokens[this.#at - 1]
    const to = (last?.start ?? 0) + (last?.text.length ?? 0)
    this.edits.push({ start: to, end: to, text: ')' })
    return true
  }

  #operand(): boolean {
    if (this.#peek() === '(') {
      this.#take()
      return this.#terms() && this.#take().text === ')'
    }
    const word = this.#take()
    const next = this.#peek()
    if (word.text === '*' || (EVERYTHING.test(word.text) && (next === '(' || next === '' || next === ')')))
      return this.#everything(word)
    if (/^global$/i.test(word.text) && (next === '(' || next === '')) {
      // It has a meaning in few places.
      if (next === '') this.isSure = false
      return this.#function(word, 'global')
    }
    if (
      /^(?:has|exists?|defined|haslabel|label)$/i.test(word.text) &&
      (next === '(' || (/^has$/i.test(word.text) && isName(next)))
    )
      return this.#has(word)
    if (/^(?:contains|starts_?with|ends_?with)$/i.test(word.text) && next === '(') return this.#called(word)
    return this.#comparison(word)
  }

  #everything(word: Token): boolean {
    if (!/^all$/i.test(word.text)) this.isSure = false
    return this.#function(word, 'all')
  }

  /** A function without arguments. */
  #function(word: Token, name: string): boolean {
    const open = this.#peek() === '(' ? this.#take() : undefined
    this.#write(word, open === undefined ? `${name}()` : name, open?.start)
    return open === undefined || this.#take().text === ')'
  }

  #has(word: Token): boolean {
    const open = this.#peek() === '(' ? this.#take() : undefined
    const label = this.#take()
    const name = unquoted(label.text)
    if (!isName(name)) return false
    const end = label.start + label.text.length
    if (open === undefined) this.#write(word, `has(${name})`, end)
    else {
      this.#write(word, 'has', open.start)
      this.#write(label, name)
    }
    return open === undefined || this.#take().text === ')'
  }

  /** `contains(app, 'x')` */
  #called(word: Token): boolean {
    const [, label, comma, value, close] = [this.#take(), this.#take(), this.#take(), this.#take(), this.#take()]
    if (label === undefined || !isName(label.text) || comma?.text !== ',' || value === undefined || close?.text !== ')')
      return false
    this.#write(word, `${label.text} ${operatorOf(word.text) ?? ''} ${quoted(value.text)}`, close.start + 1)
    return true
  }

  #comparison(label: Token): boolean {
    const name = unquoted(label.text)
    if (!isName(name)) return false
    const operator = this.#take()
    const word = operator.text
    if (/^(?:exists|is_?set)$/i.test(word)) {
      this.#write(label, `has(${name})`, operator.start + word.length)
      return true
    }
    if (name !== label.text) this.#write(label, name)
    if (
      /^(?:not|is)$/i.test(word) &&
      /^(?:in|not)$/i.test(this.#peek()) &&
      (word.toLowerCase() === 'not' || !/^in$/i.test(this.#peek()))
    ) {
      const second = this.#take()
      const isSet = /^in$/i.test(second.text)
      this.#write(operator, isSet ? 'not in' : '!=', second.start + second.text.length)
      return isSet ? this.#set() : this.#value()
    }
    if (/^(?:in|not_?in|nin)$/i.test(word)) {
      if (word !== 'in' && word !== 'notin') this.#write(operator, word.toLowerCase() === 'in' ? 'in' : 'not in')
      return this.#set()
    }
    if (EQUAL.test(word) || word === ':') {
      this.#write(operator, word === ':' ? ' ==' : '==')
      return this.#value()
    }
    if (UNEQUAL.test(word)) {
      this.#write(operator, '!=')
      return this.#value()
    }
    if (LIKE.test(word)) return this.#pattern(operator)
    return this.#textOperator(operator) && this.#value()
  }

  #textOperator(operator: Token): boolean {
    const isTwo = /^(?:starts|ends)$/i.test(operator.text) && /^with$/i.test(this.#peek())
    const second = isTwo ? this.#take() : operator
    const by = operatorOf(isTwo ? `${operator.text}with` : operator.text)
    if (by === undefined) return false
    const end = second.start + second.text.length
    if (this.#text.slice(operator.start, end).replaceAll(/\s/g, '') !== by.replaceAll(' ', ''))
      this.#write(operator, by, end)
    return true
  }

  /** `app like 'web%'`, `app =~ '^web.*'`: where all of the pattern is plain but for its ends. */
  #pattern(operator: Token): boolean {
    const value = this.#take()
    const [, head = '', plain, tail = ''] =
      /^(\^|%|\*|\.\*|\^\.\*)?([\w-]+)(\$|%|\*|\.\*|\.\*\$)?$/.exec(unquoted(value.text)) ?? []
    if (plain === undefined) return false
    const isAtStart = head === '^' || (head === '' && tail !== '')
    const isAtEnd = tail === '$' || (tail === '' && head !== '' && head !== '^')
    const by = isAtStart === isAtEnd ? (isAtStart ? '==' : 'contains') : isAtStart ? 'starts with' : 'ends with'
    this.#write(operator, `${by} '${plain}'`, value.start + value.text.length)
    this.isSure = false
    return true
  }

  #value(): boolean {
    const value = this.#take()
    if (!isName(unquoted(value.text)) && !/^['"]/.test(value.text)) return false
    this.#write(value, quoted(value.text))
    return true
  }

  #set(): boolean {
    const open = this.#take()
    const closer = CLOSERS[open.text]
    if (closer === undefined) return false
    this.#write(open, '{')
    while (this.#peek() !== closer) {
      if (!this.#value()) return false
      if (this.#peek() === ',') this.#take()
      else if (this.#peek() !== closer) return false
    }
    this.#write(this.#take(), '}')
    return true
  }
}
