// Causes that lie in the input: policies and endpoints that came, went or changed since Felix wrote the rules.

import { readChainName } from '../calico/read-chain-name.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { Cause, CauseKind } from './cause.ts'
import { countedWords, foundRulesOf } from './counted.ts'
import { type Finding, isSetFinding } from './finding.ts'
import {
  isWrittenByFelix,
  type KnownSubjects,
  leadsTo,
  placeKey,
  type Subject,
  subjectOfLeftOver,
  subjectOfOrigin,
} from './finding-subjects.ts'

/** `left`: the input has it, and it is no longer for this node. */
type Change = 'deleted' | 'left' | 'added' | 'edited'

interface Changed {
  readonly subject: Subject
  readonly change: Change
  readonly findings: Finding[]
}

const KINDS: Readonly<Record<Subject['kind'], Readonly<Record<Change, CauseKind>>>> = {
  policy: { deleted: 'policy-deleted', left: 'input-changed', added: 'policy-added', edited: 'policy-edited' },
  profile: { deleted: 'input-changed', left: 'input-changed', added: 'input-changed', edited: 'input-changed' },
  endpoint: { deleted: 'endpoint-deleted', left: 'input-changed', added: 'endpoint-added', edited: 'input-changed' },
}

/** Rules that Felix wrote, hashes and all, for an input that is not this one. */
export function policyChange(
  left: readonly Finding[],
  known: KnownSubjects,
  tables: readonly KernelTables[],
): readonly Cause[] {
  const written = new Set(left.filter(finding => isWrittenByFelix(finding) || isMissingEverywhere(finding, left)))
  if (written.size === 0) return []
  const places = new Set([...written].map(placeKey))
  // What is in one chain with it may be of the same edit, where no hash tells.
  const stale = left.filter(
    one => written.has(one) || (one.kind === 'rule-missing' && one.writer === 'unknown' && places.has(placeKey(one))),
  )
  const groups = new Groups(stale, known, programmedInterfaces(tables))
  const changed = groups.changed()
  const isNew = ({ change }: Changed): boolean => change !== 'edited'
  const isEndpoint = ({ subject }: Changed): boolean => subject.kind === 'endpoint'
  // With an endpoint come and go the policies that are for it alone.
  const hasNewEndpoint = changed.some(one => isEndpoint(one) && isNew(one))
  const isForEndpoint = (one: Changed): boolean =>
    hasNewEndpoint && !isEndpoint(one) && (one.change === 'added' || one.change === 'left') && !groups.isLed(one)
  const explained = changed.filter(isForEndpoint)
  const others = changed.filter(one => !explained.includes(one))
  // An endpoint's chains change with the policies that apply to it.
  const hasPolicy = others.some(one => !isEndpoint(one))
  const main = others.filter(one => !isEndpoint(one) || isNew(one) || !hasPolicy)
  const more = [
    ...groups.rest,
    ...others.filter(one => !main.includes(one)).flatMap(one => one.findings),
    ...explained.flatMap(one => one.findings),
    // Sets come and go with the rules that name them.
    ...left.filter(({ kind }) => kind === 'set-missing' || kind === 'set-left-over'),
  ]
  // What the endpoint brought is told with it.
  const first = main.find(one => explained.length > 0 && isEndpoint(one) && isNew(one)) ?? main[0]
  if (first === undefined) return []
  return main.map(one => causeOf(one === first ? { ...one, findings: [...one.findings, ...more] } : one))
}

function programmedInterfaces(all: readonly KernelTables[]): ReadonlySet<string> {
  const names = all.flatMap(({ tables }) => tables.flatMap(({ userChains }) => [...userChains.keys()]))
  return new Set(
    names.flatMap(name => {
      const { bearer, subject = '' } = readChainName(name) ?? {}
      return bearer === 'workload' || bearer === 'host' ? [subject] : []
    }),
  )
}

/** The last rules of a chain have no hash behind them that could tell; by hand they would hardly go in every IP version. */
function isMissingEverywhere(finding: Finding, left: readonly Finding[]): boolean {
  if (finding.kind !== 'rule-missing' || finding.writer !== 'unknown') return false
  const { ipVersion, table, chain } = finding
  return left.some(
    one => one.kind === 'rule-missing' && one.chain === chain && one.table === table && one.ipVersion !== ipVersion,
  )
}

