// Which packets a rule's matches fit, as `evaluateMatch` of the walk decides it for one.

import type { KernelIpSet } from '../../netfilter/kernel-tables.ts'
import type { Match, Rule, Side } from '../../model/ruleset.ts'
import { isInterface } from '../../walk/match.ts'
import { protocolNumber } from '../../walk/packet.ts'
import { ALL, type Bdd, NONE } from './bdd.ts'
import type { FlowState } from './flow-state.ts'
import { type HeaderSets, ICMP_PROTOCOLS, PORT_PROTOCOLS } from './header-sets.ts'
import type { NodeNets } from './node-nets.ts'
import { STATES } from './packet-space.ts'
import type { Rewriter } from './rewriter.ts'

/** Packets that fit, and those of which it cannot be said; none is in both. */
export interface MatchSet {
  readonly fits: Bdd
  readonly perhaps: Bdd
}

export class MatchSets {
  readonly #headers: HeaderSets
  readonly #sets: ReadonlyMap<string, KernelIpSet>
  readonly #node: NodeNets
  readonly #rewriter: Rewriter
  /** Of each rule's matches that look at headers alone. */
  readonly #byRule = new Map<Rule, MatchSet>()

  constructor(headers: HeaderSets, sets: ReadonlyMap<string, KernelIpSet>, node: NodeNets, rewriter: Rewriter) {
    this.#headers = headers
    this.#sets = sets
    this.#node = node
    this.#rewriter = rewriter
  }

