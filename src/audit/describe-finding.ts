// One finding in words.

import { describeOriginAt } from '../words/origin.ts'
import { type LinePlace, linePlace } from '../words/place.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { locationOf, type Origin } from '../model/origin.ts'
import { type Finding, type FoundRule, isSetFinding, type SetFinding } from './finding.ts'
import { hookWords } from './finding-subjects.ts'
import type { FindingReport } from './report.ts'

/** @param memberWords whose a member of a set is, where somebody's */
export function describeFinding(
  finding: Finding,
  sources: SourceIndex,
  memberWords: (member: string) => string | undefined,
): FindingReport {
  if (isSetFinding(finding)) return describeSet(finding, memberWords)
  const because = (origin: Origin): { readonly because: string } => ({ because: describeOriginAt(origin, sources) })
  const { kind } = finding
  switch (finding.kind) {
    case 'rule-missing':
    case 'hook-missing': {
      const { number, text, origin } = finding.wanted
      const what = kind === 'hook-missing' ? `${hookWords(finding.wanted)} is missing` : `rule ${number} is missing`
      return { kind, sign: '-', title: what, ...because(origin), wanted: [text], found: [] }
    }
    case 'rule-extra':
      return {
        kind,
        sign: '+',
        title: `rule ${finding.found.number} is too much`,
        wanted: [],
        found: [line(finding.found)],
      }
    case 'foreign-in-chain': {
      const title = `rule ${finding.found.number} is not Calico's`
      return { kind, sign: '+', title, wanted: [], found: [line(finding.found)] }
    }
    case 'rule-changed': {
      const { wanted, found } = finding
      const how = finding.isHashKept ? ', and kept its hash' : ''
      const title = `rule ${found.number} is another one${how}`
      return { kind, sign: '~', title, ...because(wanted.origin), wanted: [wanted.text], found: [line(found)] }
    }
    case 'rule-moved': {
      const title = `rule ${finding.wanted.number} stands at ${finding.found.number}`
      return { kind, sign: '~', title, ...because(finding.wanted.origin), wanted: [], found: [line(finding.found)] }
    }
    case 'rule-duplicated': {
      const title = `rule ${finding.wanted.number} is there again, at ${finding.found.number}`
      return { kind, sign: '+', title, ...because(finding.wanted.origin), wanted: [], found: [line(finding.found)] }
    }
    case 'hook-not-first': {
      const count = finding.rules.length === 1 ? 'a rule stands' : `${finding.rules.length} rules stand`
      const title = `${count} in front of Calico's hook: ${owners(finding.rules)}`
      return { kind, sign: '~', title, wanted: [finding.wanted.text], found: finding.rules.map(line) }
    }
    case 'hook-not-last': {
      const count = finding.rules.length === 1 ? 'a rule stands' : `${finding.rules.length} rules stand`
      const title = `${count} behind what Calico has at the end: ${owners(finding.rules)}`
      return { kind, sign: '~', title, wanted: [finding.wanted.text], found: finding.rules.map(line) }
    }
    case 'hashes-differ': {
      const title = `the rules are right, ${finding.rules.length} of their hashes are not: Felix wrote them for other names or neighbours`
      return { kind, sign: '~', title, wanted: [], found: finding.rules.slice(0, 1).map(line) }
    }
    case 'chain-missing':
    case 'chain-flushed': {
      const wanted = finding.wanted.map(({ text }) => text)
      const title =
        finding.kind === 'chain-missing'
          ? `the chain is missing, with ${rules(wanted.length)}`
          : wanted.length === 1
            ? 'its only rule is missing'
            : `the chain is empty: ${rules(wanted.length)} are missing`
      return { kind, sign: '-', title, ...because(finding.origin), wanted, found: [] }
    }
    case 'chain-left-over':
    case 'chain-unreferenced': {
      const led = kind === 'chain-unreferenced' ? ', and nothing leads to it' : ''
      const title = `the chain should not be there${led}`
      return { kind, sign: '+', title, wanted: [], found: finding.rules.map(line) }
    }
    case 'policy-changed': {
      const title = `the policy of the chain is ${finding.policy}: what no rule decides is lost`
      return { kind, sign: '~', title, wanted: [], found: [] }
    }
  }
}

/** The line that a difference is at: of what the node has, or of what the input has it for; undefined of sets. */
export function lookedAt(finding: Finding, sources: SourceIndex): LinePlace | undefined {
  if (isSetFinding(finding)) return undefined
  const rule = 'found' in finding ? finding.found : 'rules' in finding ? finding.rules[0] : undefined
  if (rule !== undefined) return { file: rule.file, line: rule.line }
  const origin = 'origin' in finding ? finding.origin : 'wanted' in finding ? finding.wanted.origin : undefined
  const location = locationOf(origin)
  return location === undefined ? undefined : linePlace(location, sources)
}

function describeSet(
  { kind, missing, extra, size }: SetFinding,
  memberWords: (member: string) => string | undefined,
): FindingReport {
  const named = (members: readonly string[]): readonly string[] =>
    members.map(member => {
      const words = memberWords(member)
      return words === undefined ? member : `${member} (${words})`
    })
  const parts = { wanted: named(missing), found: named(extra) }
  switch (kind) {
    case 'set-missing':
      return { kind, sign: '-', title: `the set is missing, with ${members(missing.length)}`, ...parts }
    case 'set-left-over':
      return { kind, sign: '+', title: `the set should not be there, with ${members(extra.length)}`, ...parts }
    case 'set-type':
      return { kind, sign: '~', title: 'the set is of another type', ...parts }
    case 'set-size':
      return {
        kind,
        sign: '~',
        title: `the set takes at most ${size?.found ?? 0} members, not ${size?.wanted ?? 0}`,
        ...parts,
      }
    case 'set-members': {
      const said = [
        ...(missing.length === 0 ? [] : [`${members(missing.length)} missing`]),
        ...(extra.length === 0 ? [] : [`${members(extra.length)} too many`]),
      ]
      return { kind, sign: '~', title: said.join(', '), ...parts }
    }
  }
}

function line({ file, line: number, text }: FoundRule): string {
  return `${file}:${number}: ${text}`
}

function owners(all: readonly FoundRule[]): string {
  const names = [...new Set(all.map(({ owner }) => owner ?? 'own'))]
  return names.map(name => (name === 'own' ? 'of no known program' : name)).join(', ')
}

function rules(count: number): string {
  return count === 1 ? '1 rule' : `${count} rules`
}

function members(count: number): string {
  return count === 1 ? '1 member' : `${count} members`
}