/** Findings by what they are about. */
class Groups {
  readonly rest: Finding[] = []
  readonly #groups = new Map<string, Changed>()
  readonly #known: KnownSubjects
  readonly #programmed: ReadonlySet<string>
  /** Of chains that came or went. */
  readonly #whole = new Map<string, Subject>()
  /** Subjects to which rules of chains lead that stay. */
  readonly #led = new Set<string>()

  /** @param programmed interfaces of endpoints that the node has some chain of */
  constructor(stale: readonly Finding[], known: KnownSubjects, programmed: ReadonlySet<string>) {
    this.#known = known
    this.#programmed = programmed
    const isWhole = ({ kind }: Finding): boolean => kind === 'chain-missing' || kind === 'chain-left-over'
    for (const finding of stale.filter(isWhole)) this.#addWhole(finding)
    for (const finding of stale.filter(one => !isWhole(one))) this.#addPart(finding)
  }

  changed(): readonly Changed[] {
    return [...this.#groups.values()]
  }

  isLed({ subject }: Changed): boolean {
    return this.#led.has(subject.name)
  }

  #addWhole(finding: Finding): void {
    if (finding.kind === 'chain-missing') {
      const subject = subjectOfOrigin(finding.origin)
      const isThere = this.#programmed.has(readChainName(finding.chain)?.subject ?? '')
      // An endpoint has a chain in each table that its policies need.
      if (subject === undefined || (subject.kind === 'endpoint' && isThere)) this.rest.push(finding)
      else this.#add(subject, 'added', finding, finding.chain)
    } else if (finding.kind === 'chain-left-over') {
      const subject = subjectOfLeftOver(finding.chain, finding.rules, this.#known)
      const isInInput = subject?.kind === 'policy' && [...this.#known.policies.values()].includes(subject.name)
      if (subject === undefined) this.rest.push(finding)
      else this.#add(subject, isInInput ? 'left' : 'deleted', finding, finding.chain)
    }
  }

  #addPart(finding: Finding): void {
    if (isSetFinding(finding)) return
    const target = leadsTo(finding)
    const towards = target === undefined ? undefined : this.#whole.get(target)
    if (towards !== undefined) {
      this.#led.add(towards.name)
      this.#groups.get(towards.name)?.findings.push(finding)
      return
    }
    const own = 'wanted' in finding && 'origin' in finding.wanted ? subjectOfOrigin(finding.wanted.origin) : undefined
    // A jump to a policy says that it applies, not what it says.
    const subject =
      target !== undefined && own?.kind === 'policy' ? undefined : (own ?? this.#known.ofChain(finding.chain))
    if (subject === undefined || finding.kind === 'hashes-differ') this.rest.push(finding)
    else this.#add(subject, 'edited', finding)
  }

  #add(subject: Subject, change: Change, finding: Finding, chain?: string): void {
    if (chain !== undefined) this.#whole.set(chain, subject)
    const known = this.#groups.get(subject.name)
    if (known === undefined) this.#groups.set(subject.name, { subject, change, findings: [finding] })
    else known.findings.push(finding)
  }
}

function causeOf({ subject, change, findings }: Changed): Cause {
  const { kind, name } = subject
  const titles: Readonly<Record<Change, readonly [string, string]>> = {
    deleted: [
      `${name} is still programmed and not in the input: it was deleted since`,
      'a chain of it is left, with rules that lead there',
    ],
    left: [
      `${name} is still programmed, and in the input it is not for this node: what it selects changed since`,
      'a chain of it is left, with rules that lead there',
    ],
    added: [`${name} is in the input and not programmed: it was added since`, 'there is no chain of it on the node'],
    edited: [
      kind === 'endpoint'
        ? `${name} is programmed otherwise: it, or what applies to it, was edited since`
        : `${name} is programmed in another version: it was edited since`,
      'the hashes are those of the rules on the node: Felix wrote them so',
    ],
  }
  const [title, why] = titles[change]
  const versions = [...new Set(findings.map(({ ipVersion }) => `IPv${ipVersion}`))].join(' and ')
  const rules = findings.flatMap(foundRulesOf)
  const evidence = [
    why,
    `${findings.length} ${findings.length === 1 ? 'difference' : 'differences'}, in ${versions}`,
    ...countedWords(rules, 'the rules that are there'),
  ]
  const orElse = [
    ...(change === 'added' && kind === 'policy'
      ? ['what it selects changed since, so that it is for this node now']
      : []),
    'Felix has not run since',
    'the dump is older than the input',
  ]
  return { kind: KINDS[kind][change], title, evidence, findings, orElse }
}
