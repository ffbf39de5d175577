// Packets of the sets' borders for the probes of a kernel: what a packet should look like, and what the sets say of it.

import { HeaderSets } from '../../../src/analysis/sets/header-sets.ts'
import { interfaceNames } from '../../../src/analysis/sets/interface-names.ts'
import type { NodeNets } from '../../../src/analysis/sets/node-nets.ts'
import { SetWalker } from '../../../src/analysis/sets/node-walk.ts'
import { createSpace } from '../../../src/analysis/sets/packet-space.ts'
import { isIn, journeyOf, pickPoint, pointOf } from '../../../src/analysis/sets/points.ts'
import type { KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import type { Walk } from '../../../src/walk/steps.ts'
import type { Journey } from '../../../src/walk/packet.ts'
import type { Wishes } from '../probes/aims.ts'
import type { Random } from '../probes/random.ts'
import { LINK_LOCAL_NODE, type VersionView } from '../probes/topology.ts'

export interface WitnessWishes {
  readonly wishes: (random: Random) => Wishes
  /** Undefined where they agree, or where the sets are not asked; otherwise what the sets say. */
  readonly contradiction: (journey: Journey, walk: Walk) => string | undefined
}

/** The protocols that most packets have. */
const USUAL = [6, 6, 17, 1, 58, 132]

const VERDICTS = ['accept', 'drop', 'reject'] as const

export function witnessWishes(tables: KernelTables, view: VersionView, interfaces: readonly string[]): WitnessWishes {
  const { ipVersion } = tables
  const nets: NodeNets = {
    local: [
      ipVersion === 4 ? '127.0.0.0/8' : '::1/128',
      ...(ipVersion === 6 ? [LINK_LOCAL_NODE] : []),
      ...view.own.map(({ address }) => address),
    ],
    addressesOn: name => view.own.filter(({ interfaceName }) => interfaceName === name).map(({ address }) => address),
    routes: [],
    behind: [],
  }
  const space = createSpace(ipVersion, interfaceNames([tables], interfaces))
  const headers = new HeaderSets(space)
  const walker = new SetWalker(headers, tables, nets)
  const sets = walker.walk()
  const found = VERDICTS.map(verdict => sets[verdict]).filter(set => set !== 0)
  return {
    wishes: random => {
      const set = random.pick(found) ?? 0
      const usual = headers.protocols([random.pick(USUAL) ?? 6])
      const known = random.chance(85) ? space.store.and(set, usual) : set
      const point = pickPoint(space, known === 0 ? set : known, () => (random.chance(50) ? 1 : 0))
      if (point === undefined) return {}
      const { packet } = journeyOf(space, point)
      const { source, destination, protocol, sourcePort, destinationPort, icmpType: type, icmpCode: code = 0 } = packet
      return {
        source,
        destination,
        protocol,
        ...(sourcePort === undefined ? {} : { sourcePort }),
        ...(destinationPort === undefined ? {} : { destinationPort }),
        ...(type === undefined ? {} : { icmp: { type, code } }),
      }
    },
    contradiction: (journey, walk) => {
      const isTranslated = walk.steps.some(step => step.kind === 'rule' && step.rule.target?.kind === 'dnat')
      // What others translate, and what leaves by another way than it was routed to first, needs routes.
      if (journey.dnat !== undefined || isTranslated) return undefined
      const routed = walk.steps.findLast(step => step.kind === 'route')?.route
      const outInterface = routed?.kind === 'out' ? { outInterface: routed.interfaceName } : {}
      const point = pointOf(space, { ...journey, ...outInterface })
      if (point === undefined) throw new Error('an interface that the sets do not know')
      const said = VERDICTS.filter(verdict => isIn(space, sets[verdict], point)).join(' ')
      return said === walk.verdict ? undefined : said
    },
  }
}
