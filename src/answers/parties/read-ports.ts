// The words for ports -> protocols and numbers: `80`, `tcp/80,443`, `udp/53`, `8000-8100`, `http`, `icmp/8`.

import type { Place, Report } from '../../diagnostics/diagnostic.ts'
import type { EndpointPort } from '../../model/ast/endpoint.ts'
import type { PortRange } from '../../net/port.ts'
import { PROTOCOL_NUMBERS, protocolNumber } from '../../net/protocol.ts'
import { protocolHasPorts, readProtocol } from '../../netfilter/protocols.ts'
import { nearestName } from '../../text/unknown-name.ts'

/** One of the ports that are asked about. */
export type PortWish =
  | { readonly kind: 'any' }
  /** All of a protocol. */
  | { readonly kind: 'protocol'; readonly protocol: number }
  | { readonly kind: 'ports'; readonly protocol: number; readonly range: PortRange }
  /** Whatever the receiver calls so; `protocol` is absent where it was not said. */
  | { readonly kind: 'named'; readonly name: string; readonly protocol?: number }
  /** ICMP of the IP version that is asked about. */
  | { readonly kind: 'icmp'; readonly type?: number; readonly code?: number }

export interface PortAsking {
  /** What the words are for, as messages have it: `ports`, `--port`. */
  readonly field: string
  readonly place?: Place | undefined
  /** Names that pods give to their ports. */
  readonly names: readonly string[]
}

const HELP =
  'write `80`, `tcp/80`, `udp/53`, a range `tcp/8000-8100`, the name of a port, `icmp`, `icmp/8`, `udp` or `any`'

/**
 * A list, separated by commas; what has no protocol has that of the one before, the first one TCP.
 * Undefined, with every mistake reported, where one of them is no port.
 */
export function readPorts(text: string, asking: PortAsking, report: Report): readonly PortWish[] | undefined {
  const wishes: PortWish[] = []
  let before = 'tcp'
  let isRight = true
  for (const part of text.split(',')) {
    const written = part.trim()
    const [first = '', ...rest] = written.split('/')
    const isBare = rest.length === 0
    const isProtocol = isBare && !/^[0-9]/.test(first) && readProtocol(first) !== undefined
    if (!isBare) before = first
    const found =
      isProtocol || written === 'any'
        ? readWhole(first)
        : readOne(isBare ? before : first, isBare ? [first] : rest, isBare, asking)
    if (found === undefined || 'message' in found) {
      isRight = false
      report.error(
        'bad-port',
        `\`${asking.field}\`: ${found?.message ?? `\`${written}\` is no port`}`,
        asking.place,
        found?.help ?? HELP,
      )
    } else wishes.push(found)
  }
  return isRight ? wishes : undefined
}

interface Fault {
  readonly message: string
  readonly help?: string
}

function readWhole(word: string): PortWish | undefined {
  if (word === 'any') return { kind: 'any' }
  if (word.toLowerCase() === 'icmp') return { kind: 'icmp' }
  const protocol = readProtocol(word)
  return protocol === undefined ? undefined : { kind: 'protocol', protocol: protocolNumber(protocol) }
}

function readOne(
  protocolWord: string,
  [value = '', code, ...more]: readonly string[],
  isBare: boolean,
  { names }: PortAsking,
): PortWish | Fault | undefined {
  if (more.length > 0 || value === '') return undefined
  if (protocolWord.toLowerCase() === 'icmp') return isBare ? undefined : readMessage(value, code)
  if (code !== undefined) return undefined
  if (protocolWord.toLowerCase() === 'protocol') {
    return /^[0-9]{1,3}$/.test(value) && Number(value) <= 255
      ? { kind: 'protocol', protocol: Number(value) }
      : undefined
  }
  const read = readProtocol(protocolWord)
  const protocol = read === undefined ? undefined : protocolNumber(read)
  if (protocol === undefined)
    return { message: `\`${protocolWord}\` is no protocol`, help: 'write tcp, udp, sctp, icmp or `protocol/NUMBER`' }
  if (!protocolHasPorts(protocol)) return { message: `${protocolWord} has no ports` }
  const range = /^(?<first>[0-9]{1,5})(?:[-:](?<last>[0-9]{1,5}))?$/.exec(value)?.groups
  if (range !== undefined) {
    const first = Number(range['first'])
    const last = Number(range['last'] ?? first)
    if (last > 65535) return { message: `\`${value}\` is no port: ports go up to 65535` }
    if (first > last) return { message: `\`${value}\` ends before it begins` }
    return { kind: 'ports', protocol, range: { first, last } }
  }
  if (!/^[a-zA-Z0-9_.-]+$/.test(value) || /^[0-9-]+$/.test(value)) return undefined
  if (names.includes(value)) return { kind: 'named', name: value, ...(isBare ? {} : { protocol }) }
  const near = nearestName(value, names)
  return {
    message: `no pod of the input has a port called \`${value}\``,
    help: near === undefined ? HELP : `did you mean \`${near}\`?`,
  }
}

function readMessage(type: string, code: string | undefined): PortWish | undefined {
  const isByte = (text: string): boolean => /^[0-9]{1,3}$/.test(text) && Number(text) <= 255
  if (!isByte(type) || (code !== undefined && !isByte(code))) return undefined
  return { kind: 'icmp', type: Number(type), ...(code === undefined ? {} : { code: Number(code) }) }
}

/** Numbers that a receiver with these ports gives to a name. */
export function namedRanges(
  { name, protocol }: Extract<PortWish, { kind: 'named' }>,
  ports: readonly EndpointPort[],
): readonly { readonly protocol: number; readonly range: PortRange }[] {
  return ports.flatMap(port => {
    const number = PROTOCOL_NUMBERS[port.protocol]
    if (port.name !== name || (protocol !== undefined && protocol !== number)) return []
    return [{ protocol: number, range: { first: port.port, last: port.port } }]
  })
}
