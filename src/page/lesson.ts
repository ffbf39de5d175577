// A lesson as data: read from a folder with lesson.md, *.yaml, solution/*.yaml and, where the node matters, host.json.

import type { PacketFields, PageFile } from './view.ts'

export interface Lesson {
  /** Name of its folder. */
  readonly id: string
  readonly title: string
  /** How long it takes. */
  readonly minutes: number
  /** Markdown. */
  readonly text: string
  readonly files: readonly PageFile[]
  readonly host: string
  readonly node: string
  /** Packets to choose from while one reads. */
  readonly packets: readonly NamedPacket[]
  readonly predict: {
    readonly question: string
    readonly packets: readonly ForetoldPacket[]
    /** Markdown, shown afterwards. */
    readonly because: string
  }
  readonly task: {
    /** Markdown. */
    readonly text: string
    readonly checks: readonly Check[]
    readonly hints: readonly string[]
    readonly solution: readonly PageFile[]
  }
  /** What to keep: one sentence each. */
  readonly remember: readonly string[]
}

export interface NamedPacket {
  readonly title: string
  readonly fields: PacketFields
}

/** A packet of the question. The verdict is what the explanation rests on; the page shows what the rules really do. */
export interface ForetoldPacket extends NamedPacket {
  readonly verdict: 'accept' | 'drop' | 'reject'
}

/** What must hold of the learner's input: a packet's verdict, or something that is written in it. */
export type Check =
  | {
      readonly kind: 'packet'
      readonly title: string
      readonly fields: PacketFields
      readonly verdict: 'accept' | 'drop' | 'reject'
      /** Whether the kernel writes a line about it; left out: either will do. */
      readonly log?: boolean
    }
  /** A policy that has the flag, lies in the tier, is of the kind …; all that is named must hold of one policy. */
  | {
      readonly kind: 'policy'
      readonly title: string
      readonly flag?: string
      readonly tier?: string
      /** Beginning of the policy's title: "GlobalNetworkPolicy". */
      readonly is?: string
      readonly absent?: boolean
    }
  /** A rule of the compiled text that has all these pieces. */
  | { readonly kind: 'rule'; readonly title: string; readonly has: readonly string[]; readonly absent?: boolean }
