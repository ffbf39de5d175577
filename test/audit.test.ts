// What an audit finds: recorded nodes, and texts of compiled rules that were damaged on purpose.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { effectOf } from '../src/audit-effect.ts'
import { singleEffects } from '../src/audit-single-effects.ts'
import { printRepairs, repairsOf } from '../src/audit-repair.ts'
import { provenanceOf } from '../src/cli/provenance.ts'
import { afterSets } from '../src/audit/apply-restore.ts'
import { auditVersion } from '../src/audit/audit-version.ts'
import type { Finding } from '../src/audit/finding.ts'
import { ClusterRules } from '../src/cluster-rules.ts'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { Ruleset } from '../src/model/ruleset.ts'
import { auditNode, type NodeAudit } from '../src/node-audit.ts'
import { readNodeState } from '../src/node-text.ts'
import { newBudget, readTar } from '../src/cli/tar-files.ts'
import { readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { auditAfterKernel } from './helpers/audit-after-kernel.ts'
import { hostJson, mustCompile, pod, policy } from './helpers/build.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { BACKENDS, whyNoKernel } from './helpers/kernel.ts'
import { Random } from './helpers/probes/random.ts'
import { comparePackets, readAttempts } from './helpers/recorded-packets.ts'
import { runCommand } from './helpers/run-command.ts'
import { DAMAGE_KINDS, damageText } from './helpers/seeded-damage.ts'
import { expectedCause, expectedFindings } from './helpers/damage-notes.ts'
import { auditInputOf, NODES_FOLDER, readNode } from './helpers/recorded-nodes.ts'

function audit(name: string, release?: string): NodeAudit {
  const result = auditNode(auditInputOf(readNode(join(NODES_FOLDER, name)), release))
  if (!result.ok) throw new Error(`${name}: ${result.diagnostics.map(({ message }) => message).join('; ')}`)
  return result.audit
}

/** One of each kind; all of them are in `npm run conformance:audit`. */
const CLEAN = ['10-dual-stack/legacy', '10-dual-stack/nft', '01-shop/felix-v3.29.7']
const DAMAGED = [
  '02-ibm/legacy/damage/predNAT-chain-flushed',
  '02-ibm/legacy/damage/leftover-policy',
  '03-lb-allow-list/legacy/damage/rule-replaced',
  '03-lb-allow-list/legacy/damage/ufw',
  '07-wildcard/legacy/damage/hook-below-kube',
  '01-shop/legacy/damage/member-deleted',
  'extra/felix-v3.31.7-then-v3.32.1',
  'extra/both-backends-stale',
]

const skip = existsSync(NODES_FOLDER) ? false : `there are no recorded nodes in ${NODES_FOLDER}: set CORPUS`

t.test('recorded nodes', { skip }, async t => {
  for (const name of CLEAN) {
    const found = audit(name)
    t.equal(found.isSame, true, name)
    t.ok(
      found.versions.every(({ audit: { counts } }) => counts.rules > 100 && counts.members > 0),
      `${name}: something was compared`,
    )
  }
  for (const name of DAMAGED) {
    const notes = readNode(join(NODES_FOLDER, name)).damage ?? ''
    const found = audit(name)
    const findings = found.versions.flatMap(one => one.audit.findings)
    t.equal(found.causes[0]?.kind, expectedCause(notes), `${name}: the cause`)
    for (const { command, matches } of expectedFindings(notes)) t.ok(findings.some(matches), `${name}: ${command}`)
  }
})

t.test('the text of an older release', { skip }, async t => {
  const found = audit('02-ibm/felix-v3.30.7')
  t.equal(found.isSame, true)
  t.equal(found.rules.release.name, 'v3.30.7')
  t.match(found.causes, [{ kind: 'other-release' }])
  const asked = audit('02-ibm/felix-v3.30.7', 'v3.32.1')
  t.equal(asked.isSame, false, 'a release that was asked for is kept')
  t.match(asked.causes[0], { kind: 'other-release', evidence: [/not those of v3\.30\.7|v3\.30/, /as asked/] })
})

t.test('the text of another node', { skip }, async t => {
  const node = readNode(join(NODES_FOLDER, '03-lb-allow-list/legacy/damage/other-node'))
  const clean = readNode(join(NODES_FOLDER, '03-lb-allow-list/legacy'))
  const result = auditNode(auditInputOf({ ...node, node: clean.node }))
  t.ok(result.ok)
  if (result.ok) t.match(result.audit.causes[0], { kind: 'wrong-node', title: /text of node node-2, not of node-1/ })
})

/** Golden cases with workloads, host endpoints and policies of every kind. */
const CASES = ['host-endpoint/ibm-deny-nodeports', 'actions/log-denied-packets-kubernetes']

function compiled(name: string): { readonly ruleset: Ruleset; readonly text: string } {
  const { files, host, node, calicoVersion, environment } = readCase(join(GOLDEN_FOLDER, name))
  const result = compile({ files, host, node, calicoVersion, environment })
  if (!result.ok) throw new Error(`${name} does not compile`)
  const { ruleset, text } = result.output.versions[4]
  return { ruleset, text: text.iptables }
}

function findingsOf(ruleset: Ruleset, text: string): readonly Finding[] {
  const report = new Report()
  const tables = readKernelTables({ iptables: { name: 'v4.save', text }, ipVersion: 4 }, report)
  t.equal(report.hasErrors, false, 'the text is read')
  return auditVersion(ruleset, tables, false).findings
}

t.test('damage of every kind is named, by itself and two at once', async t => {
  const seed = new Random(7)
  const random = (): number => seed.below(2 ** 20) / 2 ** 20
  const done = new Map<string, number>()
  for (const name of CASES) {
    const { ruleset, text } = compiled(name)
    t.same(findingsOf(ruleset, text), [], `${name}: nothing is found where nothing was done`)
    for (const kind of DAMAGE_KINDS) {
      const first = damageText(kind, text, random)
      if (first === undefined) continue
      done.set(kind, (done.get(kind) ?? 0) + 1)
      t.ok(first.isNamed(findingsOf(ruleset, first.lines.join('\n'))), `${name}: ${kind}`)
      const more = damageText('an unused chain of a policy', first.lines.join('\n'), random)
      const both = more === undefined ? [] : findingsOf(ruleset, more.lines.join('\n'))
      t.ok(more?.isNamed(both) && first.isNamed(both), `${name}: ${kind}, and another one`)
    }
  }
  t.same(
    DAMAGE_KINDS.filter(kind => !done.has(kind)),
    [],
    'no kind was left out',
  )
})

t.test('where rules of others may stand beside the hooks, by chainInsertMode', t => {
  const kube = '-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD'
  const own = '-A FORWARD -s 192.0.2.0/24 -j ACCEPT'
  const rows: readonly (readonly [
    mode: string,
    before: readonly string[],
    behind: readonly string[],
    kinds: readonly string[],
  ])[] = [
    ['Insert', [], [kube, own], []],
    ['Insert', [kube], [], ['hook-not-first 1']],
    ['Insert', [own, kube], [], ['hook-not-first 2']],
    // What was there before Felix came stays in front of what it appends; what somebody puts there by hand is in its way.
    ['Append', [kube], [], []],
    ['Append', [kube, own], [], ['hook-not-first 1']],
    ['Append', [], [kube], ['hook-not-last 1']],
  ]
  for (const [mode, before, behind, kinds] of rows) {
    const felix = `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: {chainInsertMode: ${mode}}\n`
    const result = compile({ files: [{ name: 'a.yaml', text: felix }], node: 'n1' })
    if (!result.ok) throw new Error(mode)
    const { ruleset, text } = result.output.versions[4]
    const lines = text.iptables.replace('*filter\n', '*filter\n:KUBE-FORWARD - -\n').split('\n')
    const isHook = (line: string): boolean => /FORWARD .*--jump cali-FORWARD/.test(line)
    const at = lines.findIndex((line, index) => isHook(line) && index > lines.indexOf('*filter'))
    t.ok(at > 0, 'the hook is found')
    lines.splice(at, 1, ...before, (lines[at] ?? '').replace(/^(-I|--insert) (FORWARD)( 1)?/, '-A $2'), ...behind)
    const found = findingsOf(ruleset, lines.join('\n')).map(one =>
      one.kind === 'hook-not-first' || one.kind === 'hook-not-last' ? `${one.kind} ${one.rules.length}` : one.kind,
    )
    t.strictSame(found, kinds, `${mode}: ${before.join(', ')} | ${behind.join(', ')}`)
  }
  t.end()
})

const CLUSTER = [
  '{apiVersion: v1, kind: Node, metadata: {name: node-1}}',
  pod('web', '10.65.0.2', { app: 'web' }),
  pod('db', '10.65.0.3', { app: 'db' }),
]

/** A policy for pods of node-1, or of nobody, that allows TCP to these ports. */
function allowing(ports: readonly number[], app = 'web'): string {
  const rules = ports.map(port => `{action: Allow, protocol: TCP, destination: {ports: [${port}]}}`)
  return policy('p', `{selector: "app == '${app}'", order: 1, types: [Ingress], ingress: [${rules.join(', ')}]}`)
}

t.test('who left out a rule is told by the rules behind it that have their hashes still', t => {
  const wanted = mustCompile([...CLUSTER, allowing([1, 2, 3, 4, 5])]).versions[4].ruleset
  const rows: readonly (readonly [
    why: string,
    ports: readonly number[],
    deleted: RegExp,
    writers: readonly string[],
  ])[] = [
    ['by hand', [1, 2, 3, 4, 5], /ports 2 /, ['hand']],
    ['by Felix, for another input', [1, 3, 4, 5], /ports 9 /, ['felix', 'felix']],
    ['by hand, of rules that Felix wrote otherwise further on', [1, 2, 3, 9, 5], /ports 2 /, ['hand']],
  ]
  for (const [why, ports, deleted, writers] of rows) {
    const lines = mustCompile([...CLUSTER, allowing(ports)]).versions[4].text.iptables.split('\n')
    const found = findingsOf(wanted, lines.filter(line => !deleted.test(line)).join('\n'))
    const missing = found.flatMap(one => (one.kind === 'rule-missing' ? [one.writer] : []))
    t.strictSame(missing, writers, why)
  }
  t.end()
})

t.test('what the input and the text of nft tell of the cause', t => {
  const programmed = mustCompile([...CLUSTER, allowing([80])]).versions[4].text.iptables
  const bare = '*filter\n:INPUT ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n'
  const nft = (table: string): string => `table ip kube-proxy {\n}\ntable ${table} {\n}\n`
  const rows: readonly (readonly [input: readonly string[], text: string, nft: string, kind: string, title: RegExp])[] =
    [
      [
        [],
        programmed,
        '',
        'policy-deleted',
        /^GlobalNetworkPolicy p is .* not in the input: it was deleted since$|^policy /,
      ],
      [
        [allowing([80], 'nobody')],
        programmed,
        '',
        'input-changed',
        /^GlobalNetworkPolicy p .* not for this node: what it s/,
      ],
      [[allowing([81])], programmed, '', 'policy-edited', /^GlobalNetworkPolicy p .* another version: it was edited/],
      [[], bare, nft('ip calico'), 'nftables-mode', /in nftables mode/],
      [[], bare, nft('ip6 calico'), 'nftables-mode', /in nftables mode/],
      [[], bare, nft('ip filter'), 'never-programmed', /never programmed this node/],
    ]
  for (const [input, text, nftables, kind, title] of rows) {
    const files = [
      { kind: 'rules' as const, file: { name: 'v4.save', text } },
      ...(nftables === '' ? [] : [{ kind: 'nftables' as const, file: { name: 'rules.nft', text: nftables } }]),
    ]
    const cluster = new ClusterRules({ files: [{ name: 'a.yaml', text: [...CLUSTER, ...input].join('\n---\n') }] })
    const state = readNodeState(files, true, new Report())
    const host = [{ name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) }]
    const result = auditNode({ cluster, node: 'node-1', state, host, isReleaseGiven: false })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    t.match(result.audit.causes[0], { kind, title }, `${kind}: ${input.join('')} ${nftables}`)
  }
  t.end()
})

