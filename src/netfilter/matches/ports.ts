// Source and destination ports: lists of `-m multiport`, and the one port of a protocol's own module.

import type { Side } from '../../model/ruleset.ts'
import { formatPortRange } from '../../net/port.ts'
import type { MatchFacets, MatchLimits, MatchOf } from '../match-facets.ts'
import { not } from '../negation.ts'
import { readPortList, readPortRange } from '../numbers.ts'
import { onlyOption, onlyWord } from '../option.ts'
import { outcomeOf } from '../outcome.ts'
import { PORT_PROTOCOLS, protocolHasPorts } from '../protocols.ts'

const limits: MatchLimits<MatchOf<'ports' | 'destinationPort'>> = {
  protocols: () => ({ numbers: PORT_PROTOCOLS, message: 'ports in a rule whose protocol has none' }),
}

function sideOf(option: string): Side {
  return option.startsWith('--s') ? 'source' : 'destination'
}

export const ports: MatchFacets<MatchOf<'ports'>> = {
  print: ({ side, ranges, negated }) =>
    `-m multiport ${not(negated)}--${side}-ports ${ranges.map(formatPortRange).join(',')}`,
  read: [
    {
      by: 'module',
      modules: ['multiport'],
      read: options => {
        const option = onlyOption(options, '--destination-ports', '--dports', '--source-ports', '--sports')
        const text = option === undefined ? undefined : onlyWord(option)
        const ranges = text === undefined ? undefined : readPortList(text)
        if (option === undefined || ranges === undefined) return undefined
        return [{ kind: 'ports', side: sideOf(option.name), ranges, negated: option.negated }]
      },
    },
    {
      by: 'option',
      modules: ['tcp', 'udp', 'udplite', 'sctp', 'dccp'],
      options: ['--sport', '--source-port', '--dport', '--destination-port'],
      read: option => {
        const range = readPortRange(option.arguments[0]?.text ?? '')
        if (range === undefined) return undefined
        const side = sideOf(option.name)
        const { negated } = option
        // Felix asks for one destination port with the option of the protocol's module.
        return side === 'destination' && !negated && range.first === range.last
          ? { kind: 'destinationPort', port: range.first }
          : { kind: 'ports', side, ranges: [range], negated }
      },
    },
  ],
  kernelForms: ({ side, ranges, negated }) => [
    [{ kind: 'ports', side, ranges: ranges.map(({ first, last }) => ({ first, last })), negated }],
  ],
  evaluate: ({ side, ranges, negated }, { packet }) => {
    const port = side === 'source' ? packet.sourcePort : packet.destinationPort
    if (port === undefined || !protocolHasPorts(packet.protocol)) return 'no'
    return outcomeOf(
      ranges.some(({ first, last }) => first <= port && port <= last),
      negated,
    )
  },
  packetSet: {
    by: 'headers',
    of: ({ side, ranges, negated }, packets) => {
      const ports = packets.ports(side, ranges)
      const havePorts = packets.protocols(PORT_PROTOCOLS)
      return packets.known(negated ? packets.minus(havePorts, ports) : packets.and(havePorts, ports))
    },
  },
  limits,
}

/** The kernel knows no difference to a list of one. */
export const destinationPort: MatchFacets<MatchOf<'destinationPort'>> = {
  print: ({ port }) => `--dport ${port}`,
  read: [],
  kernelForms: ({ port }) => [
    [{ kind: 'ports', side: 'destination', ranges: [{ first: port, last: port }], negated: false }],
  ],
  evaluate: ({ port }, { packet }) => outcomeOf(protocolHasPorts(packet.protocol) && packet.destinationPort === port),
  packetSet: {
    by: 'headers',
    of: ({ port }, packets) => {
      const ports = packets.ports('destination', [{ first: port, last: port }])
      return packets.known(packets.and(packets.protocols(PORT_PROTOCOLS), ports))
    },
  },
  limits,
}
