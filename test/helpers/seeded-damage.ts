// Damage done to text of a node on purpose, each kind with what an audit must find of it. Drawn from a seed.

import type { Finding } from '../../src/audit/finding.ts'

/** Lines of a text of one IP version, as iptables-save or the backend prints them. */
export interface Damage {
  readonly kind: string
  readonly lines: readonly string[]
  readonly isNamed: (findings: readonly Finding[]) => boolean
}

interface RuleLine {
  readonly index: number
  readonly table: string
  readonly chain: string
  /** From 1. */
  readonly number: number
  readonly text: string
  /** Rules that the chain has. */
  readonly of: number
}

function rulesOf(lines: readonly string[]): readonly RuleLine[] {
  const counts = new Map<string, number>()
  let table = ''
  const rules = lines.flatMap((text, index) => {
    if (text.startsWith('*')) table = text.slice(1)
    const chain = /^-A (\S+)/.exec(text)?.[1]
    if (chain === undefined) return []
    const key = `${table} ${chain}`
    const number = (counts.get(key) ?? 0) + 1
    counts.set(key, number)
    return [{ index, table, chain, number, text }]
  })
  return rules.map(rule => ({ ...rule, of: counts.get(`${rule.table} ${rule.chain}`) ?? 0 }))
}

type Draw = <T>(items: readonly T[]) => T | undefined

type Maker = (lines: readonly string[], draw: Draw) => Omit<Damage, 'kind'> | undefined

const without = (lines: readonly string[], drop: (index: number) => boolean): readonly string[] =>
  lines.filter((_, index) => !drop(index))
const replaced = (lines: readonly string[], at: number, ...texts: readonly string[]): readonly string[] => [
  ...lines.slice(0, at),
  ...texts,
  ...lines.slice(at + 1),
]

interface Here {
  readonly table: string
  readonly chain: string
}

const finds =
  (place: Here, ...kinds: readonly Finding['kind'][]) =>
  (findings: readonly Finding[]): boolean =>
    findings.some(
      one => 'chain' in one && one.table === place.table && one.chain === place.chain && kinds.includes(one.kind),
    )

/** Chains that a damage brings: a second one that empties or changes them would undo the first, and is none of Calico's rules. */
const LEFT_OVER = { policy: 'cali-pi-gnp/long-gone', workload: 'cali-tw-cali000000000aa' } as const

function isOfCalico({ chain }: RuleLine): boolean {
  return chain.startsWith('cali-') && !Object.values<string>(LEFT_OVER).includes(chain)
}

/** A rule of a chain of Calico's that fits, and what is made of its line. */
function onRule(
  fits: (rule: RuleLine) => boolean,
  change: (rule: RuleLine, lines: readonly string[]) => readonly string[],
  ...kinds: readonly Finding['kind'][]
): Maker {
  return (lines, draw) => {
    const rule = draw(rulesOf(lines).filter(one => isOfCalico(one) && fits(one)))
    return rule && { lines: change(rule, lines), isNamed: finds(rule, ...kinds) }
  }
}

/** The line of a target replaced by another one, with the hash that it had. */
const retarget = (from: RegExp, to: string): Maker =>
  onRule(
    ({ text }) => from.test(text),
    ({ index, text }, lines) => replaced(lines, index, text.replace(from, to)),
    'rule-changed',
  )

/** A rule of somebody's in front of the hook of a chain of the kernel's. */
const inFront =
  (table: string, chain: string, rest: string): Maker =>
  lines => {
    const hook = lines.findIndex((text, i) => isHook(text, chain) && tableAt(lines, i) === table)
    if (hook < 0) return undefined
    const end = lines.findIndex((text, i) => i > hook && text === 'COMMIT')
    return {
      lines: [...lines.slice(0, end), `-I ${chain} ${rest}`, ...lines.slice(end)],
      isNamed: finds({ table, chain }, 'hook-not-first'),
    }
  }

/** As Felix inserts it, and as a kernel lists it. */
function isHook(text: string, chain: string): boolean {
  return text.startsWith(`-I ${chain} `) || (text.startsWith(`-A ${chain} `) && / (--jump|-j) cali-[A-Z]+$/.test(text))
}

function tableAt(lines: readonly string[], at: number): string {
  return (
    lines
      .slice(0, at)
      .findLast(text => text.startsWith('*'))
      ?.slice(1) ?? ''
  )
}

const flush =
  (pick: (rule: RuleLine) => boolean, kind: Finding['kind'] = 'chain-flushed'): Maker =>
  (lines, draw) => {
    const rule = draw(rulesOf(lines).filter(one => isOfCalico(one) && pick(one)))
    if (rule === undefined) return undefined
    const gone = new Set(
      rulesOf(lines)
        .filter(one => one.table === rule.table && one.chain === rule.chain)
        .map(({ index }) => index),
    )
    return { lines: without(lines, index => gone.has(index)), isNamed: finds(rule, kind) }
  }

