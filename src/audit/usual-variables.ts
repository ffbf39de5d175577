// Variables of Felix's environment that nearly every installation sets, or whose effect is seen in a node's rules at once.

import { FAILSAFE_IN, FAILSAFE_OUT, WORKLOAD_TO_HOST } from '../calico/chains.ts'
import { FELIX_FIELDS, FELIX_PARAMETERS, type FelixField, defaultFelixConfig } from '../calico/felix-config.ts'
import { failsafePortText } from '../calico/felix-parameters.ts'
import type { Rule } from '../model/ruleset.ts'
import { type Cidr, formatCidr, type IpVersion } from '../net/cidr.ts'
import { hasCalicoChain, type KernelTableName, type KernelTables } from '../netfilter/kernel-tables.ts'
import type { Release } from '../calico/releases/release.ts'
import type { NodePlan } from '../model/plan.ts'
import { type Finding, isSetFinding } from './finding.ts'
import { isWrittenByFelix } from './finding-subjects.ts'

/** A guess is taken when it leaves at most this share of the differences. */
export const GOOD = 0.7

interface UsualVariable {
  /** `FELIX_NAME=value`, or what makes it of what was found. */
  readonly variable: string | ((findings: readonly Finding[], tables: readonly KernelTables[]) => string)
  /** Whether its effect may be among what was found. */
  readonly mayBe: (findings: readonly Finding[], tables: readonly KernelTables[]) => boolean
  /** At most this share of the differences is left if it is so. */
  readonly share?: number
}

const isEndpointToHost = (findings: readonly Finding[]): boolean =>
  findings.some(one => !isSetFinding(one) && one.chain === WORKLOAD_TO_HOST && one.kind !== 'chain-missing')

/** Felix wrote RETURN where the input leads to ACCEPT. */
function isReturnedFrom(table: KernelTableName): UsualVariable['mayBe'] {
  const ends = (text: string, target: string): boolean => new RegExp(` (-j|--jump) ${target}( |$)`).test(text)
  return findings =>
    findings.some(
      one =>
        one.kind === 'rule-changed' &&
        !one.isHashKept &&
        one.table === table &&
        ends(one.wanted.text, 'ACCEPT') &&
        ends(one.found.text, 'RETURN'),
    )
}

function variableOf(field: FelixField, value: unknown): string {
  return `FELIX_${FELIX_PARAMETERS[field].name.toUpperCase()}=${String(value)}`
}

/** Fields whose setting made rules that the node lacks or has otherwise. */
function fieldsOf(findings: readonly Finding[]): ReadonlySet<string | undefined> {
  const origins = findings
    .filter(isWrittenByFelix)
    .flatMap(one => ('wanted' in one && 'origin' in one.wanted ? [one.wanted.origin] : []))
  return new Set(origins.map(origin => ('field' in origin ? origin.field : undefined)))
}

/** Switches that differ by what the node lacks, and what the input sets as it would be if it did not. */
export function otherSettings(
  findings: readonly Finding[],
  { plan, release }: { readonly plan: NodePlan; readonly release: Release },
): readonly string[] {
  if (!findings.some(isWrittenByFelix)) return []
  const [defaults, fields] = [defaultFelixConfig(release), fieldsOf(findings)]
  return FELIX_FIELDS.flatMap(field => {
    const [value, usual] = [plan.config[field], defaults[field]]
    if (value !== usual)
      return ['boolean', 'string'].includes(typeof usual) && usual !== '' ? [variableOf(field, usual)] : []
    return typeof usual === 'boolean' && fields.has(field) ? [variableOf(field, !usual)] : []
  })
}

/** Bits of the packet mark that a rule of the node sets where other ones should be. */
function marksOf(finding: Finding): readonly number[] {
  if (finding.kind !== 'rule-changed' || finding.isHashKept) return []
  return [...finding.found.text.matchAll(/--set-x?mark 0x[0-9a-f]+\/(0x[0-9a-f]+)/g)].map(([, mask]) => Number(mask))
}

/** Felix takes the lowest bits of its mask: whichever whole bytes hold those that it sets give the same ones. */
function markMask(findings: readonly Finding[]): string {
  const bits = findings.flatMap(marksOf).reduce((all, mask) => (all | mask) >>> 0, 0)
  const bytes = [0xff, 0xff00, 0xff0000, 0xff000000].filter(byte => (bits & byte) !== 0)
  return `FELIX_IPTABLESMARKMASK=0x${bytes.reduce((all, byte) => (all | byte) >>> 0, 0).toString(16)}`
}

/** The fail-safe port that a rule is for; nothing of a rule that is for no single one. */
function failsafePortsOf({ matches }: Rule): readonly string[] {
  let [protocol, ports, net]: [string, readonly number[], Cidr | undefined] = ['', [], undefined]
  for (const match of matches) {
    if (match.kind === 'protocol') protocol = String(match.protocol)
    if (match.kind === 'ports') ports = match.ranges.map(({ first }) => first)
    if (match.kind === 'destinationPort') ports = [match.port]
    if (match.kind === 'net') net = match.nets.find((one): one is Cidr => !('written' in one))
  }
  return ports.map(port => failsafePortText(protocol, port, net && { text: formatCidr(net), ipVersion: net.ipVersion }))
}

/** Felix wrote the fail-safe ports of one direction otherwise: they stand in the node's rules. */
function failsafePorts(chain: string, field: FelixField): UsualVariable {
  return {
    variable: (_, all) => {
      const filters = all.flatMap(({ tables }) => tables.filter(({ name }) => name === 'filter'))
      const rules = filters.flatMap(({ userChains }) => userChains.get(chain)?.rules ?? [])
      return variableOf(field, [...new Set(rules.flatMap(failsafePortsOf))].join(','))
    },
    mayBe: findings => findings.some(one => isWrittenByFelix(one) && !isSetFinding(one) && one.chain === chain),
    share: GOOD,
  }
}

export const USUAL_VARIABLES: readonly UsualVariable[] = [
  { variable: 'FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT', mayBe: isEndpointToHost },
  { variable: 'FELIX_DEFAULTENDPOINTTOHOSTACTION=RETURN', mayBe: isEndpointToHost },
  {
    variable: 'FELIX_IPTABLESFILTERALLOWACTION=RETURN',
    mayBe: isReturnedFrom('filter'),
    share: GOOD,
  },
  {
    variable: 'FELIX_IPTABLESMANGLEALLOWACTION=RETURN',
    mayBe: isReturnedFrom('mangle'),
    share: GOOD,
  },
  { variable: markMask, mayBe: findings => findings.some(one => marksOf(one).length > 0), share: GOOD },
  {
    variable: 'FELIX_CHAININSERTMODE=append',
    mayBe: findings => findings.some(({ kind }) => kind === 'hook-not-first'),
    // Anything less may as well be somebody's rules in front of Calico's.
    share: 0,
  },
  failsafePorts(FAILSAFE_IN, 'failsafeInboundHostPorts'),
  failsafePorts(FAILSAFE_OUT, 'failsafeOutboundHostPorts'),
  {
    variable: 'FELIX_IPV6SUPPORT=false',
    mayBe: (_, all) => {
      const has = (ipVersion: IpVersion): boolean =>
        all.some(one => one.ipVersion === ipVersion && one.tables.some(hasCalicoChain))
      // Without a text of IPv6 there is nothing that could fit better.
      return has(4) && !has(6) && all.some(({ ipVersion }) => ipVersion === 6)
    },
  },
]
