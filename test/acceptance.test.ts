// What Felix, iptables and ipset would refuse is an error where the input asks for it; what only looks bad is not.

import t from 'tap'
import { isIptablesAddress } from '../src/netfilter/address-text.ts'
import { compile } from '../src/compile.ts'
import { calico, compileYaml, hostEndpoint, hostJson, pod, policy } from './helpers/build.ts'

/** `code text-pointed-at` of each error. */
function errorsOf(documents: readonly string[]): readonly string[] {
  return compileYaml(documents).diagnostics.flatMap(({ severity, code, place }) => {
    if (severity !== 'error') return []
    return [`${code} ${place?.file.text.slice(place.start, place.end) ?? ''}`]
  })
}

const log = policy('p', '{ingress: [{action: Log}]}')
const felix = (spec: string): readonly string[] => [
  calico('FelixConfiguration', 'default', spec),
  pod('web', '10.65.0.2'),
  log,
]
const rule = (text: string): readonly string[] => [pod('web', '10.65.0.2'), policy('p', `{ingress: [${text}]}`)]

t.test('refused, each with its place', async t => {
  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [felix('{chainInsertMode: Sometimes}'), ['felix-refuses-config Sometimes']],
    [felix('{interfacePrefix: "ca li"}'), ['felix-refuses-config "ca li"']],
    [felix('{interfacePrefix: none}'), ['felix-refuses-config none']],
    [felix('{nftablesMarkMask: 1}'), ['felix-refuses-config 1']],
    [felix('{dataplaneDriver: my-driver}'), ['felix-refuses-config my-driver']],
    [felix('{useInternalDataplaneDriver: false}'), ['felix-crashes false']],
    [felix('{iptablesMarkMask: 0}'), ['felix-refuses-config 0']],
    [felix('{iptablesMarkMask: 31}'), ['felix-crashes 31']],
    [felix('{iptablesMarkMask: 63, wireguardEnabled: true}'), ['felix-crashes 63']],
    [
      felix('{failsafeInboundHostPorts: [{protocol: sctp, port: 22}]}'),
      ['felix-refuses-config failsafeInboundHostPorts'],
    ],
    [
      felix('{failsafeOutboundHostPorts: [{protocol: tcp, port: 22, net: 10.0.0.0/33}]}'),
      ['felix-crashes 10.0.0.0/33'],
    ],
    [felix('{routeTableRange: {min: 1, max: 300}}'), ['felix-refuses-config routeTableRange']],
    [felix('{metadataPort: 70000}'), ['felix-refuses-config 70000']],
    [felix('{iptablesFilterDenyAction: Reject}'), ['kernel-refuses-rule Reject']],
    [felix("{logPrefix: 'a\"b'}"), ["kernel-refuses-rule 'a\"b'"]],
    [felix(`{logPrefix: ${'x'.repeat(1022)}}`), [`kernel-refuses-rule ${'x'.repeat(1022)}`]],
    [felix('{logActionRateLimit: 5/minute, logActionRateLimitBurst: 10001}'), ['kernel-refuses-rule 10001']],
    [felix('{logActionRateLimit: 1/day}'), ['kernel-refuses-rule 1/day']],
    [felix('{interfacePrefix: ccccccccccccccc}'), ['kernel-refuses-rule ccccccccccccccc']],
    [felix('{maxIpsetSize: 2}'), ['kernel-refuses-set 2']],
    [felix('{maxIpsetSize: 4294967296}'), ['kernel-refuses-set 4294967296']],
    [
      [
        ...felix('{natOutgoingAddress: 192.0.2.9}'),
        calico('IPPool', 'v6', '{cidr: "fd00::/64", ipipMode: Never, natOutgoing: true}'),
      ],
      ['kernel-refuses-rule 192.0.2.9'],
    ],
    [
      [...felix('{}'), calico('BGPConfiguration', 'default', '{serviceClusterIPs: [{cidr: garbage}]}')],
      ['bad-net garbage'],
    ],
    [
      [...felix('{}'), calico('BGPConfiguration', 'default', '{serviceExternalIPs: [{cidr: "203.0.113.0/24\\0/0"}]}')],
      ['bad-net "203.0.113.0/24\\0/0"'],
    ],
    [
      felix('{externalNodesList: [10.0.0.0/8, 0.0.0.0/0], vxlanEnabled: true}'),
      ['kernel-refuses-set externalNodesList'],
    ],
    [
      [
        ...felix('{}'),
        `{apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: many, annotations: {qos.projectcalico.org/dscp: EF}}, spec: {node: node-1, expectedIPs: [${Array.from({ length: 100 }, (_, i) => `10.100.100.${i + 100}`).join(', ')}]}}`,
      ],
      ['kernel-refuses-rule EF'],
    ],
    [rule('{action: Allow, protocol: TCP, notProtocol: UDP}'), ['kernel-refuses-rule UDP']],
    [rule('{action: Allow, notICMP: {type: 8}}'), ['kernel-refuses-rule notICMP', 'kernel-refuses-rule notICMP']],
    [
      rule('{action: Deny, protocol: UDP, notICMP: {type: 8}}'),
      ['kernel-refuses-rule notICMP', 'kernel-refuses-rule notICMP'],
    ],
    [rule('{action: Allow, protocol: 1, notICMP: {type: 8}}'), ['kernel-refuses-rule notICMP']],
    [
      rule(
        `{action: Allow, protocol: TCP, destination: {notPorts: [${Array.from({ length: 40 }, (_, i) => `n${i}`).join(', ')}]}}`,
      ),
      ['kernel-refuses-rule action'],
    ],
  ]
  for (const [documents, wanted] of rows) t.same(errorsOf(documents), wanted, documents.join(' ').slice(0, 160))
})

