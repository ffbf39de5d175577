// A destination that somebody gives with `--dnat` and that the packet does not get.

import type { Journey } from '../walk/packet.ts'
import type { Walk } from '../walk/steps.ts'

/** Why the destination that `--dnat` gives was not taken; undefined where it was, and where the packet fell before. */
export function unusedDnat({ dnat, packet }: Journey, { packet: last, state, verdict }: Walk): string | undefined {
  const isSame = (port: number | undefined, address: string | undefined): boolean =>
    last.destination === (address ?? packet.destination) && last.destinationPort === (port ?? packet.destinationPort)
  if (dnat === undefined || isSame(dnat.port, dnat.address)) return undefined
  if (!isSame(undefined, undefined))
    return '`--dnat` is not used: rules of table nat send the connection on to where they say'
  if (verdict !== 'accept') return undefined
  return `\`--dnat\` is not used: connection tracking, which translates, has the packet as ${state}`
}
