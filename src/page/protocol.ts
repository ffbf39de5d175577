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

/** What is asked and what comes back, by the name of the question. */
export interface Exchanges {
  readonly view: { readonly question: { readonly input: PageInput }; readonly answer: { readonly view: PageView } }
  readonly packet: {
    readonly question: { readonly fields: PacketFields; readonly ipVersion: IpVersion }
    readonly answer: { readonly packet: PacketView | PacketFailure }
  }
  readonly met: {
    readonly question: { readonly endpoint: string }
    readonly answer: { readonly chains: readonly MetView[] }
  }
  readonly words: {
    readonly question: { readonly ruleIds: readonly string[]; readonly ipVersion: IpVersion }
    readonly answer: { readonly words: readonly RuleWords[] }
  }
  readonly change: {
    readonly question: {
      readonly policy: string
      readonly field: string
      readonly value: string | number | boolean | undefined
    }
    readonly answer: { readonly input: PageInput }
  }
  /** Which packets get another verdict, over all of them. */
  readonly compare: {
    readonly question: { readonly before: PageInput; readonly after: PageInput; readonly ipVersion: IpVersion }
    readonly answer: { readonly comparison: ComparisonView }
  }
  /** Verdicts of several packets over an input that is not the one shown: comparing, and checking tasks. */
  readonly verdicts: {
    readonly question: { readonly input: PageInput; readonly packets: readonly PacketFields[] }
    readonly answer: { readonly view: PageView; readonly verdicts: readonly VerdictView[] }
  }
}

export type Ask = keyof Exchanges

export type Question = { [A in Ask]: Numbered<A> & Exchanges[A]['question'] }[Ask]

export type Answer =
  | { [A in Ask]: Numbered<A> & Exchanges[A]['answer'] }[Ask]
  /** A bug of ours: the page says so and goes on. */
  | { readonly ask: 'bug'; readonly id: number; readonly message: string }

interface Numbered<A extends Ask> {
  readonly ask: A
  readonly id: number
}

export interface VerdictView {
  /** `none`: the packet cannot be made, or the input has errors. */
  readonly verdict: PacketView['verdict'] | 'none'
  readonly headline: string
  /** The kernel writes a line about it. */
  readonly isLogged: boolean
}
