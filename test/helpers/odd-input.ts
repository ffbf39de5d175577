// Random inputs that Calico's validator takes and that the kernel may not: for comparing what we say with what it does.

import fc from 'fast-check'
import { calico, hostEndpoint, pod, policy } from './build.ts'

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
)
const notProtocol = fc.constantFrom('', '', '', 'notProtocol: TCP', 'notProtocol: ICMP', 'notProtocol: 89')
const notIcmp = fc.constantFrom('', '', '', 'notICMP: {type: 8}', 'notICMP: {type: 3, code: 1}')
const side = fc.constantFrom(
  '',
  '',
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
  fc.string({ unit: fc.constantFrom('a', ' ', '"', '\\', '%n', "'", ':', 'é', '$'), maxLength: 6 }),
  fc.integer({ min: 1015, max: 1025 }).map(length => 'x'.repeat(length)),
)

const setting = fc.oneof(
  logPrefix.map(text => `logPrefix: ${JSON.stringify(text)}`),
  fc
    .tuple(
      fc.constantFrom('1/day', '2/day', '1/hour', '5/minute', '9999/second'),
      fc.constantFrom(0, 1, 5, 9, 9999, 10_000, 10_001),
    )
    .map(([rate, burst]) => `logActionRateLimit: ${rate}, logActionRateLimitBurst: ${burst}`),
  fc.constantFrom(0, 1, 2, 3, 1048576, 4294967295, 4294967296, -1).map(size => `maxIpsetSize: ${size}`),
  fc.integer({ min: 13, max: 15 }).map(length => `interfacePrefix: ${'c'.repeat(length)}`),
  fc.constantFrom(
    'natOutgoingAddress: 192.0.2.9',
    'metadataAddr: meta.example',
    'metadataAddr: 192.0.2.8',
    'iptablesFilterDenyAction: Reject',
    'natPortRange: "0:100"',
    'floatingIPs: Enabled',
    'istioAmbientMode: Enabled',
    'wireguardEnabled: true',
    'vxlanEnabled: true, vxlanPort: 70000',
  ),
)

const pools = fc
  .constantFrom('10.0.0.0/8', 'fd00::/64')
  .map(cidr => calico('IPPool', 'pool', `{cidr: "${cidr}", natOutgoing: true}`))

const serviceCidr = fc
  .constantFrom('10.96.0.0/12', '10.96.0.1', 'fd00::/112', 'garbage', '10.0.0.0/33', '10.0.0.0/8,11.0.0.0/8')
  .map(cidr => calico('BGPConfiguration', 'default', `{serviceClusterIPs: [{cidr: "${cidr}"}]}`))

const floatingIp = fc
  .constantFrom('198.51.100.9', '1.2.3.999', 'name', '2001:db8::9', '1.2.3.4/24')
  .map(
    ip =>
      `{apiVersion: v1, kind: Pod, metadata: {name: float, annotations: {cni.projectcalico.org/floatingIPs: '["${ip}"]'}}, spec: {nodeName: node-1}, status: {podIPs: [{ip: 10.65.0.9}, {ip: "fd00::9"}]}}`,
  )

/** Documents for node-1 with a pod and a host endpoint. */
export const oddInput: fc.Arbitrary<readonly string[]> = fc
  .record({
    rules: fc.array(rule, { minLength: 1, maxLength: 2 }),
    settings: fc.array(setting, { maxLength: 1 }),
    extras: fc.array(fc.oneof(pools, serviceCidr, floatingIp), { maxLength: 1 }),
    flags: fc.constantFrom('', '', 'doNotTrack: true, applyOnForward: true,', 'preDNAT: true, applyOnForward: true,'),
  })
  .map(({ rules, settings, extras, flags }) => [
    pod('web', '10.65.0.2'),
    hostEndpoint('h', { role: 'any' }),
    calico('FelixConfiguration', 'default', `{${settings.join(', ')}}`),
    policy('p', `{${flags} ingress: [${rules.join(', ')}]}`),
    ...extras,
  ])
