// How one policy rule becomes iptables rules, and what settings change. Wanted lines are Felix's own.

import fc from 'fast-check'
import t from 'tap'
import { workloadInterfaceName } from '../src/calico/names.ts'
import { allocateMarks } from '../src/calico/marks.ts'
import { LATEST_RELEASE } from '../src/calico/releases/releases.ts'
import { splitPorts } from '../src/renderer/rules/split-ports.ts'
import { escapeComment } from '../src/backend/iptables/iptables-rule.ts'
import {
  calico,
  chainLines,
  compileYaml,
  hostEndpoint,
  hostJson,
  mustCompile,
  places,
  pod,
  policy,
} from './helpers/build.ts'

/** Lines of the ingress chain of a GlobalNetworkPolicy `ex` with these rules, without the chain comment. */
function ruleLines(rules: string, ipVersion: 4 | 6 = 4, felix = '{}', force = false): readonly string[] {
  const output = mustCompile(
    [pod('web', '10.65.0.2'), calico('FelixConfiguration', 'default', felix), policy('ex', `{ingress: ${rules}}`)],
    { force },
  )
  return chainLines(output, 'cali-pi-gnp/ex', ipVersion).map(line =>
    line
      .replace('-m comment --comment "GlobalNetworkPolicy ex ingress" ', '')
      .replace('-m comment --comment "GlobalNetworkPolicy ex ingress"', ''),
  )
}

const ACCEPT = '--jump MARK --set-mark 0x10000/0x10000'
const DENY = '--jump MARK --set-mark 0x40000/0x40000'
const DROP = '-m mark --mark 0x40000/0x40000 --jump DROP'
const RETURN = '-m mark --mark 0x10000/0x10000 --jump RETURN'
const BLOCK = '-m mark --mark 0x80000/0x80000'

