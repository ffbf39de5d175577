// A page of one's own for others to see: nothing of the input's names, labels, notes and addresses is in it, and its rules are
// the same but for them, in the same order.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { parseResources } from '../src/parser/parse-resources.ts'
import { createEngine } from '../src/page/engine/engine.ts'
import { createAddressRedactor } from '../src/page/redact-address.ts'
import { createRenamer } from '../src/page/redact-names.ts'
import { isSameButForNames, redactInput } from '../src/page/redact.ts'
import type { PageInput } from '../src/page/view.ts'
import { parseAddress, parseNet } from '../src/net/cidr.ts'
import { shapeAt } from '../src/hints/field-case.ts'
import { ROUTING_SCHEMAS } from '../src/parser/calico-v3/routing-schema.ts'
import { SCHEMAS } from '../src/parser/calico-v3/schema.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { readExamples, readLessons } from './helpers/page-content.ts'
import { hostJson } from './helpers/build.ts'
import { runCommand } from './helpers/run-command.ts'

const SECRETS = ['zebra', 'acme', 'payroll', 'ledger', 'tokyo', 'frontend', 'hunter', 'bigcorp', 'gateway7', 'mallory']

const CLUSTER = `# bigcorp: ask mallory before you change this
apiVersion: v1
kind: Namespace
metadata: { name: acme-payroll, labels: { bigcorp.example/team: ledger } }
---
apiVersion: v1
kind: Pod
metadata:
  name: frontend-0 # tokyo
  namespace: acme-payroll
  labels: { app: frontend, zebra: "true", type: ledger, kind: mallory, action: Payroll }
  annotations: { note: hunter2, cni.projectcalico.org/podIP: 10.65.7.9/32 }
  managedFields: [{ manager: mallory, operation: Update }]
  ownerReferences: [{ kind: ReplicaSet, name: frontend-tokyo }]
spec:
  nodeName: gateway7.bigcorp.example
  serviceAccountName: ledger
  containers: [{ name: zebra, image: registry.bigcorp.example/zebra, env: [{ name: PASSWORD, value: hunter2 }], ports: [{ name: acme, containerPort: 8080 }] }]
status: { phase: Running, podIP: 10.65.7.9, podIPs: [{ ip: 10.65.7.9 }, { ip: "fd00:10:65::79" }] }
---
apiVersion: v1
kind: Secret
metadata: { name: hunter }
data: { hunter: aHVudGVyMg== }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: calico-node, namespace: kube-system }
spec: { template: { spec: { containers: [{ name: calico-node, env: [{ name: BIGCORP_TOKEN, value: hunter2 }] }] } } }
---
apiVersion: projectcalico.org/v3
kind: Tier
metadata: { name: zebra }
spec: { order: 10, defaultAction: Pass }
---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: zebra.ledger, namespace: acme-payroll }
spec:
  tier: zebra
  order: 5
  selector: app == 'frontend' && has(zebra)
  ingress:
    - action: Allow
      protocol: TCP
      metadata: { annotations: { why: mallory } }
      source: { nets: [203.0.113.0/24, 198.51.100.77/32] }
      destination: { ports: [acme, "9000:9100"] }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: mallory }
spec: { order: 5, selector: all(), namespaceSelector: bigcorp.example/team == 'ledger', ingress: [{ action: Allow }] }
---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: { name: acme }
spec: { order: 5, selector: has(app), ingress: [{ action: Log }] }
---
apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default, labels: { owner: tokyo } }
spec: { logPrefix: "bigcorp-%t ", logSeverityScreen: Info, failsafeInboundHostPorts: [{ protocol: tcp, port: 22, net: 203.0.113.0/24 }] }
`

const INPUT: PageInput = {
  files: [{ name: 'acme/payroll.yaml', text: CLUSTER }],
  host: hostJson(['eth0', '172.20.3.4/24']),
  node: 'gateway7.bigcorp.example',
  release: '',
}

