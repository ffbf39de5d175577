// `ipset save` and `ipset restore` text -> sets.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile, Span } from '../diagnostics/source.ts'
import type { KernelIpSet } from '../netfilter/kernel-tables.ts'
import type { IpVersion } from '../net/cidr.ts'
import { Faults, type Line, spanIn } from './faults.ts'
import { ipsetLines } from './pasted-lines.ts'
import { isOtherText } from './text-sort.ts'
import { readNumber } from '../netfilter/numbers.ts'
import type { Word } from '../netfilter/option.ts'
import { splitWords } from './words.ts'

/** A set with what only its text says. */
export interface ReadIpSet extends KernelIpSet {
  /** The `create` and `add` lines as they were read. */
  readonly text: readonly string[]
  readonly place: Span
}

interface OpenSet {
  readonly set: ReadIpSet
  readonly members: string[]
  readonly exceptions: string[]
  readonly text: string[]
}

const HELP = 'give the output of `ipset save`'

/** Sets in the order of the text. May report ipset-syntax. */
export function readIpSets(file: SourceFile, report: Report): ReadonlyMap<string, ReadIpSet> {
  report.sources.addFile(file)
  if (isOtherText(file, ['ipset-save', 'ipset-list'], 'ipset-syntax', report)) return new Map()
  const sets = new Map<string, OpenSet>()
  const faults = new Faults(file, 'ipset-syntax', report, 'ipset save')
  for (const line of ipsetLines(file)) {
    const { text } = line
    if (text.trim() === '' || text.startsWith('#') || text.trimEnd() === 'COMMIT') continue
    const result = splitWords(text)
    if (!result.ok) {
      faults.add(line, 'a quote that is not closed', { start: result.at })
      continue
    }
    const [command, ...words] = result.words
    switch (command?.text) {
      case 'create':
      case '-N':
        readCreate(file, line, words, sets, faults)
        break
      case 'add':
      case '-A':
        readAdd(line, words, sets, faults)
        break
      default:
        faults.add(line, `\`${command?.text ?? ''}\` where \`create\` or \`add\` is expected`, command, HELP)
    }
  }
  return new Map([...sets].map(([name, { set }]) => [name, set]))
}

function readCreate(
  file: SourceFile,
  line: Line,
  words: readonly Word[],
  sets: Map<string, OpenSet>,
  faults: Faults,
): void {
  const [name, type, ...options] = words
  if (name === undefined || type === undefined || !/^[a-z]+:[a-z]+(?:,[a-z]+)*$/.test(type.text)) {
    return faults.add(line, 'a `create` line without a name and a type', {}, HELP)
  }
  if (sets.has(name.text)) return faults.add(line, `the set \`${name.text}\` is created twice`, name)
  const family = valueOf(options, 'family')
  const maxText = valueOf(options, 'maxelem')
  const maxElements = maxText === undefined ? undefined : readNumber(maxText.text)
  if (family !== undefined && family.text !== 'inet' && family.text !== 'inet6') {
    return faults.add(line, `\`${family.text}\` as the family of a set`, family, 'write `inet` or `inet6`')
  }
  if (maxText !== undefined && maxElements === undefined) {
    return faults.add(line, `\`${maxText.text}\` as the size of a set`, maxText)
  }
  const ipVersion: IpVersion | undefined =
    family?.text === 'inet6' ? 6 : family?.text === 'inet' || type.text.startsWith('hash:') ? 4 : undefined
  const members: string[] = []
  const exceptions: string[] = []
  const text: string[] = [line.text]
  const set: ReadIpSet = {
    name: name.text,
    type: type.text,
    ...(ipVersion === undefined ? {} : { ipVersion }),
    ...(maxElements === undefined ? {} : { maxElements }),
    members,
    exceptions,
    text,
    place: spanIn(file, line),
  }
  sets.set(name.text, { set, members, exceptions, text })
}

function readAdd(line: Line, words: readonly Word[], sets: Map<string, OpenSet>, faults: Faults): void {
  const [name, member, ...options] = words
  if (name === undefined || member === undefined) {
    return faults.add(line, 'an `add` line without a set and a member', {}, HELP)
  }
  const open = sets.get(name.text)
  if (open === undefined) return faults.add(line, `a member of the unknown set \`${name.text}\``, name)
  const isException = options.some(({ text }, index) => text === 'nomatch' && options[index - 1]?.text !== 'comment')
  ;(isException ? open.exceptions : open.members).push(member.text)
  open.text.push(line.text)
}

function valueOf(options: readonly Word[], name: string): Word | undefined {
  const index = options.findIndex(({ text }) => text === name)
  return index < 0 ? undefined : options[index + 1]
}
