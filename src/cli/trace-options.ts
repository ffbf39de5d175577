// The options of calitables trace, as commander gives them.

import type { WorldOptions } from './trace-world.ts'

export interface TraceOptions extends WorldOptions {
  readonly proto?: string
  readonly dport?: string
  readonly sport?: string
  readonly icmpType?: string
  readonly icmpCode?: string
  readonly inInterface?: string
  readonly outInterface?: string
  readonly state?: string
  readonly dnat?: string
  readonly expect?: string
  readonly log?: string
  readonly output?: 'text' | 'json'
  readonly namespace?: string
  readonly verdictOnly?: true
  readonly whyNot?: true
  readonly reply?: true
  readonly steps?: true
  readonly rulesText?: true
  readonly members?: true
  readonly allowPolicy?: true
  readonly logPolicy?: true
}
