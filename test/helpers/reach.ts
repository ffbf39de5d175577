// One connection looked up in what `reach` worked out for all of them.

import type { ReachCluster } from '../../src/answers/reach/reach-cluster.ts'
import { holds } from '../../src/analysis/sets/bdd-operations.ts'
import { clusterReach, type ReachAnswer } from '../../src/cluster-reach.ts'
import { toBits } from '../../src/net/cidr.ts'

export interface Probe {
  /** Addresses. */
  readonly from: string
  readonly to: string
  readonly protocol: number
  readonly port: number
}

export function mustReach(text: string): ReachAnswer {
  const result = clusterReach({ files: [{ name: 'input.yaml', text }] })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.answer
}

export function reaches({ headers, passing, ipVersion }: ReachCluster, probe: Probe): 'yes' | 'no' | 'perhaps' {
  const { bits, space } = headers
  const values = [
    [bits.fields.source, BigInt(bits.partyOf(probe.from))],
    [bits.fields.destination, BigInt(bits.partyOf(probe.to))],
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
  if (holds(space.store, passing.sure, valueOf)) return 'yes'
  return holds(space.store, passing.may, valueOf) ? 'perhaps' : 'no'
}
