// Random inputs that Calico's validator takes and that the kernel may not: for comparing what we say with what it does.

import fc from 'fast-check'
import { calico, hostEndpoint, pod, policy } from './build.ts'

const ipVersion = fc.constantFrom('', '', '', 'ipVersion: 4', 'ipVersion: 6')
const protocol = fc.constantFrom(
  '',
  'protocol: TCP',
  'protocol: UDP',
  'protocol: SCTP',
  'protocol: ICMP',
  'protocol: ICMPv6',
  'protocol: 1',
  'protocol: 58',
  'protocol: 6',
  'protocol: UDPLite',
  'protocol: 255',
  'protocol: 132',
  'protocol: 136',
  'protocol: ICMP, icmp: {type: 254, code: 255}',
  'protocol: ICMPv6, icmp: {type: 128}',
)
const notProtocol = fc.constantFrom('', '', '', 'notProtocol: TCP', 'notProtocol: ICMP', 'notProtocol: 89')
const notIcmp = fc.constantFrom('', '', '', 'notICMP: {type: 8}', 'notICMP: {type: 3, code: 1}', 'notICMP: {}')
const side = fc.constantFrom(
  '',
  '',
  'nets: [0.0.0.0/0]',
  'nets: ["::/0", "fd00::/8"]',
  'nets: ["::ffff:10.0.0.0/104"], notNets: ["::ffff:10.1.0.0/112"]',
  'nets: ["::ffff:0:0/96"]',
  'services: {name: x, namespace: y}',
  'ports: [http, web]',
  'notPorts: [http]',
  'nets: [10.0.0.0/8]',
  'nets: [10.0.0.0/8, 11.0.0.0/8]',
  'notNets: ["fd00::/8"]',
  'selector: all()',
  'notSelector: "a == \'b\'"',
)
const annotations = fc.oneof(
  { arbitrary: fc.constant(''), weight: 8 },
  { arbitrary: fc.integer({ min: 56, max: 64 }).map(count => many(count, 'v')), weight: 1 },
  { arbitrary: fc.integer({ min: 33, max: 38 }).map(count => many(count, 'v'.repeat(250))), weight: 1 },
)

function many(count: number, value: string): string {
  const entries = Array.from({ length: count }, (_, i) => `k${i}: ${value}`)
  return `metadata: {annotations: {${entries.join(', ')}}}`
}

const rule = fc
  .record({
    action: fc.constantFrom('Allow', 'Deny', 'Log', 'Pass'),
    ipVersion,
    protocol,
    notProtocol,
    notIcmp,
    source: side,
    destination: side,
    annotations,
  })
  .map(({ action, source, destination, ...rest }) => {
    const parts = [
      `action: ${action}`,
      ...Object.values(rest),
      source && `source: {${source}}`,
      destination && `destination: {${destination}}`,
    ]
    return `{${parts.filter(part => part !== '').join(', ')}}`
  })

const logPrefix = fc.oneof(
  fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '"',
      '\\',
      '%n',
      '%',
      "'",
      ':',
      'é',
      '$',
      '`',
      '\t',
      '\r',
      '\u0001',
      '\u007f',
      '\u2028',
      '🐈',
    ),
    maxLength: 6,
  }),
  fc.integer({ min: 1015, max: 1025 }).map(length => 'x'.repeat(length)),
)

/** What Calico takes for an interface in a setting, and what iptables makes of it. */
const oddInterface = fc.constantFrom('eth0', 'eth+', '+', '-x', '--', '.', '..', 'a.b-c', 'x'.repeat(15), 'x+y', 'a+')

