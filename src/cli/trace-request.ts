// One request to trace, from the command line or a file, through whatever rules there are.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'
import { followRequest, type FollowOptions } from '../trace/follow.ts'
import { type PacketRequest, requestedIpVersion } from '../trace/packet-request.ts'
import type { TraceResult } from '../trace/way.ts'
import type { WorldOf } from './trace-world.ts'

/** Undefined, with errors reported, where it is no packet, there are no rules for it, or its way is too long. */
export function traceRequest(
  request: PacketRequest,
  worldOf: WorldOf,
  options: FollowOptions,
  place: Span | undefined,
  report: Report,
): TraceResult | undefined {
  const world = worldOf(requestedIpVersion(request))
  if (world === undefined) {
    report.error('bad-value', 'there are no rules of this IP version', place)
    return undefined
  }
  return followRequest(request, world, options, place, report)
}
