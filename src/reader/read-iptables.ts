// iptables-save and iptables-restore text -> tables, with what each line asks for.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { isKernelChain, KERNEL_TABLE_NAMES, type KernelTableName } from '../netfilter/kernel-tables.ts'
import { endOfLines, Faults, type Line, spanIn } from './faults.ts'
import { iptablesLines } from './pasted-lines.ts'
import { plainRule } from './plain-rules.ts'
import { readChainLine } from './chain-line.ts'
import { chainOfLine, type ReadChain, type ReadTable } from './read-chain.ts'
import { readPlainLine, readRuleLine, ruleOfParts, type RuleLine } from './rule-lines.ts'
import { readRule } from './read-rule.ts'
import { isKnownTarget, isTargetName } from './read-target.ts'
import { isOtherText } from './text-sort.ts'

const HELP = 'give the output of iptables-save or ip6tables-save, or text for iptables-restore'

/**
 * Tables in the order in which packets meet them. A table that comes twice goes on where it ended, as with
 * `iptables-restore --noflush`. May report iptables-syntax.
 * @param isExcerpt chains that rules lead to need not be in the text: that they are not is said
 */
export function readIptables(file: SourceFile, report: Report, isExcerpt = false): readonly ReadTable[] {
  report.sources.addFile(file)
  if (isOtherText(file, ['iptables-save', 'iptables-list'], 'iptables-syntax', report)) return []
  const reader = new IptablesReader(file, report, isExcerpt)
  for (const line of iptablesLines(file)) reader.readLine(line)
  reader.end()
  const [missing] = reader.notShown
  const message = `a part of a table: it leads to chains that it does not show, such as \`${missing}\``
  if (missing !== undefined) report.note('iptables-syntax', message, { file, start: 0, end: 1 })
  return KERNEL_TABLE_NAMES.flatMap(name => reader.tables.get(name) ?? [])
}

class IptablesReader {
  readonly tables = new Map<KernelTableName, ReadTable>()
  /** Chains that rules of an excerpt lead to, and that are not in it. */
  readonly notShown = new Set<string>()
  readonly #file: SourceFile
  readonly #report: Report
  readonly #faults: Faults
  readonly #isExcerpt: boolean
  #table: ReadTable | undefined
  /** The `*table` line; there is one between it and COMMIT even when its table is not known. */
  #opened: Line | undefined
  #pending: RuleLine[] = []
  readonly #endOfLine: string

  constructor(file: SourceFile, report: Report, isExcerpt: boolean) {
    this.#isExcerpt = isExcerpt
    this.#file = file
    this.#endOfLine = endOfLines(file)
    this.#report = report
    this.#faults = new Faults(file, 'iptables-syntax', report, 'iptables-save')
  }

