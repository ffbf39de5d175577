// One request to trace, from the command line or a file, through whatever rules there are.

import type { Report } from '../diagnostics/diagnostic.ts'
import { followRequest, type FollowOptions } from '../trace/follow.ts'
import { requestedIpVersion } from '../trace/packet-request.ts'
import type { PacketRequest, RequestPlace } from '../trace/request-fields.ts'
import type { TraceResult } from '../trace/way.ts'
import type { WorldOf } from './trace-world.ts'

/** Undefined, with errors reported, where it is no packet, there are no rules for it, or its way is too long. */
export function traceRequest(
  request: PacketRequest,
  worldOf: WorldOf,
  options: FollowOptions,
  place: RequestPlace | undefined,
  report: Report,
): TraceResult | undefined {
  const ipVersion = requestedIpVersion(request)
  const world = worldOf(ipVersion)
  if (world === undefined) {
    const tool = ipVersion === 4 ? 'iptables-save' : 'ip6tables-save'
    const help = `IPv6 may be switched off; of text, \`--rules\` takes what \`${tool}\` prints, too`
    report.error('bad-value', 'there are no rules of this IP version', place, help)
    return undefined
  }
  return followRequest(request, world, options, place, report)
}
