// One rule as the part of a line that follows the chain's name and the hash.

import type { Rule } from '../../model/ruleset.ts'
import { printMatch } from '../../netfilter/match-table.ts'
import { printTarget } from '../../netfilter/target-table.ts'

/** Longest comment that iptables takes (linux/netfilter/xt_comment.h: XT_MAX_COMMENT_LEN). */
const MAX_COMMENT_LENGTH = 256

/** Comments, matches and target, each preceded by a blank: empty for a rule that has none of them. */
export function printRule({ comments, matches, target }: Rule): string {
  let text = ''
  for (const comment of comments) text += ` -m comment --comment "${escapeComment(comment)}"`
  for (const match of matches) text += ` ${printMatch(match)}`
  return target === undefined ? text : `${text} ${printTarget(target)}`
}

/** A whole line, without its newline. @param option `-A` or `-I` @param hash 16 characters */
export function printRuleLine(option: '-A' | '-I', chain: string, hash: string, ruleText: string): string {
  return `${option} ${chain} -m comment --comment "cali:${hash}"${ruleText}`
}

/** Comments may hold anything that users write: whatever could end the quotes or the line becomes an underscore. */
export function escapeComment(comment: string): string {
  const escaped = comment.replace(/[^0-9A-Za-z_ @%+=:,./-]/gu, '_')
  return escaped.length > MAX_COMMENT_LENGTH ? escaped.slice(0, MAX_COMMENT_LENGTH) : escaped
}
