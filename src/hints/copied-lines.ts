// Lines that came along with resources: commands of a shell, Markdown around them, dots in place of what was left out, and the
// marks of a merge.

import type { TextEdit } from '../text/mend.ts'
import type { YamlFinding } from './line-faults.ts'

export interface CopiedLines {
  /** What stands there, as the start of a sentence. */
  readonly message: string
  readonly help: string
  /** They take the lines away, or what is in front of them. */
  readonly edits: readonly TextEdit[]
  /** Whether that is the cure. What was never written is for somebody to write: without it a rule may be wider than was meant. */
  readonly isCure: boolean
}

const FENCE = /^(?:```|~~~).*$/gm

const PROMPT = String.raw`(?:\$ |(?:\[[^\]\n]{1,200}\]|[\w.-]+@[\w.-]+:[^#$\n]{0,200})[#$]) ?(?=\S)`
const COMMAND = '(?:sudo +)?(?:calicoctl|cat|cd|curl|echo|export|helm|k3s|kubectl|microk8s|oc|tee) +[^ :]'

/** What people write for lines that they leave out. */
const LEFT_OUT = /^[ \t]*(?:- +)?(?:\.{3,}|…|<[^<>:\n]+>)[ \t]*$/gm

/** What git writes into a file where both sides of a merge changed it. */
const CONFLICT = /^([<|=>])\1{6}(?: .*)?$/gm

/** Undefined for a text with none of them. To be asked of text that is not YAML: all of these could stand in a text block. */
export function copiedLines({ pos: [position] }: YamlFinding, text: string): CopiedLines | undefined {
  const [, end = 'EOF'] = /<<-? ?["']?(\w+)/.exec(text) ?? []
  const shell = new RegExp(`^(?:${PROMPT}|${COMMAND}|${end}$).*$`, 'gm')
  for (const [pattern, what] of [
    [FENCE, 'Markdown'],
    [shell, 'the shell'],
  ] as const) {
    const edits = removalsOf(pattern, text)
    if (edits.length > 0)
      return { message: `a line of ${what} stands among the YAML`, help: 'remove it', edits, isCure: true }
  }
  const quotes = removalsOf(/^>(?: |$)/gm, text)
  if (quotes.length > 0 && !/^(?!>)./m.test(text))
    return { message: '`>` stands in front of YAML', help: 'remove it', edits: quotes, isCure: true }
  const conflicts = theirSides(text)
  if (conflicts.length > 0) {
    const help = 'keep what is meant of both sides, and remove the lines of `<`, `=` and `>`'
    return { message: 'a merge of git has left a conflict', help, edits: conflicts, isCure: false }
  }
  const dots = removalsOf(LEFT_OUT, text)
  const left = dots.find(({ start, end }) => start <= position && position <= end)
  if (left === undefined) return undefined
  const message = `\`${text.slice(left.start, left.end).trim()}\` stands for something that was left out`
  return { message, help: 'write what belongs there, or remove it', edits: dots, isCure: false }
}

/** Edits that leave of each conflict what stands first, to read the rest by; a conflict may begin or end in another document. */
function theirSides(text: string): readonly TextEdit[] {
  const marks = [...text.matchAll(CONFLICT)].map(({ index, 0: line, 1: mark }) => ({ index, line, mark }))
  if (!marks.some(({ mark }) => mark === '<' || mark === '>')) return []
  const edits: TextEdit[] = []
  let from: number | undefined
  for (const { index, line, mark } of marks) {
    const end = index + line.length
    if (mark === '|' || mark === '=') from ??= index
    else {
      edits.push({ start: from ?? index, end, text: '' })
      from = undefined
    }
  }
  return from === undefined ? edits : [...edits, { start: from, end: text.length, text: '' }]
}

function removalsOf(pattern: RegExp, text: string): readonly TextEdit[] {
  return [...text.matchAll(pattern)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
    text: '',
  }))
}
