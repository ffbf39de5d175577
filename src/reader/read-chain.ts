// A chain as the lines of a text make it. Lines that are known to be right are read when somebody asks for the rules: of a node
// with hundreds of thousands of them, a packet meets a few.

import type { SourceFile, Span } from '../diagnostics/source.ts'
import type { Counters, ReadOrigin } from '../model/origin.ts'
import type { Chain, Rule } from '../model/ruleset.ts'
import { leadOf } from '../netfilter/chain-outline.ts'
import type { KernelTableName } from '../netfilter/kernel-tables.ts'
import { type Line, linesOf, spanIn } from './faults.ts'

export interface ReadRule extends Rule {
  readonly origin: ReadOrigin
}

export interface ChainLines {
  readonly file: SourceFile
  /** Reads the rule of a line that is known to be right. */
  readonly readLine: (line: Line) => ReadRule
}

export class ReadChain implements Chain {
  readonly name: string
  readonly origin: ReadOrigin
  /** Absent from a chain that is not the kernel's, and from one whose line does not say it. */
  policy: 'ACCEPT' | 'DROP' | undefined
  counters: Counters | undefined
  readonly #lines: ChainLines
  /** Of `-I`, in the order of the text: the last one is uppermost. */
  readonly #inserted: ReadRule[] = []
  /** Of `-A`, in the order of the text: rules, and runs of lines as three numbers each: start, end, number of the first line. */
  readonly #appended: (ReadRule | number)[] = []
  #appendedCount = 0
  readonly #leadsTo: string[] = []
  #rules: readonly ReadRule[] | undefined

  constructor(name: string, origin: ReadOrigin, policy: ReadChain['policy'], lines: ChainLines) {
    this.name = name
    this.origin = origin
    this.policy = policy
    this.#lines = lines
  }

  append(rule: ReadRule): void {
    this.#appended.push(rule)
    this.#appendedCount++
    this.#lead(rule)
  }

  insert(rule: ReadRule): void {
    this.#inserted.push(rule)
    this.#lead(rule)
  }

  /** @param end offset behind the newline @param ledTo name behind `-j` or `-g` of what may be a chain */
  appendLine({ start, number }: Line, end: number, ledTo: string | undefined): void {
    const appended = this.#appended
    // Lines of a chain stand one below the other: the run becomes longer.
    if (appended.at(-2) === start) appended[appended.length - 2] = end
    else appended.push(start, end, number)
    this.#appendedCount++
    if (ledTo !== undefined) this.#leadsTo.push(ledTo)
  }

  #lead(rule: Rule): void {
    const chain = leadOf(rule)
    if (chain !== undefined) this.#leadsTo.push(chain)
  }

  /** Of `-I`, in the order in which they are walked. */
  get inserted(): readonly ReadRule[] {
    return [...this.#inserted].reverse()
  }

  /** Of `-A`; the same ones as among `rules`. */
  get appended(): readonly ReadRule[] {
    return this.rules.slice(this.#inserted.length)
  }

  /** In the order in which they are walked; read once. */
  get rules(): readonly ReadRule[] {
    this.#rules ??= [...this.inserted, ...this.#readAppended()]
    return this.#rules
  }

  #readAppended(): readonly ReadRule[] {
    const { file, readLine } = this.#lines
    const rules: ReadRule[] = []
    const appended = this.#appended
    for (let at = 0; at < appended.length; at++) {
      const first = appended[at]
      if (typeof first === 'object') {
        rules.push(first)
        continue
      }
      const [start = 0, end = 0, number = 0] = appended.slice(at, at + 3) as number[]
      for (const line of linesOf(file, { start, end, number })) rules.push(readLine(line))
      at += 2
    }
    return rules
  }

  get outline(): NonNullable<Chain['outline']> {
    return { ruleCount: this.#inserted.length + this.#appendedCount, leadsTo: this.#leadsTo }
  }
}

export interface ReadTable {
  readonly name: KernelTableName
  /** In the order of the text. */
  readonly chains: Map<string, ReadChain>
  readonly place: Span
  readonly lines: ChainLines
}

/** A chain without rules, made by the line that names it. */
export function chainOfLine(
  line: Line,
  name: string,
  lines: ChainLines,
  policy?: ReadChain['policy'],
  counters?: Counters,
): ReadChain {
  const { file } = lines
  const origin: ReadOrigin = {
    kind: 'read',
    place: { ...spanIn(file, line), file: file.name },
    line: line.number,
    text: line.text,
    ...(counters === undefined ? {} : { counters }),
  }
  const chain = new ReadChain(name, origin, policy, lines)
  chain.counters = counters
  return chain
}
