// Policy rules -> planned rules: selectors, named ports and services become IP set ids, and the sets are remembered.

import { namedPortSetId, selectorSetId, serviceSetId, serviceWithoutPortsSetId } from '../calico/names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { EntityRule, ParsedSelector, PolicyRule } from '../model/ast/policy.ts'
import type { PlannedEntity, PlannedRule } from '../model/plan.ts'
import { portProtocol, type PortProtocol, type Protocol } from '../net/protocol.ts'
import { ALL } from '../selector/ast.ts'

/** A set that some active rule needs; its members are worked out once all are known. */
export type IpSetRequest =
  | { readonly kind: 'selector'; readonly type: 'hash:net' | 'hash:ip'; readonly selector: ParsedSelector }
  | {
      readonly kind: 'namedPort'
      readonly selector: ParsedSelector
      readonly protocol: PortProtocol | 'any'
      readonly port: string
    }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly withPorts: boolean }

const EVERYTHING: ParsedSelector = { selector: ALL, canonical: 'all()' }

/** Plans the rules of active policies and profiles, and collects the sets that they name by id. */
export class RulePlanner {
  readonly requests = new Map<string, IpSetRequest>()
  /** A rule's id for a selector is hashed once however many rules have it. */
  readonly #selectorIds = new Map<string, string>()

  planRules(rules: readonly PolicyRule[], fallback: Location | undefined): readonly PlannedRule[] {
    return rules.map((rule, index) => this.#planRule(rule, index, fallback))
  }

  #planRule(rule: PolicyRule, index: number, fallback: Location | undefined): PlannedRule {
    const { source, destination, protocol, location = fallback, ...criteria } = rule
    const plannedSource = this.#planEntity(source, protocol, 'source')
    const plannedDestination = this.#planEntity(destination, protocol, 'destination')
    return {
      ...criteria,
      ...(protocol === undefined ? {} : { protocol }),
      source: plannedSource,
      destination: plannedDestination,
      index,
      ...(location === undefined ? {} : { location }),
    }
  }

  #planEntity(entity: EntityRule, protocol: Protocol | undefined, side: 'source' | 'destination'): PlannedEntity {
    const { nets, notNets, ports, notPorts, namedPorts, notNamedPorts, selector, notSelector, service, ...unread } =
      entity
    unread satisfies Record<string, never>
    const portProtocol = namedPortProtocol(protocol)
    const namedPort = (port: string): string => this.#requestNamedPort(selector ?? EVERYTHING, portProtocol, port)
    // Sets of named ports hold only addresses that the selector allows, so with nothing but names it is not needed again.
    const isSelectorImplied = namedPorts.length > 0 && ports.length === 0
    const ipSets = selector === undefined || isSelectorImplied ? [] : [this.#requestSelector(selector)]
    const serviceSets = service === undefined ? [] : [this.#requestService(service, side === 'destination')]
    return {
      nets,
      notNets,
      ports,
      notPorts,
      namedPortSets: namedPorts.map(namedPort),
      notNamedPortSets: notNamedPorts.map(namedPort),
      ipSets: side === 'source' ? [...ipSets, ...serviceSets] : ipSets,
      notIpSets: notSelector === undefined ? [] : [this.#requestSelector(notSelector)],
      servicePortSets: side === 'destination' ? serviceSets : [],
    }
  }

  #selectorId(selector: ParsedSelector): string {
    let id = this.#selectorIds.get(selector.canonical)
    if (id === undefined) this.#selectorIds.set(selector.canonical, (id = selectorSetId(selector.canonical)))
    return id
  }

  #requestSelector(selector: ParsedSelector): string {
    const id = this.#selectorId(selector)
    this.requests.set(id, { kind: 'selector', type: 'hash:net', selector })
    return id
  }

  #requestNamedPort(selector: ParsedSelector, protocol: PortProtocol | 'any', port: string): string {
    const id = namedPortSetId(this.#selectorId(selector), protocol, port)
    this.requests.set(id, { kind: 'namedPort', selector, protocol, port })
    return id
  }

  #requestService(
    { namespace, name }: { readonly namespace: string; readonly name: string },
    withPorts: boolean,
  ): string {
    const id = withPorts ? serviceSetId(namespace, name) : serviceWithoutPortsSetId(namespace, name)
    this.requests.set(id, { kind: 'service', namespace, name, withPorts })
    return id
  }
}

/** Protocol of the endpoint ports that a named port of a rule stands for. */
function namedPortProtocol(protocol: Protocol | undefined): PortProtocol | 'any' {
  if (protocol === undefined) return 'any'
  return portProtocol(protocol) ?? 'tcp'
}
