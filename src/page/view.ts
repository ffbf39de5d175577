// What the page shows, as plain data: made by the engine in the worker, drawn by the parts. It crosses as a message.

import type { Change } from '../answers/diff-tables.ts'

export type IpVersion = 4 | 6

/** One text of the input, as it stands in a tab of the editor. */
export interface PageFile {
  readonly name: string
  readonly text: string
}

/** Everything that decides what is shown: the share link, the lessons and the command write it. */
export interface PageInput {
  readonly files: readonly PageFile[]
  /** Output of `ip -json addr`; empty: guessed from the resources. */
  readonly host: string
  /** Empty: the only node that the input names. */
  readonly node: string
  /** Empty: the newest, or what the input says. */
  readonly release: string
}

/** A piece of one file, offsets in UTF-16 units, end exclusive. */
export interface Place {
  readonly file: string
  readonly start: number
  readonly end: number
  /** From 1. */
  readonly line: number
}

export interface Finding {
  readonly severity: 'error' | 'warning' | 'note'
  readonly code: string
  readonly message: string
  readonly help?: string
  readonly place?: Place
  readonly fix?: { readonly title: string; readonly edits: readonly { readonly place: Place; readonly text: string }[] }
}

/** The answer to one input. `model` is absent while the input has errors. */
export interface PageView {
  readonly findings: readonly Finding[]
  readonly nodes: readonly string[]
  /** Releases of Calico that can be chosen: the last patch of each, newest first. */
  readonly releases: readonly string[]
  /** Names that the editor completes: labels and values that endpoints have, and fields by kind. */
  readonly labels: readonly LabelView[]
  readonly model?: Model
}

export interface LabelView {
  readonly key: string
  readonly values: readonly string[]
}

export interface Model {
  readonly node: string
  /** The release whose rules these are: `v3.32.1`. */
  readonly release: string
  readonly endpoints: readonly EndpointView[]
  /** In the order in which packets meet them; the index is the policy's colour. */
  readonly policies: readonly PolicyView[]
  readonly tiers: readonly TierView[]
  /** Absent where FelixConfiguration switches IPv6 off. */
  readonly rules: { readonly 4: RulesView; readonly 6?: RulesView }
  readonly places: readonly Place[]
}

export interface PolicyView {
  /** `kind/ns/name` */
  readonly id: string
  /** "NetworkPolicy shop/allow-web" */
  readonly title: string
  readonly tier: string
  /** "order 100", "no order: after all that have one" */
  readonly orderText: string
  readonly order?: number
  readonly flags: readonly ('doNotTrack' | 'preDNAT' | 'applyOnForward')[]
  readonly isStaged: boolean
  /** Index into the model's places. */
  readonly place: number
}

export interface TierView {
  readonly name: string
  readonly defaultAction: string
  /** The input has it as a resource, so that it can be changed. */
  readonly isWritten: boolean
}

export interface EndpointView {
  /** `pod/ns/name` or `host/name`. */
  readonly id: string
  readonly kind: 'pod' | 'host'
  readonly interfaceNames: readonly string[]
  readonly addresses: readonly string[]
  /** On this node, so that there are rules for it. */
  readonly isHere: boolean
  readonly place: number
}

/** What an endpoint meets in one direction, in one table. */
export interface MetView {
  readonly chainType: 'untracked' | 'preDNAT' | 'normal' | 'forward'
  readonly direction: 'ingress' | 'egress'
  readonly tiers: readonly {
    readonly name: string
    readonly orderText: string
    readonly defaultAction: string
    readonly policies: readonly { readonly id: string; readonly why: string; readonly reasons: readonly string[] }[]
  }[]
  readonly profiles: readonly string[]
}

export interface RulesView {
  readonly tables: readonly TableView[]
  readonly sets: readonly SetView[]
  readonly marks: readonly MarkView[]
  readonly iptables: number
}

export interface TableView {
  readonly name: string
  readonly chains: readonly ChainView[]
}

export interface ChainView {
  /** `filter/cali-FORWARD` */
  readonly id: string
  readonly name: string
  readonly isKernels: boolean
  readonly purpose: string
  readonly rules: readonly RuleView[]
}

export interface RuleView {
  /** `filter/cali-FORWARD/2`: table, chain, position from 0. */
  readonly id: string
  readonly text: string
  /** Index into the model's places; absent for rules that Calico always makes. */
  readonly place?: number
  /** Whose colour it has: the rule of a policy, its chain, or a jump to it. */
  readonly policy?: string
  /** Chain it leads to. */
  readonly leadsTo?: string
  readonly sets: readonly string[]
}

export interface SetView {
  readonly name: string
  readonly type: string
  readonly holds: string
  readonly members: readonly { readonly text: string; readonly who: string }[]
}

export interface MarkView {
  /** Unsigned. */
  readonly bit: number
  readonly name: string
  readonly meaning: string
}

/** One rule in words, for the line under it. */
export interface RuleWords {
  readonly id: string
  readonly matches: readonly string[]
  readonly target: string
  readonly origin: string
}

/** Fields of a packet as they are typed: those of `calitables trace`. */
export type PacketFields = Readonly<Record<string, string>>

export interface PacketView {
  readonly verdict: 'accept' | 'drop' | 'reject' | 'unknown'
  /** "accept: NetworkPolicy shop/allow-web allows it" */
  readonly headline: string
  /** Where, why, what came nearest: what `trace` says in its first lines. */
  readonly lines: readonly AnswerLine[]
  readonly packet: string
  readonly command: string
  readonly steps: readonly StepView[]
  readonly log: readonly string[]
}

export interface AnswerLine {
  readonly label: 'where' | 'why' | 'nearest' | 'asked' | 'assumed' | 'kernel log' | 'packet'
  readonly text: string
  /** What it speaks of, in the input. */
  readonly place?: Place
}

export interface StepView {
  readonly kind: 'rule' | 'miss' | 'again' | 'policy' | 'conntrack' | 'route' | 'dnat' | 'loopback'
  /** `filter FORWARD`; absent between hooks. */
  readonly hook?: string
  readonly ruleId?: string
  readonly depth: number
  readonly text: string
  readonly matches: readonly { readonly text: string; readonly answer: 'yes' | 'no' | 'unasked' }[]
  readonly target: string
  readonly markBefore: number
  readonly markAfter: number
  readonly log?: string
  readonly why: string
  readonly sets: readonly string[]
}

/** A packet that cannot be made, or nothing that it could go through. */
export interface PacketFailure {
  readonly messages: readonly string[]
}

/** What a change does to all packets. */
export interface ComparisonView {
  /** "1 opened, 2 closed", or the proof that no packet changes its verdict, or why that cannot be said. */
  readonly summary: string
  readonly groups: readonly {
    /** "opened: these packets were lost and now get through" */
    readonly title: string
    readonly change: Change
    /** "to pods" */
    readonly way: string
    readonly cubes: readonly {
      /** "from anywhere to pod/shop/web, TCP, port 80" */
      readonly words: string
      readonly example: string
      readonly before: string
      readonly after: string
    }[]
    readonly hasMore: boolean
  }[]
}
