// The JSON of every command against its published schema, in which here no field may be that the schema does not name.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fromJSONSchema } from 'zod'
import { runCommand } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const SCHEMAS = `${ROOT}docs/schemas/`
const CASE = `${ROOT}golden/host-endpoint/apply-on-forward/`
const INPUT = ['-f', `${CASE}input`, '--node', 'node-1', '--host', `${CASE}host.json`]

const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: for-exporter, namespace: mon}
spec: {podSelector: {matchLabels: {app: exporter}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}
`
const PODS = `apiVersion: v1
kind: Pod
metadata: {name: web, namespace: mon, labels: {app: web}}
spec: {nodeName: node-1}
status: {podIP: 10.65.0.2, phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: exporter, namespace: mon, labels: {app: exporter}}
spec: {nodeName: node-1, hostNetwork: true}
status: {podIP: 192.0.2.1, phase: Running}
`
const OLD = 'apiVersion: v1\nkind: policy\nmetadata: {name: a}\nspec: {selector: all(), ingress: [{action: allow}]}\n'
const SLIPS =
  'apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: a}\nspec: {tier: x, selector: all, ingress: [{action: allow}]}\n'

t.test('what commands print as JSON is what their schemas say', async t => {
  const folder = t.testdir({
    'pods.yaml': `${POLICY}---\n${PODS}`,
    'old.yaml': OLD,
    'slips.yaml': SLIPS,
    other: {},
    nodes: { 'node-1': {} },
  })
  const saved = readFileSync(`${CASE}expected/v4.iptables`, 'utf8')
  const sets = `${CASE}expected/v4.ipset`
  const write = (name: string, text: string): string => {
    writeFileSync(`${folder}/${name}`, text)
    return `${folder}/${name}`
  }
  const broken = write(
    'broken.txt',
    saved.replace(/^-A cali-pi.*\n/m, '').replace('*filter\n', '*filter\n:mine - [0:0]\n'),
  )
  const counted = write('counted.txt', saved.replace(/^-A/gm, '[7:420] -A'))
  write('nodes/node-1/v4.save', saved)
  const inputs = readdirSync(`${CASE}input`).map(name => readFileSync(`${CASE}input/${name}`, 'utf8'))
  write('other/a.yaml', inputs.join('---\n').replace('action: Allow', 'action: Deny'))
  const pods = ['-f', `${folder}/pods.yaml`]
  const chain = /^:(cali-pi-\S+)/m.exec(saved)?.[1] ?? ''
  const set = /^create (\S+)/m.exec(readFileSync(sets, 'utf8'))?.[1] ?? ''
  const rows: Readonly<Record<string, readonly (readonly string[])[]>> = {
    check: [
      ['check', ...INPUT],
      ['check', `${folder}/slips.yaml`],
      ['check', ...pods],
    ],
    compile: [
      ['compile', ...INPUT],
      ['compile', ...INPUT, '-4', '--annotate'],
    ],
    convert: [['convert', `${folder}/old.yaml`]],
    explain: [
      ['explain', ...INPUT, '--chain', chain],
      ['explain', ...INPUT, '--set', set],
      ['explain', ...INPUT, '--mark', '0x10000'],
      ['explain', ...INPUT, '--policy', 'forwarding'],
      ['explain', ...pods, '--endpoint', 'web'],
      ['explain', `${folder}/pods.yaml:4`, ...pods],
      ['explain', '--rules', `${CASE}expected/v4.iptables`, '--chain', 'cali-FORWARD'],
      ['explain', 'no-selector'],
    ],
    which: [
      ['which', 'policies', ...pods, '--endpoint', 'web', '--all'],
      ['which', 'policies', ...pods, '--endpoint', 'exporter'],
      ['which', 'endpoints', ...pods, '--policy', 'for-exporter', '--all'],
      ['which', 'endpoints', ...INPUT, '--policy', 'forwarding', '--all'],
      ['which', 'peers', ...pods, '--policy', 'for-exporter'],
      ['which', 'peers', ...pods, '--policy', 'for-exporter', '--endpoint', 'exporter'],
    ],
    diff: [
      ['diff', `${CASE}input`, `${folder}/other`, ...INPUT.slice(2)],
      ['diff', `${CASE}input`, `${CASE}input`, ...INPUT.slice(2)],
      ['diff', ...INPUT, '--calico-version', '3.29,3.32'],
    ],
    hits: [['hits', ...INPUT, '--rules', counted]],
    audit: [
      ['audit', ...INPUT, '--rules', broken, '--sets', sets],
      ['audit', ...INPUT, '--rules', `${CASE}expected/v4.iptables`, '--sets', sets],
      ['audit', '-f', `${CASE}input`, '--nodes', `${folder}/nodes`],
    ],
  }
  // Those of assert, lockout, reach and trace are held by their own tests, that of calitables.yaml by the test of folders.
  const others = ['assert', 'assertions', 'calitables', 'lockout', 'reach', 'trace']
  const published = readdirSync(SCHEMAS).map(name => name.replace('.schema.json', ''))
  t.same(
    published.filter(name => !others.includes(name)),
    Object.keys(rows).sort(),
    'every schema is held by rows here',
  )
  for (const [name, commands] of Object.entries(rows)) {
    const schema = fromJSONSchema(strictSchema(`${SCHEMAS}${name}.schema.json`))
    for (const args of commands) {
      const { out, err, code } = await runCommand([...args, '-o', 'json', '-q'])
      const title = args.filter(arg => !arg.startsWith('/')).join(' ')
      if (out === '') t.fail(`${title} prints nothing (${code}): ${err}`)
      else t.same(schema.safeParse(JSON.parse(out)).error?.issues ?? [], [], title)
    }
  }
})
