// What an audit finds: each way in which the rules of a node are not those that it should have.

import type { IpVersion } from '../net/cidr.ts'
import type { Counters, Origin } from '../model/origin.ts'
import type { KernelTableName } from '../netfilter/kernel-tables.ts'

/** Which program made a rule that is not Calico's. `own`: nobody known, so somebody by hand or by a script of their own. */
export type Owner =
  | 'kube-proxy'
  | 'kubelet'
  | 'portmap'
  | 'docker'
  | 'firewalld'
  | 'ufw'
  | 'libvirt'
  | 'cilium'
  | 'flannel'
  | 'istio'
  | 'fail2ban'
  | 'own'

/** A chain of one table. */
export interface ChainPlace {
  readonly ipVersion: IpVersion
  readonly table: KernelTableName
  readonly chain: string
}

/** A rule that the node should have. */
export interface WantedRule {
  /** Its place in the chain, from 1, as the kernel counts. */
  readonly number: number
  /** What it does, in the kernel's spelling. */
  readonly key: string
  /** The line as Felix writes it. */
  readonly text: string
  readonly hash: string
  /** The chain that it jumps or goes to: it says that what stands there applies, not what it says. */
  readonly leadsTo?: string
  readonly origin: Origin
}

/** A rule that the node has. */
export interface FoundRule {
  /** Its place in the chain, from 1. */
  readonly number: number
  /** The line of the text that was read, without counters. */
  readonly text: string
  readonly file: string
  readonly line: number
  /** What stands behind `cali:`; absent from rules that are not Calico's. */
  readonly hash?: string
  readonly counters?: Counters
  /** The chain that it jumps or goes to. */
  readonly leadsTo?: string
  /** Whose it is; absent from Calico's own. */
  readonly owner?: Owner
}

/**
 * Who made a chain differ. Felix's hash of a rule covers all rules before it: rules behind the difference that have the hashes they
 * should have were written when it was not there, and those that have others were written with it.
 */
export type Writer = 'felix' | 'hand' | 'unknown'

export type Finding = RuleFinding | ChainFinding | SetFinding

/** What is wrong with single rules of a chain. */
export type RuleFinding = ChainPlace &
  (
    | { readonly kind: 'rule-missing' | 'hook-missing'; readonly wanted: WantedRule; readonly writer: Writer }
    | { readonly kind: 'rule-extra'; readonly found: FoundRule; readonly writer: Writer }
    | { readonly kind: 'foreign-in-chain'; readonly found: FoundRule }
    /** `isHashKept`: the hash is the one of the wanted rule, so somebody changed it after Felix wrote it. */
    | {
        readonly kind: 'rule-changed'
        readonly wanted: WantedRule
        readonly found: FoundRule
        readonly isHashKept: boolean
      }
    | {
        readonly kind: 'rule-moved'
        readonly wanted: WantedRule
        readonly found: FoundRule
        readonly writer: Writer
      }
    | { readonly kind: 'rule-duplicated'; readonly wanted: WantedRule; readonly found: FoundRule }
    /** Rules of others stand in front of Calico's. */
    | { readonly kind: 'hook-not-first'; readonly wanted: WantedRule; readonly rules: readonly FoundRule[] }
    /** Rules of others stand behind what Calico wants at the end. */
    | { readonly kind: 'hook-not-last'; readonly wanted: WantedRule; readonly rules: readonly FoundRule[] }
    /** The rules are right and their hashes are not: they were written for other policies, names or by another release. */
    | { readonly kind: 'hashes-differ'; readonly rules: readonly FoundRule[] }
  )

/** What is wrong with a chain as a whole. */
export type ChainFinding = ChainPlace &
  (
    | {
        readonly kind: 'chain-missing' | 'chain-flushed'
        readonly wanted: readonly WantedRule[]
        readonly origin: Origin
      }
    /** Nothing should lead to it; `chain-unreferenced`: nothing does. */
    | { readonly kind: 'chain-left-over' | 'chain-unreferenced'; readonly rules: readonly FoundRule[] }
    | { readonly kind: 'policy-changed'; readonly policy: 'ACCEPT' | 'DROP' }
  )

/** What is wrong with an IP set. Members as ipset prints them. */
export interface SetFinding {
  readonly ipVersion: IpVersion
  readonly kind: 'set-missing' | 'set-left-over' | 'set-members' | 'set-type' | 'set-size'
  readonly set: string
  /** What the node should have in it and does not. */
  readonly missing: readonly string[]
  readonly extra: readonly string[]
  /** Of `set-size`: how many members it should take at most, and does. */
  readonly size?: { readonly wanted: number; readonly found: number }
}

export type FindingKind = Finding['kind']

/** How an IP version of a node was compared, and what came out. */
export interface VersionAudit {
  readonly ipVersion: IpVersion
  readonly findings: readonly Finding[]
  readonly counts: Counts
  /** Rules that are not Calico's and stand in nobody's way, by whose they are. */
  readonly foreign: ReadonlyMap<Owner, number>
}

/** What was compared: what the node should have. */
export interface Counts {
  readonly chains: number
  readonly rules: number
  readonly sets: number
  readonly members: number
}

export function isSetFinding(finding: Finding): finding is SetFinding {
  return 'set' in finding
}
