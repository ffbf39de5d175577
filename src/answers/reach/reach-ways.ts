// By which addresses and ports one party reaches another that are not the other's own.

import { overAddresses } from '../../analysis/parties/crossing.ts'
import { OUTSIDE } from '../../analysis/parties/party-bits.ts'
import { type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { project } from '../../analysis/sets/bdd-operations.ts'
import { groupBy, groupByAll } from '../../text/group-by.ts'
import { type Frontend, sentTo } from './frontends.ts'
import { withoutAddresses } from './port-words.ts'
import type { ReachCluster } from './reach-cluster.ts'
import { arrivedAt } from './reach-services.ts'

/** One address and port by which others are reached than whom they were sent to. */
export interface ReachWay {
  readonly frontend: Frontend
  /** Of who gets the packets. */
  readonly ports: Bdd
  readonly how: 'sure' | 'some' | 'perhaps'
  /** Whether not all of it gets through for sure when it is sent there directly, too. */
  readonly isMore: boolean
}

/** @param outside addresses of the world that are asked about */
export function waysBetween(
  { headers, ways, frontends }: ReachCluster,
  outside: Bdd,
): (from: number, to: number, direct: Bdd) => readonly ReachWay[] {
  const { bits, space } = headers
  const { store } = space
  const byParty = groupBy(ways, way => bits.ownerOf(way.goal.address))
  const byAddress = groupByAll(frontends, ({ behind }) => behind)
  return (from, to, direct) =>
    (byParty.get(to) ?? []).flatMap(way =>
      (byAddress.get(way.goal.address) ?? []).flatMap((frontend): readonly ReachWay[] => {
        const asked = store.and(bits.oneOf('source', bits.numbersOf(from)), sentTo(frontend, headers))
        const may = store.and(way.may, asked)
        if (may === NONE) return []
        const arrived = (set: Bdd): Bdd => arrivedAt(way, store.and(set, asked), headers)
        const ports = withoutAddresses(space, arrived(way.may))
        const sure = arrived(way.sure)
        const packets = project(store, sure, bit => bit >= bits.firstBit)
        const everybody = from === OUTSIDE ? overAddresses(packets, headers, 'source', outside, 'sure') : packets
        const how = everybody !== NONE ? 'sure' : sure !== NONE ? 'some' : 'perhaps'
        return [{ frontend, ports, how, isMore: !store.isSubset(ports, direct) }]
      }),
    )
}
