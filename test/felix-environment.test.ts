// Felix's environment: where it is found, how it is read, what wins, and how messages name it.

import { existsSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t from 'tap'
import { FELIX_PARAMETERS, type FelixConfig } from '../src/calico/felix-config.ts'
import { explain } from '../src/ask.ts'
import { compile, type CompileInput } from '../src/compile.ts'
import { formatCidr } from '../src/net/cidr.ts'
import { CORPUS_FOLDER, findCases, OUTPUT_NAMES, readCase } from './helpers/cases.ts'
import { outputTexts } from './helpers/output-texts.ts'
import { runCommand } from './helpers/run-command.ts'

const NODE = 'apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}\n'

const configuration = (spec: string): string =>
  `---\napiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: ${spec}\n`

const container = (env: string): string => `containers: [{name: calico-node, env: [${env}]}]`

const daemonSet = (env: string, namespace = 'kube-system'): string =>
  `---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: calico-node, namespace: ${namespace}}\nspec: {template: {spec: {${container(env)}}}}\n`

const felixPod = (node: string, env: string): string =>
  `---\napiVersion: v1\nkind: Pod\nmetadata: {name: calico-node-${node}, namespace: kube-system}\nspec: {nodeName: ${node}, hostNetwork: true, ${container(env)}}\n`

/** As the list of fail-safe ports has it. */
const FD00_22 = { protocol: 'tcp', port: 22, net: { ipVersion: 6, address: 'fd00::', prefixLength: 64 } }

interface Resolved {
  readonly config: FelixConfig
  readonly isKnown: boolean
  readonly codes: readonly string[]
}

function resolve(
  text: string,
  environment: Partial<NonNullable<CompileInput['environment']>> | undefined = undefined,
): Resolved {
  const given = environment === undefined ? undefined : { isAll: false, variables: [], files: [], ...environment }
  const result = compile({ files: [{ name: 'a.yaml', text: NODE + text }], node: 'n1', environment: given })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const { config, isEnvironmentKnown } = result.output.plan
  return { config, isKnown: isEnvironmentKnown, codes: result.diagnostics.map(({ code }) => code) }
}

t.test('the environment wins over every FelixConfiguration, whatever the case of its names', async t => {
  const text = configuration('{defaultEndpointToHostAction: Drop, chainInsertMode: Append, logPrefix: mine}')
  const { config, isKnown } = resolve(text, {
    variables: [
      'FELIX_DefaultEndpointToHostAction=accept',
      'felix_chaininsertmode=INSERT',
      'FELIX_TYPHAK8SNAMESPACE=x',
    ],
  })
  t.equal(config.defaultEndpointToHostAction, 'ACCEPT')
  t.equal(config.chainInsertMode, 'insert')
  t.equal(config.logPrefix, 'mine', 'what the environment leaves out stays')
  t.ok(isKnown)
  t.notOk(resolve(text).isKnown)
})

t.test('values are read as Felix reads text', async t => {
  const rows: readonly (readonly [string, keyof FelixConfig, unknown])[] = [
    ['FELIX_IPV6SUPPORT=N', 'ipv6Support', false],
    ['FELIX_VXLANPORT=0x1_000', 'vxlanPort', 4096],
    ['FELIX_VXLANPORT=1_0', 'vxlanPort', 10],
    ['FELIX_VXLANPORT=0o17', 'vxlanPort', 15],
    ['FELIX_VXLANPORT=none', 'vxlanPort', 0],
    ['FELIX_FAILSAFEINBOUNDHOSTPORTS=none', 'failsafeInboundHostPorts', []],
    ['FELIX_FAILSAFEINBOUNDHOSTPORTS=22', 'failsafeInboundHostPorts', [{ protocol: 'tcp', port: 22 }]],
    ['FELIX_INTERFACEEXCLUDE=none', 'interfaceExclude', []],
    ['FELIX_LOGPREFIX="a b" # c', 'logPrefix', '"a b" # c'],
    ['FELIX_VXLANPORT=+07', 'vxlanPort', 7],
    ['FELIX_IPTABLESMARKMASK=0x00ff_0000', 'iptablesMarkMask', 0xff0000],
    ['FELIX_ROUTETABLERANGES=1-5, 10-20', 'routeTableRanges', '1-5, 10-20'],
    ['FELIX_NATOUTGOINGADDRESS=::ffff:192.0.2.9', 'natOutgoingAddress', '192.0.2.9'],
    ['FELIX_FAILSAFEINBOUNDHOSTPORTS=[fd00::1/64]:+22,', 'failsafeInboundHostPorts', [FD00_22]],
  ]
  for (const [variable, field, wanted] of rows)
    t.same(resolve('', { variables: [variable] }).config[field], wanted, variable)
})

t.test('an empty text is no setting: what a lower source says holds', async t => {
  const text = configuration('{logPrefix: mine, defaultEndpointToHostAction: Accept}')
  const empty = ['FELIX_LOGPREFIX=', 'FELIX_DEFAULTENDPOINTTOHOSTACTION=', 'FELIX_INTERFACEPREFIX=']
  const wanted = { logPrefix: 'mine', defaultEndpointToHostAction: 'ACCEPT', interfacePrefix: ['cali'] }
  t.match(resolve(text, { variables: empty }).config, wanted)
  t.match(resolve(text, { variables: ['FELIX_LOGPREFIX=a', ...empty] }).config, wanted, 'the last one of a name counts')
  t.match(resolve(text, { files: [{ name: 'felix.cfg', text: '[global]\nLogPrefix =\n' }] }).config, wanted)
  t.match(resolve(text + daemonSet('{name: FELIX_LOGPREFIX, value: ""}, {name: FELIX_LogPrefix}')).config, wanted)
})

t.test('a bad value is fatal, or hides a good one of a lower source', async t => {
  const good = configuration('{vxlanPort: 4444, defaultEndpointToHostAction: Accept}')
  const hidden = resolve(good, { variables: ['FELIX_VXLANPORT=many'] })
  t.equal(hidden.config.vxlanPort, FELIX_PARAMETERS.vxlanPort.default)
  t.ok(hidden.codes.includes('felix-default'))
  const fatal = [
    'DEFAULTENDPOINTTOHOSTACTION=maybe',
    'IPTABLESMARKMASK=+0xff0000',
    'ROUTETABLERANGES=5-1',
    'METADATAPORT=65536',
  ]
  fatal.push('MAXIPSETSIZE=None', 'NFTABLESFILTERALLOWACTION=drop', 'NFTABLESFILTERDENYACTION=none')
  fatal.push('BPFLOGLEVEL=none', 'bpfmapsizeconntrack=None', 'AWSSRCDSTCHECK=none', 'DATASTORETYPE=none')
  for (const one of [
    'BPFLOGLEVEL=off',
    'BPFLOGLEVEL=none FELIX_BPFLOGLEVEL=off',
    'LOGSEVERITYSCREEN=none',
    'HEALTHPORT=none',
  ])
    t.ok(resolve(good, { variables: `FELIX_${one}`.split(' ') }).config, one)
  t.throws(
    () => resolve(good, { files: [{ name: 'felix.cfg', text: '[global]\nBPFLogLevel = none\n' }] }),
    /BPFLogLevel cannot be set to none/,
  )
  for (const one of fatal) t.throws(() => resolve(good, { variables: [`FELIX_${one}`] }), /refuses to start/, one)
  const bad = configuration('{logPrefix: a}').replace(
    '{name: default}',
    '{name: default, annotations: {config.projectcalico.org/ChainInsertMode: no}}',
  )
  t.throws(
    () => resolve(bad, { variables: ['FELIX_CHAININSERTMODE=append'] }),
    /refuses to start/,
    'also in a lower source',
  )
})

t.test('the pod on the node is better evidence than the DaemonSet, and that than the Installation', async t => {
  const entry = (value: string): string => `{name: FELIX_LOGPREFIX, value: ${value}}`
  const installation =
    '---\napiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {cni: {type: GKE}}\n'
  const prefix = (...parts: readonly string[]): string => resolve(parts.join('')).config.logPrefix
  t.equal(prefix(daemonSet(entry('ds'))), 'ds')
  t.equal(prefix(daemonSet(entry('ds')), felixPod('n1', entry('pod')), felixPod('n2', entry('other'))), 'pod')
  t.equal(prefix(daemonSet(entry('ds')), felixPod('n2', entry('other'))), 'ds')
  t.equal(prefix(daemonSet(entry('new'), 'calico-system'), daemonSet(entry('old'))), 'new')
  const fromOperator = resolve(installation).config
  t.match(fromOperator, {
    defaultEndpointToHostAction: 'ACCEPT',
    ipv6Support: false,
    interfacePrefix: ['gke'],
    iptablesMangleAllowAction: 'RETURN',
    iptablesFilterAllowAction: 'RETURN',
  })
  t.equal(
    resolve(installation + daemonSet(entry('ds'))).config.defaultEndpointToHostAction,
    'DROP',
    'the DaemonSet alone',
  )
  const dual = installation.replace('{cni: {type: GKE}}', "{calicoNetwork: {ipPools: [{cidr: 'fd00::/48'}]}}")
  t.ok(resolve(dual).config.ipv6Support, 'a pool of IPv6')
})

t.test('what sets a variable is said of the resource whose environment holds, and of no other one', t => {
  const installation =
    '---\napiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {}\n'
  const text = NODE + installation + daemonSet('{name: FELIX_DEFAULTENDPOINTTOHOSTACTION, value: ACCEPT}')
  const files = [{ name: 'a.yaml', text }]
  const compiled = compile({ files, node: 'n1' })
  if (!compiled.ok) throw new Error('it does not compile')
  const noteAt = (line: string): string | undefined =>
    explain(compiled.output, { file: files[0] ?? { name: '', text }, line: text.split('\n').indexOf(line) + 1 })
      ?.notes[0]
  t.match(noteAt('kind: DaemonSet'), /^Felix's environment from DaemonSet .* is in force on node n1/)
  t.match(noteAt('kind: Installation'), /^Nothing that decides about rules is in force on node n1 from Installation/)
  t.end()
})

t.test('what is given by hand replaces variables of its name, and `none` all of them', async t => {
  const text = daemonSet('{name: FELIX_LOGPREFIX, value: ds}, {name: FELIX_CHAININSERTMODE, value: wrong}')
  const { config } = resolve(text, { variables: ['FELIX_ChainInsertMode=append'] })
  t.equal(config.chainInsertMode, 'append', 'a bad value that is replaced does no harm')
  t.equal(config.logPrefix, 'ds')
  const none = resolve(text, { isAll: true })
  t.equal(none.config.logPrefix, FELIX_PARAMETERS.logPrefix.default)
  t.ok(none.isKnown)
})

t.test('files: lines for a shell, the environment of a process, felix.cfg', async t => {
  const read = (text: string, name = 'felix'): FelixConfig => resolve('', { files: [{ name, text }] }).config
  const shell = read('# Felix\n\nexport FELIX_LOGPREFIX="a b"\nFELIX_VXLANPORT=1 # one\nNODENAME=x\n', 'felix.env')
  t.match(shell, { logPrefix: 'a b', vxlanPort: 1 })
  t.match(read('PATH=/bin\0FELIX_LOGPREFIX=a # "b"\0FELIX_VXLANPORT=1\0'), { logPrefix: 'a # "b"', vxlanPort: 1 })
  const cfg = '[global]\nLogPrefix = file\nVXLANPort: 7\n; a comment\n'
  t.match(read(cfg), { logPrefix: 'file', vxlanPort: 7 })
  const both = resolve(configuration('{logPrefix: resource, vxlanPort: 1, maxIpsetSize: 5}'), {
    files: [{ name: 'felix.cfg', text: cfg }],
    variables: ['FELIX_LOGPREFIX=variable'],
  })
  t.match(both.config, { logPrefix: 'variable', vxlanPort: 7, maxIpsetSize: 5 })
  t.notOk(resolve('', { files: [{ name: 'felix.cfg', text: cfg }] }).isKnown, 'the file says nothing of variables')
  t.throws(() => read('FELIX_LOGPREFIX\n', 'felix.env'), /no setting/)
})

t.test('variables of a container: ConfigMaps, references, the last of several', async t => {
  const env = [
    '{name: WHO, value: you}',
    '{name: WHO, value: me}',
    '{name: FELIX_LOGPREFIX, value: first}',
    '{name: FELIX_LOGPREFIX, value: "$(WHO)-$$-$(NOBODY)"}',
    '{name: FELIX_VXLANPORT, valueFrom: {configMapKeyRef: {name: c, key: port}}}',
    '{name: FELIX_WIREGUARDLISTENINGPORT, valueFrom: {configMapKeyRef: {name: c, key: none, optional: true}}}',
    '{name: FELIX_METADATAPORT, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}',
  ].join(', ')
  const map =
    '---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: kube-system}\ndata: {port: "77", FELIX_MAXIPSETSIZE: "9", FELIX_VXLANPORT: "1"}\n'
  const text =
    daemonSet(env).replace('calico-node, env', 'calico-node, envFrom: [{configMapRef: {name: c}}], env') + map
  const { config, codes } = resolve(text)
  t.match(config, { logPrefix: 'me-$-$(NOBODY)', vxlanPort: 77, maxIpsetSize: 9 })
  t.same(codes.filter(code => code === 'environment-unknown').length, 1, 'what the input cannot say')
  t.ok(resolve(daemonSet(env)).codes.filter(code => code === 'environment-unknown').length === 3)
  for (const [name, count] of [
    ['kubernetes-services-endpoint', 0],
    ['services', 1],
  ] as const) {
    const whole = `calico-node, envFrom: [{configMapRef: {name: ${name}, optional: true}}], env`
    const of = resolve(daemonSet('').replace('calico-node, env', whole)).codes
    t.equal(of.filter(code => code === 'environment-unknown').length, count, name)
  }
})

t.test('the interfaces of pods are named by the prefix of the environment', async t => {
  const pod =
    '---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: ops}\nspec: {nodeName: n1}\nstatus: {podIP: 10.0.0.1}\n'
  const names = (variables: readonly string[]): readonly string[] => {
    const result = compile({
      files: [{ name: 'a.yaml', text: NODE + pod }],
      node: 'n1',
      environment: { isAll: false, variables, files: [] },
    })
    return result.ok ? result.output.plan.workloads.map(({ interfaceName }) => interfaceName) : []
  }
  t.same(names([]), ['cali5a1497a5fd0'])
  t.same(names(['FELIX_INTERFACEPREFIX=eni,tap']), ['eni5a1497a5fd0'])
})

t.test('pools that an installation makes first are there only where the input has none', async t => {
  const env = daemonSet('{name: CALICO_IPV4POOL_CIDR, value: 10.7.0.0/16}, {name: CALICO_IPV4POOL_IPIP, value: Always}')
  const installation =
    '---\napiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {calicoNetwork: {ipPools: [{cidr: 10.7.0.0/16, encapsulation: IPIP}]}}\n'
  const pool =
    '---\napiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: p}\nspec: {cidr: 10.8.0.0/16, natOutgoing: true}\n'
  const sets = (text: string): string => {
    const result = compile({ files: [{ name: 'a.yaml', text: NODE + text }], node: 'n1' })
    return result.ok ? result.output.versions[4].text.ipset : ''
  }
  for (const text of [env, installation]) {
    t.match(sets(text), /add cali40masq-ipam-pools 10\.7\.0\.0\/16/)
    t.match(sets(text), /create cali40all-hosts-net/, 'IP-in-IP')
    t.notMatch(sets(text + pool), /10\.7\.0\.0/)
  }
})

t.test('what pools are that an installation makes first', t => {
  const installation = (pools: string): string =>
    `---\napiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {calicoNetwork: {ipPools: [${pools}]}}\n`
  const rows: readonly (readonly [why: string, text: string, pools: readonly string[]])[] = [
    [
      'calico-node: no encapsulation, and NAT for IPv4 alone',
      daemonSet('{name: CALICO_IPV4POOL_CIDR, value: 10.7.0.0/16}, {name: CALICO_IPV6POOL_CIDR, value: "fd00:7::/48"}'),
      ['10.7.0.0/16 nat', 'fd00:7::/48'],
    ],
    [
      'as its variables say',
      daemonSet(
        '{name: CALICO_IPV4POOL_CIDR, value: 10.7.0.0/16}, {name: CALICO_IPV4POOL_VXLAN, value: CrossSubnet}, {name: CALICO_IPV4POOL_NAT_OUTGOING, value: "false"}',
      ),
      ['10.7.0.0/16 vxlan'],
    ],
    [
      'none where it is to make none',
      daemonSet('{name: CALICO_IPV4POOL_CIDR, value: 10.7.0.0/16}, {name: NO_DEFAULT_POOLS, value: "true"}'),
      [],
    ],
    [
      'the operator: IP in IP for IPv4, and NAT for both',
      installation('{cidr: 10.7.0.0/16}, {cidr: "fd00:7::/48"}'),
      ['10.7.0.0/16 nat ipip', 'fd00:7::/48 nat'],
    ],
    [
      'as the pools say',
      installation('{cidr: 10.7.0.0/16, encapsulation: VXLANCrossSubnet, natOutgoing: Disabled}'),
      ['10.7.0.0/16 vxlan'],
    ],
  ]
  for (const [why, text, pools] of rows) {
    const result = compile({ files: [{ name: 'a.yaml', text: NODE + text }], node: 'n1' })
    if (!result.ok) throw new Error(why)
    const found = result.output.resources.flatMap(one =>
      one.kind === 'ipPool'
        ? [
            [
              formatCidr(one.cidr),
              ...(one.isNatOutgoing ? ['nat'] : []),
              ...(one.hasIpip ? ['ipip'] : []),
              ...(one.hasVxlan ? ['vxlan'] : []),
            ].join(' '),
          ]
        : [],
    )
    t.strictSame(found, pools, why)
  }
  t.end()
})

t.test('what the operator sets of an Installation', t => {
  const rows: readonly (readonly [spec: string, config: Partial<FelixConfig>, name?: string])[] = [
    ['{cni: {type: Calico}}', { interfacePrefix: ['cali'], defaultEndpointToHostAction: 'ACCEPT', ipv6Support: false }],
    ['{cni: {type: AmazonVPC}}', { interfacePrefix: ['eni'], iptablesMangleAllowAction: 'RETURN' }],
    ['{cni: {type: AmazonVPC}}', { iptablesFilterAllowAction: 'ACCEPT' }],
    ['{cni: {type: GKE}}', { iptablesMangleAllowAction: 'RETURN', iptablesFilterAllowAction: 'RETURN' }],
    ['{cni: {type: AzureVNET}}', { interfacePrefix: ['azv'], iptablesMangleAllowAction: 'ACCEPT' }],
    ['{calicoNetwork: {nodeAddressAutodetectionV6: {firstFound: true}}}', { ipv6Support: true }],
    ['{calicoNetwork: {nodeAddressAutodetectionV4: {firstFound: true}}}', { ipv6Support: false }],
    ['{cni: {type: GKE}}', { interfacePrefix: ['cali'], defaultEndpointToHostAction: 'DROP' }, 'other'],
  ]
  for (const [spec, config, name = 'default'] of rows) {
    const text = `---\napiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: ${name}}\nspec: ${spec}\n`
    t.match(resolve(text).config, config, `${name} ${spec}`)
  }
  t.end()
})

t.test('on the command line: said once where nothing tells, and named by file and line in a trace', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'felix-environment-'))
  const pod = '---\napiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {nodeName: n1}\nstatus: {podIP: 10.0.0.1}\n'
  const bgp = 'spec: {bgp: {ipv4Address: 192.0.2.1/24}}\n'
  await writeFile(join(folder, 'a.yaml'), `${NODE}${bgp}${pod}`)
  await writeFile(join(folder, 'felix.env'), 'FELIX_LOGPREFIX=x\nFELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT\n')
  const trace = (...more: readonly string[]): ReturnType<typeof runCommand> =>
    runCommand([
      'trace',
      '-f',
      join(folder, 'a.yaml'),
      '--from',
      'pod/default/a',
      '--to',
      '192.0.2.1',
      '--dport',
      '80',
      ...more,
    ])
  const unknown = await trace('--verdict-only')
  t.equal(unknown.out, 'drop\n')
  t.equal(unknown.err.split('\n').filter(line => line.includes("Felix's environment is not known")).length, 1)
  const none = await trace('--verdict-only', '--felix-env', 'none')
  t.equal(none.out, 'drop\n')
  t.notMatch(none.err, /environment/)
  const file = await trace('--felix-env-file', join(folder, 'felix.env'))
  t.match(file.out, /why: .*FELIX_DEFAULTENDPOINTTOHOSTACTION[^]*felix\.env:2/)
  const line = await trace('--felix-env', 'FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT')
  t.match(line.out, /why: .*FELIX_DEFAULTENDPOINTTOHOSTACTION[^]*--felix-env:1/)
  const wrong = await runCommand([
    'compile',
    '-f',
    join(folder, 'a.yaml'),
    '--felix-env',
    'IPV6SUPPORT=false',
    'FELIX_IPV6SUPORT=1',
    'FELIX_X',
  ])
  t.equal(wrong.code, 2)
  t.equal(wrong.out, '')
  t.match(wrong.err, /`IPV6SUPPORT` is no variable of Felix.*write `FELIX_IPV6SUPPORT`/)
  t.match(wrong.err, /Felix knows no parameter `IPV6SUPORT`.*write `FELIX_IPV6SUPPORT`/)
  t.match(wrong.err, /no setting of Felix/)
})

