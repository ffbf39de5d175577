// What trace says of the attempts of a recorded node, and whether that is what happened.

import { Report } from '../../src/diagnostics/diagnostic.ts'
import type { IpVersion } from '../../src/net/cidr.ts'
import { followRequest } from '../../src/trace/follow.ts'
import type { PacketRequest } from '../../src/trace/request-fields.ts'
import type { TraceResult, Way } from '../../src/trace/way.ts'
import { decidingLeg } from '../../src/trace/way.ts'
import type { World } from '../../src/trace/world.ts'
import type { Attempt, RecordedNode } from './recorded-attempts.ts'

export interface Judged {
  readonly attempt: Attempt
  /** `possible`: unknown, and what happened is among the ways. */
  readonly judgement: 'equal' | 'possible' | 'wrong'
  readonly said: string
  readonly result?: TraceResult
}

/** @param isNamed pods by their names, otherwise by their addresses */
export function judgeAttempts(
  node: RecordedNode,
  worldOf: (ipVersion: IpVersion) => World | undefined,
  isNamed: boolean,
): readonly Judged[] {
  const reached = reachedAddresses(node)
  return node.attempts.map(attempt => {
    const report = new Report()
    const world = worldOf(attempt.dst.includes(':') ? 6 : 4)
    const request = requestOf(attempt, isNamed)
    const result =
      world === undefined ? undefined : followRequest(request, world, { keepsAffinity: true }, undefined, report)
    if (result === undefined) {
      return { attempt, judgement: 'wrong', said: report.diagnostics.map(({ message }) => message).join('; ') }
    }
    const said = `${result.verdict} (${result.ways.map(({ verdict }) => verdict).join(', ')})`
    const fits = (way: Way): boolean => isWhatHappened(attempt, way, reached)
    const judgement =
      result.verdict === 'unknown'
        ? result.ways.some(fits)
          ? 'possible'
          : 'wrong'
        : result.ways.every(fits)
          ? 'equal'
          : 'wrong'
    return { attempt, judgement, said, result }
  })
}

function requestOf(attempt: Attempt, isNamed: boolean): PacketRequest {
  const { from, to, proto, dport, sport, src, dst, in_interface: inInterface } = attempt
  return {
    from: isNamed || from === 'host' ? from : src,
    to: isNamed ? to : dst,
    proto,
    ...(dport === '' ? {} : { dport, sport }),
    ...(inInterface === '' ? {} : { 'in-interface': inInterface }),
    ...(dst.includes(':') ? { ipv6: 'true' } : {}),
  }
}

/** Addresses at which somebody is, as far as the attempts show: what is sent to any other may be lost without a rule. */
function reachedAddresses({ attempts }: RecordedNode): ReadonlySet<string> {
  const ends = attempts.flatMap(({ src, dst, to, via, outcome }) => [
    src,
    ...(to.startsWith('pod/') || (GOT_THROUGH.includes(outcome) && !OF_SERVICES.test(via)) ? [dst] : []),
  ])
  return new Set(ends.filter(address => address !== ''))
}

/** Addresses that are nobody's own. */
const OF_SERVICES = /ClusterIP|LB IP|external IP/

const GOT_THROUGH: readonly string[] = ['connected', 'answered']

function isWhatHappened({ outcome }: Attempt, way: Way, reached: ReadonlySet<string>): boolean {
  const { verdict } = way
  if (GOT_THROUGH.includes(outcome)) return verdict === 'accept'
  if (verdict === 'accept' && isLost(way, reached)) return true
  if (outcome === 'timeout') return verdict === 'drop' || verdict === 'no connection'
  return verdict === 'reject' || (verdict === 'accept' && isDelivered(way))
}

/** Taken in by the node or a pod, whose own kernel may refuse it. */
function isDelivered(way: Way): boolean {
  const end = decidingLeg(way)?.walk.end
  return end?.kind === 'delivered' || (end?.kind === 'sent' && end.interfaceName.startsWith('cali'))
}

/** Sent out to an address that nobody has. */
function isLost(way: Way, reached: ReadonlySet<string>): boolean {
  const walk = decidingLeg(way)?.walk
  return (
    walk?.end.kind === 'sent' && !walk.end.interfaceName.startsWith('cali') && !reached.has(walk.packet.destination)
  )
}
