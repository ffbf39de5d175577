// A request as its sender sends it, before any rule is met.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Journey } from '../walk/packet.ts'
import { readRequest } from './packet-request.ts'
import type { PacketRequest, RequestPlace } from './request-fields.ts'
import type { Scene } from './scene.ts'
import { resolveTarget } from './service-target.ts'
import { startOf } from './start-node.ts'
import type { World } from './world.ts'

/**
 * The packet of the first leg, of whatever way it goes on; undefined, perhaps without an error, where it is none or one of several,
 * or has no leg.
 */
export function sentAs(
  request: PacketRequest,
  world: World,
  place: RequestPlace | undefined,
  report: Report,
): Journey | undefined {
  const [only, ...others] = resolveTarget(request, world.home, place, report)?.requests ?? []
  if (only === undefined || others.length > 0) return undefined
  const journey = sendingOf(only.request, world, place, report)?.journey
  return journey === undefined || isForSender(journey) ? undefined : journey
}

export interface Sending {
  readonly journey: Journey
  readonly scene: Scene
  readonly node: string | undefined
}

/** Undefined, with errors reported, where it is no packet or nobody knows who sends it. */
export function sendingOf(
  request: PacketRequest,
  world: World,
  place: RequestPlace | undefined,
  report: Report,
): Sending | undefined {
  const start = startOf(request, world, place, report)
  const journey = start === undefined ? undefined : readRequest(request, start.scene, place, report)
  return start === undefined || journey === undefined ? undefined : { journey, scene: start.scene, node: start.node }
}

/** It never leaves the pod. */
export function isForSender({ inInterface, packet: { source, destination } }: Journey): boolean {
  return inInterface !== undefined && source === destination
}