t.test('every difference says what it does by itself', { skip }, async t => {
  const alone: Readonly<Record<string, readonly (readonly [kind: Finding['kind'], does: string])[]>> = {
    '01-shop/legacy/damage/member-deleted': [['set-members', 'closed']],
    '03-lb-allow-list/legacy/damage/rule-replaced': [['rule-changed', 'opened']],
    '06-log-denied/legacy/damage/log-rule-deleted': [['rule-missing', 'nothing']],
    '09-plain/legacy/damage/ipset-destroyed-rule': [
      ['chain-flushed', 'nothing translated'],
      ['set-missing', 'nothing translated'],
    ],
    '02-ibm/legacy/damage/firewalld': [
      ['hook-not-first', 'opened'],
      ['hook-not-last', 'nothing'],
    ],
    'extra/leftover-chain': [['chain-unreferenced', 'nothing']],
  }
  for (const [name, wanted] of Object.entries(alone)) {
    const found = audit(name)
    const effects = singleEffects(found, true)
    const said = [...effects].map(([{ kind }, { isSame, changes }]) => {
      return `${kind}: ${[...(isSame ? ['nothing'] : []), ...changes.slice(0, 1)].join(' ')}`
    })
    t.equal(effects.size, found.versions.flatMap(one => one.audit.findings).length, `${name}: all of them`)
    for (const [kind, does] of wanted) t.ok(said.includes(`${kind}: ${does}`), `${name}: ${kind} ${does}`, { said })
  }
})

