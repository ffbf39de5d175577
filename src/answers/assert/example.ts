// The connection that refutes a claim, walked node by node as `trace` walks it: how it ends, and by which rule.

import { Report } from '../../diagnostics/diagnostic.ts'
import type { Resource } from '../../model/ast/resources.ts'
import { isIcmp } from '../../netfilter/packet.ts'
import { protocolHasPorts } from '../../netfilter/protocols.ts'
import { nodesByAddress } from '../../trace/cluster-addresses.ts'
import { followRequest } from '../../trace/follow.ts'
import { decidingLeg, type TraceResult } from '../../trace/way.ts'
import { createWorld, type World } from '../../trace/world.ts'
import { protocolWords } from '../../words/packet.ts'
import { becauseOf } from '../decided.ts'
import type { ReachNode } from '../reach/reach-nodes.ts'
import type { Connection } from './prove.ts'

export interface Example {
  readonly connection: Connection
  /** `TCP from pod shop/web (10.0.0.1) to pod shop/db (10.0.0.2), port 5432` */
  readonly words: string
  readonly verdict: TraceResult['verdict']
  readonly because: string
}

/** The nodes whose rules are known, for connections between all that the input has. Undefined where none is. */
export function worldOfNodes(nodes: readonly ReachNode[], resources: readonly Resource[]): World | undefined {
  const [home] = nodes
  if (home === undefined) return undefined
  const scenes = new Map(nodes.map(({ name, scene }) => [name, () => scene]))
  return createWorld(home.scene, home.name, scenes, nodesByAddress(resources), { isHomeGuessed: true, notes: [] }, [])
}

export function exampleOf(connection: Connection, world: World): Example {
  const { from, to, protocol, port } = connection
  const words = connectionWords(connection)
  const report = new Report()
  const request = {
    from: from.address,
    to: to.address,
    proto: String(protocol),
    ...(protocolHasPorts(protocol) ? { dport: String(port) } : {}),
    ...(isIcmp(protocol) ? { 'icmp-type': String(port >> 8), 'icmp-code': String(port & 255) } : {}),
    ...(from.address.includes(':') ? { ipv6: 'true' } : {}),
  }
  const result = followRequest(request, world, {}, undefined, report)
  const [way] = result?.ways ?? []
  const leg = way === undefined ? undefined : decidingLeg(way)
  if (result === undefined || leg === undefined) {
    const [said] = report.diagnostics
    return { connection, words, verdict: 'unknown', because: said?.message ?? 'it passes no node' }
  }
  const where = leg.node === undefined ? '' : ` (node ${leg.node})`
  return { connection, words, verdict: result.verdict, because: `${becauseOf(leg.walk, leg.scene).because}${where}` }
}

function connectionWords({ from, to, protocol, port }: Connection): string {
  const end = ({ name, address }: Connection['from']): string => (name === address ? name : `${name} (${address})`)
  const service = protocolHasPorts(protocol)
    ? `, port ${port}`
    : isIcmp(protocol)
      ? `, type ${port >> 8} code ${port & 255}`
      : ''
  return `${protocolWords(protocol)} from ${end(from)} to ${end(to)}${service}`
}
