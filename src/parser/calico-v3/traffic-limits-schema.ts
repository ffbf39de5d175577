// Limits of traffic as they stand in a WorkloadEndpoint. Those of bandwidth make no rules.

import * as z from 'zod'
import { integer, optional } from '../fields.ts'
import { once } from '../lazily.ts'
import { byteOrText } from './setting-schema.ts'

const LIMITS = ['Bandwidth', 'Burst', 'Peakrate', 'Minburst', 'PacketRate', 'PacketBurst', 'MaxConnections'] as const

const limits = once(() => {
  const names = (['ingress', 'egress'] as const).flatMap(side => LIMITS.map(limit => `${side}${limit}` as const))
  return Object.fromEntries(names.map(name => [name, optional(integer)])) as Record<
    (typeof names)[number],
    ReturnType<typeof optional<typeof integer>>
  >
})

/** Numbers as they stand: whether they are in range is for whoever uses them. */
export const qosControls = once(() => z.strictObject({ ...limits(), dscp: optional(byteOrText) }))

export type QosControls = z.infer<ReturnType<typeof qosControls>>