t.test('rules of one policy rule', async t => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'a return at the end of a chain is left out',
      '[{action: Allow, protocol: TCP, destination: {ports: [80]}}, {action: Allow, protocol: UDP}]',
      [`-p tcp -m multiport --destination-ports 80 ${ACCEPT}`, RETURN, `-p udp ${ACCEPT}`],
    ],
    ['deny is immediate', '[{action: Deny, protocol: TCP}]', [`-p tcp ${DENY}`, DROP]],
    ['pass', '[{action: Pass}]', ['--jump MARK --set-mark 0x20000/0x20000']],
    [
      'log marks nothing',
      '[{action: Log, protocol: TCP}, {action: Deny}]',
      ['-p tcp --jump LOG --log-prefix "calico-packet: " --log-level 5', DENY, DROP],
    ],
    [
      'several nets on both sides',
      '[{action: Deny, source: {nets: [10.0.0.0/8, 11.0.0.0/8]}, destination: {nets: [12.0.0.0/8, 13.0.0.0/8]}}]',
      [
        '--jump MARK --set-mark 0x0/0x180000',
        '--source 10.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
        '--source 11.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
        '--destination 12.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '--destination 13.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '-m mark --mark 0/0x100000 --jump MARK --set-mark 0/0x80000',
        `${BLOCK} ${DENY}`,
        DROP,
      ],
    ],
    [
      'one net and one exception need a negative block',
      '[{action: Allow, source: {nets: [10.0.0.0/8], notNets: [10.1.0.0/16]}}]',
      [
        '--jump MARK --set-mark 0x80000/0x180000',
        '--source 10.1.0.0/16 --jump MARK --set-mark 0/0x80000',
        `--source 10.0.0.0/8 ${BLOCK} ${ACCEPT}`,
      ],
    ],
    [
      'several nets leave room for one exception',
      '[{action: Allow, source: {nets: [10.0.0.0/8, 11.0.0.0/8], notNets: [10.1.0.0/16]}}]',
      [
        '--jump MARK --set-mark 0x0/0x180000',
        '--source 10.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
        '--source 11.0.0.0/8 --jump MARK --set-mark 0x80000/0x80000',
        `! --source 10.1.0.0/16 ${BLOCK} ${ACCEPT}`,
      ],
    ],
    [
      'a named port beside a number; the set needs no protocol',
      '[{action: Allow, protocol: TCP, destination: {ports: [80, http]}}]',
      [
        '--jump MARK --set-mark 0x0/0x180000',
        '-p tcp -m multiport --destination-ports 80 --jump MARK --set-mark 0x80000/0x80000',
        '-m set --match-set cali40n:cl9_Kgeu4H0OGLbhovVR3NB dst,dst --jump MARK --set-mark 0x80000/0x80000',
        `-p tcp ${BLOCK} ${ACCEPT}`,
      ],
    ],
    [
      'a third block is tested like the second, by a bit that nothing has cleared',
      '[{action: Deny, protocol: TCP, source: {nets: [10.0.0.0/8, 11.0.0.0/8]}, destination: {nets: [12.0.0.0/8, 13.0.0.0/8], ports: [80, http]}}]',
      [
        '--jump MARK --set-mark 0x0/0x180000',
        '-p tcp -m multiport --destination-ports 80 --jump MARK --set-mark 0x80000/0x80000',
        '-m set --match-set cali40n:cl9_Kgeu4H0OGLbhovVR3NB dst,dst --jump MARK --set-mark 0x80000/0x80000',
        '--source 10.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '--source 11.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '-m mark --mark 0/0x100000 --jump MARK --set-mark 0/0x80000',
        '--destination 12.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '--destination 13.0.0.0/8 --jump MARK --set-mark 0x100000/0x100000',
        '-m mark --mark 0/0x100000 --jump MARK --set-mark 0/0x80000',
        `-p tcp ${BLOCK} ${DENY}`,
        DROP,
      ],
    ],
    [
      'named ports alone make the selector set superfluous',
      `[{action: Allow, protocol: TCP, destination: {selector: all(), ports: [http]}}]`,
      [`-p tcp -m set --match-set cali40n:cl9_Kgeu4H0OGLbhovVR3NB dst,dst ${ACCEPT}`],
    ],
    [
      'negated ports need no block',
      `[{action: Allow, protocol: TCP, destination: {notPorts: [${Array.from({ length: 16 }, (_, i) => i + 1).join(', ')}]}}]`,
      [
        `-p tcp -m multiport ! --destination-ports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15 -m multiport ! --destination-ports 16 ${ACCEPT}`,
      ],
    ],
    [
      'everything in its place',
      '[{action: Allow, ipVersion: 4, protocol: ICMP, icmp: {type: 3, code: 4}, notICMP: {type: 8}, source: {nets: [10.0.0.0/8], notSelector: all()}, destination: {notNets: [12.0.0.0/8]}}]',
      [
        `-p icmp --source 10.0.0.0/8 -m icmp --icmp-type 3/4 -m set ! --match-set cali40s:5y5I3VdRZfDU01O--xXAPx2 src ! --destination 12.0.0.0/8 -m icmp ! --icmp-type 8 ${ACCEPT}`,
      ],
    ],
    ['icmp without a type is no criterion', '[{action: Allow, protocol: ICMP, icmp: {}}]', [`-p icmp ${ACCEPT}`]],
    [
      'annotations come before the chain comment, sorted by key',
      '[{action: Allow, metadata: {annotations: {b: "it\'s", a: "1"}}}]',
      [`-m comment --comment "a=1" -m comment --comment "b=it_s" ${ACCEPT}`],
    ],
  ]
  for (const [title, rules, wanted] of rows) t.same(ruleLines(rules), wanted, title)
})

t.test('a rule that says nothing to an IP version is not there', async t => {
  const rows: readonly (readonly [string, string, boolean, boolean])[] = [
    ['ICMP by name is IPv4', '{action: Allow, protocol: ICMP}', true, false],
    ['ICMPv6 by name is IPv6', '{action: Allow, protocol: ICMPv6}', false, true],
    ['protocol numbers are of no version', '{action: Allow, protocol: 1}', true, true],
    ['ipVersion', '{action: Allow, ipVersion: 6}', false, true],
    ['nets of one version', '{action: Allow, source: {nets: [10.0.0.0/8]}}', true, false],
    ['exceptions of one version', '{action: Allow, source: {notNets: ["fd00::/8"]}}', false, true],
    ['everything as a net stays', '{action: Allow, source: {nets: [0.0.0.0/0]}}', true, false],
  ]
  for (const [title, rule, inIpv4, inIpv6] of rows) {
    t.equal(ruleLines(`[${rule}]`, 4).join('') !== '', inIpv4, `${title}: IPv4`)
    t.equal(ruleLines(`[${rule}]`, 6).join('') !== '', inIpv6, `${title}: IPv6`)
  }
})

