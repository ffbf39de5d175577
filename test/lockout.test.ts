// Lock-out: which services of a node are open, to whom, by which rule, and what only fail-safe ports keep open.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fromJSONSchema } from 'zod'
import t from 'tap'
import { lockoutServices, readService } from '../src/answers/lockout/services.ts'
import type { LockoutRow } from '../src/answers/lockout/lockout.ts'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { compile, type CompileInput, type CompileOutput } from '../src/compile.ts'
import { lockout } from '../src/lockout.ts'
import type { IpVersion } from '../src/net/cidr.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { createScene, type Scene } from '../src/trace/scene.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { runCommand } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'

const HOST_CASES = join(GOLDEN_FOLDER, 'host-endpoint')

/** Of node w1, with one address. */
const ENDPOINT = `apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1-eth0, labels: {host: w1}}
spec: {node: w1, interfaceName: eth0, expectedIPs: [10.0.0.11]}
`

function inputOf(folder: string): CompileInput {
  const { files, node, host, calicoVersion, environment } = readCase(folder)
  return { files, node, host, calicoVersion, environment }
}

function rowsOf(input: CompileInput): readonly LockoutRow[] {
  const result = lockout(input)
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  return result.nodes.flatMap(({ versions }) => versions.flatMap(({ rows }) => rows))
}

/** `ssh in nodes eth1: failsafe`, with the reasons of its parts. */
function words(rows: readonly LockoutRow[], start: string): readonly string[] {
  return rows
    .filter(({ ipVersion }) => ipVersion === 4)
    .map(({ service, direction, zone, interfaceName, status, isVoid, parts }) => {
      const reasons = parts.map(({ kind, cube, decided }) => {
        const whose = direction === 'in' ? cube.from : cube.to
        const [because = ''] = decided.because.split(/, | allows| stands/)
        return `${kind} ${whose.join(' ')}: ${because}`
      })
      return [
        `${service.name} ${direction} ${zone} ${interfaceName}: ${status}${isVoid ? ', void' : ''}`,
        ...reasons,
      ].join('; ')
    })
    .filter(line => line.startsWith(start))
}

t.test('what policies say, worked out by hand from their texts', async t => {
  const failsafe = "Calico's default for failsafeInboundHostPorts: tcp port 22 is a fail-safe port"
  const rows: readonly (readonly [name: string, start: string, wanted: readonly string[]])[] = [
    [
      'ibm-deny-nodeports',
      'node-ports',
      ['node-ports in anywhere eth1: closed; closed anywhere: ingress[0] of GlobalNetworkPolicy deny-nodeports'],
    ],
    ['ibm-deny-nodeports', 'ssh', [`ssh in anywhere eth1: failsafe; failsafe anywhere: ${failsafe}`]],
    [
      'ibm-deny-nodeports',
      'kubelet in',
      ['kubelet in anywhere eth1: closed; closed anywhere: no policy and no profile'],
    ],
    [
      'ibm-deny-nodeports',
      'api-server out',
      [
        "api-server out anywhere eth1: failsafe; failsafe anywhere: Calico's default for failsafeOutboundHostPorts: " +
          'tcp port 6443 is a fail-safe port',
      ],
    ],
    ['ibm-deny-nodeports', 'ntp', ['ntp out anywhere eth1: closed; closed anywhere: no policy and no profile']],
    [
      'ibm-allow-node-port-dnat',
      'node-ports',
      ['node-ports in anywhere eth1: open; open anywhere: ingress[0] of GlobalNetworkPolicy allow-node-port-dnat'],
    ],
    [
      'pre-dnat-allow-and-deny',
      'node-ports',
      [
        'node-ports in anywhere eth0: partly; open 198.51.100.0/24: ingress[0] of GlobalNetworkPolicy edge-nodeports; ' +
          'closed anywhere but 198.51.100.0/24: ingress[2] of GlobalNetworkPolicy edge-nodeports; ' +
          'closed anywhere: ingress[0] of GlobalNetworkPolicy default-pre',
      ],
    ],
    [
      'ibm-private-isolation',
      'kubelet out',
      [
        'kubelet out nodes eth0: open; open anywhere: egress[0] of GlobalNetworkPolicy allow-all-workers-private',
        'kubelet out anywhere eth0: partly; open 10.176.48.79: egress[0] of GlobalNetworkPolicy allow-all-workers-private; ' +
          'closed anywhere but 10.176.48.79: no policy of tier default',
      ],
    ],
    [
      'ibm-private-isolation',
      'ntp',
      [
        'ntp out nodes eth0: open; open anywhere: egress[0] of GlobalNetworkPolicy allow-all-workers-private',
        'ntp out anywhere eth0: partly; open 10.0.64.0/19 10.176.48.79 10.200.16.0/20: egress[1] of GlobalNetworkPolicy ' +
          'allow-ibm-ports-private; closed anywhere but 10.0.64.0/19, 10.176.48.79, 10.200.16.0/20: no policy of tier default',
      ],
    ],
    [
      'ibm-private-and-public-isolation',
      'ssh in anywhere eth1',
      [
        'ssh in anywhere eth1: failsafe, void; open 198.51.100.0/25 203.0.113.64/26: ingress[0] of GlobalNetworkPolicy ' +
          `allow-sys-mgmt; failsafe anywhere but 198.51.100.0/25, 203.0.113.64/26: ${failsafe}`,
      ],
    ],
    [
      'host-endpoint-wildcard-and-named',
      'node-ports in anywhere any',
      [
        'node-ports in anywhere any-interface-at-all: partly; open anywhere: no policy of the host endpoint; ' +
          'closed anywhere: ingress[0] of GlobalNetworkPolicy all-close-nodeports',
      ],
    ],
    [
      'failsafe-with-nets',
      'ssh',
      [
        'ssh in anywhere eth0: partly; failsafe 10.0.0.0/8: FelixConfiguration failsafeInboundHostPorts: tcp port 22 is ' +
          'a fail-safe port; closed anywhere but 10.0.0.0/8: no policy and no profile',
      ],
    ],
    ['do-not-track-both-directions', 'ssh', [`ssh in anywhere eth0: failsafe, void; failsafe anywhere: ${failsafe}`]],
  ]
  for (const [name, start, wanted] of rows)
    t.same(words(rowsOf(inputOf(join(HOST_CASES, name))), start), wanted, `${name} ${start}`)
})

