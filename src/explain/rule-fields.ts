// A field of a policy rule -> the matches that it became.

import { netsText } from '../netfilter/rule-net.ts'
import type { Path } from '../diagnostics/source.ts'
import type { EntityRule, PolicyRule } from '../model/ast/policy.ts'
import type { Match } from '../model/ruleset.ts'
import { formatCidr } from '../net/cidr.ts'
import { RULE_CRITERIA } from '../words/match.ts'

export interface RuleField {
  /** As it is written: `source.selector`, `from[0].podSelector`. */
  readonly name: string
  readonly isMatch: (match: Match) => boolean
}

type Test = (match: Match) => boolean
type Side = 'source' | 'destination'

const setOf =
  (side: Side, wanted: { readonly withPort?: boolean; readonly negated?: boolean }): Test =>
  match =>
    match.kind === 'ipSet' &&
    match.side === side &&
    (wanted.withPort === undefined || match.withPort === wanted.withPort) &&
    (wanted.negated === undefined || match.negated === wanted.negated)

const netOf =
  (side: Side, negated: boolean): Test =>
  match =>
    match.kind === 'net' && match.side === side && match.negated === negated

const portsOf =
  (side: Side, negated: boolean): Test =>
  match =>
    match.kind === 'ports' && match.side === side && match.negated === negated

/** By number or by name. */
const anyPortsOf = (side: Side): Test => either(portsOf(side, false), setOf(side, { withPort: true, negated: false }))

const either =
  (...tests: readonly Test[]): Test =>
  match =>
    tests.some(test => test(match))

/** By the name in small letters: Calico's loader takes field names in any case. */
const FIELDS: ReadonlyMap<string, Test> = new Map(
  Object.values(RULE_CRITERIA).flatMap(({ field, isMatch }) =>
    isMatch === 'none' ? [] : [[field.toLowerCase(), isMatch] as const],
  ),
)

interface SideField {
  /** The fields of the input that have a part in it, in small letters. */
  readonly written: readonly string[]
  readonly isMatch: (side: Side) => Test
}

/** What a rule says of one of its sides. Several fields may become one criterion, and one field several. */
const SIDE_FIELDS: { readonly [K in keyof EntityRule]-?: SideField } = {
  nets: { written: ['nets'], isMatch: side => netOf(side, false) },
  notNets: { written: ['notnets'], isMatch: side => netOf(side, true) },
  ports: { written: ['ports'], isMatch: side => portsOf(side, false) },
  notPorts: { written: ['notports'], isMatch: side => portsOf(side, true) },
  namedPorts: { written: ['ports'], isMatch: side => setOf(side, { withPort: true, negated: false }) },
  notNamedPorts: { written: ['notports'], isMatch: side => setOf(side, { withPort: true, negated: true }) },
  // Beside a selector, a notSelector becomes a part of it.
  selector: {
    written: ['selector', 'namespaceselector', 'serviceaccounts', 'notselector'],
    isMatch: side => setOf(side, { withPort: false, negated: false }),
  },
  notSelector: { written: ['notselector'], isMatch: side => setOf(side, { withPort: false, negated: true }) },
  service: { written: ['services'], isMatch: side => setOf(side, { negated: false }) },
}

function sideField(name: string, side: Side): Test | undefined {
  const tests = Object.values(SIDE_FIELDS).flatMap(({ written, isMatch }) =>
    written.includes(name) ? [isMatch(side)] : [],
  )
  return tests.length === 0 ? undefined : either(...tests)
}

/** Of a peer of a Kubernetes rule. */
const PEER_FIELDS: Readonly<Record<string, (side: Side) => Test>> = {
  podselector: side => setOf(side, { withPort: false, negated: false }),
  namespaceselector: side => setOf(side, { withPort: false, negated: false }),
  namespaces: side => setOf(side, { withPort: false, negated: false }),
  pods: side => setOf(side, { withPort: false, negated: false }),
  networks: side => netOf(side, false),
}

/**
 * @param steps what follows the rule's own path: `source`, `nets`, 0
 * @returns undefined where the position means the rule as a whole
 */
export function ruleField(steps: Path, rule: PolicyRule | undefined): RuleField | undefined {
  const [first = '', second = '', third, fourth] = steps.map(step => String(step).toLowerCase())
  const written = (length: number): string =>
    steps
      .slice(0, length)
      .map(step => (typeof step === 'number' ? `[${step}]` : `.${step}`))
      .join('')
      .replace(/^\./, '')
  const field = (isMatch: Test | undefined, length: number): RuleField | undefined =>
    isMatch === undefined ? undefined : { name: written(length), isMatch }
  if (FIELDS.has(first)) return field(FIELDS.get(first), 1)
  if (first === 'source' || first === 'destination') {
    if (second === '')
      return field(match => ('side' in match ? match.side === first || match.side === SHORT[first] : false), 1)
    const test = sideField(second, first)
    if (test === undefined) return undefined
    const isNets = second === 'nets' || second === 'notnets'
    const net =
      isNets && third !== undefined ? rule?.[first][second === 'nets' ? 'nets' : 'notNets'][Number(third)] : undefined
    if (net === undefined) return field(test, 2)
    return field(match => test(match) && match.kind === 'net' && netsText(match.nets) === formatCidr(net), 3)
  }
  if (first === 'from' || first === 'to') {
    const side = first === 'from' ? 'source' : 'destination'
    if (third === 'ipblock') {
      if (fourth === 'except') return field(netOf(side, true), 4)
      return field(
        fourth === 'cidr' ? netOf(side, false) : either(netOf(side, false), netOf(side, true)),
        fourth === undefined ? 3 : 4,
      )
    }
    if (third !== undefined && Object.hasOwn(PEER_FIELDS, third)) return field(PEER_FIELDS[third]?.(side), 3)
    return field(match => 'side' in match && match.side === side && !anyPortsOf(side)(match), second === '' ? 1 : 2)
  }
  if (first === 'ports' || first === 'protocols') {
    return field(
      either(match => match.kind === 'protocol' && !match.negated, anyPortsOf('destination')),
      second === '' ? 1 : 2,
    )
  }
  return undefined
}

const SHORT = { source: 'src', destination: 'dst' } as const