/** Cases that a real Felix recorded with variables in its environment. They need not be there. */
const RECORDED = join(CORPUS_FOLDER, '../corpus-env')

/** Where the recorded text is not what Felix would write again, and why. */
const NOT_REPEATABLE: Readonly<Record<string, string>> = {
  'config-30006': 'endpoint marks collide, and Felix gives them out in the order of a map',
  'config-30011': 'endpoint marks collide, and Felix gives them out in the order of a map',
  'mixed-30009': 'FELIX_CHAININSERTMODE=Append, and the jumps are inserted; of a FelixConfiguration they are appended',
}

t.test('recorded nodes whose Felix had an environment are the same, byte for byte', async t => {
  if (!existsSync(RECORDED)) return t.comment(`*** NO RECORDED CASES at ${RECORDED}: nothing is compared ***`)
  const cases = findCases(RECORDED)
  t.ok(cases.length >= 43, `${cases.length} cases`)
  for (const folder of cases) {
    const { files, host, node, environment, expected } = readCase(folder)
    const texts = outputTexts(compile({ files, host, node, environment }))
    const different = OUTPUT_NAMES.filter(name => texts[name] !== expected[name])
    const name = basename(folder)
    const reason = NOT_REPEATABLE[name]
    if (reason === undefined) t.strictSame(different, [], name)
    else t.not(different.length, 0, `${name}: ${reason}; if that is no longer so, take it from the list`)
  }
})