t.test('the ICMP module follows the IP version of the text, not the protocol', async t => {
  const rule = '[{action: Allow, protocol: 58, notICMP: {type: 8}}]'
  t.equal(
    compileYaml(policy('ex', `{ingress: ${rule}}`) + '\n---\n' + pod('web', '10.65.0.2')).ok,
    false,
    'which iptables refuses',
  )
  t.same(ruleLines(rule, 4, '{}', true), [`-p 58 -m icmp ! --icmp-type 8 ${ACCEPT}`])
  t.same(ruleLines(rule, 6, '{}', true), [`-p 58 -m icmp6 ! --icmpv6-type 8 ${ACCEPT}`])
})

t.test('log prefixes', async t => {
  const line = (felix: string): string => ruleLines('[{action: Log}]', 4, felix)[0] ?? ''
  t.equal(
    line('{logPrefix: "%t %k %p %n %x 50%"}'),
    '--jump LOG --log-prefix "default gnp ex ex %x 50%: " --log-level 5',
  )
  t.equal(
    line('{logActionRateLimit: 10/minute}'),
    '-m limit --limit 10/minute --limit-burst 5 --jump LOG --log-prefix "calico-packet: " --log-level 5',
  )
  t.equal(
    line('{logActionRateLimit: 10/minute, logActionRateLimitBurst: 0}'),
    '-m limit --limit 10/minute --jump LOG --log-prefix "calico-packet: " --log-level 5',
    'no burst option for a burst of 0',
  )
  t.equal(
    line('{logPrefix: ""}'),
    '--jump LOG --log-prefix "calico-packet: " --log-level 5',
    'an empty value is no value',
  )
})

t.test('flow logs bring NFLOG rules, but not to untracked policy', async t => {
  const felix = calico('FelixConfiguration', 'default', '{flowLogsLocalReporter: Enabled}')
  const output = mustCompile([
    pod('web', '10.65.0.2', {}, { namespace: 'prod' }),
    hostEndpoint('h', { role: 'any' }),
    felix,
    calico('NetworkPolicy', 'web', '{ingress: [{action: Allow, protocol: TCP}, {action: Deny}]}', ', namespace: prod'),
    policy('raw', '{selector: has(role), doNotTrack: true, applyOnForward: true, ingress: [{action: Allow}]}'),
  ])
  t.same(chainLines(output, 'cali-pi-np/prod/web').slice(1, 3), [
    '-m mark --mark 0x10000/0x10000 --jump NFLOG --nflog-group 1 --nflog-prefix API0|np/prod/web --nflog-size 80',
    RETURN,
  ])
  t.notMatch(chainLines(output, 'cali-pi-gnp/raw', 4, 'raw').join('\n'), 'NFLOG')
  t.match(
    chainLines(output, `cali-tw-${output.plan.workloads[0]?.interfaceName}`).join('\n'),
    '--nflog-prefix DPI|default --nflog-size 80',
  )
})

