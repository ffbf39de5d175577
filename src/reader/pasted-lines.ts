// Lines of a node's text as people paste it: behind a prompt, with the commands that made it, or listed instead of saved.

import type { SourceFile } from '../diagnostics/source.ts'
import { KERNEL_CHAINS, KERNEL_TABLE_NAMES, type KernelTableName } from '../netfilter/kernel-tables.ts'
import { type Line, linesOf } from './faults.ts'
import { listedRules } from './listed-rules.ts'
import { sortOfText } from './text-sort.ts'

/** `> `, `# `, `root@node-1:~# `, `[root@node-1 ~]$ `; never the start of a comment that a save command writes. */
const PROMPT = /^(?:\S+@\S+[:~][^#$>]{0,200}|\[[^\]]{1,200}\])?[#$>%] (?=\S)/

/** The command that made the text below it. */
const COMMAND = /^(?:sudo +)?(?:ip6?tables|ipset)(?:-nft|-legacy)?(?:-save)?(?: |$)/

/** What `iptables -S` and the save commands begin lines with; behind a prompt they may stand after `# `. */
const SAVED = /^(?:-[PNAI] |\*[a-z]+$|:\S+ (?:-|ACCEPT|DROP)|COMMIT\b|\[\d+:\d+\] -|create |add )/

/** Lines without prompts; commands are left as comments, so that what they say of the table can be seen. */
function* pastedLines(file: SourceFile): Generator<Line> {
  for (const line of linesOf(file)) {
    if (beginsAsSaved(line.text)) {
      yield line
      continue
    }
    const prompt = PROMPT.exec(line.text)?.[0].length ?? 0
    const rest = line.text.slice(prompt)
    if (COMMAND.test(rest)) yield { ...line, text: `# ${rest}`, written: line.text.length }
    else if (prompt > 0 && SAVED.test(rest)) yield { ...line, start: line.start + prompt, text: rest }
    else yield line
  }
}

/** Whether a line begins as nearly all lines of a large text do: no prompt and no command does so. */
function beginsAsSaved(text: string): boolean {
  return text.startsWith('-A ') || text.startsWith('add ') || /^\[[0-9]+:[0-9]+\] -A /.test(text)
}

/** The same as text of iptables-save: `iptables -S` and `iptables -L` name no tables. */
export function* iptablesLines(file: SourceFile): Generator<Line> {
  if (sortOfText(file.text) === 'iptables-list') yield* withTables(listedRules([...pastedLines(file)]))
  else if (hasTables(file)) yield* pastedLines(file)
  else yield* withTables([...pastedLines(file)])
}

function hasTables(file: SourceFile): boolean {
  for (const { text } of pastedLines(file)) if (text.startsWith('*')) return true
  return false
}

/** A listing begins with a command, with the policies of the kernel's chains, or with the text. */
function* withTables(lines: readonly Line[]): Generator<Line> {
  let part: Line[] = []
  let command = ''
  for (const line of lines) {
    const isCommand = COMMAND.test(line.text.replace(/^# /, ''))
    const isNewList = startsTable(line, part)
    if (isCommand || isNewList) {
      yield* asTable(part, command)
      part = []
      command = isCommand ? line.text : ''
    }
    if (!isCommand) part.push(line)
  }
  yield* asTable(part, command)
}

const HOOK_ORDER = ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING']

/** The kernel lists its chains in the order of the hooks: one that does not go on in it begins another table. */
function startsTable({ text }: Line, before: readonly Line[]): boolean {
  // Asked of policies only: every other line would look through all lines before it.
  if (!text.startsWith('-P ')) return false
  const order = (line: string): number => HOOK_ORDER.indexOf(/^-P (\S+)/.exec(line)?.[1] ?? '')
  const last = before.findLast(line => line.text.startsWith('-P '))
  return last !== undefined && order(text) <= order(last.text)
}

function* asTable(part: readonly Line[], command: string): Generator<Line> {
  const first = part.find(({ text }) => /^(?:-|\[)/.test(text))
  if (first === undefined) {
    // Whatever it is, the reader says so.
    for (const line of part) yield line
    return
  }
  const written = first.text.length
  yield { ...first, text: `*${tableOf(part, command)}`, written }
  yield* part
  yield { ...first, text: 'COMMIT', written }
}

/** By the command, or by the kernel's chains that are listed: no two tables have the same ones. */
function tableOf(part: readonly Line[], command: string): KernelTableName {
  const [, named] = /(?:-t|--table)[ =](\S+)/.exec(command) ?? []
  const known = KERNEL_TABLE_NAMES.find(name => name === named)
  if (known !== undefined) return known
  const chains = new Set(part.flatMap(({ text }) => /^-P (\S+)/.exec(text)?.[1] ?? []))
  const fits = (name: KernelTableName): boolean =>
    chains.size === KERNEL_CHAINS[name].length && KERNEL_CHAINS[name].every(chain => chains.has(chain))
  return fits('filter') ? 'filter' : (KERNEL_TABLE_NAMES.find(fits) ?? 'filter')
}

/** The same as text of `ipset save`. */
export function* ipsetLines(file: SourceFile): Generator<Line> {
  const lines = pastedLines(file)
  if (sortOfText(file.text) !== 'ipset-list') {
    yield* lines
    return
  }
  let name = ''
  let type = ''
  let isMember = false
  for (const line of lines) {
    const { text } = line
    const made = (words: string): Line => ({ ...line, text: words, written: text.length })
    const [, key, value = ''] = /^([A-Z][A-Za-z ]*): ?(.*)$/.exec(text) ?? []
    if (key === 'Name') {
      name = value
      isMember = false
    } else if (key === 'Type') type = value
    else if (key === 'Header') yield made(`create ${name} ${type} ${value}`)
    else if (key === 'Members') isMember = true
    else if (text.trim() === '') isMember = false
    else if (isMember) yield made(`add ${name} ${text.trim()}`)
    else if (key === undefined && !text.startsWith('#')) yield line
  }
}
