// What becomes of a packet, in short: for lessons, and for comparing two inputs.

import { requestedIpVersion } from '../../trace/packet-request.ts'
import type { VerdictView } from '../protocol.ts'
import type { PacketFields } from '../view.ts'
import type { Engine } from './engine.ts'

export function verdictOf(engine: Engine, fields: PacketFields): VerdictView {
  const packet = engine.packet(fields, requestedIpVersion(fields))
  return 'messages' in packet
    ? { verdict: 'none', headline: packet.messages.join('; '), isLogged: false }
    : { verdict: packet.verdict, headline: packet.headline, isLogged: packet.log.length > 0 }
}
