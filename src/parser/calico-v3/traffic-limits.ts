// Limits of traffic and DSCP of a WorkloadEndpoint: Felix makes the same rules of them as of the annotations of a pod.

import { parseDscp } from '../../calico/dscp.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { MOST_CONNECTIONS, MOST_PACKETS, type TrafficLimits, type WorkloadExtras } from '../../model/ast/endpoint.ts'
import type { ParseContext } from '../context.ts'
import type { QosControls } from './traffic-limits-schema.ts'

type QosExtras = Pick<WorkloadExtras, 'ingressLimits' | 'egressLimits' | 'dscp'>

/**
 * Nobody fills in or checks what stands in the resource, as is done for pods. Reports unsupported-field for what iptables
 * would not take.
 */
export function readTrafficLimits(controls: QosControls, location: Location, context: ParseContext): QosExtras {
  const { release, report } = context
  const inRange = (field: keyof QosControls, value: number, most: number): boolean => {
    if (value >= 1 && value <= most) return true
    report.error(
      'unsupported-field',
      `\`${field}\` is not between 1 and ${most}: iptables takes no rule for it`,
      at(location, field),
      'write a number in this range, or remove the limit',
    )
    return false
  }
  const limitsOf = (direction: 'ingress' | 'egress'): TrafficLimits => {
    if (release.podLimits === 'none') return {}
    const rate = controls[`${direction}PacketRate`] ?? 0
    const connections = controls[`${direction}MaxConnections`] ?? 0
    const isBurstRead = release.podLimits === 'withBurst'
    const burst = isBurstRead ? (controls[`${direction}PacketBurst`] ?? 0) : 0
    const hasRate = rate !== 0 && inRange(`${direction}PacketRate`, rate, MOST_PACKETS)
    const hasBurst = hasRate && (!isBurstRead || inRange(`${direction}PacketBurst`, burst, MOST_PACKETS))
    const hasConnections = connections !== 0 && inRange(`${direction}MaxConnections`, connections, MOST_CONNECTIONS)
    return {
      ...(hasBurst ? { packetRate: { perSecond: rate, burst } } : {}),
      ...(hasConnections ? { maxConnections: connections } : {}),
    }
  }
  const written = release.hasDscp ? controls.dscp : undefined
  const dscp = written === undefined ? undefined : parseDscp(String(written))
  if (written !== undefined && dscp === undefined)
    report.error(
      'unsupported-field',
      `\`${written}\` is no DSCP value`,
      at(location, 'dscp'),
      'write 0-63, or a name such as `EF` or `AF41`',
    )
  return {
    ingressLimits: limitsOf('ingress'),
    egressLimits: limitsOf('egress'),
    ...(dscp === undefined ? {} : { dscp }),
  }
}
