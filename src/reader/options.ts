// A rule's words grouped: generic options, modules with theirs, a target with its own.

import type { Option, Word } from '../netfilter/option.ts'

export type Group =
  /** `-s`, `-d`, `-i`, `-o`, `-p`, `-f` under their short names. */
  | { readonly kind: 'generic'; readonly option: Option; readonly start: number; readonly end: number }
  /** `-m name`, or the module that `-p` implies. */
  | {
      readonly kind: 'module'
      readonly name: string
      readonly options: readonly Option[]
      readonly start: number
      readonly end: number
    }
  | {
      readonly kind: 'target'
      readonly isGoto: boolean
      readonly name: string
      readonly options: readonly Option[]
      readonly start: number
      readonly end: number
    }

export interface OptionFault {
  readonly message: string
  readonly start: number
  readonly end: number
}

export type GroupsResult =
  { readonly ok: true; readonly groups: readonly Group[] } | { readonly ok: false; readonly fault: OptionFault }

const GENERIC = new Map<string, string>([
  ['-s', '-s'],
  ['--source', '-s'],
  ['--src', '-s'],
  ['-d', '-d'],
  ['--destination', '-d'],
  ['--dst', '-d'],
  ['-i', '-i'],
  ['--in-interface', '-i'],
  ['-o', '-o'],
  ['--out-interface', '-o'],
  ['-p', '-p'],
  ['--protocol', '-p'],
  ['--proto', '-p'],
  ['-f', '-f'],
  ['--fragment', '-f'],
  ['-m', '-m'],
  ['--match', '-m'],
  ['-j', '-j'],
  ['--jump', '-j'],
  ['-g', '-g'],
  ['--goto', '-g'],
])

/** Options of the module that `-p` brings along without a `-m`, and how many words each takes. */
export const PROTOCOL_OPTIONS = new Map<string, number>([
  ['--source-port', 1],
  ['--sport', 1],
  ['--destination-port', 1],
  ['--dport', 1],
  ['--tcp-flags', 2],
  ['--syn', 0],
  ['--icmp-type', 1],
  ['--icmpv6-type', 1],
])

/** Options that take two words. */
const TWO_WORDS = new Set(['--match-set', '--tcp-flags', '--add-set', '--del-set', '--map-set'])

/** Options whose one word is free text and may look like an option itself. */
const FREE_TEXT = new Set(
  '--comment --log-prefix --nflog-prefix --ulog-prefix --string --hex-string --name --hashlimit-name --rsource-name'
    .concat(' --helper --path --domain --label --led-trigger-id --timer --bytecode --algo --physdev-in --physdev-out')
    .split(' '),
)

/** Modules that are named for a protocol. */
const PROTOCOL_MODULES = new Set(['tcp', 'udp', 'udplite', 'sctp', 'dccp', 'icmp', 'icmp6', 'icmpv6'])

/** Is this the module of a protocol, whose options may also stand without it? */
export function isProtocolModule(name: string): boolean {
  return PROTOCOL_MODULES.has(name)
}

/** Groups the words of a rule, from the first behind the chain's name. */
export function groupOptions(words: readonly Word[], knownModules: ReadonlySet<string>): GroupsResult {
  const groups: Group[] = []
  let open: { group: Group; options: Option[] } | undefined
  let protocol = ''
  const close = (): void => {
    if (open !== undefined) groups.push(open.group)
    open = undefined
  }
  let i = 0
  while (i < words.length) {
    const first = words[i]
    const negated = first?.text === '!'
    if (negated) i++
    const word = words[i++]
    if (first === undefined || word === undefined) return fault('`!` with nothing behind it', first)
    if (!word.text.startsWith('-')) return fault(`\`${word.text}\` where an option is expected`, word)
    const generic = GENERIC.get(word.text)
    if (generic === '-f') {
      close()
      groups.push({
        kind: 'generic',
        option: { name: generic, negated, arguments: [] },
        start: first.start,
        end: word.end,
      })
      continue
    }
    if (generic !== undefined) {
      const value = words[i++]
      if (value === undefined) return fault(`\`${word.text}\` with nothing behind it`, word)
      const start = first.start
      const end = value.end
      close()
      if (generic === '-m' || generic === '-j' || generic === '-g') {
        if (negated) return fault(`\`!\` before \`${word.text}\``, first)
        const options: Option[] = []
        const group: Group =
          generic === '-m'
            ? { kind: 'module', name: value.text, options, start, end }
            : { kind: 'target', isGoto: generic === '-g', name: value.text, options, start, end }
        open = { group, options }
      } else {
        if (generic === '-p' && !negated) protocol = value.text.toLowerCase()
        groups.push({ kind: 'generic', option: { name: generic, negated, arguments: [value] }, start, end })
      }
      continue
    }
    const values: Word[] = []
    const count = PROTOCOL_OPTIONS.get(word.text) ?? (TWO_WORDS.has(word.text) ? 2 : FREE_TEXT.has(word.text) ? 1 : -1)
    for (; count < 0 || values.length < count; i++) {
      const value = words[i]
      if (value === undefined || (count < 0 && (value.text.startsWith('-') || value.text === '!'))) break
      values.push(value)
    }
    if (values.length < count) return fault(`\`${word.text}\` with too little behind it`, word)
    // `-p tcp -m set --match-set x src --dport 80`: the port belongs to the protocol.
    const isOfProtocol =
      PROTOCOL_OPTIONS.has(word.text) &&
      (open === undefined ||
        (open.group.kind === 'module' && knownModules.has(open.group.name) && !isProtocolModule(open.group.name)))
    if (isOfProtocol) {
      close()
      if (protocol === '') return fault(`\`${word.text}\` without a \`-p\` before it`, word)
      const options: Option[] = []
      open = { group: { kind: 'module', name: protocol, options, start: first.start, end: word.end }, options }
    }
    if (open === undefined) return fault(`\`${word.text}\` belongs to no module`, word)
    open.options.push({ name: word.text, negated, arguments: values })
    open.group = { ...open.group, end: values.at(-1)?.end ?? word.end }
  }
  close()
  return { ok: true, groups }
}

function fault(message: string, word: Word | undefined): GroupsResult {
  return { ok: false, fault: { message, start: word?.start ?? 0, end: word?.end ?? 0 } }
}
