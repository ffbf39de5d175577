// What a kernel's tables are after `iptables-restore --noflush`, for the commands that repairs are made of.

import type { Chain } from '../model/ruleset.ts'
import type { KernelIpSet, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'

interface OpenTable {
  readonly chains: Map<string, OpenChain>
  /** How many rules lead to a chain. */
  readonly led: Map<string, number>
}

interface OpenChain {
  policy: string
  lines: string[]
}

/** Text of iptables-save as it is after the commands. @throws for a command that iptables would refuse */
export function afterRestore({ tables }: KernelTables, commands: string): string {
  const open = new Map<string, OpenTable>(tables.map(table => [table.name, openTable(table)]))
  let current: OpenTable | undefined
  for (const line of commands.split('\n')) {
    if (line.startsWith('*')) {
      const name = line.slice(1)
      current = open.get(name) ?? { chains: new Map(), led: new Map() }
      open.set(name, current)
    } else if (line !== '' && line !== 'COMMIT') {
      if (current === undefined) throw new Error(`outside of a table: ${line}`)
      apply(current, line)
    }
  }
  return [...open].map(([name, table]) => printTable(name, table)).join('')
}

function openTable({ kernelChains, userChains }: KernelTable): OpenTable {
  const linesOf = ({ rules }: Pick<Chain, 'rules'>): string[] =>
    rules.flatMap(({ origin }) => (origin.kind === 'read' ? [origin.text.replace(/^-I/, '-A')] : []))
  const chains = new Map<string, OpenChain>([
    ...kernelChains.map(chain => [chain.name, { policy: chain.policy, lines: linesOf(chain) }] as const),
    ...[...userChains.values()].map(chain => [chain.name, { policy: '-', lines: linesOf(chain) }] as const),
  ])
  const led = new Map<string, number>()
  for (const { lines } of chains.values()) count(led, lines, 1)
  return { chains, led }
}

function apply({ chains, led }: OpenTable, line: string): void {
  const [, declared, policy = '-'] = /^:(\S+) (\S+)/.exec(line) ?? []
  if (declared !== undefined) {
    const known = chains.get(declared)
    if (known !== undefined && policy !== '-') known.policy = policy
    else {
      count(led, known?.lines ?? [], -1)
      chains.set(declared, { policy, lines: [] })
    }
    return
  }
  const [, action, name = ''] = /^-([AIDFX]) (\S+)/.exec(line) ?? []
  const kernel = /^[A-Z]+$/.test(name) ? { policy: 'ACCEPT', lines: [] } : undefined
  const chain = chains.get(name) ?? kernel
  if (action === undefined || chain === undefined) throw new Error(`no such chain: ${line}`)
  chains.set(name, chain)
  const added = line.replace(/^-[ID]/, '-A')
  if (action === 'F') {
    count(led, chain.lines, -1)
    chain.lines = []
  } else if (action === 'X') {
    if ((led.get(name) ?? 0) > 0 || chain.lines.length > 0) throw new Error(`in use: ${line}`)
    chains.delete(name)
  } else if (action === 'D') {
    const at = chain.lines.indexOf(added)
    if (at < 0) throw new Error(`no such rule: ${line}`)
    chain.lines.splice(at, 1)
    count(led, [added], -1)
  } else {
    if (action === 'A') chain.lines.push(added)
    else chain.lines.unshift(added)
    count(led, [added], 1)
  }
}

function count(led: Map<string, number>, lines: readonly string[], by: 1 | -1): void {
  for (const line of lines) {
    const chain = / (?:-j|-g|--jump|--goto) (\S+)/.exec(line)?.[1]
    if (chain !== undefined) led.set(chain, (led.get(chain) ?? 0) + by)
  }
}

function printTable(name: string, { chains }: OpenTable): string {
  const heads = [...chains].map(([chain, { policy }]) => `:${chain} ${policy} [0:0]\n`)
  const lines = [...chains.values()].flatMap(chain => chain.lines.map(line => `${line}\n`))
  return `*${name}\n${heads.join('')}${lines.join('')}COMMIT\n`
}

interface OpenSet {
  readonly set: KernelIpSet
  readonly members: Set<string>
  readonly exceptions: Set<string>
}

function openSet(set: KernelIpSet): OpenSet {
  return { set, members: new Set(set.members), exceptions: new Set(set.exceptions) }
}

/** Sets after `ipset restore` of both texts of a repair. @throws for a command that ipset would refuse, and for one that no repair has */
export function afterSets(found: ReadonlyMap<string, KernelIpSet>, commands: string): ReadonlyMap<string, KernelIpSet> {
  const sets = new Map([...found].map(([name, set]) => [name, openSet(set)]))
  const setNamed = (name: string): OpenSet => {
    const set = sets.get(name)
    if (set === undefined) throw new Error(`no such set: ${name}`)
    return set
  }
  for (const line of commands.split('\n')) {
    const [command, name = '', value = ''] = line.split(' ')
    if (command === 'create') sets.set(name, openSet({ name, type: value, members: [] }))
    else if (command === 'add') setNamed(name).members.add(value)
    else if (command === 'del') {
      const { members, exceptions } = setNamed(name)
      exceptions.delete(value)
      members.delete(value)
    } else if (command === 'destroy') sets.delete(name)
    else if (command === 'swap') {
      const [a, b] = [setNamed(name), setNamed(value)]
      sets.set(name, b)
      sets.set(value, a)
    } else if (line !== '' && line !== 'COMMIT') throw new Error(`no command of a repair: ${line}`)
  }
  return new Map(
    [...sets].map(([name, { set, members, exceptions }]) => [
      name,
      { ...set, name, members: [...members], exceptions: [...exceptions] },
    ]),
  )
}