  readLine(line: Line): void {
    const { text } = line
    const first = text.charAt(0)
    if (text.trim() === '' || first === '#') return
    if (first === '*') return this.#openTable(line)
    if (this.#opened === undefined) return this.#faults.add(line, 'a line outside of a table', {}, HELP)
    if (text.trimEnd() === 'COMMIT') return this.#commit()
    if (this.#table === undefined) return
    if (first === ':') return this.#readChainLine(line, this.#table)
    if (this.#appendPlain(line, this.#table)) return
    const result = readRuleLine(line)
    if (!result.ok) return this.#faults.add(line, 'a quote that is not closed', { start: result.at })
    this.#readCommand(result.rule, this.#table)
  }

  end(): void {
    if (this.#opened === undefined) return
    this.#faults.add(this.#opened, `a table without COMMIT: \`${this.#opened.text.trim()}\``, {}, 'give the whole text')
    this.#commit()
  }

  #openTable(line: Line): void {
    if (this.#opened !== undefined) this.end()
    this.#opened = line
    const written = line.text.slice(1).trim()
    const name = KERNEL_TABLE_NAMES.find(known => known === written)
    if (name === undefined) {
      this.#table = undefined
      return this.#faults.add(line, `unknown table \`${written}\``, {}, `tables are ${KERNEL_TABLE_NAMES.join(', ')}`)
    }
    if (this.tables.has(name)) {
      const message = `the table \`${name}\` comes twice: read as if one text were loaded after the other`
      this.#report.warn('iptables-syntax', message, spanIn(this.#file, line), 'read one back end at a time')
    }
    this.#table = this.tables.get(name) ?? this.#newTable(name, line)
    this.tables.set(name, this.#table)
  }

  #newTable(name: KernelTableName, line: Line): ReadTable {
    const chains = new Map<string, ReadChain>()
    const file = this.#file
    const isChain = (found: string): boolean => chains.has(found)
    const lines = { file, readLine: (plain: Line) => readPlainLine(file, plain, isChain) }
    return { name, chains, place: spanIn(file, line), lines }
  }

  /** Puts a line that is known to be right into its chain, unread; false where that is not known, or not yet. */
  #appendPlain(line: Line, table: ReadTable): boolean {
    // Places in a line that was written otherwise are not those of the file.
    if (line.written !== undefined || this.#pending.length > 0) return false
    const plain = plainRule(line.text)
    if (plain === undefined) return false
    const { chain: name, target } = plain
    const isKnown = target === undefined || table.chains.has(target) || (!plain.isGoto && isTargetName(target))
    if (!isKnown) return false
    const chain = this.#chainOf(line, table, name)
    const ledTo = target === undefined || isKnownTarget(target) ? undefined : (table.chains.get(target)?.name ?? target)
    chain?.appendLine(line, this.#endOf(line), ledTo)
    return chain !== undefined
  }

  #endOf({ start, text }: Line): number {
    const newline = this.#file.text.indexOf(this.#endOfLine, start + text.length)
    return newline < 0 ? this.#file.text.length : newline + 1
  }

  #readChainLine(line: Line, table: ReadTable): void {
    const read = readChainLine(line.text, found => isKernelChain(table.name, found))
    if (!read.ok) return this.#faults.add(line, read.message, {}, read.help)
    const { name, policy, counters } = read
    const known = table.chains.get(name)
    if (known === undefined || !isKernelChain(table.name, name)) {
      // A chain of a user's that is named again is emptied.
      if (known !== undefined) this.#placeRules()
      table.chains.set(name, chainOfLine(line, name, table.lines, policy, counters))
    } else {
      known.policy = policy ?? known.policy
      known.counters = counters ?? known.counters
    }
  }

  #readCommand(rule: RuleLine, table: ReadTable): void {
    const { line, words } = rule
    const [command, chain, value] = words
    switch (command?.text) {
      case '-A':
      case '--append':
      case '-I':
      case '--insert':
        if (chain === undefined) return this.#faults.add(line, `\`${command.text}\` without a chain`)
        // Rules may jump to chains that are named further down.
        if (!this.#appendNow(rule, table)) this.#pending.push(rule)
        return
      case '-N':
      case '--new-chain':
        if (chain === undefined) return this.#faults.add(line, `\`${command.text}\` without a chain`)
        if (table.chains.has(chain.text)) this.#placeRules()
        table.chains.set(chain.text, chainOfLine(line, chain.text, table.lines))
        return
      case '-P':
      case '--policy': {
        const policy = value?.text
        if (
          chain === undefined ||
          !isKernelChain(table.name, chain.text) ||
          (policy !== 'ACCEPT' && policy !== 'DROP')
        ) {
          return this.#faults.add(line, `\`${command.text}\` without a chain of the kernel's and its policy`)
        }
        const kernels = this.#impliedChain(line, table, chain.text)
        kernels.policy = policy
        kernels.counters = rule.counters ?? kernels.counters
        return
      }
      default:
        this.#faults.add(line, `\`${command?.text ?? ''}\` where \`-A\` or \`-I\` is expected`, command, HELP)
    }
  }

  /** Puts a rule into its chain where nothing that follows can make another one of it. */
  #appendNow(rule: RuleLine, table: ReadTable): boolean {
    const { line, words } = rule
    const [command, name, ...rest] = words
    const isAppend = command?.text === '-A' || command?.text === '--append'
    if (!isAppend || name === undefined || this.#pending.length > 0) return false
    const result = readRule(line.text, rest, found => table.chains.has(found))
    if (!result.ok || result.parts.target?.kind === 'unknown') return false
    const chain = this.#chainOf(line, table, name.text)
    chain?.append(ruleOfParts(this.#file, rule, result.parts))
    return chain !== undefined
  }

  /** The kernel's chains, and all of an excerpt, are there without a line that says so. */
  #impliedChain(line: Line, table: ReadTable, name: string): ReadChain {
    let chain = table.chains.get(name)
    if (chain === undefined) table.chains.set(name, (chain = chainOfLine(line, name, table.lines)))
    return chain
  }

  #chainOf(line: Line, table: ReadTable, name: string): ReadChain | undefined {
    return this.#isExcerpt || isKernelChain(table.name, name)
      ? this.#impliedChain(line, table, name)
      : table.chains.get(name)
  }

  #isChain(name: string, table: ReadTable): boolean {
    if (table.chains.has(name)) return true
    if (!this.#isExcerpt || isTargetName(name)) return false
    this.notShown.add(name)
    return true
  }

  #commit(): void {
    this.#placeRules()
    // Rules of a chain that no line names may stand behind those that lead to it.
    for (const name of this.notShown) if (this.#table?.chains.has(name) === true) this.notShown.delete(name)
    this.#table = undefined
    this.#opened = undefined
  }

  #placeRules(): void {
    const pending = this.#pending
    this.#pending = []
    const table = this.#table
    if (table === undefined) return
    for (const rule of pending) {
      const { line, words } = rule
      const [command, name, ...rest] = words
      if (command === undefined || name === undefined) continue
      const chain = this.#chainOf(line, table, name.text)
      if (chain === undefined) {
        const help = `name it in a line of its own: \`:${name.text} - [0:0]\``
        this.#faults.add(line, `a rule for the unknown chain \`${name.text}\``, name, help)
        continue
      }
      const inserts = command.text === '-I' || command.text === '--insert'
      const position = rest[0]
      const hasPosition = inserts && position !== undefined && /^[0-9]+$/.test(position.text)
      if (hasPosition && position.text !== '1') {
        this.#faults.add(line, '`-I` at a position other than the first is not read here', position)
        continue
      }
      const result = readRule(line.text, hasPosition ? rest.slice(1) : rest, to => this.#isChain(to, table))
      if (!result.ok) {
        this.#faults.add(line, result.fault.message, result.fault)
        continue
      }
      const read = ruleOfParts(this.#file, rule, result.parts)
      if (inserts) chain.insert(read)
      else chain.append(read)
    }
  }
}