t.test('looks bad and is not', async t => {
  const rows: readonly (readonly string[])[] = [
    felix("{logPrefix: 'a\\'}"),
    felix(`{logPrefix: "it's 50%"}`),
    felix(`{logPrefix: ${'x'.repeat(1021)}}`),
    felix('{logPrefix: "a\\nb"}'),
    felix('{logActionRateLimit: 5/fortnight}'),
    felix('{logActionRateLimit: 9999/second, logActionRateLimitBurst: 0}'),
    felix('{logActionRateLimit: 5/minute, logActionRateLimitBurst: 10000}'),
    felix('{interfacePrefix: "cali,cccccccccccccc"}'),
    felix('{iptablesMarkMask: 63}'),
    felix('{maxIpsetSize: 3}'),
    felix('{vxlanEnabled: true, vxlanPort: 70000}'),
    felix('{failsafeInboundHostPorts: [{protocol: TCP, port: 0}, {protocol: udp, port: 1, net: 10.0.0.1/8}]}'),
    felix('{featureDetectOverride: MASQFullyRandom=maybe}'),
    felix('{interfaceExclude: /(/}'),
    felix('{nftablesMarkMask: 3, useInternalDataplaneDriver: true, healthPort: 70000, nftablesMode: Sometimes}'),
    [...felix('{natOutgoingAddress: 192.0.2.9}'), calico('IPPool', 'v4', '{cidr: 10.0.0.0/8, natOutgoing: true}')],
    rule('{action: Allow, notProtocol: TCP}'),
    rule('{action: Allow, protocol: ICMP, icmp: {type: 254, code: 255}, notICMP: {type: 0}}'),
    rule('{action: Allow, ipVersion: 4, protocol: 1, notICMP: {type: 8}}'),
    rule(
      `{action: Allow, protocol: TCP, destination: {notPorts: [${Array.from({ length: 200 }, (_, i) => 2 * i + 1).join(', ')}]}}`,
    ),
    rule('{action: Allow, protocol: 255}'),
    felix('{metadataAddr: meta.example}'),
    felix('{metadataAddr: 192.0.2.999, metadataPort: 0}'),
    ...['1.2.3.999', 'name', '1.2.3.4/24', 'not a list'].map(ip => [
      ...felix('{floatingIPs: Enabled}'),
      `{apiVersion: v1, kind: Pod, metadata: {name: f, annotations: {cni.projectcalico.org/floatingIPs: ${ip === 'not a list' ? ip : `'["${ip}"]'`}}}, spec: {nodeName: node-1}, status: {podIP: 10.65.0.9}}`,
    ]),
  ]
  for (const documents of rows) t.same(errorsOf(documents), [], documents.join(' ').slice(0, 160))
})

t.test('addresses that iptables takes and those that it does not', async t => {
  const rows: readonly (readonly [4 | 6, string, boolean])[] = [
    [4, '10.0.0.0/8', true],
    [4, '10.0.0.1/8', true],
    [4, '10.0.0.0/8,11.0.0.0/8', true],
    [4, ' 10.0.0.0/8', true],
    [4, '10/8', true],
    [4, '10.1', true],
    [4, '010.0.0.0/8', true],
    [4, '10.0.0.0/010', true],
    [4, '10.0.0.0/255.0.255.0', true],
    [4, '0x0a000001', true],
    [4, '167772161', true],
    [4, '10.1.300', true],
    [4, 'any/0', true],
    [6, 'fd00::/64', true],
    [6, '::ffff:1.2.3.4', true],
    [6, 'fd00::/ffff::', true],
    [6, 'x:y/0', true],
    [4, '', false],
    [4, 'name', false],
    [4, '10.0.0.0/33', false],
    [4, '1.2.3.4/08', false],
    [4, '10.0.0.0/', false],
    [4, '10.0.0.0/8,', false],
    [4, '10.0.0.0/-1', false],
    [4, '300.0.0.0', false],
    [4, '1.2.3.4.5', false],
    [4, '10.0.0.0/ 8', false],
    [6, 'fd00::/129', false],
    [6, 'fd00:::1', false],
    [6, '10.0.0.0/8', false],
  ]
  for (const [ipVersion, text, wanted] of rows)
    t.equal(isIptablesAddress(text, ipVersion), wanted, `IPv${ipVersion}: ${JSON.stringify(text)}`)
})

t.test('with --force there is text all the same, and the refusals are warnings', async t => {
  const text = [
    hostEndpoint('h'),
    ...felix('{iptablesFilterDenyAction: Reject, chainInsertMode: Sometimes, iptablesMarkMask: 15}'),
  ].join('\n---\n')
  const result = compile({
    files: [{ name: 'a.yaml', text }],
    node: 'node-1',
    host: { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) },
    force: true,
  })
  t.ok(result.ok)
  t.same(
    result.diagnostics.map(({ severity, code }) => `${severity} ${code}`).filter(line => /refuses|crashes/.test(line)),
    [
      'warning kernel-refuses-rule',
      'warning kernel-refuses-rule',
      'warning felix-refuses-config',
      'warning felix-crashes',
    ],
  )
  if (result.ok) t.match(result.output.versions[4].text.iptables, '--jump REJECT')
})
