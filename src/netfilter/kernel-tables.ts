// Tables as the kernel walks them: its own chains with everything in them, whoever put it there, and the chains they lead
// to. Made of a compiled Ruleset, or read from a node.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import type { IpVersion } from '../net/cidr.ts'
import type { Counters } from '../model/origin.ts'
import type { IpSetSource } from '../model/plan.ts'
import {
  type Chain,
  type KernelChainName,
  type Rule,
  type Ruleset,
  TABLE_NAMES,
  type TableName,
} from '../model/ruleset.ts'

/** One IP version of a node. */
export interface KernelTables {
  readonly ipVersion: IpVersion
  /** In the order in which a packet meets them at a hook. A table that is not there holds no rule and accepts. */
  readonly tables: readonly KernelTable[]
  /** By name in the kernel, in the order of the text. */
  readonly ipSets: ReadonlyMap<string, KernelIpSet>
}

export type KernelTableName = TableName | 'security'

export const KERNEL_TABLE_NAMES: readonly KernelTableName[] = [...TABLE_NAMES, 'security']

export interface KernelTable {
  readonly name: KernelTableName
  /** Every chain that the kernel has in this table, in hook order. */
  readonly kernelChains: readonly KernelChain[]
  /** All others, Calico's and foreign, by name, in the order of the text. */
  readonly userChains: ReadonlyMap<string, Chain>
}

/** A chain at a hook. Its rules come in the order in which they are walked; what none of them decides, the policy does. */
export interface KernelChain extends Chain {
  readonly name: KernelChainName
  readonly policy: 'ACCEPT' | 'DROP'
  /** Of the policy; only where they were read. */
  readonly counters?: Counters
}

/** A set of Calico's or of somebody else. */
export interface KernelIpSet {
  readonly name: string
  /** `hash:net`, or anything else that ipset has. */
  readonly type: string
  /** Absent for types that have none: `bitmap:port`, `list:set`. */
  readonly ipVersion?: IpVersion
  /** How many members it takes at most, where the text says so. */
  readonly maxElements?: number
  readonly members: readonly string[]
  /** Members with `nomatch`: what lies in them is not in the set, unless a longer prefix says otherwise. */
  readonly exceptions?: readonly string[]
  /** Why it is there, of a set that was compiled. */
  readonly source?: IpSetSource
}

/** The kernel's own chains of each table, in hook order (net/ipv4/netfilter/iptable_*.c: valid_hooks). */
export const KERNEL_CHAINS: Readonly<Record<KernelTableName, readonly KernelChainName[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
}

export function isKernelChain(table: KernelTableName, name: string): name is KernelChainName {
  return KERNEL_CHAINS[table].some(chain => chain === name)
}

export function hasCalicoChain({ userChains }: KernelTable): boolean {
  return [...userChains.keys()].some(isCalicoChain)
}

/** What others have beside Calico, by table: chains of theirs, and rules in the kernel's own. */
export type TablesBeside = ReadonlyMap<
  TableName,
  { readonly chains: readonly Chain[]; readonly hooks: ReadonlyMap<KernelChainName, readonly Rule[]> }
>

/**
 * What a node has once the text of a ruleset is loaded: all policies are ACCEPT, as at boot.
 *
 * @param beside what else is there; left out: nothing. Felix puts its jumps in front of it, or behind where it is told to append
 */
export function kernelTablesOf({ ipVersion, tables, ipSets }: Ruleset, beside?: TablesBeside): KernelTables {
  return {
    ipVersion,
    tables: tables.map(({ name, chains, hooks }) => ({
      name,
      kernelChains: KERNEL_CHAINS[name].map(chain => {
        const ours = hooks.find(hook => hook.chain === chain)
        const { inserts = [], appends = [], insertMode = 'insert' } = ours ?? {}
        const others = beside?.get(name)?.hooks.get(chain) ?? []
        const first = insertMode === 'insert' ? [...inserts, ...others] : [...others, ...inserts]
        return {
          name: chain,
          policy: 'ACCEPT',
          rules: [...first, ...appends],
          origin: { kind: 'calicoDefault', because: `the kernel's own chain ${chain}` },
        }
      }),
      userChains: new Map([...chains, ...(beside?.get(name)?.chains ?? [])].map(chain => [chain.name, chain])),
    })),
    ipSets: new Map(ipSets.map(set => [set.name, set])),
  }
}
