// A v3 rule -> AST rule: defaults filled, selectors of each side composed.

import { at, type Location } from '../../diagnostics/source.ts'
import type { EntityRule, IcmpMatch, ParsedSelector, PolicyRule } from '../../model/ast/policy.ts'
import { ANY_ENTITY } from '../../model/ast/policy.ts'
import type { Port, PortRange } from '../../net/port.ts'
import { compareBytes } from '../../text/bytes.ts'
import { composeEntitySelectors } from '../compose-selectors.ts'
import type { ParseContext } from '../context.ts'
import type { V3Entity, V3Icmp, V3Rule } from './rule-schema.ts'

/** A rule and where it stands; a Kubernetes rule may give several of these. */
export interface LocatedRule {
  readonly rule: V3Rule
  /** Which item of a Kubernetes rule's `from` or `to` it is for. */
  readonly peer?: number
  readonly location: Location
}

/** @param namespace of the policy; empty for cluster-wide policies and profiles */
export function convertRule(
  { rule, peer, location }: LocatedRule,
  namespace: string,
  context: ParseContext,
): PolicyRule {
  // `http` is for Envoy and never becomes rules of iptables; where it may stand, check-rule.ts says.
  const { http, action, ipVersion, protocol, notProtocol, icmp, notICMP, source, destination, ...rest } = rule
  const { metadata, ...unread } = rest
  unread satisfies Record<string, never>
  const impliedVersion = protocol === 'icmp' ? 4 : protocol === 'icmpv6' ? 6 : undefined
  const version = ipVersion ?? impliedVersion
  const icmpMatch = convertIcmp(icmp)
  const notIcmpMatch = convertIcmp(notICMP)
  return {
    action,
    ...(version === undefined ? {} : { ipVersion: version }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(notProtocol === undefined ? {} : { notProtocol }),
    ...(icmpMatch === undefined ? {} : { icmp: icmpMatch }),
    ...(notIcmpMatch === undefined ? {} : { notIcmp: notIcmpMatch }),
    source: convertEntity(source, namespace, at(location, 'source'), context),
    destination: convertEntity(destination, namespace, at(location, 'destination'), context),
    annotations: Object.entries(metadata?.annotations ?? {}).sort(([a], [b]) => compareBytes(a, b)),
    ...(peer === undefined ? {} : { peer }),
    location,
  }
}

/** `icmp: {}` matches any ICMP packet: it is no criterion. */
function convertIcmp(icmp: V3Icmp | undefined): IcmpMatch | undefined {
  if (icmp?.type === undefined) return undefined
  return icmp.code === undefined ? { type: icmp.type } : { type: icmp.type, code: icmp.code }
}

function convertEntity(
  entity: V3Entity | undefined,
  namespace: string,
  location: Location,
  context: ParseContext,
): EntityRule {
  if (entity === undefined) return ANY_ENTITY
  const { nets, notNets, ports, notPorts, selector, notSelector, namespaceSelector, ...rest } = entity
  const { serviceAccounts, services, ...unread } = rest
  unread satisfies Record<string, never>
  const { positive, negative } = composeEntitySelectors(
    {
      namespace,
      selector: selector ?? '',
      notSelector: notSelector ?? '',
      namespaceSelector: namespaceSelector ?? '',
      serviceAccounts:
        serviceAccounts === undefined
          ? undefined
          : { names: serviceAccounts.names ?? [], selector: serviceAccounts.selector ?? '' },
    },
    context.selectors,
  )
  const positiveSelector = parseComposed(positive, location, context)
  const negativeSelector = parseComposed(negative, location, context)
  return {
    nets: (nets ?? []).map(({ cidr }) => cidr),
    notNets: (notNets ?? []).map(({ cidr }) => cidr),
    ports: numericPorts(ports),
    notPorts: numericPorts(notPorts),
    namedPorts: namedPorts(ports),
    notNamedPorts: namedPorts(notPorts),
    ...(positiveSelector === undefined ? {} : { selector: positiveSelector }),
    ...(negativeSelector === undefined ? {} : { notSelector: negativeSelector }),
    ...(services === undefined ? {} : { service: { namespace: services.namespace ?? '', name: services.name ?? '' } }),
  }
}

/** Each field parses on its own, but a blank one is no selector once it stands in parentheses. */
export function parseComposed(text: string, location: Location, context: ParseContext): ParsedSelector | undefined {
  if (text === '') return undefined
  const parsed = context.selectors.parse(text)
  if (parsed === undefined) {
    context.report.error(
      'selector-syntax',
      `the selectors of this place become \`${text}\`, which cannot be parsed`,
      location,
      'remove selectors that consist of blanks',
    )
  }
  return parsed
}

function numericPorts(ports: readonly Port[] | undefined): readonly PortRange[] {
  return (ports ?? []).filter(port => typeof port !== 'string')
}

function namedPorts(ports: readonly Port[] | undefined): readonly string[] {
  return (ports ?? []).filter(port => typeof port === 'string')
}
