// Types and codes of ICMP and ICMPv6.

import type { IpVersion } from '../../net/cidr.ts'
import { PROTOCOL_NUMBERS } from '../../net/protocol.ts'
import type { MatchFacets, MatchOf, MatchReading } from '../match-facets.ts'
import { not } from '../negation.ts'
import { readNumber } from '../numbers.ts'
import { onlyOption, onlyWord, type Option } from '../option.ts'
import { outcomeOf } from '../outcome.ts'
import { ICMP_PROTOCOLS, isIcmp, type Packet } from '../packet.ts'

export const icmp: MatchFacets<MatchOf<'icmp'>> = {
  print: ({ ipVersion, type, code, negated }) => {
    const [module, option] = ipVersion === 4 ? ['icmp', 'icmp-type'] : ['icmp6', 'icmpv6-type']
    return `-m ${module} ${not(negated)}--${option} ${type}${code === undefined ? '' : `/${code}`}`
  },
  read: [reading(4, ['icmp'], '--icmp-type'), reading(6, ['icmp6', 'icmpv6', 'ipv6-icmp'], '--icmpv6-type')],
  kernelForms: ({ ipVersion, type, code, negated }) => [
    [{ kind: 'icmp', ipVersion, type, ...(code === undefined ? {} : { code }), negated }],
  ],
  evaluate: (match, { packet }) =>
    isIcmp(packet.protocol) ? outcomeOf(isMessage(match, packet), match.negated) : 'no',
  packetSet: {
    by: 'headers',
    of: ({ ipVersion, type, code, negated }, packets) => {
      const isIcmp = packets.protocols(ICMP_PROTOCOLS)
      const messages = ipVersion === 4 && type === ANY_TYPE ? packets.all : packets.icmpMessages(type, code)
      return packets.known(negated ? packets.minus(isIcmp, messages) : packets.and(isIcmp, messages))
    },
  },
  limits: {
    protocols: ({ ipVersion }) => ({
      numbers: [ipVersion === 4 ? PROTOCOL_NUMBERS.icmp : PROTOCOL_NUMBERS.icmpv6],
      message: `an ICMP type in a rule that is not for ${ipVersion === 4 ? 'ICMP' : 'ICMPv6'}`,
    }),
  },
}

function reading(ipVersion: IpVersion, modules: readonly string[], name: string): MatchReading {
  return {
    by: 'module',
    modules,
    read: options => {
      if (options.length === 0 || isAny(options)) return []
      const option = onlyOption(options, name)
      const [typeText = '', codeText, ...rest] = (option === undefined ? '' : (onlyWord(option) ?? '')).split('/')
      const type = readNumber(typeText, 255)
      const code = codeText === undefined ? undefined : readNumber(codeText, 255)
      if (option === undefined || type === undefined || rest.length > 0) return undefined
      if (codeText !== undefined && code === undefined) return undefined
      return [{ kind: 'icmp', ipVersion, type, ...(code === undefined ? {} : { code }), negated: option.negated }]
    },
  }
}

/** `--icmp-type any` asks for nothing beyond the protocol, which is asked for apart. */
function isAny(options: readonly Option[]): boolean {
  const [option, ...rest] = options
  return rest.length === 0 && option?.negated === false && option.arguments[0]?.text === 'any'
}

/** iptables' word for any, of IPv4. */
const ANY_TYPE = 255

function isMessage({ ipVersion, type, code }: MatchOf<'icmp'>, packet: Packet): boolean {
  if (ipVersion === 4 && type === ANY_TYPE) return true
  return packet.icmpType === type && (code === undefined || (packet.icmpCode ?? 0) === code)
}