  /** The packets of the universe, as they were sent, that a rule fits when they come to it in this state. */
  ofRule(rule: Rule, state: FlowState): MatchSet {
    // The cheap ones first: most rules do not fit a state at all.
    let fitting = EVERY
    for (const match of rule.matches) {
      if (isOfHeaders(match)) continue
      fitting = this.#both(fitting, this.#ofState(match, state))
      if (fitting.fits === NONE && fitting.perhaps === NONE) return fitting
    }
    const { fits, perhaps } = this.#ofHeaders(rule)
    return this.#both(fitting, {
      fits: this.#rewriter.before(fits, state.rewriting),
      perhaps: this.#rewriter.before(perhaps, state.rewriting),
    })
  }

  #ofHeaders(rule: Rule): MatchSet {
    const known = this.#byRule.get(rule)
    if (known !== undefined) return known
    let fitting = EVERY
    for (const match of rule.matches) if (isOfHeaders(match)) fitting = this.#both(fitting, this.#ofHeader(match))
    this.#byRule.set(rule, fitting)
    return fitting
  }

  #both(a: MatchSet, b: MatchSet): MatchSet {
    const { store } = this.#headers.space
    const fits = store.and(a.fits, b.fits)
    if (a.perhaps === NONE && b.perhaps === NONE) return { fits, perhaps: NONE }
    const possible = store.and(store.or(a.fits, a.perhaps), store.or(b.fits, b.perhaps))
    return { fits, perhaps: store.minus(possible, fits) }
  }

  #xor({ fits, perhaps }: MatchSet, negated: boolean): MatchSet {
    const { store } = this.#headers.space
    return negated ? { fits: store.not(store.or(fits, perhaps)), perhaps } : { fits, perhaps }
  }

  #known(fits: Bdd | undefined, negated = false): MatchSet {
    return fits === undefined ? UNKNOWN : this.#xor({ fits, perhaps: NONE }, negated)
  }

  #ofHeader(match: HeaderMatch): MatchSet {
    const headers = this.#headers
    const { store } = headers.space
    switch (match.kind) {
      case 'protocol':
        // In the kernel's struct 0 stands for any protocol.
        if (match.protocol === 0) return EVERY
        return this.#known(headers.protocols([protocolNumber(match.protocol)]), match.negated)
      case 'net':
        return this.#known(headers.nets(match.side, match.address.split(',')), match.negated)
      case 'ipSet': {
        const set = this.#sets.get(match.set)
        const found = set === undefined ? undefined : headers.ipSet(set, match.side, match.withPort ? 2 : 1)
        return this.#known(found, match.negated)
      }
      case 'ports':
        return this.#withPorts(match.side, match.ranges, match.negated)
      case 'destinationPort':
        return this.#withPorts('destination', [{ first: match.port, last: match.port }], false)
      case 'icmp': {
        const isAny = match.ipVersion === 4 && match.type === 255
        const message = isAny ? ALL : headers.icmpMessage(match.type, match.code)
        const isIcmp = headers.protocols(ICMP_PROTOCOLS)
        return this.#known(match.negated ? store.minus(isIcmp, message) : store.and(isIcmp, message))
      }
      case 'tcpFlags':
        return this.#known(
          store.and(headers.protocols([6]), headers.tcpFlags(expandFlags(match.mask), expandFlags(match.flags))),
        )
      case 'reversePathFails':
        return this.#known(headers.reversePathFails())
      case 'limit':
        return EVERY
      case 'connectionLimit':
        return NOBODY
      case 'unknown':
        return UNKNOWN
    }
  }

  #withPorts(side: Side, ranges: Extract<Match, { kind: 'ports' }>['ranges'], negated: boolean): MatchSet {
    const { store } = this.#headers.space
    const ports = this.#headers.portField(side, ranges)
    return this.#known(store.and(this.#headers.protocols(PORT_PROTOCOLS), negated ? store.not(ports) : ports))
  }

  #ofState(match: StateMatch, state: FlowState): MatchSet {
    switch (match.kind) {
      case 'mark':
        return either(((state.mark & match.mask) >>> 0 === match.value) !== match.negated)
      case 'markClear':
        return either(((state.mark & match.mask) === 0) !== match.negated)
      case 'inInterface':
      case 'notInInterface': {
        const { inInterface: name } = state
        const isNegated = match.kind === 'notInInterface'
        if (name !== undefined) return either(isInterface(match.name, name) !== isNegated)
        return this.#known(this.#headers.inInterface(match.name), isNegated)
      }
      case 'outInterface':
      case 'notOutInterface': {
        const { outInterface: name } = state
        const isNegated = match.kind === 'notOutInterface'
        if (name !== undefined) return either(isInterface(match.name, name) !== isNegated)
        return this.#known(this.#headers.outInterface(match.name), isNegated)
      }
      case 'addressType':
        return this.#xor(this.#isLocal(match, state), match.negated)
      case 'conntrackState':
        return this.#known(this.#inState(match.states, state), match.negated)
    }
  }

  #inState(names: readonly string[], state: FlowState): Bdd {
    if (names.includes('DNAT') && state.isDestinationChanged) return ALL
    if (names.includes('SNAT') && state.isSourceChanged) return ALL
    switch (state.tracking) {
      case 'before':
        return names.includes('INVALID') ? ALL : NONE
      case 'beforeUntracked':
      case 'untracked':
        return names.includes('UNTRACKED') ? ALL : NONE
      case 'tracked':
        return this.#headers.states(STATES.flatMap((name, number) => (names.includes(name) ? [number] : [])))
    }
  }

  #isLocal(match: Extract<Match, { kind: 'addressType' }>, state: FlowState): MatchSet {
    const { store, interfaces } = this.#headers.space
    const side = match.side === 'src' ? 'source' : 'destination'
    const among = (nets: readonly string[]): Bdd =>
      this.#rewriter.before(this.#headers.nets(side, nets) ?? NONE, state.rewriting)
    const local = among(this.#node.local)
    const { outInterface: seen } = state
    if (!match.limitToOutInterface || seen === '') return this.#known(local)
    let fits = NONE
    let perhaps = NONE
    for (const name of seen === undefined ? interfaces.slice(1) : [seen]) {
      const through = seen === undefined ? store.and(local, this.#headers.outInterface(name)) : local
      const addresses = this.#node.addressesOn(name)
      if (addresses === undefined) perhaps = store.or(perhaps, through)
      else fits = store.or(fits, store.and(through, among(addresses)))
    }
    return { fits, perhaps }
  }
}

type StateMatch = Extract<
  Match,
  {
    kind:
      | 'mark'
      | 'markClear'
      | 'inInterface'
      | 'notInInterface'
      | 'outInterface'
      | 'notOutInterface'
      | 'addressType'
      | 'conntrackState'
  }
>
type HeaderMatch = Exclude<Match, StateMatch>

const STATE_KINDS: ReadonlySet<Match['kind']> = new Set<StateMatch['kind']>([
  'mark',
  'markClear',
  'inInterface',
  'notInInterface',
  'outInterface',
  'notOutInterface',
  'addressType',
  'conntrackState',
])

function isOfHeaders(match: Match): match is HeaderMatch {
  return !STATE_KINDS.has(match.kind)
}

const EVERY: MatchSet = { fits: ALL, perhaps: NONE }
const NOBODY: MatchSet = { fits: NONE, perhaps: NONE }
const UNKNOWN: MatchSet = { fits: NONE, perhaps: ALL }

function either(fits: boolean): MatchSet {
  return fits ? EVERY : NOBODY
}

const ALL_FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

function expandFlags(names: readonly string[]): readonly string[] {
  return names.includes('ALL') ? ALL_FLAGS : names.filter(name => name !== 'NONE')
}
