// The door for Calico's own text, as the backend prints it: text -> Ruleset, so that printing it again gives the same bytes.

import { ruleHashes } from '../calico/rule-hash.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { IpSet, KernelChainHooks, Ruleset, Table, TableName } from '../model/ruleset.ts'
import { TABLE_NAMES } from '../model/ruleset.ts'
import type { IpSetType } from '../model/plan.ts'
import { isKernelChain } from '../netfilter/kernel-tables.ts'
import type { ReadChain, ReadRule, ReadTable } from './read-chain.ts'
import { readIptables } from './read-iptables.ts'
import { type ReadIpSet, readIpSets } from './read-ipsets.ts'
import type { NodeText } from './read-kernel-tables.ts'

/** Types of Calico's sets. */
const IP_SET_TYPES: readonly IpSetType[] = ['hash:net', 'hash:ip', 'hash:ip,port']

const NOT_OURS = 'only what calitables prints can be read as its own'

/**
 * Reads text for `iptables-restore --noflush` and `ipset restore`. May report iptables-syntax and ipset-syntax, and warns
 * of rule-hash where a rule is not the one its hash was made of: printed again, it gets another.
 */
export function readRuleset({ iptables, ipset, ipVersion }: NodeText, report: Report): Ruleset {
  const tables = iptables === undefined ? [] : readIptables(iptables, report)
  const sets = ipset === undefined ? [] : [...readIpSets(ipset, report).values()]
  return {
    ipVersion,
    tables: tables.flatMap(table => toTable(table, report) ?? []),
    ipSets: sets.flatMap(set => toIpSet(set, report) ?? []),
  }
}

function toTable({ name, chains, place }: ReadTable, report: Report): Table | undefined {
  if (!isTableName(name)) {
    report.error('iptables-syntax', `the table \`${name}\`, which Calico does not use`, place, NOT_OURS)
    return undefined
  }
  const all = [...chains.values()]
  return {
    name,
    chains: all
      .filter(chain => !isKernelChain(name, chain.name))
      .map(({ name: chain, rules, origin }) => {
        checkHashes(chain, rules, report)
        return { name: chain, rules, origin }
      }),
    hooks: all.flatMap(chain => (isKernelChain(name, chain.name) ? [toHooks(chain.name, chain, report)] : [])),
  }
}

/**
 * Which of the rules at the end of a chain are there because of the insert mode, and which always, only their hashes tell:
 * the former are hashed as the chain's, the latter as its appends.
 */
function toHooks(chain: KernelChainHooks['chain'], read: ReadChain, report: Report): KernelChainHooks {
  const { inserted: inserts, appended } = read
  if (inserts.length > 0) {
    checkHashes(chain, inserts, report)
    checkHashes(`${chain}*appends*`, appended, report)
    return { chain, inserts, insertMode: 'insert', appends: appended }
  }
  const hashes = ruleHashes(chain, appended.map(hashedText))
  const firstAppend = appended.findIndex(({ origin }, index) => origin.hash !== hashes[index])
  const first = firstAppend < 0 ? appended : appended.slice(0, firstAppend)
  const appends = firstAppend < 0 ? [] : appended.slice(firstAppend)
  checkHashes(`${chain}*appends*`, appends, report)
  return { chain, inserts: first, insertMode: first.length > 0 ? 'append' : 'insert', appends }
}

/** What a rule's hash covers: the text behind its hash. */
function hashedText({ origin: { text, hash } }: ReadRule): string {
  const mark = hash === undefined ? '' : ` -m comment --comment "cali:${hash}"`
  const at = text.indexOf(mark)
  return mark === '' || at < 0 ? text : text.slice(at + mark.length)
}

function checkHashes(seed: string, rules: readonly ReadRule[], report: Report): void {
  const hashes = ruleHashes(seed, rules.map(hashedText))
  // Each hash covers the rules before it, so all that follow a changed rule differ too.
  const index = rules.findIndex(({ origin }, position) => origin.hash !== hashes[position])
  const rule = rules[index]
  if (rule === undefined) return
  const { hash, place } = rule.origin
  const message =
    hash === undefined
      ? 'a rule without the hash by which Felix knows its own'
      : `the hash \`cali:${hash}\` is not that of this rule and those before it`
  const file = report.sources.fileNamed(place.file)
  report.warn('rule-hash', message, { ...place, file }, `Felix would write \`cali:${hashes[index] ?? ''}\``)
}

function isTableName(name: string): name is TableName {
  return TABLE_NAMES.some(known => known === name)
}

/** Reports and leaves out a set that is not of a type of Calico's. */
function toIpSet(set: ReadIpSet, report: Report): IpSet | undefined {
  const { name, type, ipVersion, maxElements, members, place } = set
  const ownType = IP_SET_TYPES.find(known => known === type)
  if (ownType === undefined || ipVersion === undefined || maxElements === undefined) {
    report.error('ipset-syntax', `the set \`${name}\` is not of a type that Calico uses`, place, NOT_OURS)
    return undefined
  }
  return {
    name,
    id: name.replace(/^cali[46]0/, ''),
    type: ownType,
    ipVersion,
    maxElements,
    members,
    source: { kind: 'read' },
  }
}