t.test('the only difference does by itself what all of them do', { skip }, async t => {
  for (const name of ['02-ibm/legacy/damage/mangle-accept', '10-dual-stack/legacy/damage/v6-accept']) {
    const found = audit(name)
    const effects = [...singleEffects(found, true).values()]
    const whole = effectOf(found, true, 1).versions.flatMap(({ groups }) => groups.map(({ change }) => change))
    t.same([...new Set(effects.flatMap(({ changes }) => changes))], [...new Set(whole)], name)
    t.ok(whole.length > 0, name)
  }
})

t.test('without --host, addresses of the node that the input does not know are not compared', { skip }, async t => {
  const audited = (name: string, mend: (text: string) => string = text => text): NodeAudit => {
    const node = readNode(join(NODES_FOLDER, name))
    const files = node.files.map(file => ({ ...file, text: mend(file.text) }))
    const result = auditNode(auditInputOf({ ...node, files, host: [] }))
    if (!result.ok) throw new Error(`${name}: ${result.diagnostics.map(({ message }) => message).join('; ')}`)
    return result.audit
  }
  for (const name of ['02-ibm/legacy', '10-dual-stack/nft']) {
    const found = audited(name)
    t.equal(found.isSame, true, name)
    t.match(
      found.notCompared.join('\n'),
      /cali40this-host .*the addresses of the node are known only with --host/,
      name,
    )
    // What the input knows must be there.
    const address = /add cali40this-host (10\.240\.\S+)/
    const gone = audited(name, text => text.replace(address, ''))
    t.match(
      gone.versions.flatMap(({ audit: { findings } }) => findings),
      [{ kind: 'set-members', set: 'cali40this-host', missing: [/^10\.240\./], extra: [] }],
      name,
    )
  }
})

t.test('where routes are guessed, the walk of one packet and the sets say the same', { skip }, async t => {
  const guessed: readonly (readonly [name: string, known: RegExp])[] = [
    ['01-shop/legacy/damage/member-deleted', /host\.json$/],
    ['07-wildcard/legacy/damage/hook-below-kube', /host\.json$/],
    // Nor the addresses: only the text of the node has those of its links.
    ['02-ibm/legacy/damage/admin-accept-input', /^$/],
    ['10-dual-stack/legacy/damage/v6-accept', /^$/],
  ]
  for (const [name, known] of guessed) {
    const node = readNode(join(NODES_FOLDER, name))
    const result = auditNode(auditInputOf({ ...node, host: node.host.filter(one => known.test(one.name)) }))
    if (!result.ok) throw new Error(`${name}: ${result.diagnostics.map(({ message }) => message).join('; ')}`)
    const { versions } = effectOf(result.audit, true, 3)
    t.same(
      versions.flatMap(({ failure }) => failure ?? []),
      [],
      name,
    )
    t.ok(
      versions.some(({ groups }) => groups.length > 0),
      `${name}: packets are told`,
    )
  }
})

