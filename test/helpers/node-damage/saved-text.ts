// A text of iptables-save on which commands of iptables are done, as somebody does them on a node.

interface SavedTable {
  readonly name: string
  /** `:INPUT ACCEPT [0:0]`, by name of the chain. */
  readonly chains: Map<string, string>
  readonly rules: string[]
}

/** Rules have no counters any more. Comments of the tool stay where a table begins. */
export class SavedText {
  readonly tables: readonly SavedTable[]
  readonly #head: ReadonlyMap<string, string>

  constructor(text: string) {
    const tables: SavedTable[] = []
    const head = new Map<string, string>()
    let comments = ''
    for (const line of text.split('\n')) {
      const table = tables.at(-1)
      if (line.startsWith('*')) {
        tables.push({ name: line.slice(1), chains: new Map(), rules: [] })
        head.set(line.slice(1), comments)
        comments = ''
      } else if (line.startsWith('#')) comments += `${line}\n`
      else if (line.startsWith(':')) table?.chains.set(/^:(\S+)/.exec(line)?.[1] ?? '', line)
      else if (line.startsWith('-A ') || line.startsWith('[')) table?.rules.push(line.replace(/^\[[0-9:]+\] /, ''))
    }
    this.tables = tables
    this.#head = head
  }

  toString(): string {
    return this.tables
      .map(({ name, chains, rules }) => {
        // The kernel lists the rules of a chain together.
        const ordered = [...chains.keys()].flatMap(chain => rules.filter(rule => chainOf(rule) === chain))
        return `${this.#head.get(name) ?? ''}*${name}\n${[...chains.values(), ...ordered].join('\n')}\nCOMMIT\n`
      })
      .join('')
  }

  /** Rules of a chain in order, without `-A CHAIN `. */
  rules(table: string, chain: string): readonly string[] {
    return (this.#table(table)?.rules ?? []).filter(rule => chainOf(rule) === chain).map(bodyOf)
  }

  chains(table: string): readonly string[] {
    return [...(this.#table(table)?.chains.keys() ?? [])]
  }

  /** @param change gets the rules of the chain without `-A CHAIN ` */
  edit(table: string, chain: string, change: (rules: readonly string[]) => readonly string[]): void {
    const there = this.#table(table)
    if (there === undefined) return
    const fresh = change(this.rules(table, chain)).map(body => `-A ${chain} ${body}`)
    const others = there.rules.filter(rule => chainOf(rule) !== chain)
    there.rules.splice(0, there.rules.length, ...others, ...fresh)
  }

  /** @param number from 1 */
  insert(table: string, chain: string, number: number, ...bodies: readonly string[]): void {
    this.edit(table, chain, rules => [...rules.slice(0, number - 1), ...bodies, ...rules.slice(number - 1)])
  }

  delete(table: string, chain: string, number: number): void {
    this.edit(table, chain, rules => rules.filter((_, index) => index !== number - 1))
  }

  flush(table: string, chain?: string): void {
    for (const one of chain === undefined ? this.chains(table) : [chain]) this.edit(table, one, () => [])
  }

  newChain(table: string, chain: string, ...bodies: readonly string[]): void {
    this.#table(table)?.chains.set(chain, `:${chain} - [0:0]`)
    this.edit(table, chain, () => bodies)
  }

  deleteChain(table: string, chain: string): void {
    this.flush(table, chain)
    this.#table(table)?.chains.delete(chain)
  }

  policy(table: string, chain: string, policy: string): void {
    this.#table(table)?.chains.set(chain, `:${chain} ${policy} [0:0]`)
  }

  #table(name: string): SavedTable | undefined {
    return this.tables.find(table => table.name === name)
  }
}

function chainOf(rule: string): string {
  const start = rule.indexOf(' ') + 1
  const end = rule.indexOf(' ', start)
  return rule.slice(start, end < 0 ? undefined : end)
}

function bodyOf(rule: string): string {
  return rule.replace(/^-A \S+ /, '')
}