const setting = fc.oneof(
  logPrefix.map(text => `logPrefix: ${JSON.stringify(text)}`),
  fc
    .tuple(
      fc.oneof(fc.constant(1), fc.constant(2), fc.integer({ min: 1, max: 9999 })),
      fc.constantFrom('day', 'hour', 'minute', 'second'),
      fc.oneof(fc.constantFrom(0, 1, 5, 9, 9999, 10_000, 10_001), fc.integer({ min: 1, max: 10_000 })),
    )
    .map(([count, unit, burst]) => `logActionRateLimit: ${count}/${unit}, logActionRateLimitBurst: ${burst}`),
  fc.constantFrom(0, 1, 2, 3, 1048576, 4294967295, 4294967296, -1).map(size => `maxIpsetSize: ${size}`),
  fc.integer({ min: 13, max: 15 }).map(length => `interfacePrefix: ${'c'.repeat(length)}`),
  fc.constantFrom('-', '-x', '_', 'cali,cali', 'c,-').map(prefix => `interfacePrefix: "${prefix}"`),
  oddInterface.map(name => `iptablesNATOutgoingInterfaceFilter: "${name}"`),
  oddInterface.map(
    name => `wireguardEnabled: true, wireguardHostEncryptionEnabled: true, wireguardInterfaceName: "${name}"`,
  ),
  fc
    .constantFrom('0:100', '1', '65535', '0:65535', '5:5', '0')
    .map(ports => `natPortRange: "${ports}", natOutgoingAddress: 192.0.2.9`),
  fc.constantFrom('0:100', '1', '65535', '0:65535', '0').map(ports => `natPortRange: "${ports}"`),
  fc
    .constantFrom('0.0.0.0/0', '10.0.0.1/8', '192.0.2.7', '0.0.0.0/1')
    .map(net => `externalNodesList: ["${net}"], vxlanEnabled: true, ipipEnabled: true`),
  fc
    .constantFrom('10.0.0.1/8', '0.0.0.0/0', '::/0', 'fd00::1/8', '::ffff:1.2.3.4', '::ffff:0:0/96', '192.0.2.7')
    .map(net => `failsafeInboundHostPorts: [{protocol: UDP, port: 0, net: "${net}"}, {protocol: tcp, port: 65535}]`),
  fc.constantFrom(-1, 0, 65535, 65536, 70000).map(port => `vxlanEnabled: true, vxlanPort: ${port}`),
  fc.constantFrom(0xff, 0xffffffff, 0x80808081, 0x3f).map(mask => `iptablesMarkMask: ${mask}`),
  fc.constantFrom(0, 23, 63, 'EF', 64, 'XX').map(mark => `istioAmbientMode: Enabled, istioDSCPMark: ${mark}`),
  fc.constantFrom(
    'flowLogsLocalReporter: Enabled',
    'flowLogsLocalReporter: Enabled, featureDetectOverride: "NFLogSize=false"',
  ),
  fc.constantFrom(
    'natOutgoingAddress: 192.0.2.9',
    'metadataAddr: meta.example',
    'metadataAddr: 192.0.2.8',
    'metadataAddr: 192.0.2.8, metadataPort: 0',
    'metadataAddr: 1.2.3',
    'iptablesFilterDenyAction: Reject',
    'floatingIPs: Enabled',
    'wireguardEnabled: true',
    'wireguardEnabledV6: true',
    'chainInsertMode: Append',
    'serviceLoopPrevention: Reject',
    'defaultEndpointToHostAction: Return, iptablesFilterAllowAction: Return, iptablesMangleAllowAction: Return',
  ),
)

const pools = fc
  .tuple(
    fc.constantFrom('10.0.0.0/8', 'fd00::/64', '::ffff:10.0.0.0/104', '::/0', '0.0.0.0/1'),
    fc.constantFrom('', ', vxlanMode: Always', ', ipipMode: Always'),
  )
  .map(([cidr, mode]) => calico('IPPool', 'pool', `{cidr: "${cidr}", natOutgoing: true${mode}}`))

const serviceCidr = fc
  .tuple(
    fc.constantFrom('serviceClusterIPs', 'serviceExternalIPs', 'serviceLoadBalancerIPs'),
    fc.constantFrom(
      '10.96.0.0/12',
      '10.96.0.1',
      'fd00::/112',
      'garbage',
      '10.0.0.0/33',
      '10.0.0.0/8,11.0.0.0/8',
      '',
      '10/8',
      '10.1',
      '10.0.0.0/255.0.0.0',
      '10.0.0.0/255.0.255.0',
      '010.0.0.0/8',
      '0.0.0.0/0',
      '::/0',
      '::ffff:1.2.3.4',
      'fd00::/129',
      'fe80::1%eth0',
      '10.0.0.0/-1',
      '10.0.0.0/ 8',
      ' 10.0.0.0/8',
      '!10.0.0.0/8',
      '1.2.3.4/08',
      'fd00::/ffff::',
      '-j',
      '10.0.0.0/8,',
      ',',
      '10.0.0.0/',
      '300.0.0.0',
      '0x0a000001',
      '167772161',
      '10.1.300',
      'any/0',
      '10.0.0.0/0.0.0.0',
      '10.0.0.0/010',
      '10.0.0.0/0x8',
      '10.0.0.0/+8',
      '10.0.0.0/255.0.0',
      '1.2.3.4/8/8',
      '1.2.3.4.5',
      '256.1',
      'fd00::/0x40',
      'x:y/0',
      'fd00:::1',
      'fd00::/ffff::x',
    ),
  )
  .map(([list, cidr]) => calico('BGPConfiguration', 'default', `{${list}: [{cidr: "${cidr}"}]}`))