t.test('nothing of the input is in a redacted one: no name, label, note, secret or address', async t => {
  const { input } = redactInput(INPUT)
  const text = JSON.stringify(input)
  for (const secret of [
    ...SECRETS,
    'PASSWORD',
    'aHVudGVy',
    '10.65.7.9',
    'fd00:10:65',
    '203.0.113',
    '198.51.100',
    '172.20.3.4',
  ])
    t.notOk(text.includes(secret), `${secret} is gone`)
  t.notMatch(text, /annotations":|managedFields|ownerReferences|# /)
  t.match(text, /cni\.projectcalico\.org\/podIP: 10\./, 'annotations that make rules stay, with other addresses')
  t.match(text, /%t/, 'what Calico fills into the log prefix stays')
})

t.test('a redacted input makes the same rules, with policies in the same order', async t => {
  const redacted = redactInput(INPUT)
  const titles = (input: PageInput) => createEngine(input).view.model?.policies.map(({ title }) => title) ?? []
  const before = titles(INPUT)
  t.equal(before.length, 3)
  t.strictSame(
    titles(redacted.input),
    before.map(title => title.replace(/ .*/, name => redacted.rename(name))),
  )
  t.ok(isSameButForNames(INPUT, redacted))
})

t.test("Felix's environment that decides about rules stays, and nothing else of those who tell it", t => {
  const installation = `apiVersion: operator.tigera.io/v1
kind: Installation
metadata: { name: default, labels: { owner: mallory } }
spec:
  registry: registry.bigcorp.example
  imagePullSecrets: [{ name: hunter }]
  cni: { type: AmazonVPC }
  calicoNetwork: { bgp: Disabled, nodeAddressAutodetectionV6: { interface: tokyo.* }, linuxDataplane: Iptables, ipPools: [{ name: acme, cidr: 10.65.0.0/16, encapsulation: VXLANCrossSubnet, natOutgoing: Disabled, nodeSelector: zebra == "true" }] }
`
  const container = `containers: [{ name: calico-node, image: registry.bigcorp.example/calico/node:v3.31.2, envFrom: [{ configMapRef: { name: ledger } }], env: [
    { name: FELIX_LOGPREFIX, value: "bigcorp-%t " }, { name: FELIX_IPV6SUPPORT, value: "false" }, { name: WHO, value: ACCEPT },
    { name: FELIX_DEFAULTENDPOINTTOHOSTACTION, value: $(WHO) }, { name: FELIX_ETCDPASSWORD, value: hunter2 },
    { name: FELIX_FAILSAFEINBOUNDHOSTPORTS, value: "tcp:203.0.113.0/24:22,udp:68,tcp:[2001:db8:77::/48]:179" },
    { name: FELIX_IPTABLESMARKMASK, valueFrom: { configMapKeyRef: { name: ledger, key: acme } } },
    { name: FELIX_METADATAADDR, valueFrom: { secretKeyRef: { name: hunter, key: zebra } } }, { name: PASSWORD, value: hunter2 }] }]`
  const map = `apiVersion: v1
kind: ConfigMap
metadata: { name: ledger, namespace: calico-system }
data: { acme: "0xff0000", FELIX_POLICYSYNCPATHPREFIX: /mallory, FELIX_CHAININSERTMODE: Append, payroll: hunter2 }
`
  const metadata = 'metadata: { name: calico-node, namespace: calico-system, labels: { owner: mallory } }'
  const daemonSet = `apiVersion: apps/v1
kind: DaemonSet
${metadata}
spec: { template: { metadata: { labels: { zebra: acme } }, spec: { hostNetwork: true, serviceAccountName: zebra, ${container} } } }
`
  const pod = `apiVersion: v1
kind: Pod
${metadata}
spec: { hostNetwork: true, nodeName: gateway7.bigcorp.example, ${container} }
`
  const controllers = `apiVersion: apps/v1
kind: Deployment
metadata: { name: kube-controllers, namespace: calico-system }
spec: { template: { spec: { containers: [{ name: zebra, env: [{ name: AUTO_HOST_ENDPOINTS, value: enabled }, { name: PASSWORD, value: hunter2 }] }] } } }
---
apiVersion: v1
kind: Node
metadata: { name: gateway7.bigcorp.example, annotations: { projectcalico.org/IPv4Address: 172.20.3.4/24 } }
status: { addresses: [{ type: InternalIP, address: 172.20.3.4 }] }
`
  const [cluster = ''] = CLUSTER.split(/(?=---\napiVersion: apps\/v1)/)
  const rest = CLUSTER.slice(CLUSTER.indexOf('kind: Tier') - 'apiVersion: projectcalico.org/v3\n'.length)
  for (const [name = '', ...documents] of [
    ['installation', installation],
    ['DaemonSet', map, daemonSet],
    ['Pod', pod, map],
    ['controllers', controllers],
  ]) {
    const input = { ...INPUT, files: [{ name: 'a.yaml', text: [cluster, ...documents, rest].join('---\n') }] }
    const redacted = redactInput(input)
    t.ok(isSameButForNames(input, redacted), name)
    const without = { ...input, files: [{ name: 'a.yaml', text: [cluster, rest].join('---\n') }] }
    t.notOk(isSameButForNames(input, { ...redacted, input: redactInput(without).input }), `${name} has a say`)
    const text = redacted.input.files.map(file => file.text).join('')
    if (name === 'installation') t.match(text, /encapsulation: VXLANCrossSubnet\n\s+natOutgoing: Disabled\n/)
    for (const secret of [...SECRETS, 'PASSWORD', 'SYNCPATH', '203.0.113', '2001:db8:77', '172.20.3.4'])
      t.notOk(text.toLowerCase().includes(secret.toLowerCase()), `${name}: ${secret} is gone`)
  }
  t.end()
})

t.test('what is not the same is known', async t => {
  const { input, rename } = redactInput(INPUT)
  const [file] = input.files
  if (file === undefined) return t.fail()
  const text = file.text.replace('action: Log', 'action: Deny')
  t.not(text, file.text)
  const less = {
    ...input,
    files: [{ ...file, text: file.text.replace(/- action: Log\n/, '[]\n').replace('ingress:\n[]', 'ingress: []') }],
  }
  t.notOk(isSameButForNames(INPUT, { input: less, rename }))
})

t.test('every example and every lesson can be redacted', async t => {
  const all = [...readExamples(), ...readLessons()]
  for (const { id, files, host, node } of all) {
    const input = { files, host, node, release: '' }
    const redacted = redactInput(input)
    // A selector that looks into names loses what it found: that is known, and said.
    const looksInto = /(starts|ends) with|contains/.test(files.map(({ text }) => text).join(''))
    t.equal(isSameButForNames(input, redacted) || looksInto, true, id)
  }
})

t.test('every golden case can be redacted', async t => {
  let redacted = 0
  for (const name of goldenCases()) {
    const { files, host, node, calicoVersion = '', environment } = readCase(join(GOLDEN_FOLDER, name))
    const input = { files, host: host?.text ?? '', node, release: calicoVersion }
    // What the environment says is left out of a page, and of one with errors nothing is made.
    if (environment !== undefined || createEngine(input).view.model === undefined) continue
    // Its selector looks into names.
    const wanted = name !== 'ip-sets/selector-operators'
    t.equal(isSameButForNames(input, redactInput(input)), wanted, name)
    redacted++
  }
  t.ok(redacted > 90, `${redacted} cases`)
})

/** What a resource of the kind needs, so that a field can be added to it. */
const NEEDED: Readonly<Record<string, object>> = {
  IPPool: { cidr: '10.65.0.0/16' },
  BGPPeer: { peerIP: '192.0.2.9', asNumber: 64512 },
  HostEndpoint: { node: 'zebra-1', interfaceName: 'eth0' },
  IPReservation: { reservedCIDRs: ['10.65.0.0/24'] },
  WorkloadEndpoint: { node: 'zebra-1', orchestrator: 'k8s', pod: 'zebra', endpoint: 'eth0', interfaceName: 'cali0123' },
}

/** The input with one more resource, whose field has this value. */
function inputWith(kind: string, field: string, value: unknown): PageInput {
  const isNamespaced = /^(Staged)?(Kubernetes)?Network(Policy|Set)$|^StagedKubernetes|^WorkloadEndpoint$/.test(kind)
  const resource = {
    apiVersion: 'projectcalico.org/v3',
    kind,
    metadata: {
      name: kind === 'WorkloadEndpoint' ? 'zebra--1-k8s-zebra-eth0' : 'default',
      ...(isNamespaced ? { namespace: 'acme' } : {}),
    },
    spec: { ...NEEDED[kind], [field]: value },
  }
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: zebra, namespace: acme}\nspec: {nodeName: zebra-1}\n'
  const files = [{ name: 'a.yaml', text: `${JSON.stringify(resource)}\n---\n${pod}` }]
  return { files, host: '', node: 'zebra-1', release: '' }
}