t.test('sets after a repair: each member once, however many there are, and no command that nobody writes', async t => {
  const found = new Map([
    ['a', { name: 'a', type: 'hash:net', members: ['10.0.0.1', '10.0.0.2'], exceptions: ['10.0.0.3'] }],
    ['b', { name: 'b', type: 'hash:net', members: [] }],
  ])
  const after = afterSets(
    found,
    'add a 10.0.0.4\ndel a 10.0.0.1\ndel a 10.0.0.3\ndestroy b\ncreate c hash:ip\nadd c 10.0.0.9\nCOMMIT\nswap c a\n',
  )
  t.strictSame([...after.keys()], ['a', 'c'])
  t.match(after.get('a'), { name: 'a', type: 'hash:ip', members: ['10.0.0.9'] })
  t.match(after.get('c'), { name: 'c', type: 'hash:net', members: ['10.0.0.2', '10.0.0.4'], exceptions: [] })
  for (const line of ['flush a', 'add d 10.0.0.1', 'del d 10.0.0.1', 'swap a d'])
    t.throws(() => afterSets(found, `${line}\n`), Error, line)
  // Where each of them took all that were there before it, so many would have taken minutes.
  const members = Array.from(
    { length: 200_000 },
    (_, index) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`,
  )
  const many = afterSets(found, members.map(member => `add b ${member}\n`).join(''))
  t.equal(many.get('b')?.members.length, 200_000)
})

t.test('a repair is tried on the text, and leaves nothing', { skip }, async t => {
  for (const name of ['02-ibm/legacy/damage/firewalld', '09-plain/legacy/damage/felix-gone', 'extra/leftover-chain']) {
    const repairs = repairsOf(audit(name), true)
    t.ok(repairs.length > 0, name)
    for (const { left, rules } of repairs) {
      t.equal(left, 0, `${name}: nothing is left`)
      t.match(rules, /^\*[a-z]+\n/, `${name}: there is something to do`)
    }
  }
})

t.test("chains of Calico's to which rules of others lead are removed with those rules", async t => {
  const folder = t.testdir({
    'a.yaml': 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n',
    save: '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:mine - [0:0]\n:cali-old - [0:0]\n:cali-INPUT - [0:0]\n-A INPUT -j mine\n-A INPUT -j cali-old\n-A mine -s 10.0.0.1/32 -g cali-old\n-A mine -j cali-INPUT\n-A cali-old -j ACCEPT\nCOMMIT\n',
  })
  const audit = ['audit', '-f', join(folder, 'a.yaml'), '--rules', join(folder, 'save'), '--felix-env', 'none', '-q']
  const repair = await runCommand([...audit, '--repair'])
  t.match(repair, { code: 1, out: /afterwards an audit finds nothing/ })
  t.match(repair.out, /^-D mine -s 10\.0\.0\.1\/32 -g cali-old\n-F cali-old\n-X cali-old$/m)
  t.notMatch(repair.out, /-D mine -j/, 'what leads to chains of today stays')
  t.match(await runCommand(audit), { code: 1, out: /cali-old/ })
})

t.test('what is left over in the other back end is taken away, and nothing else', { skip }, async t => {
  const repairs = repairsOf(audit('extra/both-backends-stale'), true).filter(({ others }) => others !== undefined)
  t.same(
    repairs.map(({ ipVersion, backend, left }) => [ipVersion, backend, left]),
    [
      [4, 'legacy', 0],
      [6, 'legacy', 0],
    ],
  )
  for (const { rules, others = 0 } of repairs) {
    t.ok(others > 0, 'rules of others stay')
    t.match(rules, /^-D FORWARD .*cali-FORWARD$/m)
    t.match(rules, /^-X cali-FORWARD$/m)
    t.notMatch(rules, /KUBE/)
  }
  t.match(
    printRepairs(repairs),
    /^# IPv4, the other back end \(legacy\): .*\niptables-legacy-restore --noflush <<'END'\n/,
  )
})

t.test('a diags bundle is read by what is in its files, whatever they are called', { skip }, async t => {
  const node = join(NODES_FOLDER, '09-plain/legacy')
  const folder = t.testdir({})
  const bundle = join(folder, 'calico77/diagnostics')
  mkdirSync(join(bundle, 'logs'), { recursive: true })
  cpSync(join(node, 'v4.save'), join(bundle, 'ipv4_tables'))
  cpSync(join(node, 'v6.save'), join(bundle, 'ipv6_tables'))
  // `calicoctl node diags` lists sets, from the node and from a container.
  const list = listOfSets(readFileSync(join(node, 'sets.save'), 'utf8'))
  for (const name of ['ipsets', 'ipset_container']) writeFileSync(join(bundle, name), list)
  writeFileSync(join(bundle, 'date'), 'Sat Nov 28 18:30:00 UTC 2026\n')
  writeFileSync(join(bundle, 'netstat'), 'Active Internet connections (servers and established)\n')
  writeFileSync(join(bundle, 'ipv4_route'), 'default via 10.240.0.1 dev eth0\n')
  writeFileSync(
    join(bundle, 'logs/felix.core'),
    Uint8Array.from({ length: 999 }, (_, index) => index % 256),
  )
  execFileSync('tar', ['czf', join(folder, 'diags.tar.gz'), '-C', join(folder, 'calico77'), 'diagnostics'])
  for (const path of [join(folder, 'calico77'), join(folder, 'diags.tar.gz')]) {
    const input = ['-f', join(node, 'input.yaml'), '--node', 'node-1', '--host', join(node, 'host.json')]
    const { code, out, err } = await runCommand(['audit', '-q', ...input, '--rules', path])
    t.equal(code, 0, `${path}: ${err}${out}`)
    t.match(out, /ipv4_tables\): 49 chains, 151 rules, 4 sets, 5 members\n.*ipv6_tables\): 49 chains, 156 rules/)
    t.notMatch(out, /not compared/)
  }
})

t.test('what calicoctl cluster diags writes: each node by its name, or all of them', { skip }, async t => {
  const recorded = join(NODES_FOLDER, '03-lb-allow-list/legacy')
  const bundle = 'calico-diagnostics-20261129_120000'
  const nodes = join(t.testdir({}), bundle, 'nodes')
  // `kubectl exec -t` ends lines as a terminal does.
  const terminal = (text: string): string => text.replaceAll('\n', '\r\n')
  for (const [node, from] of Object.entries({ 'node-1': recorded, 'node-2': join(recorded, 'damage/other-node') })) {
    mkdirSync(join(nodes, node, 'calico-system'), { recursive: true })
    const read = (name: string): string => readFileSync(join(from, name), 'utf8')
    writeFileSync(join(nodes, node, 'iptables-legacy-save.txt'), terminal(read('v4.save')))
    writeFileSync(join(nodes, node, 'iptables-nft-save.txt'), '# Warning: iptables-legacy tables present\r\n')
    writeFileSync(join(nodes, node, 'nft-ruleset.txt'), '')
    writeFileSync(join(nodes, node, 'ip-route.txt'), terminal('default via 10.240.0.1 dev eth0 \n'))
    writeFileSync(join(nodes, node, 'ipset-list.txt'), terminal(listOfSets(read('sets.save'))))
    writeFileSync(join(nodes, node, 'calico-system/calico-node-abcde.log'), 'bird: BIRD 0.3.3 ready.\n')
  }
  mkdirSync(join(nodes, 'node-3/calico-system'), { recursive: true })
  writeFileSync(join(nodes, 'node-3/calico-system/calico-typha-1.log'), 'started\n')
  const root = join(nodes, '../..')
  execFileSync('tar', ['czf', join(root, 'diags.tar.gz'), '-C', root, bundle])
  const audit = (...args: readonly string[]) => runCommand(['audit', '-f', join(recorded, 'input.yaml'), ...args])
  for (const path of [join(root, bundle), join(root, 'diags.tar.gz')]) {
    for (const node of ['node-1', 'node-2']) {
      const one = await audit('--rules', path, '--node', node, '-q')
      t.equal(one.code, 0, `${node}: ${one.err}${one.out}`)
      t.match(one.out, new RegExp(`^node ${node}: same[^]*nodes/${node}/iptables-legacy-save\\.txt\\)`))
    }
    const all = await audit('--nodes', path)
    t.equal(all.code, 0, all.err)
    t.match(all.out, /2 nodes: 2 same/)
    // Without a name, which of them?
    const unnamed = await audit('--rules', path, '-q', '--node', 'node-3')
    t.same([unnamed.code, unnamed.out], [2, ''])
    t.match(unnamed.err, /has rules in 2 folders[^]*nodes\/node-1`, `[^]*nodes\/node-2`[^]*--nodes/)
    t.equal(unnamed.err.match(/error/g)?.length, 1, 'one message says it')
  }
})

t.test('archives hold no more than one input may, all of them together', async t => {
  const folder = t.testdir({ big: 'x'.repeat(5000) })
  execFileSync('tar', ['czf', join(folder, 'big.tar.gz'), '-C', folder, 'big'])
  const archive = readFileSync(join(folder, 'big.tar.gz'))
  const budget = newBudget(15_000)
  t.equal(readTar(archive, budget)[0]?.bytes.length, 5000)
  t.equal(budget.left, 15_000 - 10_240, 'what is unpacked is taken off')
  t.throws(() => readTar(archive, budget), /it and the archives before it are larger/)
})

