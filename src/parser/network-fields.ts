// Field readers for nets, addresses, ports and protocols.

import { orList } from '../text/wording.ts'
import { type Address, type ParsedCidr, parseAddress, parseCidr, parseNet } from '../net/cidr.ts'
import { isPortName, parsePort, type Port } from '../net/port.ts'
import { type Protocol, V3_PROTOCOL_NAMES } from '../net/protocol.ts'
import { readPort } from '../hints/kubernetes-values.ts'
import { placeholderHelp } from './names.ts'
import { describe, Fault, field, readText } from './fields.ts'

/** A net of a rule and how a file writes it; nets that Kubernetes policies become have no text. */
export interface RuleNet extends ParsedCidr {
  readonly written?: string
}

/** What a net with host bits may have been meant as, where it stands. */
type Meant = 'net' | 'address'

/** A net without host bits, or a bare address: whether a rule may hold one is for its own check. */
const netMeantAs = (...meant: readonly Meant[]) =>
  field((value): RuleNet | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    const parsed = parseNet(read)
    if (parsed === undefined) return new Fault('bad-net', `\`${read}\` is not a net`, { help: netHelp(read) })
    return hostBits(read, parsed, meant) ?? { ...parsed, written: read }
  })

export const ruleNet = netMeantAs('net', 'address')
/** Of a pool, which has room for blocks. */
export const poolNet = netMeantAs('net')
/** Of an endpoint, which has addresses. */
export const endpointNet = netMeantAs('address')

/** The fault of a net that has bits beyond its prefix length; undefined for others. */
export function hostBits(
  read: string,
  { cidr, hasHostBits }: ParsedCidr,
  meant: readonly Meant[] = ['net', 'address'],
): Fault | undefined {
  if (!hasHostBits) return undefined
  const texts = {
    net: `${cidr.address}/${cidr.prefixLength}`,
    address: `${read.split('/')[0]}/${cidr.ipVersion === 4 ? 32 : 128}`,
  }
  return new Fault('host-bits', `\`${read}\` has bits set beyond its prefix length`, {
    help: `did you mean ${orList(meant.map(one => texts[one]))}?`,
  })
}

/** A net of a network set: host bits and bare addresses are fine. */
export const looseNet = field((value): ParsedCidr | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  return parseNet(read) ?? new Fault('bad-net', `\`${read}\` is not a net or address`, { help: netHelp(read) })
})

/** What to write instead of a text that is no net. */
export function netHelp(written: string): string | undefined {
  const withoutBlanks = written.replaceAll(/\s/g, '')
  if (withoutBlanks !== written && parseNet(withoutBlanks) !== undefined)
    return `write \`${withoutBlanks}\`, without a blank`
  const alone = written.replace(/^[a-z]+:\/\//i, '').replace(/%[^/]*|\/+$/g, '')
  if (alone !== written && parseNet(alone) !== undefined) return `write \`${alone}\``
  if (/^(?:any|all|\*)$/i.test(written)) return 'all addresses are `0.0.0.0/0`, and those of IPv6 `::/0`'
  if (/^\d+(?:\.\d+){0,2}(?:\.\*)+$/.test(written)) {
    const parts = written.split('.').filter(part => part !== '*')
    const net = `${[...parts, '0', '0', '0'].slice(0, 4).join('.')}/${8 * parts.length}`
    if (parseNet(net) !== undefined) return `write \`${net}\``
  }
  const [, masked, mask] = /^([0-9.]+)\/([0-9]+(?:\.[0-9]+){3})$/.exec(written) ?? []
  if (masked !== undefined && mask !== undefined) {
    const bits = mask
      .split('.')
      .map(part => Number(part).toString(2).padStart(8, '0'))
      .join('')
    const isMask = /^1*0*$/.test(bits) && bits.length === 32
    return isMask ? `write \`${masked}/${bits.replaceAll('0', '').length}\`` : 'write a prefix length behind the `/`'
  }
  if (/^[0-9]+(?:\.[0-9]+)+\.?$/.test(written)) return 'an address is four numbers 0-255'
  if (/^[0-9a-f:]*:[0-9a-f:.]*\/[0-9.]*$/i.test(written))
    return 'a net of IPv6 is an address and a prefix length 0-128: `2001:db8::/32`'
  if (/^(?:[a-z0-9_*-]+\.)+[a-z][a-z0-9-]*\.?$/i.test(written)) return 'names are not looked up: write the addresses'
  if (/^[0-9.]+\/[0-9]+$/.test(written)) return 'a net is four numbers 0-255 and a prefix length 0-32: `10.0.0.0/8`'
  if (/[<>]/.test(written)) return 'put an address in place of the placeholder'
  const placeholder = placeholderHelp(written)
  if (placeholder !== undefined) return placeholder
  if (/^[0-9a-f.:/]+(?:\s*,\s*[0-9a-f.:/]+)+$/i.test(written))
    return `write a list: [${written
      .split(',')
      .map(part => part.trim())
      .join(', ')}]`
  if (/-/.test(written)) return 'ranges of addresses are not supported; write CIDRs'
  return undefined
}

/** The same where an address without a prefix length is no net either. */
export function cidrHelp(written: string): string | undefined {
  const net = written.includes('/') ? undefined : parseNet(written)
  return net === undefined ? netHelp(written) : `write \`${written}/${net.cidr.prefixLength}\``
}

export const address = field((value): Address | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  const parsed = parseAddress(read)
  if (parsed !== undefined) return parsed
  const help = parseCidr(read) === undefined ? undefined : `write the address without prefix: \`${read.split('/')[0]}\``
  return new Fault('bad-address', `\`${read}\` is not an IP address`, { help })
})

