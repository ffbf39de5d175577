// What the notes of a damaged node say was done to it, as findings that an audit must have: read off the commands in the notes.

import type { CauseKind } from '../../src/audit/cause.ts'
import { type Finding, isSetFinding } from '../../src/audit/finding.ts'

/** One command, and whether a finding is the one that it leads to. */
export interface ExpectedFinding {
  readonly command: string
  readonly matches: (finding: Finding) => boolean
}

/** Commands that the notes have, in order. */
export function expectedFindings(notes: string): readonly ExpectedFinding[] {
  const commands = [...notes.matchAll(/`((?:ip6?tables|ipset) -?[^`]*)`/g)].map(([, command = '']) => command)
  const moved = new Set(commands.flatMap(one => /^iptables -A \S+ .* -j (cali-\S+)/.exec(one)?.[1] ?? []))
  return commands.flatMap(command => {
    const matches = matcherOf(command, moved)
    return matches === undefined ? [] : [{ command, matches }]
  })
}

function matcherOf(command: string, moved: ReadonlySet<string>): ExpectedFinding['matches'] | undefined {
  const [, set, member] = /^ipset del (\S+) (\S+)$/.exec(command) ?? []
  if (set !== undefined && member !== undefined) {
    return one => isSetFinding(one) && one.kind === 'set-members' && one.set === set && one.missing.includes(member)
  }
  const [, destroyed] = /^ipset destroy (\S+)$/.exec(command) ?? []
  if (destroyed !== undefined) return one => isSetFinding(one) && one.kind === 'set-missing' && one.set === destroyed
  const [, tool, named, action, chain, rest = ''] =
    /^(ip6?tables) (?:-t (\S+) )?-([IDRFA]) ?(\S+)?(.*)$/.exec(command) ?? []
  if (tool === undefined || action === undefined) return undefined
  const ipVersion = tool === 'iptables' ? 4 : 6
  const table = named ?? 'filter'
  const isHere = (one: Finding): boolean =>
    !isSetFinding(one) &&
    one.ipVersion === ipVersion &&
    one.table === table &&
    (chain === undefined || one.chain === chain)
  const number = Number(/^ (\d+)/.exec(rest)?.[1])
  const target = /-j (\S+)/.exec(rest)?.[1] ?? ''
  switch (action) {
    case 'F':
      return one =>
        isHere(one) && (one.kind === 'chain-flushed' || (chain === undefined && one.kind === 'hook-missing'))
    case 'R':
      return one => isHere(one) && one.kind === 'rule-changed' && one.found.number === number && one.isHashKept
    case 'I':
      return one =>
        isHere(one) && one.kind === 'hook-not-first' && one.rules.some(({ text }) => text.includes(`-j ${target}`))
    case 'A':
      return moved.has(target) ? one => isHere(one) && one.kind === 'hook-not-first' : undefined
    case 'D':
      // A hook that is put back elsewhere is told by that.
      if (moved.size > 0) return undefined
      return one =>
        isHere(one) &&
        ((one.kind === 'rule-missing' && one.wanted.number === number) ||
          (one.kind === 'chain-flushed' && one.wanted.length === 1))
    default:
      return undefined
  }
}

/** By words of the notes, the cause that must come first. */
const CAUSES: readonly (readonly [RegExp, CauseKind | undefined])[] = [
  [/the dump of node-2/, undefined],
  [/v4\.save and v6\.save swapped/, undefined],
  [/`(docker|firewalld|ufw)`|docker started|firewalld-like|ufw-like/, 'firewall-manager'],
  [/an admin/, 'admin-rule'],
  [/was edited/, 'policy-edited'],
  [/was deleted from the cluster/, 'policy-deleted'],
  [/deleted by hand from (an IP set|its IP set|every)|one member deleted by hand/, 'set-changed-by-hand'],
  [/whole raw table is empty|nat table is empty/, 'table-flushed'],
  [/Felix was removed/, 'calico-removed'],
  [/kube-proxy --cleanup|moved behind KUBE's/, 'program-restarted'],
  [/was flushed|-F cali-/, 'chain-flushed'],
  [/was replaced by RETURN|LOG rule .* was deleted|its set destroyed/, 'changed-by-hand'],
  [/same kernel state \(API objects and calicoctl of v3\.31/, 'stored-names'],
  [/same kernel state \(API objects and calicoctl of v3\.32/, 'other-release'],
  [/kernel asks both|As both-backends/, 'other-backend'],
  [/unreferenced|not there any more/, 'left-over'],
  [/nftables mode/, 'nftables-mode'],
]

/** Undefined: nothing differs, so nothing needs a cause. */
export function expectedCause(notes: string): CauseKind | undefined {
  const found = CAUSES.find(([words]) => words.test(notes))
  if (found === undefined) throw new Error(`notes that nobody has read: ${notes}`)
  return found[1]
}