t.test('counters and canaries are evidence', { skip }, async t => {
  const node = readNode(join(NODES_FOLDER, '02-ibm/legacy/damage/mangle-accept'))
  const changed = (mend: (text: string) => string): NodeAudit => {
    const files = node.files.map(file => ({ ...file, text: /v4\.save$/.test(file.name) ? mend(file.text) : file.text }))
    const result = auditNode(auditInputOf({ ...node, files }))
    if (!result.ok) throw new Error('the node is not audited')
    return result.audit
  }
  const admin = (found: NodeAudit): string =>
    found.causes.find(({ kind }) => kind === 'admin-rule')?.evidence.join('\n') ?? ''
  const rule = /^\[0:0\] (?=-A PREROUTING -p tcp -m tcp --dport 30080)/m
  t.match(admin(changed(text => text)), /it has not counted one packet/)
  t.match(admin(changed(text => text.replace(rule, '[7:420] '))), /it has counted 7 packets/)
  t.notMatch(admin(changed(text => text.replace(/^\[\d+:\d+\] /gm, ''))), /counted/, 'nothing is known without -c')
  const emptied = (canary: string) => (text: string) =>
    text.replace(/^\*mangle\n[^]*?^COMMIT$/m, `*mangle\n:PREROUTING ACCEPT [0:0]\n${canary}COMMIT`)
  for (const [canary, words] of [
    ['', /KUBE-KUBELET-CANARY and KUBE-PROXY-CANARY are in other tables, and gone from this one/],
    [':KUBE-KUBELET-CANARY - [0:0]\n', /KUBE-KUBELET-CANARY is there: whoever keeps that has written it since/],
  ] as const) {
    const [first] = changed(emptied(canary)).causes
    t.equal(first?.kind, 'table-flushed')
    t.match(first?.evidence.join('\n'), words)
  }
})

/** As `ipset list` prints what `ipset save` has. */
function listOfSets(saved: string): string {
  const sets = saved.trim().split(/^(?=create )/m)
  return sets
    .map(set => {
      const [create = '', ...adds] = set.trim().split('\n')
      const [, name, type, ...header] = create.split(' ')
      const members = adds.map(add => `${add.split(' ').slice(2).join(' ')}\n`)
      const head = `Name: ${name ?? ''}\nType: ${type ?? ''}\nRevision: 7\nHeader: ${header.join(' ')}\n`
      return `${head}Size in memory: 456\nReferences: 1\nNumber of entries: ${members.length}\nMembers:\n${members.join('')}`
    })
    .join('\n')
}

