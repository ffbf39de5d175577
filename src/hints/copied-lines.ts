// Lines that were copied along with resources: commands of a shell, Markdown around them, dots in place of what was left out.

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
  const dots = removalsOf(LEFT_OUT, text)
  const left = dots.find(({ start, end }) => start <= position && position <= end)
  if (left === undefined) return undefined
  const message = `\`${text.slice(left.start, left.end).trim()}\` stands for something that was left out`
  return { message, help: 'write what belongs there, or remove it', edits: dots, isCure: false }
}

function removalsOf(pattern: RegExp, text: string): readonly TextEdit[] {
  return [...text.matchAll(pattern)].map(({ index, 0: { length } }) => ({
    start: index,
    end: index + length,
    text: '',
  }))
}
