// One request to trace, from the command line or a file, through whatever rules there are.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Span } from '../diagnostics/source.ts'
import { walkWithin } from '../trace/bounded-walk.ts'
import { traceOfWalks } from '../trace/one-node.ts'
import { type PacketRequest, readRequest, requestedIpVersion } from '../trace/packet-request.ts'
import type { TraceResult } from '../trace/way.ts'
import type { WalkOptions } from '../walk/walk-packet.ts'
import type { SceneOf } from './trace-scenes.ts'

/** Undefined, with errors reported, where it is no packet, there are no rules for it, or its way is too long. */
export function traceRequest(
  request: PacketRequest,
  sceneOf: SceneOf,
  options: WalkOptions,
  place: Span | undefined,
  report: Report,
): TraceResult | undefined {
  const scene = sceneOf(requestedIpVersion(request))
  if (scene === undefined) {
    report.error('bad-value', 'there are no rules of this IP version', place)
    return undefined
  }
  const journey = readRequest(request, scene, place, report)
  const result = journey === undefined ? undefined : walkWithin(scene, journey, options, place, report)
  return journey === undefined || result === undefined ? undefined : traceOfWalks(journey, result, scene)
}