const leftOver =
  (name: string, rule: string): Maker =>
  lines => {
    const at = lines.indexOf('*filter')
    if (at < 0) return undefined
    const end = lines.findIndex((text, i) => i > at && text === 'COMMIT')
    return {
      lines: [
        ...lines.slice(0, at + 1),
        `:${name} - -`,
        ...lines.slice(at + 1, end),
        `-A ${name} ${rule}`,
        ...lines.slice(end),
      ],
      isNamed: finds({ table: 'filter', chain: name }, 'chain-unreferenced'),
    }
  }

const dropHook =
  (chain: string): Maker =>
  lines => {
    const hook = lines.findIndex(text => isHook(text, chain))
    return hook < 0
      ? undefined
      : {
          lines: without(lines, index => index === hook),
          isNamed: finds({ table: tableAt(lines, hook), chain }, 'hook-missing'),
        }
  }

const MAKERS: Readonly<Record<string, Maker>> = {
  'a rule deleted': onRule(
    ({ of }) => of > 1,
    ({ index }, lines) => without(lines, i => i === index),
    'rule-missing',
  ),
  'a rule twice': onRule(
    () => true,
    ({ index, text }, lines) => replaced(lines, index, text, text),
    'rule-duplicated',
  ),
  'DROP made ACCEPT': retarget(/ (--jump|-j) DROP$/, ' $1 ACCEPT'),
  'DROP made RETURN': retarget(/ (--jump|-j) DROP$/, ' $1 RETURN'),
  'ACCEPT made DROP': retarget(/ (--jump|-j) ACCEPT$/, ' $1 DROP'),
  'RETURN made DROP': retarget(/ (--jump|-j) RETURN$/, ' $1 DROP'),
  'a source added': onRule(
    ({ text }) => !/--source | -s |--match-set/.test(text),
    ({ index, text }, lines) =>
      replaced(lines, index, text.replace(/ (--jump|--goto|-j|-g) /, ' --source 198.18.7.0/24 $1 ')),
    'rule-changed',
  ),
  'an interface changed': onRule(
    ({ text }) => / (--(in|out)-interface|-[io]) cali[0-9a-f]{4,}/.test(text),
    ({ index, text }, lines) =>
      replaced(lines, index, text.replace(/((?:--(?:in|out)-interface|-[io]) )(\S+)/, '$1odd0')),
    'rule-changed',
  ),
  'a chain flushed': flush(({ of }) => of > 1),
  'a dispatch chain flushed': flush(({ chain, of }) => chain.includes('dispatch') && of > 1),
  'a policy chain flushed': flush(({ chain }) => /^cali-p[io]-/.test(chain)),
  'a chain of an endpoint flushed': flush(({ chain }) => /^cali-[tf][wh]-/.test(chain)),
  'a stranger in a chain': onRule(
    () => true,
    ({ index, text, chain }, lines) => replaced(lines, index, `-A ${chain} -p tcp --dport 4242 -j ACCEPT`, text),
    'foreign-in-chain',
  ),
  'a stranger that drops in a chain': onRule(
    () => true,
    ({ index, text, chain }, lines) => replaced(lines, index, text, `-A ${chain} -j DROP`),
    'foreign-in-chain',
  ),
  'an ACCEPT in front of INPUT': inFront('filter', 'INPUT', '-p tcp --dport 4242 -j ACCEPT'),
  'an ACCEPT in front of FORWARD': inFront('filter', 'FORWARD', '-j ACCEPT'),
  'a DROP in front of OUTPUT': inFront('filter', 'OUTPUT', '-p udp --dport 53 -j DROP'),
  'a NOTRACK in front of raw PREROUTING': inFront('raw', 'PREROUTING', '-p udp --dport 5060 -j NOTRACK'),
  'an ACCEPT in front of mangle PREROUTING': inFront('mangle', 'PREROUTING', '-p tcp --dport 30080 -j ACCEPT'),
  'an unused chain of a policy': leftOver(LEFT_OVER.policy, '-m comment --comment "cali:AAAAAAAAAAAAAAAA" -j DROP'),
  'an unused chain of an interface': leftOver(
    LEFT_OVER.workload,
    '-m comment --comment "cali:BBBBBBBBBBBBBBBB" -j DROP',
  ),
  'the hook of INPUT gone': dropHook('INPUT'),
  'the hook of FORWARD gone': dropHook('FORWARD'),
  'two rules change places': onRule(
    ({ number, of }) => number < of,
    ({ index }, lines) =>
      replaced(
        without(lines, i => i === index + 1),
        index,
        lines[index + 1] ?? '',
        lines[index] ?? '',
      ),
    'rule-moved',
    'rule-changed',
    'rule-missing',
    'hashes-differ',
  ),
}

export const DAMAGE_KINDS = Object.keys(MAKERS)

/** Undefined where the text has nothing to do it to. */
export function damageText(kind: string, text: string, random: () => number): Damage | undefined {
  const draw: Draw = items => items[Math.floor(random() * items.length)]
  const made = MAKERS[kind]?.(text.split('\n'), draw)
  return made && { kind, ...made }
}