t.test('the other nodes of an endpoint are those on the links of its interface', t => {
  const text = `apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w1-eth0, labels: {host: w1}}
spec: {node: w1, interfaceName: eth0}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w2-eth0}
spec: {node: w2, interfaceName: eth0, expectedIPs: [10.0.0.12]}
---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: w3-eth1}
spec: {node: w3, interfaceName: eth1, expectedIPs: [192.0.2.13]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: kubelet}
spec:
  selector: host == 'w1'
  types: [Ingress]
  ingress: [{action: Allow, protocol: TCP, source: {nets: [10.0.0.12/32]}, destination: {ports: [10250]}}]
`
  const port = (ifname: string, local: string, flags = ['UP']): unknown => ({
    ifname,
    flags,
    addr_info: [{ local, prefixlen: 24 }],
  })
  const rows: readonly (readonly [why: string, interfaces: readonly unknown[], status: string])[] = [
    ['one is on the link', [port('eth0', '10.0.0.11'), port('eth1', '192.0.2.11')], 'open'],
    ['none is: all of them are meant', [port('eth0', '10.0.7.11'), port('eth1', '192.0.2.11')], 'partly'],
    ['no interface that is up has the link', [port('eth0', '10.0.0.11', []), port('eth1', '192.0.2.11')], 'partly'],
  ]
  for (const [why, interfaces, status] of rows) {
    const host = [{ name: 'host.json', text: JSON.stringify(interfaces) }]
    const found = rowsOf({ files: [{ name: 'input.yaml', text }], node: 'w1', host })
    const kubelet = found.filter(
      ({ service, direction, zone }) => service.name === 'kubelet' && direction === 'in' && zone === 'nodes',
    )
    t.strictSame(
      kubelet.map(row => row.status),
      [status],
      why,
    )
  }
  t.end()
})

t.test('what is open to some and depends on the pod for others is unclear', t => {
  const text = `${ENDPOINT}---
apiVersion: v1
kind: Node
metadata: {name: w2}
status: {addresses: [{type: InternalIP, address: 10.0.0.12}]}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: forwarded}
spec:
  selector: host == 'w1'
  applyOnForward: true
  types: [Ingress]
  ingress: [RULES]
`
  const some = '{action: Allow, source: {nets: [198.51.100.0/24]}}'
  const onePod = '{action: Allow, source: {nets: [192.0.2.0/24]}, destination: {nets: [10.65.0.5/32]}}'
  const rows: readonly (readonly [rules: string, status: string, kinds: readonly string[]])[] = [
    [some, 'partly', ['open', 'closed']],
    [onePod, 'unclear', ['closed', 'unclear']],
    [`${some}, ${onePod}`, 'unclear', ['open', 'closed', 'unclear']],
    ['{action: Allow}', 'open', ['open']],
  ]
  for (const [rules, status, kinds] of rows) {
    const result = lockout({ files: [{ name: 'input.yaml', text: text.replace('RULES', rules) }] })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    t.strictSame(
      result.nodes.map(({ node }) => node),
      ['w1'],
      'only nodes with host endpoints are asked about',
    )
    const found = result.nodes.flatMap(({ versions }) => versions.flatMap(one => one.rows))
    const ports = found.filter(({ service, zone }) => service.name === 'node-ports' && zone === 'anywhere')
    t.strictSame(
      ports.map(row => [row.status, [...new Set(row.parts.map(({ kind }) => kind))]]),
      [[status, kinds]],
      rules,
    )
  }
  t.end()
})