t.test('what an HTML report says of how it was made can be pasted and checked', t => {
  const before = process.argv
  t.teardown(() => (process.argv = before))
  process.argv = ['node', 'calitables.js', 'audit', '-f', 'a b.yaml', '--node', "it's"]
  // The digest of `abc` is that of FIPS 180-2.
  t.match(provenanceOf([{ name: 'a b.yaml', text: 'abc' }]), {
    commandLine: `calitables audit -f 'a b.yaml' --node 'it'\\''s'`,
    inputs: [{ name: 'a b.yaml', sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad' }],
  })
  t.end()
})

t.test('a repair makes sets before rules that name them, and removes sets once no rule does', t => {
  const repair = {
    sets: 'create a\n',
    rules: '*filter\nCOMMIT\n',
    leftOver: 'destroy b\n',
    ipVersion: 6,
    left: 0,
  } as const
  const said = ': tried on the text of the node: afterwards an audit finds nothing'
  t.equal(
    printRepairs([{ ...repair, backend: 'nft' }]),
    `# IPv6${said}\nipset restore <<'END'\ncreate a\nEND\nip6tables-nft-restore --noflush <<'END'\n*filter\nCOMMIT\nEND\nipset restore <<'END'\ndestroy b\nEND\n`,
  )
  t.equal(
    printRepairs([{ ...repair, ipVersion: 4, backend: undefined, sets: '', leftOver: '' }]),
    `# IPv4${said}\niptables-restore --noflush <<'END'\n*filter\nCOMMIT\nEND\n`,
  )
  t.end()
})

t.test('the HTML report: names of the input are text, and nothing is fetched or run', async t => {
  const golden = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
  const folder = t.testdir({})
  const hostile = `<img src=x onerror=alert(1)>&"'</pre><script>alert(2)</script>`
  const rules = readFileSync(join(golden, 'expected/v4.iptables'), 'utf8').replace(
    /^\*mangle\n([^]*?)^COMMIT/m,
    (_, body: string) =>
      `*mangle\n${body}-A cali-PREROUTING -m comment --comment "${hostile.replace(/"/g, '')}" -j ACCEPT\nCOMMIT`,
  )
  writeFileSync(join(folder, 'v4.save'), rules)
  const { code, out } = await runCommand([
    ...['audit', '-q', '-f', join(golden, 'input'), '--host', join(golden, 'host.json'), '-o', 'html'],
    ...['--rules', join(folder, 'v4.save'), '--sets', join(golden, 'expected/v4.ipset')],
  ])
  t.equal(code, 1)
  t.match(out, /&lt;img src=x onerror=alert\(1\)&gt;/, 'the name is there, as text')
  t.notMatch(out, /<(script|img|link|iframe|object|embed|base|form)\b/i)
  t.notMatch(out, /\b(src|href|action|srcset|poster)\s*=\s*"|url\(|@import|javascript:|https?:\/\//i)
  t.match(out, /default-src 'none'/)
  const tags = new Set([...out.matchAll(/<([a-z0-9]+)/g)].map(([, tag]) => tag))
  const known =
    'html head meta title style body main header section article div h1 h2 h3 h4 p ul li br span strong pre code table thead tbody tr th td'
  t.same(
    [...tags].filter(tag => !known.split(' ').includes(tag ?? '')),
    [],
  )
})

t.test('text that went through a kernel is the same', { skip: whyNoKernel() ?? false }, async t => {
  const folders = ['host-endpoint/ibm-deny-nodeports', 'actions/log-denied-packets', 'ip-sets/network-sets-overlapping']
  for (const folder of folders.map(name => join(GOLDEN_FOLDER, name))) {
    for (const backend of BACKENDS) {
      const found = auditAfterKernel(folder, backend)
      t.ok(found.length > 0, folder)
      for (const { ipVersion, problem } of found) t.equal(problem, undefined, `${folder} v${ipVersion} ${backend}`)
    }
  }
})

t.test('what an audit says of packets is what became of real ones', { skip }, async t => {
  for (const name of ['02-ibm/legacy/damage/mangle-accept', '06-log-denied/legacy/damage/log-rule-deleted']) {
    const node = readNode(join(NODES_FOLDER, name))
    const packets = comparePackets(audit(name), readAttempts(join(node.folder, '../..')), readAttempts(node.folder))
    t.same(packets.problems, [], name)
  }
})

t.test('counters of real packets go to the rules that decided them', { skip }, async t => {
  const folder = join(NODES_FOLDER, '01-shop/legacy')
  const args = ['hits', '-f', join(folder, 'input.yaml'), '--node', 'node-1', '--host', join(folder, 'host.json')]
  const texts = ['--rules', join(folder, 'after-traffic/v4.save'), '--since', join(folder, 'v4.save')]
  const { code, out } = await runCommand([...args, ...texts, '-o', 'json', '-q'])
  t.equal(code, 0)
  const { rows } = JSON.parse(out) as { rows: { rule: string; drops: boolean; packets: string }[] }
  const lost = readAttempts(folder).filter(one => one.outcome === 'timeout' && !one.dst?.includes(':'))
  const dropped = rows.filter(({ drops }) => drops).reduce((sum, { packets }) => sum + Number(packets), 0)
  t.equal(dropped, lost.length, 'each attempt that was lost is one packet that was dropped')
  t.ok(
    rows.some(
      ({ rule, packets }) => /ingress\[0\] of KubernetesNetworkPolicy shop\/api/.test(rule) && Number(packets) > 0,
    ),
  )
})

t.test('counters since an earlier text: what was counted in between, and from where they were set to zero', async t => {
  const golden = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
  const rules = readFileSync(join(golden, 'expected/v4.iptables'), 'utf8')
  // The rule that sets the mark of the denial of TCP is the one that counts; nothing else has met a packet.
  const counted = (counters: string): string =>
    rules.replace(/^-A .*$/gm, line => {
      const isDenial = line.startsWith('-A cali-pi-gnp/deny-nodeports ') && /-p tcp .*--jump MARK/.test(line)
      return `[${isDenial ? counters : '0:0'}] ${line}`
    })
  const folder = t.testdir({
    'now.save': counted('5:300'),
    'one.save': counted('1:60'),
    'before.save': counted('2:100'),
    'more.save': counted('9:900'),
    'v6.save': readFileSync(join(golden, 'expected/v6.iptables'), 'utf8'),
  })
  const hits = async (text: string, ...args: readonly string[]): Promise<string> => {
    const from = ['-f', join(golden, 'input'), '--host', join(golden, 'host.json'), '-q']
    return (await runCommand(['hits', ...from, '--rules', join(folder, text), ...args])).out.replace(/\s+/g, ' ')
  }
  const since = (name: string): readonly string[] => ['--since', join(folder, name)]
  const rule = /^drops (most|now): ingress\[0\] of GlobalNetworkPolicy deny-nodeports, \S*cluster\.yaml:\d+ /
  const all = await hits('now.save')
  t.match(all, rule)
  t.match(all, /^drops most: [^(]* \(5 packets, 300 bytes\) packets bytes rule 5 300 drop ingress\[0\]/)
  t.match(await hits('one.save'), /^drops most: [^(]* \(1 packet, 60 bytes\)/)
  const fresh = await hits('now.save', ...since('before.save'))
  t.match(fresh, rule)
  t.match(fresh, /^drops now: [^(]* \(3 packets, 200 bytes\)/)
  const again = await hits('now.save', ...since('more.save'))
  t.match(
    again,
    /^note: counters were set to zero in between; those count from there drops now: [^(]* \(5 packets, 300 bytes\)/,
  )
  const still = await hits('now.save', ...since('now.save'))
  t.match(
    still,
    /^nothing of the input has dropped anything never hit: (\d+) of \1 /,
    'a counter that stands still was not reset',
  )
  t.match(await hits('now.save', join(folder, 'v6.save')), /^drops most: [^(]* \(5 packets/, 'one text has counters')
  const { rows, wasReset } = JSON.parse(await hits('now.save', '-o', 'json'))
  t.match(rows[0], { drops: true, packets: '5', bytes: '300' }, 'most hit first')
  t.equal(wasReset, false)
})

t.test('counters of nothing', async t => {
  const golden = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
  const text = '*filter\n:FORWARD ACCEPT [0:0]\n[3:180] -A FORWARD -j ACCEPT\nCOMMIT\n'
  const folder = t.testdir({ 'v4.save': text })
  const { code, out } = await runCommand([
    'hits',
    '-f',
    join(golden, 'input'),
    '--rules',
    join(folder, 'v4.save'),
    '-q',
  ])
  t.equal(code, 0)
  t.equal(out, 'the text has no rules of policies to count\n')
})

t.test('settings that the input does not tell, and those that it tells otherwise', async t => {
  const folder = t.testdir()
  const golden = (name: string): readonly string[] => [
    '-f',
    join(GOLDEN_FOLDER, name, 'input'),
    '--host',
    join(GOLDEN_FOLDER, name, 'host.json'),
    '-q',
  ]
  const hosts = golden('host-endpoint/ibm-deny-nodeports')
  const pods = golden('actions/log-denied-packets-kubernetes')
  const untold = (setting: string) => ({ title: `Felix runs with FELIX_${setting}, which the input does not tell` })
  const other = (setting: string) => ({ title: `Felix runs as with FELIX_${setting}, and the input says otherwise` })
  const rows: readonly (readonly [
    from: readonly string[],
    node: string,
    input: string,
    code: number,
    cause: object,
  ])[] = [
    [pods, 'ALLOWVXLANPACKETSFROMWORKLOADS=true', '', 0, untold('ALLOWVXLANPACKETSFROMWORKLOADS=true')],
    [pods, '', 'ALLOWIPIPPACKETSFROMWORKLOADS=true', 1, other('ALLOWIPIPPACKETSFROMWORKLOADS=false')],
    [pods, 'DISABLECONNTRACKINVALIDCHECK=true', '', 0, untold('DISABLECONNTRACKINVALIDCHECK=true')],
    [pods, '', 'IPV6SUPPORT=false', 1, other('IPV6SUPPORT=true')],
    [
      pods,
      'DEFAULTENDPOINTTOHOSTACTION=ACCEPT',
      'DEFAULTENDPOINTTOHOSTACTION=RETURN',
      1,
      other('DEFAULTENDPOINTTOHOSTACTION=ACCEPT'),
    ],
    [
      hosts,
      'FAILSAFEINBOUNDHOSTPORTS=udp:53,tcp:192.0.2.0/24:22',
      '',
      0,
      untold('FAILSAFEINBOUNDHOSTPORTS=udp:53,tcp:192.0.2.0/24:22'),
    ],
    [
      hosts,
      'FAILSAFEINBOUNDHOSTPORTS=none',
      '',
      1,
      { kind: 'chain-flushed', orElse: ['Felix runs with failsafeInboundHostPorts set to none'] },
    ],
  ]
  const env = (setting: string): readonly string[] => ['--felix-env', setting === '' ? 'none' : `FELIX_${setting}`]
  for (const [number, [from, node, input, code, cause]] of rows.entries()) {
    const saved = join(folder, String(number))
    await runCommand(['compile', ...from, ...env(node), '--output-dir', saved])
    const found = await runCommand(['audit', ...from, ...env(input), '--rules', saved, '--no-effect', '-o', 'json'])
    t.equal(found.code, code, `${node} ${input}`)
    const { causes }: { readonly causes: readonly object[] } = JSON.parse(found.out)
    t.match(causes, [cause], `${node} ${input}`)
    t.equal(causes.length, 1, `${node} ${input}: nothing else is told`)
  }
})

t.test('what Felix leaves alone, and rules that are not those by which a node works', async t => {
  const folder = t.testdir({
    nft: { 'v4.save': '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n', 'r.nft': 'table ip calico {\n}\n' },
  })
  const path = (name: string): string => join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports', name)
  const from = ['-f', path('input'), '--host', path('host.json'), '--felix-env', 'none', '-q']
  const text = readFileSync(path('expected/v4.iptables'), 'utf8')
  const auditOf = async (changed: string, ...more: readonly string[]) => {
    writeFileSync(join(folder, 'v4.save'), changed)
    return runCommand(['audit', ...from, '--rules', join(folder, 'v4.save'), '--no-effect', ...more])
  }
  const policy = (
    await auditOf(
      text.replace(':FORWARD - -', ':FORWARD DROP [0:0]').replace('*filter\n', '*filter\n:FORWARD DROP [0:0]\n'),
    )
  ).out
  t.match(
    policy,
    /the policy of filter FORWARD is DROP\n {2}Felix leaves the policies of the kernel's chains as they are\n\n/,
  )
  const end = (await auditOf(text.replace(/^-A FORWARD .*--jump ACCEPT\n/m, ''))).out
  t.match(end, /FORWARD in table filter, IPv4: what Calico has at its end is gone/)
  t.match(end, /- what Calico has at its end is missing/)
  const nft = ['--rules', join(folder, 'nft')]
  const stray = /Felix runs in nftables mode, whose rules iptables-save does not show/
  const report = await runCommand(['audit', ...from, ...nft])
  t.match(report, { code: 1, out: stray })
  t.notMatch(report.out, /lets through|by itself/, 'what its rules let through is not known')
  t.match(await runCommand(['audit', ...from, ...nft, '--repair']), { code: 2, out: '', err: stray })
  t.match(await runCommand(['hits', ...from, ...nft]), { code: 2, out: '', err: stray })
  const swapped = ['--rules', path('expected/v4.ipset'), '--sets', path('expected/v4.iptables')]
  t.match(
    await runCommand(['audit', ...from, ...swapped]),
    { code: 0, out: /^node node-1: same/ },
    'a file is what it holds',
  )
})

t.test('files of two nodes in the folders of each other', async t => {
  const folder = t.testdir()
  const input = join(folder, 'input.yaml')
  const object = (kind: string, name: string, rest: object): string =>
    JSON.stringify({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, ...rest })
  const nodes = ['1', '2'].map(number => ({ name: `node-${number}`, address: `192.0.2.${number}`, number }))
  const objects = nodes.flatMap(({ name, address, number }) => [
    object('Node', name, { status: { addresses: [{ type: 'InternalIP', address }] } }),
    object('Pod', `web-${number}`, {
      spec: { nodeName: name, containers: [{ name: 'c' }] },
      status: { phase: 'Running', podIP: `10.65.${number}.2`, podIPs: [{ ip: `10.65.${number}.2` }] },
    }),
  ])
  writeFileSync(input, objects.join('\n---\n'))
  const from = ['-f', input, '--felix-env', 'none', '-q']
  for (const { name, address } of nodes) {
    const own = join(folder, 'saved', name)
    mkdirSync(own, { recursive: true })
    const host = join(own, 'host.json')
    writeFileSync(host, JSON.stringify([{ ifname: 'eth0', addr_info: [{ local: address, prefixlen: 24 }] }]))
    const text = async (...options: readonly string[]): Promise<string> =>
      (await runCommand(['compile', ...from, '--node', name, '--host', host, ...options])).out
    writeFileSync(join(own, 'v4.save'), await text())
    writeFileSync(join(own, 'v6.save'), await text('-6'))
    writeFileSync(join(own, 'sets.save'), `${await text('--ipset')}${await text('-6', '--ipset')}`)
  }
  const fleet = (dir: string, ...more: readonly string[]) =>
    runCommand(['audit', ...from, '--nodes', join(folder, dir), ...more])
  t.match(await fleet('saved'), { code: 0, out: /^2 nodes: 2 same/ })
  const swaps: readonly (readonly string[])[] = [
    ['v4.save', 'v6.save', 'sets.save', 'host.json'],
    ['v4.save', 'v6.save', 'sets.save'],
    ['v4.save', 'v6.save'],
    ['v6.save'],
    ['sets.save'],
    ['host.json'],
  ]
  for (const files of swaps) {
    const dir = `swapped-${files.join('-')}`
    cpSync(join(folder, 'saved'), join(folder, dir), { recursive: true })
    for (const file of files)
      for (const [to, of] of [
        ['node-1', 'node-2'],
        ['node-2', 'node-1'],
      ] as const)
        cpSync(join(folder, 'saved', of, file), join(folder, dir, to, file))
    const { code, out } = await fleet(dir, '-o', 'json')
    const report = JSON.parse(out)
    t.equal(code, 1, dir)
    t.strictSame([report.isSame, report.groups.length], [false, 2])
    for (const [index, [asked, other]] of [
      ['node-1', 'node-2'],
      ['node-2', 'node-1'],
    ].entries()) {
      const { node, isSame, causes } = report.nodes[index]
      t.strictSame([node, isSame], [asked, false])
      t.match(causes[0], {
        kind: 'wrong-node',
        title: new RegExp(`: this is the text of node ${other}, not of ${asked}$`),
      })
      const named = [...causes[0].title.matchAll(/`([^`]*)`/g)].map(([, path = '']) => path)
      t.strictSame(named.sort(), files.map(file => join(folder, dir, asked ?? '', file)).sort())
    }
  }
  const whole = `swapped-${(swaps[0] ?? []).join('-')}`
  t.match((await fleet(whole)).out, /^2 nodes: 0 same, 2 different/)
  const one = [...from, '--node', 'node-1', '--rules', join(folder, whole, 'node-1')]
  const title = 'of node node-2, not of node-1'
  for (const format of ['text', 'markdown', 'sarif', 'html']) {
    const { code, out } = await runCommand(['audit', ...one, '-o', format])
    t.equal(code, 1)
    t.match(out.replace(/\s+/g, ' '), title, format)
  }
  for (const command of [['audit', '--repair'], ['hits']])
    t.match(await runCommand([...command, ...one]), { code: 2, out: '', err: title })
})

t.test(
  'where all nodes are asked about, facts among the resources are of the node whose address they have',
  async t => {
    const node = (number: number): string =>
      `apiVersion: v1\nkind: Node\nmetadata: {name: node-${number}}\nstatus: {addresses: [{type: InternalIP, address: 192.0.2.${number}}]}\n`
    const hostOf = (...addresses: readonly string[]): string =>
      JSON.stringify([{ ifname: 'eth0', addr_info: addresses.map(local => ({ local, prefixlen: 24 })) }])
    const folder = t.testdir({
      cluster: { 'nodes.yaml': `${node(1)}---\n${node(2)}`, 'host.json': hostOf('192.0.2.1', '192.0.2.101') },
      strange: { 'nodes.yaml': `${node(1)}---\n${node(2)}`, 'host.json': hostOf('198.51.100.1') },
    })
    const saved = join(folder, 'saved')
    const run = (from: string, ...args: readonly string[]) =>
      runCommand([...args, '-f', join(folder, from), '--felix-env', 'none'])
    const setOf = (name: string, ipVersion = 4): string =>
      readFileSync(join(saved, name, `v${ipVersion}.ipset`), 'utf8')
    t.match(await run('cluster', 'compile', '--all-nodes', '--output-dir', saved), { code: 0, err: /taken as --host/ })
    t.match(setOf('node-1'), /^add cali40this-host 192\.0\.2\.101$/m, 'an address that only host.json has')
    t.notMatch(setOf('node-2'), /192\.0\.2\.101/, 'it is not of the other node')
    t.match(await run('cluster', 'audit', '--nodes', saved), { code: 0, out: /^2 nodes: 2 same/ })
    const without = setOf('node-1').replace('add cali40this-host 192.0.2.101\n', '')
    writeFileSync(join(saved, 'node-1/v4.ipset'), without)
    t.match(await run('cluster', 'audit', '--nodes', saved), { code: 1, out: /^2 nodes: 1 same, 1 different/ })
    writeFileSync(join(saved, 'node-1/host.json'), hostOf('192.0.2.1'))
    t.match(
      await run('cluster', 'audit', '--nodes', saved),
      { code: 0, out: /^2 nodes: 2 same/ },
      'what was saved on the node itself comes before',
    )
    const nobodys = /of which of 2 nodes the facts of `--host` are is not clear: they are left out/
    t.match(await run('strange', 'compile', '--all-nodes', '--output-dir', saved), { code: 0, err: nobodys })
    t.notMatch(setOf('node-1'), /198\.51\.100\.1/)
    t.match(await run('strange', 'audit', '--nodes', saved), { err: nobodys })
  },
)

t.test('formats, archives and folders of nodes', async t => {
  const folder = t.testdir()
  const golden = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
  const text = readFileSync(join(golden, 'expected/v4.iptables'), 'utf8')
  const damaged = text.replace(/^-A cali-pi-gnp.*\n/gm, '')
  mkdirSync(join(folder, 'nodes/node-1'), { recursive: true })
  writeFileSync(join(folder, 'nodes/node-1/v4.save'), damaged)
  cpSync(join(golden, 'expected/v4.ipset'), join(folder, 'nodes/node-1/sets.save'))
  cpSync(join(golden, 'host.json'), join(folder, 'nodes/node-1/host.json'))
  const run = (...args: readonly string[]) => runCommand(['audit', '-q', '-f', join(golden, 'input'), ...args])
  const fleet = await run('--nodes', join(folder, 'nodes'))
  t.equal(fleet.code, 1)
  t.match(fleet.out, /1 node: 0 same, 1 different[^]*cause: somebody flushed[^]*chain-flushed/)
  for (const [format, wanted] of [
    ['text', /^node node-1: different/],
    ['json', /"kind": "chain-flushed"/],
    ['markdown', /^# Node node-1: different/],
    ['sarif', /"ruleId": "chain-flushed"/],
    ['html', /^<!doctype html>[^]*Content-Security-Policy[^]*<pre tabindex="0">/],
  ] as const) {
    const { code, out, err } = await run('--rules', join(folder, 'nodes/node-1'), '-o', format)
    t.equal(code, 1, `${format}: ${err}`)
    t.match(out, wanted, format)
    t.notMatch(out, /<script|https?:\/\/(?!json\.schemastore)/, `${format} needs nothing from elsewhere`)
  }
  const named = join(folder, 'one, two.yaml')
  cpSync(join(golden, 'input/cluster.yaml'), named)
  const inSarif = ['audit', '-q', '-f', named, '--rules', join(folder, 'nodes/node-1'), '-o', 'sarif']
  const [result] = JSON.parse((await runCommand(inSarif)).out).runs[0].results
  t.match(
    result.locations[0].physicalLocation,
    {
      artifactLocation: { uri: `file://${named.replace(/[^/]+/g, encodeURIComponent)}` },
      region: { startLine: Number },
    },
    'a rule that is missing lies where the input asks for it, whatever the file is called',
  )
  execFileSync('tar', ['czf', join(folder, 'diags.tar.gz'), '-C', join(folder, 'nodes'), 'node-1'])
  const archive = await run('--rules', join(folder, 'diags.tar.gz'), '--no-effect')
  t.equal(archive.code, 1)
  t.match(archive.out, /diags\.tar\.gz:node-1\/v4\.save\): 38 chains/)
  writeFileSync(join(folder, 'cut.tar.gz'), readFileSync(join(folder, 'diags.tar.gz')).subarray(0, 200))
  const cut = await run('--rules', join(folder, 'cut.tar.gz'))
  t.same([cut.code, cut.out], [2, ''])
  t.match(cut.err, /cannot read .*cut\.tar\.gz/)
  const odd = await run('--rules', join(golden, 'host.json'))
  t.same([odd.code, odd.out], [2, ''])
})
