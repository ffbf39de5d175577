// One request to trace, from the command line or a file, through whatever rules there are.

import type { Report } from '../diagnostics/diagnostic.ts'
import { followRequest, type FollowOptions } from '../trace/follow.ts'
import { requestedIpVersion } from '../trace/packet-request.ts'
import type { PacketRequest, RequestPlace } from '../trace/request-fields.ts'
import { sentAs } from '../trace/sending.ts'
import type { TraceResult } from '../trace/way.ts'
import type { World } from '../trace/world.ts'
import type { Journey } from '../walk/packet.ts'
import type { WorldOf } from './trace-world.ts'

/** Undefined, with errors reported, where it is no packet, there are no rules for it, or its way is too long. */
export function traceRequest(
  request: PacketRequest,
  worldOf: WorldOf,
  options: FollowOptions,
  place: RequestPlace | undefined,
  report: Report,
): TraceResult | undefined {
  const world = worldFor(request, worldOf, place, report)
  return world && followRequest(request, world, options, place, report)
}

/** The packet as it is sent, without following it; undefined where that takes more. */
export function sentRequest(
  request: PacketRequest,
  worldOf: WorldOf,
  place: RequestPlace | undefined,
  report: Report,
): Journey | undefined {
  const world = worldFor(request, worldOf, place, report)
  return world && sentAs(request, world, place, report)
}

function worldFor(
  request: PacketRequest,
  worldOf: WorldOf,
  place: RequestPlace | undefined,
  report: Report,
): World | undefined {
  const ipVersion = requestedIpVersion(request)
  const world = worldOf(ipVersion)
  if (world === undefined) {
    const tool = ipVersion === 4 ? 'iptables-save' : 'ip6tables-save'
    const help = `IPv6 may be switched off; of text, \`--rules\` takes what \`${tool}\` prints, too`
    report.error('bad-value', 'there are no rules of this IP version', place, help)
  }
  return world
}
