// What a kernel's tables are after `iptables-restore --noflush`, for the commands that repairs are made of.

import type { KernelIpSet, KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'

interface OpenTable {
  readonly chains: Map<string, { policy: string; lines: string[] }>
}

/** Text of iptables-save as it is after the commands. @throws for a command that iptables would refuse */
export function afterRestore({ tables }: KernelTables, commands: string): string {
  const open = new Map(tables.map(table => [table.name as string, openTable(table)]))
  let current: OpenTable | undefined
  for (const line of commands.split('\n')) {
    if (line.startsWith('*')) {
      const name = line.slice(1)
      current = open.get(name) ?? { chains: new Map() }
      open.set(name, current)
    } else if (line !== '' && line !== 'COMMIT') {
      if (current === undefined) throw new Error(`outside of a table: ${line}`)
      apply(current, line)
    }
  }
  return [...open].map(([name, table]) => printTable(name, table)).join('')
}

function openTable({ kernelChains, userChains }: KernelTable): OpenTable {
  const linesOf = (chain: { readonly rules: KernelTable['kernelChains'][number]['rules'] }): string[] =>
    chain.rules.flatMap(({ origin }) => (origin.kind === 'read' ? [origin.text.replace(/^-I/, '-A')] : []))
  return {
    chains: new Map<string, { policy: string; lines: string[] }>([
      ...kernelChains.map(chain => [chain.name, { policy: chain.policy, lines: linesOf(chain) }] as const),
      ...[...userChains.values()].map(chain => [chain.name, { policy: '-', lines: linesOf(chain) }] as const),
    ]),
  }
}

function apply({ chains }: OpenTable, line: string): void {
  const [, declared, policy = '-'] = /^:(\S+) (\S+)/.exec(line) ?? []
  if (declared !== undefined) {
    const known = chains.get(declared)
    if (known !== undefined && policy !== '-') known.policy = policy
    else chains.set(declared, { policy, lines: [] })
    return
  }
  const [, action, name = ''] = /^-([AIDFX]) (\S+)/.exec(line) ?? []
  const kernel = /^[A-Z]+$/.test(name) ? { policy: 'ACCEPT', lines: [] } : undefined
  const chain = chains.get(name) ?? kernel
  if (action === undefined || chain === undefined) throw new Error(`no such chain: ${line}`)
  chains.set(name, chain)
  if (action === 'A') chain.lines.push(line)
  else if (action === 'I') chain.lines.unshift(line.replace(/^-I/, '-A'))
  else if (action === 'F') chain.lines = []
  else if (action === 'D') {
    const at = chain.lines.indexOf(line.replace(/^-D/, '-A'))
    if (at < 0) throw new Error(`no such rule: ${line}`)
    chain.lines.splice(at, 1)
  } else {
    const isUsed = [...chains.values()].some(({ lines }) => lines.some(one => leadsTo(one, name)))
    if (isUsed || chain.lines.length > 0) throw new Error(`in use: ${line}`)
    chains.delete(name)
  }
}

function leadsTo(line: string, chain: string): boolean {
  return / (?:-j|-g|--jump|--goto) (\S+)/.exec(line)?.[1] === chain
}

function printTable(name: string, { chains }: OpenTable): string {
  const heads = [...chains].map(([chain, { policy }]) => `:${chain} ${policy} [0:0]\n`)
  const lines = [...chains.values()].flatMap(chain => chain.lines.map(line => `${line}\n`))
  return `*${name}\n${heads.join('')}${lines.join('')}COMMIT\n`
}

/** Sets after `ipset restore` of both texts of a repair. */
export function afterSets(found: ReadonlyMap<string, KernelIpSet>, commands: string): ReadonlyMap<string, KernelIpSet> {
  const sets = new Map(found)
  const change = (name: string, members: (known: readonly string[]) => readonly string[]): void => {
    const known = sets.get(name)
    if (known === undefined) throw new Error(`no such set: ${name}`)
    sets.set(name, { ...known, members: members(known.members) })
  }
  for (const line of commands.split('\n')) {
    const [command, name = '', value = ''] = line.split(' ')
    if (command === 'create') sets.set(name, { name, type: value, members: [] })
    else if (command === 'add') change(name, known => [...known, value])
    else if (command === 'del') {
      const { exceptions = [], ...rest } = sets.get(name) ?? { name, type: '', members: [] }
      sets.set(name, { ...rest, exceptions: exceptions.filter(one => one !== value) })
      change(name, known => known.filter(one => one !== value))
    } else if (command === 'destroy') sets.delete(name)
    else if (command === 'swap') {
      const [a, b] = [sets.get(name), sets.get(value)]
      if (a === undefined || b === undefined) throw new Error(`no such set: ${line}`)
      sets.set(name, { ...b, name })
      sets.set(value, { ...a, name: value })
    }
  }
  return sets
}