t.test(
  "OpenStack's metadata service has rules where its address is one, and a host name only turns OpenStack on",
  async t => {
    const lines = (spec: string, ipVersion: 4 | 6 = 4): readonly string[] => {
      const output = mustCompile([calico('FelixConfiguration', 'default', spec)], { node: 'node-1' })
      return [
        ...chainLines(output, 'cali-PREROUTING', ipVersion, 'nat').slice(1),
        ...chainLines(output, 'cali-wl-to-host', ipVersion).filter(line => !/icmp6|dispatch|Configured/.test(line)),
      ]
    }
    const dns = '-p udp -m multiport --destination-ports 53 --jump ACCEPT'
    const dhcp = '-p udp -m multiport --source-ports 68 -m multiport --destination-ports 67 --jump ACCEPT'
    const dhcp6 = '-p udp -m multiport --source-ports 546 -m multiport --destination-ports 547 --jump ACCEPT'
    const metadata = (address: string, port: number): readonly string[] => [
      `-p tcp -m multiport --destination-ports 80 --destination 169.254.169.254/32 --jump DNAT --to-destination ${address}:${port}`,
      `-p tcp --destination ${address} -m multiport --destination-ports ${port} --jump ACCEPT`,
      dhcp,
      dns,
    ]
    t.same(lines('{}'), [])
    t.same(lines('{metadataAddr: 192.0.2.8}'), metadata('192.0.2.8', 8775))
    t.same(lines('{metadataAddr: 192.0.2.8}', 6), [dhcp6, dns])
    t.same(lines('{metadataPort: 9000}'), metadata('127.0.0.1', 9000))
    t.same(lines('{interfacePrefix: "cali,tap"}'), metadata('127.0.0.1', 8775))
    t.same(lines('{metadataAddr: meta.example}'), [dhcp, dns])
    t.same(lines('{metadataAddr: none, metadataPort: 9000}'), [dhcp, dns])
    t.match(
      lines('{metadataAddr: 192.0.2.8, metadataPort: 0}')[0],
      /--to-destination 192\.0\.2\.8$/,
      'port 0 is no port',
    )
  },
)

t.test('what natPortRange makes of masquerading', async t => {
  const lines = (spec: string): readonly string[] =>
    chainLines(
      mustCompile([
        calico('FelixConfiguration', 'default', spec),
        calico('IPPool', 'v4', '{cidr: 10.0.0.0/8, natOutgoing: true}'),
      ]),
      'cali-nat-outgoing',
      4,
      'nat',
    ).map(line => line.replace(/^.* dst /, ''))
  const all = '--jump MASQUERADE --random-fully'
  const withPorts = (target: string): readonly string[] => [
    `-p tcp ${target}`,
    '-p tcp --jump RETURN',
    `-p udp ${target}`,
    '-p udp --jump RETURN',
  ]
  const masquerade = (ports: string): string => `--jump MASQUERADE --to-ports ${ports} --random-fully`
  t.same(lines('{}'), [all])
  t.same(lines('{natPortRange: "32768:65535"}'), [...withPorts(masquerade('32768-65535')), all])
  t.same(lines('{natPortRange: 5000}'), [...withPorts(masquerade('5000-5000')), all], 'one port is a range of one')
  t.same(lines('{natPortRange: none}'), [all])
  t.same(lines('{natPortRange: 7, natOutgoingAddress: 192.0.2.9, featureDetectOverride: SNATFullyRandom=false}'), [
    ...withPorts('--jump SNAT --to-source 192.0.2.9:7-7'),
    '--jump SNAT --to-source 192.0.2.9',
  ])
})

t.test('under IPVS an endpoint for which the mark mask has no number left goes without a mark', async t => {
  const host = hostJson(['eth0', '192.0.2.1/24'], ['kube-ipvs0', '10.96.0.1/32'])
  const lines = (mask: number, chain: string): readonly string[] =>
    chainLines(
      mustCompile([hostEndpoint('h'), calico('FelixConfiguration', 'default', `{iptablesMarkMask: ${mask}}`)], {
        host,
      }),
      chain,
    )
  t.same(lines(0x7f, 'cali-sm-eth0'), ['--jump MARK --set-mark 0x40/0x60'], 'two bits: 0 and 1 are taken')
  t.same(lines(0x3f, 'cali-sm-eth0'), [])
  t.same(lines(0x3f, 'cali-from-endpoint-mark'), ['-m comment --comment "Unknown interface" --jump DROP'])
})

t.test('under IPVS pods take their marks before host endpoints, in the order of their names', async t => {
  const host = hostJson(['eth0', '192.0.2.1/24'], ['kube-ipvs0', '10.96.0.1/32'])
  const ruleset = mustCompile(
    [
      hostEndpoint('h'),
      pod('web-1', '10.65.0.3'),
      pod('job-2', '10.65.0.4'),
      calico('FelixConfiguration', 'default', '{iptablesMarkMask: 4278190080}'),
    ],
    { host },
  )
  const markOf = (interfaceName: string): string => chainLines(ruleset, `cali-sm-${interfaceName}`).join()
  const jump = (mark: string): string => `--jump MARK --set-mark ${mark}/0xe0000000`
  t.equal(markOf('cali1ce35a6bda4'), jump('0x40000000'), 'default/job-2 asks for 1, which is taken, and gets 2')
  t.equal(markOf('cali0761ccbeace'), jump('0x60000000'), 'default/web-1 asks for 2')
  t.equal(markOf('eth0'), jump('0x80000000'), 'eth0 asks for 2 as well')
})

