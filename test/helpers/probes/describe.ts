// A probe on which walker and kernel differ, in words.

import type { Packet } from '../../../src/netfilter/packet.ts'
import type { Walk } from '../../../src/walk/steps.ts'
import type { ForeseenProbe } from './batch.ts'
import type { Judgement } from './judge.ts'

export function describeMismatch({ probe, walk }: ForeseenProbe, { counts, outcomes }: Judgement): string {
  const { packet, inInterface, state, dnat, hasReversePath } = probe.journey
  const from = inInterface === undefined ? 'sent by the node' : `comes in by ${inInterface}`
  const notes = [
    state,
    from,
    ...(dnat === undefined ? [] : [`translated to ${dnat.address ?? ''} port ${dnat.port ?? ''}`]),
    ...(hasReversePath === false ? ['no reverse path'] : []),
  ]
  const lines = [
    `${describePacket(packet)}, ${notes.join(', ')}`,
    `sent: ${[...probe.before, probe.sending].map(({ via, bytes }) => `${via} ${bytes.toString('hex')}`).join(', ')}`,
    `walker: ${walk.verdict}, decided by ${decidedBy(walk)}`,
    ...[...outcomes.values()].map(text => `packet: ${text}`),
    ...counts.map(({ place, expected, counted }) => `counter: ${place}: foreseen ${expected}, counted ${counted}`),
  ]
  return lines.join('\n    ')
}

function decidedBy({ decidedBy }: Walk): string {
  if (decidedBy === undefined) return 'nothing'
  return decidedBy.kind === 'policy'
    ? `the policy of ${decidedBy.table} ${decidedBy.hook}`
    : `${decidedBy.table} ${decidedBy.chain} ${decidedBy.index + 1}`
}

function describePacket(packet: Packet): string {
  const { ipVersion, protocol, source, destination, sourcePort, destinationPort, icmpType, icmpCode, tcpFlags } = packet
  const port = (number: number | undefined): string => (number === undefined ? '' : ` port ${number}`)
  const icmp = icmpType === undefined ? '' : ` type ${icmpType} code ${icmpCode}`
  const flags = tcpFlags === undefined ? '' : ` ${tcpFlags.join('+') || 'no flags'}`
  return `IPv${ipVersion} protocol ${protocol}${icmp}${flags} ${source}${port(sourcePort)} -> ${destination}${port(destinationPort)}`
}
