// The words of a rule -> comments, matches and target.

import type { Match, Rule, Target } from '../model/ruleset.ts'
import type { Word } from '../netfilter/option.ts'
import { groupOptions, type Group, isProtocolModule, type OptionFault } from './options.ts'
import { refusalOf } from './option-values.ts'
import { MATCH_MODULES, readGeneric, readModule } from './read-matches.ts'
import { isTargetName, readTarget } from './read-target.ts'

export interface RuleParts extends Pick<Rule, 'comments' | 'matches' | 'target'> {
  /** Of the comment by which Felix knows its own rules: the rule's first, though iptables-save puts nets and interfaces before it. */
  readonly hash?: string
}

export type RuleResult =
  { readonly ok: true; readonly parts: RuleParts } | { readonly ok: false; readonly fault: OptionFault }

const HASH = /^cali:([A-Za-z0-9_-]{16})$/

/** Modules of which all is known that Calico asks of them; `comment` is read apart. */
const KNOWN_MODULES: ReadonlySet<string> = new Set([...MATCH_MODULES, 'comment'])

/** @param words those behind the chain's name @param isChain is that the name of a chain of this table? */
export function readRule(line: string, words: readonly Word[], isChain: (name: string) => boolean): RuleResult {
  const grouped = groupOptions(words, KNOWN_MODULES)
  if (!grouped.ok) return grouped
  const comments: string[] = []
  const matches: Match[] = []
  let hash: string | undefined
  let target: Target | undefined
  for (const group of grouped.groups) {
    const text = line.slice(group.start, group.end)
    const refused = refusedIn(group)
    if (refused !== undefined) return { ok: false, fault: refused }
    if (group.kind === 'target') {
      const { name, isGoto, options } = group
      const fault = (message: string): RuleResult => ({
        ok: false,
        fault: { message, start: group.start, end: group.end },
      })
      if (target !== undefined) return fault('a second target in one rule')
      if (!isChain(name) && (isGoto || !isTargetName(name))) {
        return fault(`unknown chain \`${name}\`: the table does not have it`)
      }
      target = isGoto && options.length === 0 ? { kind: 'goto', chain: name } : readTarget(name, options, text, isChain)
    } else if (group.kind === 'module' && group.name === 'comment') {
      const comment = commentOf(group)
      if (comment === undefined) {
        matches.push({ kind: 'unknown', text })
        continue
      }
      const own = hash === undefined && comments.length === 0 ? HASH.exec(comment) : null
      if (own === null) comments.push(comment)
      else hash = own[1]
    } else {
      for (const match of readGroup(group) ?? [{ kind: 'unknown', text } as const]) matches.push(match)
    }
  }
  return {
    ok: true,
    parts: { comments, matches, ...(target === undefined ? {} : { target }), ...(hash === undefined ? {} : { hash }) },
  }
}

/** A value that iptables takes for none of its option. */
function refusedIn(group: Group): OptionFault | undefined {
  const [bearer, options] = group.kind === 'generic' ? [undefined, [group.option]] : [group.name, group.options]
  for (const option of options) {
    const message = refusalOf(option, bearer)
    const [first, last] = [option.arguments[0], option.arguments.at(-1)]
    if (message !== undefined) return { message, start: first?.start ?? group.start, end: last?.end ?? group.end }
  }
  return undefined
}

function commentOf({ options }: Extract<Group, { kind: 'module' }>): string | undefined {
  const [option, ...rest] = options
  if (option?.name !== '--comment' || option.negated || rest.length > 0) return undefined
  return option.arguments[0]?.text
}

/** Undefined for what is not known here. */
function readGroup(group: Exclude<Group, { kind: 'target' }>): readonly Match[] | undefined {
  if (group.kind === 'module') {
    const { name, options } = group
    // `-p` says the protocol already; the module alone asks for nothing more.
    if (options.length === 0 && isProtocolModule(name)) return []
    return readModule(name, options)
  }
  const match = readGeneric(group.option)
  return match === undefined ? undefined : [match]
}
