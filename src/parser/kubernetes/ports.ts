// Ports of one rule, grouped by protocol and merged as Calico's conversion does.

import type { Port, PortRange } from '../../net/port.ts'
import type { PortProtocol } from '../../net/protocol.ts'
import { compareBytes } from '../../text/bytes.ts'

/** A port entry: a protocol (none for named ports of a ClusterNetworkPolicy) and a port, or all ports. */
export interface PortEntry {
  readonly protocol: PortProtocol | undefined
  readonly port: Port | undefined
}

export interface PortGroup {
  readonly protocol: PortProtocol | undefined
  readonly ports: readonly Port[]
}

/**
 * One group for each protocol, in the order of the protocols' names, the one without protocol first. An entry without a
 * port swallows the others of its protocol. No entries at all make one group that matches anything.
 */
export function groupPorts(entries: readonly PortEntry[]): readonly PortGroup[] {
  if (entries.length === 0) return [{ protocol: undefined, ports: [] }]
  const groups = new Map<PortProtocol | undefined, Port[] | 'all'>()
  for (const { protocol, port } of entries) {
    const group = groups.get(protocol)
    if (port === undefined || group === 'all') groups.set(protocol, 'all')
    else if (group === undefined) groups.set(protocol, [port])
    else group.push(port)
  }
  return [...groups]
    .sort(([a], [b]) => compareBytes((a ?? '').toUpperCase(), (b ?? '').toUpperCase()))
    .map(([protocol, ports]) => ({ protocol, ports: ports === 'all' ? [] : mergePorts(ports) }))
}

/** Names first, then numbers sorted and joined into ranges; a list with fewer than two numbers stays as it is. */
function mergePorts(ports: readonly Port[]): readonly Port[] {
  const names = ports.filter(port => typeof port === 'string')
  const ranges = ports.filter(port => typeof port !== 'string').sort((a, b) => a.first - b.first)
  const count = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)
  if (count <= 1) return ports
  const merged: PortRange[] = []
  for (const range of ranges) {
    const previous = merged.at(-1)
    if (previous !== undefined && range.first <= previous.last + 1) {
      merged[merged.length - 1] = { first: previous.first, last: Math.max(previous.last, range.last) }
    } else {
      merged.push(range)
    }
  }
  return [...names, ...merged]
}