/** The words that a field takes, as the message about another one names them. */
function wordsOf(kind: string, field: string, form: (word: string) => unknown): readonly string[] {
  const report = new Report()
  parseResources(inputWith(kind, field, form('no-word')).files, report)
  const refused = report.diagnostics.filter(({ message }) => message.includes('`no-word`'))
  return refused.flatMap(({ help = '' }) => [...help.matchAll(/[`\s]([A-Z]\w+)\b/g)].map(([, word = '']) => word))
}

t.test('words that a field takes stay, in every kind of Calico', async t => {
  let count = 0
  const routing = Object.entries(ROUTING_SCHEMAS).map(([kind, schema]) => [kind, schema()] as const)
  for (const [kind, schema] of [...Object.entries(SCHEMAS), ...routing]) {
    for (const field of Object.keys(shapeAt(schema, ['spec']) ?? {})) {
      for (const form of [(word: string) => word, (word: string) => [word]]) {
        for (const word of wordsOf(kind, field, form)) {
          const input = inputWith(kind, field, form(word))
          // A text where a list is wanted, or a word that goes with others alone.
          if (createEngine(input).view.model === undefined) continue
          const redacted = redactInput(input)
          const [resource] = parseAllDocuments(redacted.input.files[0]?.text ?? '').map(document => document.toJS())
          t.strictSame(resource?.spec?.[field], form(word), `${kind} ${field} ${word}`)
          t.ok(isSameButForNames(input, redacted), `${kind} ${field} ${word}: the rules`)
          count++
        }
      }
    }
  }
  t.ok(count > 80, `${count} words`)
})

t.test('what is no word of the API is replaced, wherever the parser takes no name', async t => {
  const text = (spec: string): string => `apiVersion: projectcalico.org/v3
kind: WorkloadEndpoint
metadata: {name: zebra--1-k8s-zebra-eth0, namespace: acme}
spec: {node: zebra-1, orchestrator: k8s, pod: zebra, endpoint: eth0, interfaceName: cali0123, ${spec}}
`
  for (const spec of ['mac: "ca:fe:d0:0d:be:ef"', 'containerID: hunter2']) {
    const { input } = redactInput({ ...INPUT, files: [{ name: 'a.yaml', text: text(spec) }] })
    t.notMatch(JSON.stringify(input), /ca:fe|hunter/, spec)
  }
  const annotated = CLUSTER.replace('note: hunter2', 'qos.projectcalico.org/dscp: hunter2')
  t.notMatch(JSON.stringify(redactInput({ ...INPUT, files: [{ name: 'a.yaml', text: annotated }] }).input), /hunter/)
})

t.test('names keep their byte order', async t => {
  const names = [
    'a',
    'a-b',
    'a.b',
    'ab',
    'api',
    'web',
    'web-0',
    'web-frontend',
    'web2',
    'kube-system',
    'kubelet',
    'default',
    'default-deny',
    'zebra',
    'node.web',
    'k8s-a',
    'k9',
    'in-x',
    '10',
    '9',
  ].sort()
  const rename = createRenamer(names)
  const renamed = names.map(rename)
  t.strictSame([...renamed].sort(), renamed)
  t.equal(new Set(renamed).size, names.length)
  t.equal(rename('kube-system'), 'kube-system')
})

t.test('addresses that share a net go on sharing one', async t => {
  const redact = createAddressRedactor(new Uint8Array([1, 2, 3]))
  const bits = (text: string) =>
    [...(parseAddress(redact(text) ?? '')?.text.split('.') ?? [])]
      .map(part => Number(part).toString(2).padStart(8, '0'))
      .join('')
  const shared = (a: string, b: string) => [...a].findIndex((bit, index) => bit !== b[index])
  t.equal(shared(bits('10.1.2.3'), bits('10.1.2.200')), 24)
  t.equal(shared(bits('10.1.2.3'), bits('10.1.200.3')), 16)
  for (const [address, length] of [
    ['10.1.2.3', 24],
    ['10.1.2.3', 32],
    ['2001:db8:1::5', 64],
  ] as const)
    t.equal(redact(address, length), redact(address), `${address}/${length} is the address, with its net or without`)
  t.match(redact('10.1.2.0', 24), /\.0$/, 'a net stays one')
  t.equal(redact('0.0.0.0'), '0.0.0.0')
  t.equal(redact('127.0.0.1'), '127.0.0.1')
  t.equal(redact('no address'), undefined)
})

t.test('the command writes no page that would show other rules', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'calitables-redact-'))
  const file = join(folder, 'acme.yaml')
  const args = [
    'page',
    '-f',
    file,
    '--node',
    'gateway7.bigcorp.example',
    '--redact',
    '--output-file',
    join(folder, 'page.html'),
  ]
  writeFileSync(file, CLUSTER)
  t.match(await runCommand(args), { code: 0, out: '' })
  const page = readFileSync(join(folder, 'page.html'), 'utf8')
  for (const secret of ['zebra', 'payroll', 'tokyo', 'bigcorp', 'mallory'])
    t.notOk(page.includes(secret), `${secret} is not in the file`)
  rmSync(join(folder, 'page.html'))
  writeFileSync(file, CLUSTER.replace("app == 'frontend' && has(zebra)", 'app starts with "front"'))
  t.match(await runCommand(args), { code: 2, out: '', err: /a selector looks into names/ })
  t.notOk(existsSync(join(folder, 'page.html')))
})

t.test('which addresses are replaced, and how much of them', t => {
  const replace = createAddressRedactor(new TextEncoder().encode('key'))
  const kept =
    '0.0.0.0 127.0.0.1 127.9.9.9 169.254.169.254 224.0.0.1 230.1.2.3 239.255.0.1 255.255.255.255 :: ::1 fe80::1 ff02::1'
  for (const address of kept.split(' ')) t.equal(replace(address), address, `${address} means something by itself`)
  const others = '1.1.1.1 10.65.3.4 169.253.0.1 192.0.2.1 223.255.0.1 240.1.2.3 2001:db8::1 fd00:10:65::7'
  for (const address of others.split(' ')) {
    const other = replace(address) ?? ''
    t.not(other, address, `${address} is replaced`)
    const first = (text: string): string => text.split(/[.:]/)[0] ?? ''
    t.equal(first(other), first(address), `${address} stays private or public`)
    t.equal(replace(address), other, 'always by the same one')
  }
  for (const [net, length, inside] of [
    ['10.65.0.0', 16, '10.65.3.4'],
    ['192.0.2.64', 26, '192.0.2.100'],
    ['fd00:10:65::', 48, 'fd00:10:65::7'],
  ] as const) {
    const found = parseNet(`${replace(net, length) ?? ''}/${length}`)
    t.equal(found?.hasHostBits, false, `${net}/${length} stays a net`)
    t.same(parseNet(`${replace(inside) ?? ''}/${length}`)?.cidr, found?.cidr, `${net}/${length} holds ${inside}`)
  }
  t.end()
})