t.test('addresses by which nobody calls a node from afar', t => {
  const files = [{ name: 'input.yaml', text: ENDPOINT }]
  const rows: readonly (readonly [local: string, ipVersion: IpVersion, isFar: boolean])[] = [
    ['192.0.2.11', 4, true],
    ['169.253.1.1', 4, true],
    ['169.254.1.1', 4, false],
    ['2001:db8::b', 6, true],
    ['fe7f::1', 6, true],
    ['fe80::1', 6, false],
    ['fe9f::1', 6, false],
    ['febf::1', 6, false],
    ['fec0::1', 6, true],
  ]
  for (const [local, ipVersion, isFar] of rows) {
    const prefixlen = ipVersion === 4 ? 24 : 64
    const text = JSON.stringify([{ ifname: 'eth0', flags: ['UP'], addr_info: [{ local, prefixlen }] }])
    const result = lockout({ files, node: 'w1', host: [{ name: 'host.json', text }] })
    if (!result.ok) throw new Error(local)
    const found = result.nodes.flatMap(({ versions }) => versions).find(one => one.ipVersion === ipVersion)
    t.equal(found?.isAddressless, !isFar, local)
  }
  t.end()
})

t.test('node ports of packets that are not tracked lead to nobody', t => {
  const policy = (spec: string): string => `---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: {name: default}
spec: {failsafeInboundHostPorts: [], failsafeOutboundHostPorts: []}
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: node-ports}
spec: {selector: host == 'w1', applyOnForward: true, types: [Ingress], ingress: [{action: Allow}], ${spec}}
`
  const rows: readonly (readonly [spec: string, status: string])[] = [
    ['preDNAT: true', 'open'],
    ['doNotTrack: true', 'closed'],
  ]
  for (const [spec, status] of rows) {
    const found = rowsOf({ files: [{ name: 'input.yaml', text: `${ENDPOINT}${policy(spec)}` }] })
    const ports = found.filter(({ service }) => service.name === 'node-ports')
    t.strictSame([...new Set(ports.map(row => row.status))], [status], spec)
  }
  t.end()
})

function scenesOf({ plan, versions, resources, host, sources }: CompileOutput): ReadonlyMap<IpVersion, Scene> {
  return new Map(
    ([4, 6] as const).flatMap(ipVersion => {
      const ruleset = versions[ipVersion]?.ruleset
      if (ruleset === undefined) return []
      const tables = kernelTablesOf(ruleset)
      return [[ipVersion, createScene({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources })] as const]
    }),
  )
}

/** The recorded cases of hosts where they are; the golden ones always. */
function foldersOfHosts(): readonly string[] {
  const recorded = ['named', 'random'].map(name => join(CORPUS_FOLDER, name)).filter(existsSync)
  const found = recorded
    .flatMap(findCases)
    .filter(folder => /\/(host-|ibm-|failsafe-|pre-dnat|do-not|apply)/.test(folder))
  return [...findCases(HOST_CASES), ...found.filter((_, index) => index % 4 === 0)]
}

const SOURCES: Readonly<Record<IpVersion, readonly string[]>> = {
  4: ['203.0.113.7', '198.51.100.9', '10.0.64.5', '10.176.48.79', '192.0.2.79', '172.16.0.1', '8.8.8.8'],
  6: ['2001:db8::7', '2001:db8:1::9', 'fd00::5', '2a00::1'],
}

