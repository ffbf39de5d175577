// A field of a policy rule -> the matches that it became.

import { netsText } from '../netfilter/rule-net.ts'
import type { Path } from '../diagnostics/source.ts'
import type { PolicyRule } from '../model/ast/policy.ts'
import type { Match } from '../model/ruleset.ts'
import { formatCidr } from '../net/cidr.ts'

export interface RuleField {
  /** As it is written: `source.selector`, `from[0].podSelector`. */
  readonly name: string
  readonly isMatch: (match: Match) => boolean
}

type Test = (match: Match) => boolean

const setOf =
  (side: 'source' | 'destination', wanted: { readonly withPort?: boolean; readonly negated?: boolean }): Test =>
  match =>
    match.kind === 'ipSet' &&
    match.side === side &&
    (wanted.withPort === undefined || match.withPort === wanted.withPort) &&
    (wanted.negated === undefined || match.negated === wanted.negated)

const netOf =
  (side: 'source' | 'destination', negated: boolean): Test =>
  match =>
    match.kind === 'net' && match.side === side && match.negated === negated

const portsOf =
  (side: 'source' | 'destination', negated: boolean): Test =>
  match =>
    (match.kind === 'ports' && match.side === side && match.negated === negated) ||
    setOf(side, { withPort: true, negated })(match)

const either =
  (...tests: readonly Test[]): Test =>
  match =>
    tests.some(test => test(match))

/** Of a Calico rule: fields of the rule, then of `source` and `destination`. */
const FIELDS: Readonly<Record<string, Test>> = {
  protocol: match => match.kind === 'protocol' && !match.negated,
  notprotocol: match => match.kind === 'protocol' && match.negated,
  icmp: match => match.kind === 'icmp' && !match.negated,
  noticmp: match => match.kind === 'icmp' && match.negated,
}

const SIDE_FIELDS: Readonly<Record<string, (side: 'source' | 'destination') => Test>> = {
  nets: side => netOf(side, false),
  notnets: side => netOf(side, true),
  ports: side => portsOf(side, false),
  notports: side => portsOf(side, true),
  selector: side => setOf(side, { withPort: false, negated: false }),
  namespaceselector: side => setOf(side, { withPort: false, negated: false }),
  serviceaccounts: side => setOf(side, { withPort: false, negated: false }),
  services: side => setOf(side, { negated: false }),
  notselector: side => setOf(side, { withPort: false }),
}

/** Of a peer of a Kubernetes rule. */
const PEER_FIELDS: Readonly<Record<string, (side: 'source' | 'destination') => Test>> = {
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
  if (Object.hasOwn(FIELDS, first)) return field(FIELDS[first], 1)
  if (first === 'source' || first === 'destination') {
    if (second === '')
      return field(match => ('side' in match ? match.side === first || match.side === SHORT[first] : false), 1)
    const test = Object.hasOwn(SIDE_FIELDS, second) ? SIDE_FIELDS[second]?.(first) : undefined
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
    return field(match => 'side' in match && match.side === side && !portsOf(side, false)(match), second === '' ? 1 : 2)
  }
  if (first === 'ports' || first === 'protocols') {
    return field(either(FIELDS['protocol'] ?? (() => false), portsOf('destination', false)), second === '' ? 1 : 2)
  }
  return undefined
}

const SHORT = { source: 'src', destination: 'dst' } as const
