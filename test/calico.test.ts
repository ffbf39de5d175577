// Facts about Calico: names, hashes, settings. Wanted values were computed by Calico v3.32.1 itself.

import { readFileSync } from 'node:fs'
import { bytesToHex } from '@noble/hashes/utils.js'
import t from 'tap'
import { parseDscp } from '../src/calico/dscp.ts'
import { formatPolicyId, policyGroupChainName, type PolicyId } from '../src/calico/policy-names.ts'
import { LATEST_RELEASE } from '../src/calico/releases/releases.ts'
import { FELIX_PARAMETERS, type FelixField } from '../src/calico/felix-config.ts'
import { lengthLimitedId } from '../src/calico/hash.ts'
import {
  chainName,
  ipSetName,
  namedPortSetId,
  selectorSetId,
  serviceSetId,
  serviceWithoutPortsSetId,
  workloadInterfaceName,
} from '../src/calico/names.ts'
import { nodeDigests, PORTABLE_DIGESTS } from '../src/calico/digests.ts'
import { ruleHashes } from '../src/calico/rule-hash.ts'
import { VERSION, VERSION_LINE } from '../src/cli/version.ts'
import { utf8 } from '../src/text/bytes.ts'

function groupName(direction: 'ingress' | 'egress', canonicalSelector: string, policies: readonly PolicyId[]): string {
  return policyGroupChainName({ tier: 'default', direction, canonicalSelector, policies }, LATEST_RELEASE)
}

const gnp = (name: string): PolicyId => ({ kind: 'GlobalNetworkPolicy', namespace: '', name })
const np = (namespace: string, name: string): PolicyId => ({ kind: 'NetworkPolicy', namespace, name })

t.test('chain names are hashed where they would be too long', async t => {
  const rows: readonly (readonly [string, string])[] = [
    [chainName('policyIngress', formatPolicyId(gnp('deny-nodeports'))), 'cali-pi-gnp/deny-nodeports'],
    [chainName('policyEgress', formatPolicyId(gnp('default.deny'))), 'cali-po-gnp/default.deny'],
    [
      chainName('policyIngress', formatPolicyId({ kind: 'KubernetesNetworkPolicy', namespace: 'prod', name: 'web' })),
      'cali-pi-knp/prod/web',
    ],
    [
      chainName('policyIngress', formatPolicyId(np('prod', 'a-rather-long-policy-name'))),
      'cali-pi-_meYV8e6v3cjvPl73m9D',
    ],
    [chainName('policyIngress', formatPolicyId(gnp('abcdefghijklmnopq'))), 'cali-pi-_WiT5ZmzSJbuzX78YAtF'],
    [chainName('profileIngress', 'ksa.default.default'), 'cali-pri-ksa.default.default'],
    [chainName('profileEgress', 'ksa.kube-system.calico-node'), 'cali-pro-_0t0kAsKHNOv35adL3q'],
    [chainName('toHostEndpoint', 'any-interface-at-all'), 'cali-th-any-interface-at-all'],
    [chainName('fromHostEndpointForward', 'any-interface-at-all'), 'cali-fhfw-_Nqh4HyA73udmyanQI'],
  ]
  for (const [name, wanted] of rows) t.equal(name, wanted)
  t.equal(lengthLimitedId('p-', '', 10), 'p-_', 'an empty suffix becomes an underscore')
  t.equal(lengthLimitedId('p-', '_2345678', 10).startsWith('p-_'), true)
  t.not(lengthLimitedId('p-', '_2345678', 10), 'p-_2345678', 'a name that fits exactly but looks like a hash is hashed')
})

t.test('policy groups are named for what is in them', async t => {
  t.equal(groupName('ingress', 'all()', [gnp('a'), np('prod', 'b')]), 'cali-gi-PU2_fe1PVuG6aIAs5dph')
  t.equal(groupName('egress', 'all()', [gnp('a'), np('prod', 'b')]), 'cali-go-rq4TW9IMLH476a124phT')
  const staged: PolicyId = { kind: 'StagedGlobalNetworkPolicy', namespace: '', name: 's' }
  t.equal(groupName('ingress', 'app == "web"', [gnp('a'), staged, np('shop', 'b')]), 'cali-gi-Dr2qXD6FyCmpQpFD2GBr')
})

t.test('IP set ids and kernel names', async t => {
  const all = selectorSetId('all()')
  const rows: readonly (readonly [string, string])[] = [
    [all, 's:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug'],
    [namedPortSetId(all, 'tcp', 'http'), 'n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A'],
    [namedPortSetId(all, 'any', 'http'), 'n:FvKMFOOSYvkZZJ0ch1bwT7bt3AAgySwlMLqMDA'],
    [serviceSetId('shop', 'cart'), 'svc:whfywhJOILB-_z1R002xyIPi8OAx5NseyDvddw'],
    [serviceSetId('', 'cart'), 'svc:rU4QYQIv45L3EMajQVJRzfx065S5THXxBTDyOA'],
    [serviceWithoutPortsSetId('shop', 'cart'), 'svcnoport:_3kvS4vpE69vGibofPE6tv0EbrhmMBHnDFo7NA'],
    [ipSetName(4, all), 'cali40s:5y5I3VdRZfDU01O--xXAPx2'],
    [ipSetName(6, 'masq-ipam-pools'), 'cali60masq-ipam-pools'],
  ]
  for (const [name, wanted] of rows) t.equal(name, wanted)
})