t.test('packets one by one, and nodes that have no fail-safe ports, say the same', async t => {
  let packets = 0
  let examples = 0
  for (const folder of foldersOfHosts()) {
    const input = inputOf(folder)
    const result = compile({ ...input, force: true })
    const bare = compile({
      ...input,
      force: true,
      environment: {
        isAll: false,
        files: [],
        ...input.environment,
        variables: [
          ...(input.environment?.variables ?? []),
          'FELIX_FAILSAFEINBOUNDHOSTPORTS=none',
          'FELIX_FAILSAFEOUTBOUNDHOSTPORTS=none',
        ],
      },
    })
    if (!result.ok || !bare.ok) throw new Error(`${folder} does not compile`)
    const [scenes, bareScenes] = [scenesOf(result.output), scenesOf(bare.output)]
    const rows = rowsOf({ ...input, force: true })
    for (const { service, direction, zone, ipVersion, interfaceName, status, parts } of rows) {
      for (const { kind, journey } of service.isForwarded === true ? [] : parts) {
        if (kind !== 'failsafe') continue
        examples++
        const without = bareScenes.get(ipVersion)?.walker.walk(journey).verdict
        if (without !== 'drop' && without !== 'reject')
          t.fail(`${folder}: ${service.name} is ${without} without fail-safe ports`)
      }
      if (zone === 'nodes' || service.isForwarded === true || interfaceName === 'any-interface-at-all') continue
      const scene = scenes.get(ipVersion)
      const own = parts[0]?.journey.packet[direction === 'in' ? 'destination' : 'source'] ?? ''
      const wanted = { open: true, failsafe: true, closed: false, partly: undefined, unclear: undefined }[status]
      for (const other of wanted === undefined ? [] : SOURCES[ipVersion]) {
        if (scene?.isLocal(other) === true || scene?.workloadOf(other)?.interfaceName !== undefined) continue
        for (const { protocol, ports } of service.traffic) {
          packets++
          const [source, destination] = direction === 'in' ? [other, own] : [own, other]
          const port = ports[0] === undefined ? {} : { sourcePort: 40000, destinationPort: ports[0].last }
          const flags = protocol === 6 ? { tcpFlags: ['SYN'] } : {}
          const verdict = scene?.walker.walk({
            packet: { ipVersion, source, destination, protocol, ...port, ...flags },
            state: 'NEW',
            ...(direction === 'in' ? { inInterface: interfaceName } : { outInterface: interfaceName }),
          }).verdict
          if ((verdict === 'accept') !== wanted)
            t.fail(`${folder}: ${service.name} ${direction} ${interfaceName} ${other} is ${verdict}, told ${status}`)
        }
      }
    }
  }
  t.ok(packets > 1_000, `${packets} packets were walked`)
  t.ok(examples > 100, `${examples} examples were walked without fail-safe ports`)
  if (!existsSync(CORPUS_FOLDER)) t.comment('recorded cases are not here: only the golden ones were looked at')
})