t.test('without the NFLogSize feature the size of NFLOG rules is written the old way', async t => {
  const nflog = (spec: string): string =>
    chainLines(
      mustCompile([pod('web', '10.65.0.2'), calico('FelixConfiguration', 'default', spec)]),
      `cali-tw-${workloadInterfaceName('cali', 'default', 'web')}`,
    )
      .filter(line => line.includes('NFLOG'))
      .join()
  const rule = '--jump NFLOG --nflog-group 1 --nflog-prefix DRI'
  t.equal(nflog('{flowLogsLocalReporter: Enabled}'), `${rule} --nflog-size 80`)
  t.equal(nflog('{flowLogsLocalReporter: Enabled, featureDetectOverride: NFLogSize=false}'), `${rule} --nflog-range 80`)
})

t.test('a port list is cut into pieces of fifteen slots, in order', async t => {
  const single = (first: number): { first: number; last: number } => ({ first, last: first })
  const fourteen = Array.from({ length: 14 }, (_, i) => single(i + 1))
  t.same(
    splitPorts([...fourteen, { first: 20, last: 30 }, single(40)]),
    [fourteen, [{ first: 20, last: 30 }, single(40)]],
    'a range takes two slots and is not split',
  )
  t.same(splitPorts([]), [])
  const port = fc
    .tuple(fc.nat(65535), fc.nat(9))
    .map(([first, more]) => ({ first, last: Math.min(65535, first + more) }))
  fc.assert(
    fc.property(fc.array(port, { maxLength: 80 }), ports => {
      const pieces = splitPorts(ports)
      t.same(pieces.flat(), ports)
      for (const piece of pieces)
        t.ok(piece.reduce((slots, { first, last }) => slots + (first === last ? 1 : 2), 0) <= 15)
    }),
  )
})

t.test('mark bits are taken from the mask from the lowest upward', async t => {
  t.match(allocateMarks(0xffff0000, false, LATEST_RELEASE), {
    accept: 0x10000,
    pass: 0x20000,
    drop: 0x40000,
    scratch0: 0x80000,
    scratch1: 0x100000,
    wireguard: 0,
    endpointMask: 0xffe00000,
    nonCaliEndpoint: 0x200000,
  })
  t.match(allocateMarks(0xffff0000, true, LATEST_RELEASE), { wireguard: 0x200000, endpointMask: 0xffc00000 })
  t.match(allocateMarks(0x55555555, false, LATEST_RELEASE), {
    accept: 1,
    pass: 4,
    drop: 0x10,
    scratch0: 0x40,
    scratch1: 0x100,
  })
  t.equal(allocateMarks(0x1f, false, LATEST_RELEASE), undefined, 'five bits leave none for endpoints')
  t.ok(allocateMarks(0x3f, false, LATEST_RELEASE))
  t.equal(allocateMarks(0x3f, true, LATEST_RELEASE), undefined, 'WireGuard takes one more')
})

t.test('comments cannot leave their quotes', async t => {
  t.equal(escapeComment('it\'s a "value"'), 'it_s a _value_')
  t.equal(escapeComment('a\nb\r\t$(x)`y`;|&<>'), 'a_b____x__y______')
  t.equal(escapeComment('é😀'), '__', 'one underscore for each character')
  t.equal(escapeComment('x'.repeat(300)).length, 256)
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => t.match(escapeComment(text), /^[0-9A-Za-z_ @%+=:,./-]*$/)),
  )
})

t.test('what cannot be rendered is an error at its place', async t => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['{iptablesMarkMask: 15}', ['1:114 felix-crashes']],
    ['{chainInsertMode: Sometimes}', ['1:113 felix-refuses-config']],
  ]
  for (const [felix, wanted] of rows) {
    const result = compileYaml([calico('FelixConfiguration', 'default', felix), pod('web', '10.65.0.2')])
    t.notOk(result.ok)
    t.same(places(result.diagnostics), wanted, felix)
  }
})