t.test('interfaces of pods', async t => {
  t.equal(workloadInterfaceName('cali', 'shop', 'web-1'), 'cali751425ce827')
  t.equal(workloadInterfaceName('cali', 'kube-system', 'coredns-abc'), 'cali3d5d6ab04b5')
})

t.test('rule hashes cover the rules before them', async t => {
  t.same(ruleHashes('cali-from-wl-dispatch', [' -m comment --comment "Unknown interface" --jump DROP']), [
    'zTj6P0TIgYvgz-md',
  ])
  t.same(
    ruleHashes('FORWARD*appends*', [
      ' -m comment --comment "Policy explicitly accepted packet." -m mark --mark 0x10000/0x10000 --jump ACCEPT',
      ' --jump MARK --set-mark 0x10000/0x10000',
    ]),
    ['S93hcgKJrXEqnTfs', 'mp77cMpurHhyjLrM'],
  )
  t.same(ruleHashes('cali-empty', []), [])
})

t.test('digests, of Node and of the library', async t => {
  // FIPS 180-4, examples of one block and of two.
  const long = 'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq'
  const rows: readonly (readonly ['sha1' | 'sha224' | 'sha256', string, string])[] = [
    ['sha1', 'abc', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['sha1', long, '84983e441c3bd26ebaae4aa1f95129e5e54670f1'],
    ['sha224', 'abc', '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'],
    ['sha224', long, '75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525'],
    ['sha256', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['sha256', long, '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
  ]
  const ofNode = nodeDigests()
  t.equal(ofNode === undefined, process.getBuiltinModule === undefined, 'this Node has them')
  for (const digests of [PORTABLE_DIGESTS, ...(ofNode === undefined ? [] : [ofNode])])
    for (const [name, text, wanted] of rows)
      t.equal(bytesToHex(digests[name](utf8(text))), wanted, `${name} of ${text}`)
})

t.test('DSCP by number and by name in any case', async t => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ['0', 0],
    ['63', 63],
    ['64', undefined],
    ['EF', 46],
    ['ef', 46],
    ['AF41', 34],
    ['AF13', 14],
    ['CS6', 48],
    ['CS7', undefined],
    ['DF', 0],
    ['', undefined],
    ['-1', undefined],
  ]
  for (const [text, wanted] of rows) t.equal(parseDscp(text), wanted, JSON.stringify(text))
})

t.test('settings are read as Felix reads their text', async t => {
  const read = (field: FelixField, text: string): unknown => {
    const result = FELIX_PARAMETERS[field].parse(text)
    return result.ok ? result.value : { refused: FELIX_PARAMETERS[field].isFatal ? 'fatal' : 'default' }
  }
  const refused = { refused: 'default' }
  const fatal = { refused: 'fatal' }
  const rows: readonly (readonly [FelixField, string, unknown])[] = [
    ['chainInsertMode', 'Append', 'append'],
    ['chainInsertMode', 'Sometimes', fatal],
    ['iptablesFilterAllowAction', 'Return', 'RETURN'],
    ['iptablesMarkMask', '4294901760', 0xffff0000],
    ['iptablesMarkMask', '0xff', 255],
    ['iptablesMarkMask', '1', fatal],
    ['interfacePrefix', 'cali,tap', ['cali', 'tap']],
    ['interfacePrefix', '*', fatal],
    [
      'failsafeInboundHostPorts',
      'tcp:22,udp:10.0.0.0/8:53',
      [
        { protocol: 'tcp', port: 22 },
        { protocol: 'udp', port: 53, net: { ipVersion: 4, address: '10.0.0.0', prefixLength: 8 } },
      ],
    ],
    [
      'failsafeInboundHostPorts',
      'tcp:[fd00::/8]:22',
      [{ protocol: 'tcp', port: 22, net: { ipVersion: 6, address: 'fd00::', prefixLength: 8 } }],
    ],
    ['failsafeInboundHostPorts', 'sctp:22', fatal],
    ['logPrefix', 'a b', 'a b'],
    ['logPrefix', 'a\nb', refused],
    ['logActionRateLimit', '10/minute', '10/minute'],
    ['logActionRateLimit', '5/fortnight', refused],
    ['logActionRateLimit', '10000/second', refused],
    ['logActionRateLimitBurst', '100000', 100000],
    ['natPortRange', '32768:65535', { first: 32768, last: 65535 }],
    ['natOutgoingAddress', 'fd00::1', refused],
    ['kubeNodePortRanges', '[30000:30999 40000]', refused],
    ['interfaceExclude', '/(/', refused],
    ['metadataPort', '70000', fatal],
  ]
  for (const [field, text, wanted] of rows) t.same(read(field, text), wanted, `${field}: ${JSON.stringify(text)}`)
})

t.test('the version is that of the package', async t => {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  t.equal(VERSION, version)
  t.equal(VERSION_LINE, `calitables ${version} (Calico ${LATEST_RELEASE.name})`)
})
