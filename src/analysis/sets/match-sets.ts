// Which packets a rule fits: what its matches say of themselves, put together.

import type { KernelIpSet } from '../../netfilter/kernel-tables.ts'
import { facetsOf } from '../../netfilter/match-table.ts'
import { netCidrs } from '../../netfilter/rule-net.ts'
import type { FittingPackets, FlowPackets, HeaderPackets } from '../../netfilter/packet-sets.ts'
import type { Rule } from '../../model/ruleset.ts'
import { ALL, type Bdd, NONE } from './bdd.ts'
import { EVERY, FlowPacketSets } from './flow-packets.ts'
import type { FlowState } from './flow-state.ts'
import type { HeaderSets } from './header-sets.ts'
import { memberSet } from './member-sets.ts'
import type { NodeNets } from './node-nets.ts'
import type { Rewriter } from './rewriter.ts'

export class MatchSets {
  readonly #headers: HeaderSets
  readonly #flows: FlowPacketSets
  readonly #rewriter: Rewriter
  readonly #headerPackets: HeaderPackets
  /** Of each rule's matches that look at headers alone. */
  readonly #byRule = new Map<Rule, FittingPackets>()

  constructor(
    headers: HeaderSets,
    sets: ReadonlyMap<string, KernelIpSet>,
    { node, rewriter }: { readonly node: NodeNets; readonly rewriter: Rewriter },
  ) {
    this.#headers = headers
    this.#rewriter = rewriter
    this.#flows = new FlowPacketSets(headers, node, rewriter)
    this.#headerPackets = headerPackets(headers, sets, this.#flows.known)
  }

  /** The packets of the universe, as they were sent, that a rule fits when they come to it in this state. */
  ofRule(rule: Rule, state: FlowState): FittingPackets {
    // The cheap ones first: most rules do not fit a state at all.
    let fitting = EVERY
    for (const match of rule.matches) {
      const { packetSet } = facetsOf(match)
      if (packetSet.by === 'headers') continue
      fitting = this.#both(fitting, packetSet.of(match, this.#flows.of(state)))
      if (fitting.fits === NONE && fitting.perhaps === NONE) return fitting
    }
    const { fits, perhaps } = this.ofHeaders(rule)
    return this.#both(fitting, {
      fits: this.#rewriter.before(fits, state.rewriting),
      perhaps: this.#rewriter.before(perhaps, state.rewriting),
    })
  }

  /** The packets that it fits by what is written in their headers when they come to it. */
  ofHeaders(rule: Rule): FittingPackets {
    const known = this.#byRule.get(rule)
    if (known !== undefined) return known
    let fitting = EVERY
    for (const match of rule.matches) {
      const { packetSet } = facetsOf(match)
      if (packetSet.by === 'headers') fitting = this.#both(fitting, packetSet.of(match, this.#headerPackets))
    }
    this.#byRule.set(rule, fitting)
    return fitting
  }

  #both(a: FittingPackets, b: FittingPackets): FittingPackets {
    const { store } = this.#headers.space
    const fits = store.and(a.fits, b.fits)
    if (a.perhaps === NONE && b.perhaps === NONE) return { fits, perhaps: NONE }
    const possible = store.and(store.or(a.fits, a.perhaps), store.or(b.fits, b.perhaps))
    return { fits, perhaps: store.minus(possible, fits) }
  }
}

function headerPackets(
  headers: HeaderSets,
  sets: ReadonlyMap<string, KernelIpSet>,
  known: FlowPackets['known'],
): HeaderPackets {
  const { store } = headers.space
  const made = new Map<string, Bdd | undefined>()
  return {
    all: ALL,
    none: NONE,
    and: (a, b) => store.and(a, b),
    minus: (a, b) => store.minus(a, b),
    known,
    protocols: numbers => headers.protocols(numbers),
    ports: (side, ranges) => headers.portField(side, ranges),
    icmpMessages: (type, code) => headers.icmpMessage(type, code),
    tcpFlags: (mask, flags) => headers.tcpFlags(mask, flags),
    nets: (side, nets) => {
      const cidrs = netCidrs(nets, headers.space.ipVersion)
      return cidrs === undefined ? undefined : headers.cidrs(side, cidrs)
    },
    members: (name, side, dimensions) => {
      const key = `${side} ${dimensions} ${name}`
      const set = sets.get(name)
      if (set !== undefined && !made.has(key)) made.set(key, memberSet(headers, set, side, dimensions))
      return made.get(key)
    },
    reversePathFails: () => headers.reversePathFails(),
  }
}
