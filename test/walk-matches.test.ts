// The walk: each match both ways, as the kernel decides it.

import type { ConntrackState } from '../src/model/rule-values.ts'
import { readRuleNets } from '../src/netfilter/rule-net.ts'
import t from 'tap'
import type { KernelIpSet } from '../src/netfilter/kernel-tables.ts'
import type { Match } from '../src/model/ruleset.ts'
import type { Journey } from '../src/walk/packet.ts'
import { createWalker } from '../src/walk/walk-packet.ts'
import { type Chains, DROP, NODE, PING, PLAIN_PING, rule, tables, TCP, TCP6, UDP } from './helpers/hand-made-tables.ts'

t.test('each match fits and does not fit, as the kernel decides it', async t => {
  const set = (
    name: string,
    type: string,
    members: readonly string[],
    rest: Partial<KernelIpSet> = {},
  ): KernelIpSet => ({
    name,
    type,
    ipVersion: 4,
    members,
    ...rest,
  })
  const sets = [
    set('ips', 'hash:ip', ['198.51.100.7']),
    set('nets', 'hash:net', ['198.51.100.0/24', '203.0.113.0/24'], { exceptions: ['198.51.100.0/29'] }),
    set('hole', 'hash:net', ['198.51.100.0/24', '198.51.100.7/32'], { exceptions: ['198.51.100.0/29'] }),
    set('ports', 'hash:ip,port', ['192.0.2.1,tcp:80', '192.0.2.1,udp:53', '192.0.2.1,icmp:8/0']),
    set('netports', 'hash:net,port', ['192.0.2.0/24,tcp:80', '192.0.2.1,tcp:443'], {
      exceptions: ['192.0.2.128/25,tcp:80'],
    }),
    set('six', 'hash:net', ['2001:db8:7::/48'], { ipVersion: 6 }),
    set('odd', 'list:set', ['ips']),
  ]
  const inSet = (name: string, side: 'source' | 'destination', withPort = false, negated = false): Match => ({
    kind: 'ipSet',
    set: name,
    side,
    withPort,
    negated,
  })
  const net = (address: string, negated = false, side: 'source' | 'destination' = 'source'): Match => ({
    kind: 'net',
    side,
    nets: readRuleNets(address),
    negated,
  })
  const ports = (first: number, last: number, negated = false): Match => ({
    kind: 'ports',
    side: 'destination',
    ranges: [
      { first: 1, last: 1 },
      { first, last },
    ],
    negated,
  })
  const proto = (protocol: 'tcp' | 'udp' | 'icmp' | number, negated = false): Match => ({
    kind: 'protocol',
    protocol,
    negated,
  })
  const icmp = (type: number, code?: number, negated = false): Match => ({
    kind: 'icmp',
    ipVersion: 4,
    type,
    ...(code === undefined ? {} : { code }),
    negated,
  })
  const state = (states: readonly ConntrackState[], negated = false): Match => ({
    kind: 'conntrackState',
    states,
    negated,
  })
  const mark = (value: number, mask: number, negated = false): Match => ({ kind: 'mark', value, mask, negated })
  const flags = (mask: readonly string[], set: readonly string[]): Match => ({ kind: 'tcpFlags', mask, flags: set })
  const local = (side: 'src' | 'dst', negated = false, limitToOutInterface = false): Match => ({
    kind: 'addressType',
    side,
    type: 'LOCAL',
    negated,
    limitToOutInterface,
  })
  const later = (hasDnat: boolean, hasSnat: boolean): Partial<Journey> => ({
    state: 'ESTABLISHED',
    connection: { hasDnat, hasSnat },
  })
  const fromHost: Partial<Journey> = { packet: { ...TCP, source: '192.0.2.1', destination: '203.0.113.9' } }
  const rows: readonly (readonly [string, Match, boolean | undefined, Partial<Journey>?])[] = [
    ['protocol', proto('tcp'), true],
    ['protocol by number', proto(6), true],
    ['another protocol', proto('udp'), false],
    ['not a protocol', proto('udp', true), true],
    ['any protocol', proto(0), true],
    ['not any protocol: the kernel asks for none', proto(0, true), true],
    ['net', net('198.51.100.0/24'), true],
    ['net of one address', net('198.51.100.7'), true],
    ['whole address space', net('0.0.0.0/0'), true],
    ['another net', net('198.51.100.0/30'), false],
    ['not in a net', net('198.51.100.0/30', true), true],
    ['one of several addresses', net('203.0.113.1,198.51.100.7'), true],
    ['none of several addresses', net('203.0.113.1,198.51.100.8'), false],
    ['destination net', net('192.0.2.0/24', false, 'destination'), true],
    ['IPv6 net', net('2001:db8:7::/48'), true, { packet: TCP6 }],
    ['another IPv6 net', net('2001:db8:8::/48'), false, { packet: TCP6 }],
    ['set of addresses', inSet('ips', 'source'), true],
    ['set of addresses, other side', inSet('ips', 'destination'), false],
    ['not in a set', inSet('ips', 'source', false, true), false],
    ['an exception of a set of nets', inSet('nets', 'source'), false],
    ['outside the exception', inSet('nets', 'source'), true, { packet: { ...TCP, source: '198.51.100.9' } }],
    ['a longer net inside an exception', inSet('hole', 'source'), true],
    ['address and port', inSet('ports', 'destination', true), true],
    [
      'address and another port',
      inSet('ports', 'destination', true),
      false,
      { packet: { ...TCP, destinationPort: 53 } },
    ],
    ['address, port and protocol', inSet('ports', 'destination', true), true, { packet: UDP }],
    ['ICMP type and code in a set', inSet('ports', 'destination', true), true, { packet: PING }],
    ['a set with ports asked without', inSet('ports', 'destination'), false],
    ['net and port', inSet('netports', 'destination', true), true],
    [
      'net and port, single address',
      inSet('netports', 'destination', true),
      true,
      { packet: { ...TCP, destinationPort: 443 } },
    ],
    ['IPv6 set', inSet('six', 'source'), true, { packet: TCP6 }],
    ['a type of set that is not known', inSet('odd', 'source'), undefined],
    ['a set that is not there', inSet('nowhere', 'source'), undefined],
    ['port in a range', ports(70, 90), true],
    ['last port of a range', ports(70, 80), true],
    ['port outside a range', ports(81, 90), false],
    ['not the ports', ports(81, 90, true), true],
    ['ports of a packet without ports', ports(0, 65535, true), false, { packet: PING }],
    ['one destination port', { kind: 'destinationPort', port: 80 }, true],
    ['another destination port', { kind: 'destinationPort', port: 81 }, false],
    ['ICMP type', icmp(8), true, { packet: PING }],
    ['ICMP type and code', icmp(8, 0), true, { packet: PING }],
    ['another ICMP code', icmp(8, 1), false, { packet: PING }],
    ['an ICMP code that nobody gives is 0', icmp(8, 0), true, { packet: PLAIN_PING }],
    ['and 0 in a set', inSet('ports', 'destination', true), true, { packet: PLAIN_PING }],
    [
      'another ICMP code than that of a set',
      inSet('ports', 'destination', true),
      false,
      { packet: { ...PING, icmpCode: 1 } },
    ],
    ['not an ICMP type', icmp(8, undefined, true), false, { packet: PING }],
    ['ICMP type of a TCP packet', icmp(8, undefined, true), false],
    ['connection state', state(['RELATED', 'NEW']), true],
    ['another connection state', state(['RELATED', 'ESTABLISHED']), false],
    ['established', state(['RELATED', 'ESTABLISHED']), true, { state: 'ESTABLISHED' }],
    ['invalid', state(['INVALID']), true, { state: 'INVALID' }],
    ['not invalid', state(['INVALID'], true), true],
    ['destination not changed', state(['DNAT']), false],
    ['destination changed', state(['DNAT']), true, { dnat: { port: 8080 } }],
    ['destination changed, as negated', state(['DNAT'], true), false, { dnat: { port: 8080 } }],
    ['source changed when the connection began', state(['SNAT']), true, later(false, true)],
    ['destination changed then, and not the source', state(['SNAT']), false, later(true, false)],
    ['destination changed when the connection began', state(['DNAT']), true, later(true, false)],
    ['neither', state(['DNAT', 'SNAT']), false, later(false, false)],
    ['untracked', state(['UNTRACKED']), false],
    ['mark', mark(0x10, 0x30), true, { mark: 0x1000_0010 }],
    ['mark with another bit of the mask', mark(0x10, 0x30), false, { mark: 0x30 }],
    ['highest bit of the mark', mark(0x8000_0000, 0x8000_0000), true, { mark: 0x8000_0000 }],
    ['not the mark', mark(0x10, 0x30, true), true, { mark: 0x20 }],
    ['mark clear', { kind: 'markClear', mask: 0xf0, negated: false }, true, { mark: 0xf }],
    ['mark not clear', { kind: 'markClear', mask: 0xf0, negated: true }, true, { mark: 0x10 }],
    ['in interface', { kind: 'inInterface', name: 'eth0' }, true],
    ['another in interface', { kind: 'inInterface', name: 'eth' }, false],
    ['beginning of an in interface', { kind: 'inInterface', name: 'eth+' }, true],
    ['any interface', { kind: 'inInterface', name: '+' }, true],
    ['not an in interface', { kind: 'notInInterface', name: 'eth0' }, false],
    ['no out interface in INPUT', { kind: 'outInterface', name: 'eth+' }, false],
    ['not an out interface in INPUT', { kind: 'notOutInterface', name: 'eth0' }, true],
    ['out interface', { kind: 'outInterface', name: 'cali+' }, true, { packet: { ...TCP, destination: '10.0.0.2' } }],
    ['reverse path', { kind: 'reversePathFails' }, false],
    ['no reverse path', { kind: 'reversePathFails' }, true, { hasReversePath: false }],
    ['destination is local', local('dst'), true],
    ['source is local', local('src'), false],
    ['source is not local', local('src', true), true],
    ['source is on the interface', local('src', false, true), true, { ...fromHost, outInterface: 'eth0' }],
    ['source is on another interface', local('src', true, true), true, { ...fromHost, outInterface: 'eth1' }],
    [
      'addresses of the interface not known',
      local('src', true, true),
      undefined,
      { ...fromHost, outInterface: 'unknown0' },
    ],
    ['TCP flags', flags(['FIN', 'SYN', 'RST', 'ACK'], ['SYN']), true],
    ['other TCP flags', flags(['ALL'], ['ACK']), false],
    ['no TCP flags', flags(['FIN', 'RST'], ['NONE']), true],
    ['no TCP flags of what is not TCP', flags(['FIN', 'RST'], ['NONE']), false, { packet: UDP }],
    ['within a limit', { kind: 'limit', rate: { count: 5, unit: 'minute', written: '5/min' }, burst: 5 }, true],
    ['connections below a limit', { kind: 'connectionLimit', above: 5, mask: 0 }, false],
    ['not known', { kind: 'unknown', text: '-m foo --bar' }, undefined],
  ]
  for (const [name, match, wanted, journey = {}] of rows) {
    const { ipVersion } = journey.packet ?? TCP
    const isSentByNode = journey.packet?.source === '192.0.2.1'
    const chains: Chains = {
      INPUT: [rule([match], DROP)],
      FORWARD: [rule([match], DROP)],
      OUTPUT: [rule([match], DROP)],
    }
    const whole: Journey = { packet: TCP, state: 'NEW', ...(isSentByNode ? {} : { inInterface: 'eth0' }), ...journey }
    const { verdict } = createWalker(tables({ filter: chains }, { ipVersion, sets }), NODE).walk(whole)
    t.equal(verdict, wanted === undefined ? 'unknown' : wanted ? 'drop' : 'accept', name)
  }
})
