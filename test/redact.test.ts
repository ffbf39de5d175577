// A page of one's own for others to see: nothing of the input's names, labels, notes and addresses is in it, and its rules are
// the same but for them, in the same order.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createEngine } from '../src/page/engine/engine.ts'
import { createAddressRedactor } from '../src/page/redact-address.ts'
import { createRenamer } from '../src/page/redact-names.ts'
import { isSameButForNames, redactInput } from '../src/page/redact.ts'
import type { PageInput } from '../src/page/view.ts'
import { parseAddress } from '../src/net/cidr.ts'
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
