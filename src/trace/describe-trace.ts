// A trace for people: the answer first, and the way rule by rule where somebody asks for it.

import { printable } from '../text/printable.ts'
import { type AnswerOptions, answerLines, conditionOf, SHOWN_WAYS } from './describe-answer.ts'
import { missLines, stepLines } from './describe-steps.ts'
import { requestWords } from './request-words.ts'
import { senderOf, type TraceResult } from './way.ts'

export interface TraceTextOptions extends AnswerOptions {
  /** The way rule by rule. */
  readonly withSteps?: boolean
  /** The rules that do not fit, and why; of the walks that noted them. */
  readonly withMisses?: boolean
  /** The verdict in colour, beside its word. */
  readonly color?: boolean
}

export function describeTrace(result: TraceResult, options: TraceTextOptions = {}): string {
  const lines = [...answerLines(result, options)]
  const { withSteps = false, withMisses = false } = options
  if (withSteps || withMisses) {
    for (const way of result.ways.slice(0, SHOWN_WAYS)) {
      if (result.ways.length > 1) lines.push('', conditionOf(way))
      for (const leg of way.legs) {
        if (withMisses) lines.push(...missLines(leg, senderOf(way, leg)))
        if (!withSteps) continue
        lines.push('')
        if (way.legs.length > 1) lines.push(`${leg.direction} on node ${leg.node ?? ''}: ${requestWords(leg)}`)
        for (const line of stepLines(leg.walk, leg.scene, options)) lines.push(line)
      }
    }
  }
  const text = lines.map(line => `${printable(line)}\n`).join('')
  return options.color === true ? paint(text, result.verdict) : text
}

const COLORS: Readonly<Record<TraceResult['verdict'], number>> = {
  accept: 32,
  drop: 31,
  reject: 31,
  'no connection': 31,
  unknown: 33,
}

/** The verdict is the first word. */
function paint(text: string, verdict: TraceResult['verdict']): string {
  return text.startsWith(verdict) ? `\u001b[${COLORS[verdict]}m${verdict}\u001b[0m${text.slice(verdict.length)}` : text
}