/** A port of a rule: 1–65535, a range, or a Kubernetes port name. */
export const rulePort = field((value): Port | Fault => {
  if ((typeof value === 'object' && value !== null) || typeof value === 'boolean') {
    return new Fault('wrong-type', `expected a port, found ${describe(value)}`, {
      help: 'write a number, or a range as "FROM:TO"; the protocol belongs to the rule',
      isLoadFault: true,
    })
  }
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 65535) return portOutOfRange(String(value), true)
    return value === 0 ? portOutOfRange('0', false) : { first: value, last: value }
  }
  if (value === null || value === undefined) return new Fault('bad-port', 'the port is empty')
  const read = readText(value)
  if (read instanceof Fault) return read
  const result = parsePort(read)
  if (!result.ok) {
    switch (result.reason) {
      case 'number-too-large':
        return portOutOfRange(read, true)
      case 'range-reversed':
        return new Fault('bad-port', `the range \`${read}\` ends before it starts`, {
          help: 'write the lower port first',
          isLoadFault: true,
        })
      case 'not-a-port':
        return new Fault('bad-port', `\`${read}\` is not a port`, {
          help: portHelp(read),
          isLoadFault: true,
          replacement: writtenRange(read),
        })
    }
  }
  if (typeof result.port === 'string') {
    return isPortName(read)
      ? result.port
      : new Fault('bad-port', `\`${read}\` is neither a port number nor a valid port name`, {
          help: portHelp(read),
          replacement: writtenRange(read),
        })
  }
  return result.port.first === 0 ? portOutOfRange(read, false) : result.port
})

function portOutOfRange(written: string, isLoadFault: boolean): Fault {
  return new Fault('bad-port', `port \`${written}\` is not between 1 and 65535`, { isLoadFault })
}

/** `80-90` as a range is written; undefined for what is none. */
function writtenRange(written: string): string | undefined {
  const [, first, last] = /^([0-9]{1,5})\s*[-:\u2013\u2014]\s*([0-9]{1,5})$/.exec(written) ?? []
  return first === undefined || last === undefined || Number(first) > Number(last) ? undefined : `"${first}:${last}"`
}

function portHelp(written: string): string {
  const { port, endPort, protocol } = readPort(written) ?? {}
  if (protocol !== undefined && endPort === undefined)
    return `write \`${String(port)}\` here and \`protocol: ${String(protocol)}\` in the rule`
  const trimmed = written.trim()
  if (trimmed !== written && parsePort(trimmed).ok) return `write \`${trimmed}\`, without a blank`
  const range = /^([0-9]*)\s*(?:[-:\u2013\u2014]|\.{2,3})\s*([0-9]*)$/.exec(trimmed)
  const ports = [range?.[1] || 1, range?.[2] || 65535].map(Number).sort((a, b) => a - b)
  if (range !== null && (/^\d/.test(trimmed) || /^:\d/.test(trimmed))) return `a range is written "${ports.join(':')}"`
  const items = trimmed.split(/[\s,/]+/)
  if (items.length > 1 && items.every(item => parsePort(item).ok)) return `write a list: [${items.join(', ')}]`
  return 'a port name has 1-15 lower-case letters, digits and single dashes, at least one letter, and no dash at either end'
}

const PROTOCOL_WORD = new RegExp(`^(?:${V3_PROTOCOL_NAMES.join('|')})$`, 'i')

/** Protocol of a v3 rule: a number 1–255, or a name in exact case. */
export const protocol = field((value): Protocol | Fault => {
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 255) {
      return new Fault('bad-protocol', `protocol number \`${value}\` is not between 1 and 255`, { isLoadFault: true })
    }
    return value === 0 ? new Fault('bad-protocol', 'protocol number 0 is not valid') : value
  }
  const read = readText(value)
  if (read instanceof Fault) return read
  if (/^[0-9]+$/.test(read) && Number(read) <= 255) {
    return Number(read) === 0 ? new Fault('bad-protocol', 'protocol number 0 is not valid') : Number(read)
  }
  const name = V3_PROTOCOL_NAMES.find(candidate => candidate === read)
  if (name !== undefined) return name.toLowerCase() as Protocol
  const sameButForCase = V3_PROTOCOL_NAMES.find(candidate => candidate.toLowerCase() === read.toLowerCase())
  const help =
    sameButForCase !== undefined
      ? `write \`${sameButForCase}\`: case matters`
      : /^(any|all)$/i.test(read)
        ? 'leave `protocol` out for any protocol'
        : read.split(/[,/|+]|\band\b/).filter(part => PROTOCOL_WORD.test(part.trim())).length > 1
          ? 'write a rule of its own for each protocol'
          : `write ${orList(V3_PROTOCOL_NAMES)}, or a number 1-255`
  return new Fault('bad-protocol', `unknown protocol \`${read}\``, { help, replacement: sameButForCase })
})