t.test('each node is asked once, and one endpoint for all interfaces is one', t => {
  const endpoint = (name: string, node: string, interfaceName: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: ${name}}\nspec: {node: ${node}, interfaceName: "${interfaceName}", expectedIPs: [10.0.0.${name.length}]}\n`
  const ask = (...endpoints: readonly string[]) => {
    const result = lockout({ files: [{ name: 'h.yaml', text: endpoints.join('---\n') }] })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    return result.nodes
  }
  const several = ask(endpoint('a', 'w2', 'eth0'), endpoint('bb', 'w1', 'eth0'), endpoint('ccc', 'w2', 'eth1'))
  t.strictSame(
    several.map(({ node }) => node),
    ['w1', 'w2'],
    'two host endpoints are of one node',
  )
  const [all] = ask(endpoint('a', 'w1', '*'))
  t.equal(all?.hasEndpoints, true, 'it is not told that nothing governs the node')
  t.end()
})

t.test('services of one’s own', async t => {
  const rows: readonly (readonly [string, unknown])[] = [
    [
      'consul=tcp/8300-8302',
      { directions: ['in', 'out'], traffic: [{ protocol: 6, ports: [{ first: 8300, last: 8302 }] }] },
    ],
    ['vrrp=112,in', { directions: ['in'], traffic: [{ protocol: 112, ports: [] }] }],
    ['x=udp/53,out', { directions: ['out'], traffic: [{ protocol: 17, ports: [{ first: 53, last: 53 }] }] }],
    ['x', { message: /NAME=PROTOCOL/ }],
    ['x=tpc/1', { message: /no protocol `tpc`/ }],
    ['x=300', { message: /no protocol `300`/ }],
    ['x=255', { traffic: [{ protocol: 255, ports: [] }] }],
    ['x=256', { message: /no protocol `256`/ }],
    ['x=tcp/9-8', { message: /no ports `9-8`/ }],
    ['x=tcp/70000', { message: /no ports `70000`/ }],
    ['x=112/80', { message: /has no ports/ }],
    ['x=tcp/1,up', { message: /NAME=PROTOCOL/ }],
  ]
  for (const [text, wanted] of rows) t.match(readService(text), wanted, text)
  const plan = compile(inputOf(join(HOST_CASES, 'ibm-deny-nodeports')))
  if (!plan.ok) throw new Error('it does not compile')
  const names = lockoutServices(plan.output.plan.config).map(({ name }) => name)
  const wanted = 'ssh api-server etcd kubelet bgp typha dns dhcp dhcp ntp node-ports vxlan ipip wireguard'
  t.equal(names.join(' '), wanted)
  const ports = { wireguardListeningPort: 51820, wireguardListeningPortV6: 51821 }
  const own = lockoutServices({ ...plan.output.plan.config, ...ports }).find(({ name }) => name === 'wireguard')
  t.match(own, { traffic: [{ protocol: 17, ports: [{ first: 51820 }, { first: 51821 }] }] }, 'one for each IP version')
})

t.test('the command', async t => {
  const folder = join(HOST_CASES, 'ibm-private-and-public-isolation')
  const args = ['lockout', join(folder, 'input'), '--host', join(folder, 'host.json'), '--node', 'node-1']
  const text = await run(args)
  t.match(text, { code: 0, out: /host endpoint node-1-private \(eth0\), IPv4\n {2}SSH .* from anywhere +open\n {6}\S/ })
  t.same(
    text.out.split('\n').filter(line => line.length > 80 && line.trim().includes(' ')),
    [],
    'a terminal has 80 columns; a path is not broken',
  )
  const sentences = text.out.replace(/\n {2,}/g, ' ')
  t.match(sentences, /it makes void: no policy of tier default allows/)
  t.match(sentences, /\nfail-safe ports make restrictions of policies void: .*SSH at node-1-public/)
  t.notMatch(text.out, /other nodes.*\bkubelet\b.*from anywhere/)
  const schema = fromJSONSchema(
    strictSchema(fileURLToPath(new URL('../docs/schemas/lockout.schema.json', import.meta.url))),
  )
  for (const name of [
    'ibm-private-and-public-isolation',
    'host-endpoint-wildcard-and-named',
    'do-not-track-both-directions',
  ]) {
    const { files } = readCase(join(HOST_CASES, name))
    const { out } = await run([
      'lockout',
      ...files.map(file => join(HOST_CASES, name, file.name)),
      '--host',
      join(HOST_CASES, name, 'host.json'),
      '--node',
      'node-1',
      '-o',
      'json',
    ])
    const found = schema.safeParse(JSON.parse(out))
    t.ok(found.success, name, { issues: found.error?.issues.slice(0, 3) })
  }
  t.match(await run([...args, '--require-open', 'ssh,kubelet']), { code: 0 })
  t.match(await run([...args, '--service', 'vrrp=112,in', '--require-open', 'vrrp']), {
    code: 0,
    out: /\n {2}vrrp +protocol 112 /,
  })
  const closed = join(HOST_CASES, 'ibm-deny-nodeports')
  const lost = await run([
    'lockout',
    join(closed, 'input'),
    '--host',
    join(closed, 'host.json'),
    '--require-open',
    'ssh,kubelet',
  ])
  t.match(lost, { code: 1, out: /kubelet/, err: /node node-1: kubelet in is open by no host endpoint \(IPv4\)/ })
  t.notMatch(lost.err, /ssh/)
  t.match(await run([...args, '--require-open', 'shh']), {
    code: 2,
    out: '',
    err: /no service `shh`; did you mean `ssh`\? \(the services are `ssh`, `api-server`, .* and `wireguard`\)/,
  })
  t.match(await run([...args, '--service', 'x=tpc/1']), { code: 2, out: '', err: /no protocol `tpc`/ })
  const empty = t.testdir({ 'n.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: bare}\n' })
  t.match(await run(['lockout', empty]), { code: 0, out: /node bare has no host endpoint: policy does not govern/ })
})

function run(args: readonly string[]): ReturnType<typeof runCommand> {
  return runCommand([...args, '--config', 'none'])
}

t.test('every golden case of hosts says something of every service, whatever its policies', async t => {
  for (const folder of findCases(HOST_CASES)) {
    const rows = rowsOf(inputOf(folder))
    for (const { parts, service } of rows) if (parts.length === 0) t.fail(`${folder}: nothing of ${service.name}`)
    const text = readFileSync(join(folder, 'host.json'), 'utf8')
    t.ok(rows.length > 0 || !/"scope":"global"/.test(text), folder)
  }
})
