// One connection looked up in what `reach` worked out for all of them.

import type { ReachCluster } from '../../src/answers/reach/reach-cluster.ts'
import type { Bdd } from '../../src/analysis/sets/bdd.ts'
import { holds } from '../../src/analysis/sets/bdd-operations.ts'
import { clusterReach, type ReachAnswer } from '../../src/cluster-reach.ts'
import { toBits } from '../../src/net/cidr.ts'

export interface Probe {
  /** Addresses. */
  readonly from: string
  readonly to: string
  /** The receiver's number, where it has no address of its own. */
  readonly party?: number
  readonly protocol: number
  readonly port: number
}

export function mustReach(text: string): ReachAnswer {
  const result = clusterReach({ files: [{ name: 'input.yaml', text }] })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.answer
}

export function reaches(reach: ReachCluster, probe: Probe): 'yes' | 'no' | 'perhaps' {
  if (isInSet(reach, reach.passing.sure, probe)) return 'yes'
  return isInSet(reach, reach.passing.may, probe) ? 'perhaps' : 'no'
}

/** Whether a set by party, protocol, port and addresses has the connection. */
export function isInSet({ headers, ipVersion }: ReachCluster, set: Bdd, probe: Probe): boolean {
  const { bits, space } = headers
  const values = [
    [bits.fields.source, BigInt(bits.partyOf(probe.from))],
    [bits.fields.destination, BigInt(probe.party ?? bits.partyOf(probe.to))],
    [space.fields.protocol, BigInt(probe.protocol)],
    [space.fields.destinationPort, BigInt(probe.port)],
    [space.fields.source, toBits({ ipVersion, text: probe.from })],
    [space.fields.destination, toBits({ ipVersion, text: probe.to })],
  ] as const
  const valueOf = (bit: number): 0 | 1 => {
    for (const [{ first, width }, value] of values) {
      if (bit >= first && bit < first + width) return (value >> BigInt(first + width - 1 - bit)) & 1n ? 1 : 0
    }
    throw new Error(`nothing is known of bit ${bit}`)
  }
  return holds(space.store, set, valueOf)
}
