// Messages between the page and its worker. Every question has a number; only the answer to the newest of its sort counts.

import type {
  ComparisonView,
  IpVersion,
  MetView,
  PacketFailure,
  PacketFields,
  PacketView,
  PageInput,
  PageView,
  RuleWords,
} from './view.ts'

export type Question =
  | { readonly ask: 'view'; readonly id: number; readonly input: PageInput }
  | { readonly ask: 'packet'; readonly id: number; readonly fields: PacketFields; readonly ipVersion: IpVersion }
  | { readonly ask: 'met'; readonly id: number; readonly endpoint: string }
  | { readonly ask: 'words'; readonly id: number; readonly ruleIds: readonly string[]; readonly ipVersion: IpVersion }
  | {
      readonly ask: 'change'
      readonly id: number
      readonly policy: string
      readonly field: string
      readonly value: string | number | boolean | undefined
    }
  /** Which packets get another verdict, over all of them. */
  | {
      readonly ask: 'compare'
      readonly id: number
      readonly before: PageInput
      readonly after: PageInput
      readonly ipVersion: IpVersion
    }
  /** Verdicts of several packets over an input that is not the one shown: comparing, and checking tasks. */
  | {
      readonly ask: 'verdicts'
      readonly id: number
      readonly input: PageInput
      readonly packets: readonly PacketFields[]
    }

export type Answer =
  | { readonly ask: 'view'; readonly id: number; readonly view: PageView }
  | { readonly ask: 'packet'; readonly id: number; readonly packet: PacketView | PacketFailure }
  | { readonly ask: 'met'; readonly id: number; readonly chains: readonly MetView[] }
  | { readonly ask: 'words'; readonly id: number; readonly words: readonly RuleWords[] }
  | {
      readonly ask: 'verdicts'
      readonly id: number
      readonly view: PageView
      readonly verdicts: readonly VerdictView[]
    }
  | { readonly ask: 'change'; readonly id: number; readonly input: PageInput }
  | { readonly ask: 'compare'; readonly id: number; readonly comparison: ComparisonView }
  /** A bug of ours: the page says so and goes on. */
  | { readonly ask: 'bug'; readonly id: number; readonly message: string }

export interface VerdictView {
  /** `none`: the packet cannot be made, or the input has errors. */
  readonly verdict: PacketView['verdict'] | 'none'
  readonly headline: string
  /** The kernel writes a line about it. */
  readonly isLogged: boolean
}
