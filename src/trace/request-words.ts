// The packet that a trace is asked about, on one line.

import { packetWords } from '../words/packet.ts'
import type { Leg } from './way.ts'

/** What is asked about, on one line. */
export function requestWords({ journey }: Pick<Leg, 'journey'>): string {
  const { inInterface } = journey
  const from = inInterface === undefined ? 'sent by the node itself' : `comes in by ${interfaceWords(inInterface)}`
  return `${connectionWords({ journey })}, ${from}`
}

/** The same without where it comes from. */
export function connectionWords({ journey: { packet, state } }: Pick<Leg, 'journey'>): string {
  return `${packetWords(packet)}, connection ${state}`
}

/** @param name empty: one that nothing names, and no host endpoint is for */
export function interfaceWords(name: string): string {
  return name === '' ? 'an interface without a host endpoint' : name
}