const networkSet = fc
  .subarray(['0.0.0.0/0', '::/0', '10.0.0.1/8', '::ffff:1.2.3.4', '::ffff:0:0/96', '2001:db8::', '128.0.0.0/1'])
  .map(nets => calico('GlobalNetworkSet', 'set', `{nets: [${nets.map(net => `"${net}"`).join(', ')}]}`))

/** A pod with annotations of its own. */
const annotatedPod = fc
  .oneof(
    fc
      .constantFrom('198.51.100.9', '1.2.3.999', 'name', '2001:db8::9', '1.2.3.4/24', '::ffff:1.2.3.4', '')
      .map(ip => `cni.projectcalico.org/floatingIPs: '["${ip}"]'`),
    fc
      .tuple(
        fc.constantFrom('ingress', 'egress'),
        fc.constantFrom('1', '2', '9999', '10k', '0', '1M', '0.1', 'x'),
        fc.constantFrom('1', '10k', '10001', '0'),
      )
      .map(
        ([direction, rate, burst]) =>
          `qos.projectcalico.org/${direction}PacketRate: "${rate}", qos.projectcalico.org/${direction}PacketBurst: "${burst}"`,
      ),
    fc
      .constantFrom('1', '4294967295', '4294967296', '0', '-1', '1e30')
      .map(count => `qos.projectcalico.org/ingressMaxConnections: "${count}"`),
    fc.constantFrom('0', '63', '64', 'EF', 'ef', 'CS7', '-1').map(dscp => `qos.projectcalico.org/dscp: "${dscp}"`),
  )
  .map(
    annotation =>
      `{apiVersion: v1, kind: Pod, metadata: {name: float, annotations: {${annotation}}}, spec: {nodeName: node-1}, status: {podIPs: [{ip: 10.65.0.9}, {ip: "fd00::9"}]}}`,
  )

/** A host endpoint on an odd interface, or with many addresses that a DSCP rule lists. */
const oddHostEndpoint = fc.oneof(
  fc
    .constantFrom('-eth0', '_', '.', 'lo', 'x'.repeat(15))
    .map(
      name =>
        `{apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: odd}, spec: {node: node-1, interfaceName: "${name}"}}`,
    ),
  fc.integer({ min: 55, max: 120 }).map(count => {
    const ips = Array.from({ length: count }, (_, i) => `10.1.0.${i + 100}`).join(', ')
    return `{apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: odd, annotations: {qos.projectcalico.org/dscp: "5"}}, spec: {node: node-1, expectedIPs: [${ips}]}}`
  }),
)

/** Documents for node-1 with a pod and a host endpoint. */
export const oddInput: fc.Arbitrary<readonly string[]> = fc
  .record({
    rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
    settings: fc.array(setting, { maxLength: 1 }),
    extras: fc.array(fc.oneof(pools, serviceCidr, networkSet, annotatedPod, oddHostEndpoint), { maxLength: 2 }),
    flags: fc.constantFrom('', '', 'doNotTrack: true, applyOnForward: true,', 'preDNAT: true, applyOnForward: true,'),
  })
  .map(({ rules, settings, extras, flags }) => [
    pod('web', '10.65.0.2'),
    hostEndpoint('h', { role: 'any' }),
    calico('FelixConfiguration', 'default', `{${settings.join(', ')}}`),
    policy('p', `{${flags} ingress: [${rules.join(', ')}]}`),
    ...extras,
  ])
