// A packet as bytes, from its IP header on, with right checksums. Its last four bytes say which probe it is.

import { toBits } from '../../../src/net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../../../src/net/protocol.ts'
import { isIcmp, type Packet } from '../../../src/netfilter/packet.ts'

/** Time to live of everything that a probe sends: the kernel's own packets have 64 or 255 and are dropped at once. */
export const PROBE_TTL = 77

const { tcp, udp, sctp, icmp, icmpv6, udplite } = PROTOCOL_NUMBERS

/** What a packet holds besides the fields that rules see. */
export interface Contents {
  /** Number of the probe, 1–65535; 0 for packets that only make a connection. */
  readonly probe: number
  readonly sequence?: number
  readonly acknowledged?: number
  /** Identifier of an ICMP query. */
  readonly icmpId?: number
  /** Of an ICMP error: the packet that it is about. */
  readonly about?: Buffer
}

const FLAG_BITS: Readonly<Record<string, number>> = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16, URG: 32 }

export function packetBytes(packet: Packet, contents: Contents): Buffer {
  const payload = payloadBytes(packet, contents)
  const header = packet.ipVersion === 4 ? header4(packet, payload.length) : header6(packet, payload.length)
  return Buffer.concat([header, payload])
}

const TAG = 0xca11_0000

function tagBytes(probe: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(TAG + probe)
  return bytes
}

/** Number of the probe whose packet this is; undefined for anything else. */
export function probeOf(bytes: Buffer): number | undefined {
  const tag = bytes.length < 4 ? 0 : bytes.readUInt32BE(bytes.length - 4)
  return tag >= TAG && tag <= TAG + 0xffff ? tag - TAG : undefined
}

/** Destination address of a packet, as a number, and its port where it has one. */
export function destinationOf(bytes: Buffer): { readonly address: bigint; readonly port: number } {
  return (bytes[0] ?? 0) >> 4 === 4
    ? { address: BigInt(bytes.readUInt32BE(16)), port: bytes.readUInt16BE(22) }
    : { address: BigInt(`0x${bytes.subarray(24, 40).toString('hex')}`), port: bytes.readUInt16BE(42) }
}

function payloadBytes(packet: Packet, contents: Contents): Buffer {
  const { protocol, sourcePort = 0, destinationPort = 0 } = packet
  const tag = tagBytes(contents.probe)
  if (isIcmp(protocol)) return icmpBytes(packet, contents, tag)
  switch (protocol) {
    case tcp: {
      const bytes = Buffer.alloc(20)
      bytes.writeUInt16BE(sourcePort, 0)
      bytes.writeUInt16BE(destinationPort, 2)
      bytes.writeUInt32BE(contents.sequence ?? 1000, 4)
      bytes.writeUInt32BE(contents.acknowledged ?? 0, 8)
      bytes[12] = 5 << 4
      bytes[13] = (packet.tcpFlags ?? []).reduce((bits, flag) => bits | (FLAG_BITS[flag] ?? 0), 0)
      bytes.writeUInt16BE(65535, 14)
      // Packets that make a connection carry no data, so that the numbers of both sides are known.
      return withChecksum(packet, Buffer.concat(contents.probe === 0 ? [bytes] : [bytes, tag]), 16)
    }
    case udp:
    case udplite: {
      const bytes = Buffer.alloc(8)
      bytes.writeUInt16BE(sourcePort, 0)
      bytes.writeUInt16BE(destinationPort, 2)
      bytes.writeUInt16BE(12, 4)
      return withChecksum(packet, Buffer.concat([bytes, tag]), 6)
    }
    case sctp:
      return sctpBytes(packet, tag)
    default: {
      const bytes = Buffer.alloc(12)
      bytes.writeUInt16BE(sourcePort, 0)
      bytes.writeUInt16BE(destinationPort, 2)
      return Buffer.concat([bytes, tag])
    }
  }
}

/** INIT, whose last parameter holds the tag. */
function sctpBytes({ sourcePort = 0, destinationPort = 0 }: Packet, tag: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + 20 + 4)
  bytes.writeUInt16BE(sourcePort, 0)
  bytes.writeUInt16BE(destinationPort, 2)
  bytes[12] = 1
  bytes.writeUInt16BE(28, 14)
  bytes.writeUInt32BE(77, 16)
  bytes.writeUInt32BE(65535, 20)
  bytes.writeUInt16BE(1, 24)
  bytes.writeUInt16BE(1, 26)
  bytes.writeUInt16BE(0x8008, 32)
  bytes.writeUInt16BE(8, 34)
  const whole = Buffer.concat([bytes, tag])
  whole.writeUInt32LE(crc32c(whole), 8)
  return whole
}

function icmpBytes(packet: Packet, { icmpId = 0, about }: Contents, tag: Buffer): Buffer {
  const bytes = Buffer.alloc(8)
  bytes[0] = packet.icmpType ?? 0
  bytes[1] = packet.icmpCode ?? 0
  if (about === undefined) bytes.writeUInt16BE(icmpId, 4)
  // Timestamps and the like are longer than an echo.
  return withChecksum(packet, Buffer.concat([bytes, about ?? Buffer.alloc(16), tag]), 2)
}

function header4({ source, destination, protocol }: Packet, length: number): Buffer {
  const bytes = Buffer.alloc(20)
  bytes[0] = 0x45
  bytes.writeUInt16BE(20 + length, 2)
  // Do not fragment.
  bytes.writeUInt16BE(0x4000, 6)
  bytes[8] = PROBE_TTL
  bytes[9] = protocol
  addressBytes(source, 4).copy(bytes, 12)
  addressBytes(destination, 4).copy(bytes, 16)
  bytes.writeUInt16BE(checksum(bytes), 10)
  return bytes
}

function header6({ source, destination, protocol }: Packet, length: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes[0] = 0x60
  bytes.writeUInt16BE(length, 4)
  bytes[6] = protocol
  bytes[7] = PROBE_TTL
  return Buffer.concat([bytes, addressBytes(source, 6), addressBytes(destination, 6)])
}

function addressBytes(text: string, ipVersion: 4 | 6): Buffer {
  return Buffer.from(
    toBits({ ipVersion, text })
      .toString(16)
      .padStart(ipVersion === 4 ? 8 : 32, '0'),
    'hex',
  )
}

/** Over the addresses too, except for ICMP of IPv4. */
function withChecksum({ ipVersion, source, destination, protocol }: Packet, bytes: Buffer, offset: number): Buffer {
  const tail = Buffer.alloc(8)
  tail.writeUInt32BE(bytes.length, 0)
  tail[7] = protocol
  const pseudo = [addressBytes(source, ipVersion), addressBytes(destination, ipVersion), tail]
  const covered = protocol === icmp && ipVersion === 4 ? [bytes] : [...pseudo, bytes]
  bytes.writeUInt16BE(checksum(Buffer.concat(covered)) || 0xffff, offset)
  return bytes
}

function checksum(bytes: Buffer): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  return ~sum & 0xffff
}

/** Castagnoli's, as SCTP has it. */
function crc32c(bytes: Buffer): number {
  let crc = 0xffff_ffff
  for (const byte of bytes) {
    crc ^= byte
    for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f6_3b78 : crc >>> 1
  }
  return ~crc >>> 0
}

/** An ICMP error or query of the packet's version. */
export function icmpProtocol(ipVersion: 4 | 6): number {
  return ipVersion === 4 ? icmp : icmpv6
}
