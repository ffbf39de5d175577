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
import type { Connection, ConnectionEnd } from './connection.ts'

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
  const { from, to, protocol, port, sentOn } = connection
  const words = connectionWords(connection)
  if (to.unserved !== undefined) return { connection, words, verdict: 'no connection', because: to.unserved }
  const report = new Report()
  const request = {
    from: from.address,
    to: to.address,
    proto: String(protocol),
    ...(protocolHasPorts(protocol) ? { dport: String(port) } : {}),
    ...(isIcmp(protocol) ? { 'icmp-type': String(port >> 8), 'icmp-code': String(port & 255) } : {}),
    ...(from.address.includes(':') ? { ipv6: 'true' } : {}),
    ...comesInBy(connection, world),
  }
  const result = followRequest(request, world, {}, undefined, report)
  const ways = result?.ways ?? []
  const toGoal = sentOn && ways.find(one => decidingLeg(one)?.walk.packet.destination === sentOn.address)
  const way = toGoal ?? ways[0]
  const leg = way === undefined ? undefined : decidingLeg(way)
  if (result === undefined || leg === undefined) {
    const [said] = report.diagnostics
    return { connection, words, verdict: 'unknown', because: said?.message ?? 'it passes no node' }
  }
  const where = leg.node === undefined ? '' : ` (node ${leg.node})`
  return {
    connection,
    words,
    verdict: toGoal?.verdict ?? result.verdict,
    because: `${becauseOf(leg.walk, leg.scene).because}${where}`,
  }
}

/** What is for no node in particular may come to any: one that has somebody to send it on to. */
function comesInBy({ from, to, sentOn }: Connection, { nodeOf }: World): { readonly node?: string } {
  const behind = sentOn?.address ?? to.behind
  if (behind === undefined || nodeOf(from.address) !== undefined || nodeOf(to.address) !== undefined) return {}
  const node = nodeOf(behind)
  return node === undefined ? {} : { node }
}

function connectionWords({ from, to, protocol, port, sentOn }: Connection): string {
  const end = ({ name, address }: ConnectionEnd): string => (name === address ? name : `${name} (${address})`)
  const service = protocolHasPorts(protocol)
    ? `, port ${port}`
    : isIcmp(protocol)
      ? `, type ${port >> 8} code ${port & 255}`
      : ''
  const onward =
    sentOn === undefined
      ? ''
      : `, sent on to ${end(sentOn)}${sentOn.port === port || !protocolHasPorts(protocol) ? '' : `, port ${sentOn.port}`}`
  return `${protocolWords(protocol)} from ${end(from)} to ${end(to)}${service}${onward}`
}
