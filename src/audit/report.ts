// What an audit says, as data: every face of it (text, JSON, HTML, Markdown, SARIF) is made of this.

import type { IpVersion } from '../net/cidr.ts'
import type { KernelTableName } from '../netfilter/kernel-tables.ts'
import type { LinePlace } from '../words/place.ts'
import type { Cause } from './cause.ts'
import type { FindingKind, Owner } from './finding.ts'

export interface AuditReport {
  readonly version: 1
  readonly node: string
  /** The node whose text it is, where that is another one: differences are those from what that one should have. */
  readonly textOf?: string
  /** The release whose rules the node's were compared with. */
  readonly release: string
  readonly isSame: boolean
  readonly compared: readonly Compared[]
  readonly notCompared: readonly string[]
  /** The first one explains best. */
  readonly causes: readonly CauseReport[]
  /** What becomes of packets; absent where nobody worked it out. */
  readonly effect?: EffectReport
  readonly chains: readonly PlaceReport[]
  readonly sets: readonly PlaceReport[]
  /** Rules that are not Calico's and stand in nobody's way. */
  readonly foreign: readonly { readonly ipVersion: IpVersion; readonly owner: Owner; readonly rules: number }[]
  readonly counts: Readonly<Partial<Record<FindingKind, number>>>
}

export interface Compared {
  readonly ipVersion: IpVersion
  /** `legacy` or `nft`; absent where the text does not say. */
  readonly backend?: string
  readonly files: readonly string[]
  readonly chains: number
  readonly rules: number
  readonly sets: number
  readonly members: number
}

export type CauseReport = Pick<Cause, 'kind' | 'title' | 'evidence' | 'orElse'> & { readonly explains: number }

/** A chain or set with what differs in it. */
export interface PlaceReport {
  readonly ipVersion: IpVersion
  /** Absent of a set. */
  readonly table?: KernelTableName
  /** As the kernel has it. */
  readonly name: string
  /** What it is, in words. */
  readonly words: string
  /** `file:line` of what it is made from. */
  readonly place?: string
  /** What stands there, cut where it is long. */
  readonly yaml?: string
  readonly findings: readonly FindingReport[]
}

export interface FindingReport {
  readonly kind: FindingKind
  /** `-` is missing from the node, `+` is too much, `~` is there otherwise than it should be. */
  readonly sign: '+' | '-' | '~'
  readonly title: string
  /** Why the rule should be there, with its place in the input. */
  readonly because?: string
  /** The line to look at: of the node's text where something is there, or else of the input. */
  readonly at?: LinePlace
  /** Lines of rules or members that should be there. */
  readonly wanted: readonly string[]
  /** Lines of rules or members that are there instead; rules as `file:line: text`. */
  readonly found: readonly string[]
  /** Absent where nobody worked it out. */
  readonly effect?: OwnEffect
}

/** What one difference does, were everything else as it should be. */
export interface OwnEffect {
  /** Proof: whatever the packet, its verdict is the one it should be. */
  readonly isSame: boolean
  /** Worst first. */
  readonly changes: readonly EffectKind[]
  /** Some packets meet rules that are not known here. */
  readonly isUndecided?: boolean
  /** The worst of it: which way, which packets, one of them, and what becomes of it. */
  readonly way?: string
  readonly packets?: string
  readonly example?: string
  readonly should?: string
  readonly does?: string
  /** The lower, the worse. */
  readonly rank?: number
  /** Why nothing can be said. */
  readonly failure?: string
}

/** What the differences do to packets, over both rule sets as wholes. */
export interface EffectReport {
  readonly versions: readonly VersionEffect[]
}

export interface VersionEffect {
  readonly ipVersion: IpVersion
  /** Proof: whatever the packet, its verdict is the one it should be. */
  readonly isSame: boolean
  /** Some packets meet rules that are not known here, on both sides. */
  readonly isUndecided: boolean
  readonly groups: readonly EffectGroup[]
  /** Packets that get the right verdict, and leave with another source than they should: masquerading. */
  readonly translated: readonly EffectGroup[]
  /** Why nothing can be said. */
  readonly failure?: string
}

/** `opened`: let through and should be lost; `closed` the other way; `answered`: lost with an answer on one side only; `diverted`: through, to another destination; `translated`: through, with another source. */
export type EffectKind = 'opened' | 'closed' | 'answered' | 'diverted' | 'unclear' | 'translated'

export interface EffectGroup {
  readonly change: EffectKind
  readonly way: string
  readonly cubes: readonly {
    readonly packets: string
    readonly example: string
    readonly should: string
    readonly does: string
  }[]
  readonly hasMore: boolean
}
