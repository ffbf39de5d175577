// Whole tables, emptied by a command or a script.

import { type Done, type Editing, found, HOOKS, type Maker, type Version } from './damage.ts'

export function tableFlushed(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const table = seed.pick(TABLES) ?? 'raw'
  text.flush(table)
  return emptied(table, version, `-t ${table} -F`)
}

/** `iptables -F; iptables -X`, or a firewall script of `iptables-restore`. */
export const tableEmptied =
  (script: boolean): Maker =>
  editing => {
    const { seed, text, version } = editing
    const table = seed.pick(TABLES) ?? 'raw'
    for (const chain of text.chains(table)) {
      if (/^[A-Z]+$/.test(chain)) text.flush(table, chain)
      else text.deleteChain(table, chain)
    }
    if (script && table === 'filter') {
      text.policy(table, 'INPUT', 'DROP')
      text.edit(table, 'INPUT', () => [
        '-i lo -j ACCEPT',
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-p tcp -m tcp --dport 22 -j ACCEPT',
      ])
    } else if (script) return undefined
    return emptied(table, version, script ? 'iptables-restore < script' : `-t ${table} -F; -t ${table} -X`)
  }

const TABLES = ['raw', 'mangle', 'nat', 'filter']

function emptied(table: string, version: Version, what: string): Done {
  const chains = HOOKS.filter(([name]) => name === table).map(([, chain]) => chain)
  return {
    what,
    wants: chains.map(chain => found(version, table, chain, 'hook-missing')),
    causes: ['table-flushed'],
    isForeignLost: true,
  }
}
