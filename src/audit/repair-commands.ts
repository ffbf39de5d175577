// Commands that put a node right: text for iptables-restore and ipset restore that touches only what differs.

import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import type { KernelChainHooks, Rule, Ruleset, Table } from '../model/ruleset.ts'
import type { KernelTable, KernelTables } from '../netfilter/kernel-tables.ts'
import { type Finding, isSetFinding, type VersionAudit } from './finding.ts'
import { isCalicoChain } from '../calico/read-chain-name.ts'
import { isCalicosRule } from './owners.ts'
import { leadsToGone } from './repaired-tables.ts'

/** To be run in this order. Empty: nothing to do there. */
export interface Repair {
  /** `ipset restore`: sets that are missing, and members. */
  readonly sets: string
  /** `iptables-restore --noflush` or `ip6tables-restore --noflush`. */
  readonly rules: string
  /** `ipset restore` again: sets that nothing needs any more, once no rule names them. */
  readonly leftOver: string
}

export function repairCommands(wanted: Ruleset, found: KernelTables, { findings }: VersionAudit): Repair {
  const names = [...new Set([...found.tables, ...wanted.tables].map(({ name }) => name))]
  const rules = names.map(name => {
    const own = findings.filter(one => !isSetFinding(one) && one.table === name)
    const lines = own.length === 0 ? [] : tableLines(name, wanted, found, own)
    return lines.length === 0 ? '' : `*${name}\n${lines.map(line => `${line}\n`).join('')}COMMIT\n`
  })
  return {
    sets: setLines(wanted, findings),
    rules: rules.join(''),
    leftOver: findings.flatMap(one => (one.kind === 'set-left-over' ? [`destroy ${one.set}\n`] : [])).join(''),
  }
}

function tableLines(
  name: KernelTable['name'],
  wanted: Ruleset,
  found: KernelTables,
  findings: readonly Finding[],
): readonly string[] {
  const fresh = wanted.tables.find(table => table.name === name)
  const old = found.tables.find(table => table.name === name)
  const touched = new Set(findings.flatMap(one => (isSetFinding(one) ? [] : [one.chain])))
  const chains = (fresh?.chains ?? []).filter(chain => touched.has(chain.name))
  const leftOver = findings.flatMap(one =>
    one.kind === 'chain-left-over' || one.kind === 'chain-unreferenced' ? [one.chain] : [],
  )
  const policies = findings.flatMap(one => (one.kind === 'policy-changed' ? [`:${one.chain} ACCEPT [0:0]`] : []))
  const hooks = [...touched].filter(chain => !isCalicoChain(chain))
  return [
    ...policies,
    // Naming a chain empties it.
    ...chains.map(chain => `:${chain.name} - [0:0]`),
    ...chains.flatMap(chain => IPTABLES.printChain(chain).map(({ text }) => text)),
    ...hooks.flatMap(chain =>
      hookLines(
        old?.kernelChains.find(one => one.name === chain)?.rules ?? [],
        fresh?.hooks.find(one => one.chain === chain),
        findings.filter(one => !isSetFinding(one) && one.chain === chain),
      ),
    ),
    ...deletionsToGone(old, fresh, touched),
    ...leftOver.map(chain => `-F ${chain}`),
    ...leftOver.map(chain => `-X ${chain}`),
  ]
}

/** Of rules of others that lead to what is to be removed; those of `hooks` are put anew. */
function deletionsToGone(
  old: KernelTable | undefined,
  fresh: Table | undefined,
  hooks: ReadonlySet<string>,
): readonly string[] {
  const stay = new Set(fresh?.chains.map(({ name }) => name))
  const chains = [...(old?.kernelChains ?? []), ...(old?.userChains.values() ?? [])]
  return chains
    .filter(({ name }) => !isCalicoChain(name) && !hooks.has(name))
    .flatMap(({ rules }) => rules.filter(rule => leadsToGone(rule, stay)))
    .flatMap(({ origin }) => (origin.kind === 'read' ? [deletion(origin.text)] : []))
}

/** Calico's rules are put anew where they belong; rules of nobody known go, those of programs end up behind the hooks. */
function hookLines(
  rules: readonly Rule[],
  hooks: KernelChainHooks | undefined,
  findings: readonly Finding[],
): readonly string[] {
  if (findings.every(({ kind }) => kind === 'policy-changed')) return []
  const strangers = findings.flatMap(one =>
    one.kind === 'hook-not-first' || one.kind === 'hook-not-last'
      ? one.rules.filter(({ owner }) => owner === 'own').map(({ text }) => text)
      : [],
  )
  const deletes = [...calicosTexts(rules), ...strangers].map(deletion)
  const printed = hooks === undefined ? [] : IPTABLES.printHooks(hooks).map(({ text }) => text)
  return [...deletes, ...printed]
}

/** Lines of rules that Felix wrote, or that lead to its chains. */
function calicosTexts(rules: readonly Rule[]): readonly string[] {
  return rules.filter(isCalicosRule).flatMap(({ origin }) => (origin.kind === 'read' ? [origin.text] : []))
}

function deletion(text: string): string {
  return text.replace(/^-[AI]/, '-D')
}

/**
 * Takes everything of Calico's out of tables that Felix does not work with: text for `iptables-restore --noflush`. Rules of others
 * stay, and so do IP sets, which both back ends share.
 */
export function removalCommands({ tables }: KernelTables): string {
  return tables
    .map(({ name, kernelChains, userChains }) => {
      const own = [...userChains.keys()].filter(isCalicoChain)
      const others = [...kernelChains, ...[...userChains.values()].filter(chain => !isCalicoChain(chain.name))]
      const lines = [
        ...others.flatMap(({ rules }) => calicosTexts(rules)).map(deletion),
        ...own.map(chain => `-F ${chain}`),
        ...own.map(chain => `-X ${chain}`),
      ]
      return lines.length === 0 ? '' : `*${name}\n${lines.map(line => `${line}\n`).join('')}COMMIT\n`
    })
    .join('')
}

function setLines(wanted: Ruleset, findings: readonly Finding[]): string {
  return findings
    .flatMap(finding => {
      if (!isSetFinding(finding)) return []
      const set = wanted.ipSets.find(({ name }) => name === finding.set)
      if (set === undefined) return []
      if (finding.kind === 'set-missing') return [IPTABLES.printSets([set])]
      if (finding.kind === 'set-type' || finding.kind === 'set-size') {
        const name = `${finding.set.slice(0, 28)}-r`
        return [IPTABLES.printSets([{ ...set, name }]), `swap ${name} ${finding.set}\n`, `destroy ${name}\n`]
      }
      return [
        ...finding.missing.map(member => `add ${finding.set} ${member}\n`),
        ...finding.extra.map(member => `del ${finding.set} ${member.replace(/ nomatch$/, '')}\n`),
      ]
    })
    .join('')
}
