// Answers over all packets: what a change does.

import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { type Change, CHANGES, type DiffGroup, type DiffSide, diffTables } from '../src/answers/diff-tables.ts'
import { diffToJson } from '../src/answers/diff-json.ts'
import { formatDiff } from '../src/answers/format-diff.ts'
import { formatDiffMarkdown } from '../src/answers/format-diff-markdown.ts'
import { cubeWords, interfaceWords } from '../src/answers/cube-words.ts'
import { changeWords, countChanges, diffNode, type NodeDiff } from '../src/answers/node-diff.ts'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { kernelTablesOf } from '../src/netfilter/kernel-tables.ts'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { printKernelTables } from '../src/backend/iptables/print-kernel-tables.ts'
import { readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { createScene } from '../src/trace/scene.ts'
import { runCommand } from './helpers/run-command.ts'

const NODE = `
apiVersion: v1
kind: Node
metadata: {name: worker-1}
status: {addresses: [{type: InternalIP, address: 192.0.2.10}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`

function podText(name: string, address: string, labels: string): string {
  return `---
apiVersion: v1
kind: Pod
metadata: {name: ${name}, namespace: shop, labels: ${labels}}
spec: {nodeName: worker-1, containers: [{name: c, image: x}]}
status: {phase: Running, podIP: ${address}, podIPs: [{ip: ${address}}]}
`
}

const PODS = [
  podText('web-0', '10.0.0.1', '{app: web}'),
  podText('db-0', '10.0.0.2', '{app: db}'),
  podText('db-1', '10.0.0.3', '{app: db}'),
]

function policyText(name: string, spec: string): string {
  return `---
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: ${name}, namespace: shop}
spec: ${spec}
`
}

function diff(before: string, after: string): NodeDiff {
  const [old, fresh] = [before, after].map((policies, index) => {
    const text = `${NODE}${PODS.join('')}${policies}`
    const result = compile({ files: [{ name: `${index === 0 ? 'old' : 'new'}.yaml`, text }] })
    if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
    return result.output
  })
  if (old === undefined || fresh === undefined) throw new Error('nothing to compare')
  return diffNode(
    'worker-1',
    ipVersion => {
      const sides = [old, fresh].map(({ plan, resources, versions, sources }) => {
        const ruleset = versions[ipVersion]?.ruleset
        if (ruleset === undefined) throw new Error('no rules')
        return {
          scene: createScene({ tables: kernelTablesOf(ruleset), ruleset, plan, resources, sources, backend: IPTABLES }),
          resources,
        }
      })
      const [a, b] = sides
      return a === undefined || b === undefined ? undefined : [a, b]
    },
    50,
  )
}

/** `opened to pods: from …` of IPv4, without what is spoofed. */
function wordsOf({ versions }: NodeDiff): readonly string[] {
  const words = ({ change, way, cubes }: DiffGroup): readonly string[] =>
    cubes.map(({ cube }) => `${change} ${way}: ${cubeWords(cube, Infinity)}`)
  return versions
    .filter(({ ipVersion }) => ipVersion === 4)
    .flatMap(({ diff }) => diff.groups.filter(({ way }) => way !== 'with spoofed sources').flatMap(words))
}

const DB = policyText(
  'db',
  `{selector: app == 'db', types: [Ingress], ingress: [{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [5432]}}]}`,
)

t.test('a wider rule opens, a narrower one closes, exactly that', async t => {
  const wider = DB.replace('[5432]', '["5432:5440"]')
  const words = 'from pod shop/web-0 to pod shop/db-0, pod shop/db-1, TCP, port 5433-5440'
  t.same(wordsOf(diff(DB, wider)), [`opened to pods: ${words}`])
  t.same(wordsOf(diff(wider, DB)), [`closed to pods: ${words}`], 'and the other way round')
  const [group] = diff(DB, wider).versions[0]?.diff.groups ?? []
  t.match(group?.cubes[0], {
    journey: { packet: { source: '10.0.0.1', destination: '10.0.0.2', protocol: 6, destinationPort: 5433 } },
    before: { verdict: 'drop', because: /no policy of tier default allows this ingress of pod shop\/db-0/ },
    after: { verdict: 'accept', because: /ingress\[0\] of NetworkPolicy shop\/db, new\.yaml:\d+/ },
  })
})

t.test('all but a few of many pods are told by the few', async t => {
  const crowd = Array.from({ length: 12 }, (_, index) =>
    podText(`p-${index}`, `10.0.1.${index}`, `{number: "${index}"}`).replace('namespace: shop', 'namespace: crowd'),
  )
  const all = `---\napiVersion: v1\nkind: Namespace\nmetadata: {name: crowd}\n${crowd.join('')}`
  const from = (selector: string): string =>
    DB.replace(`{selector: app == 'web'}`, `{namespaceSelector: all(), selector: "${selector}"}`)
  const to = 'to pod shop/db-0, pod shop/db-1, TCP, port 5432'
  for (const [selector, words] of [
    ['has(number)', 'all 12 pods of namespace crowd'],
    [`has(number) && number not in {'3', '7'}`, 'all pods of namespace crowd but pod crowd/p-3 and pod crowd/p-7'],
    [`number in {'3', '7'}`, 'pod crowd/p-3, pod crowd/p-7'],
  ] as const)
    t.same(wordsOf(diff(`${all}${from(`number == 'none'`)}`, `${all}${from(selector)}`)), [
      `opened to pods: from ${words} ${to}`,
    ])
})

t.test(
  'the same policies in another order, under other names, split or merged: a proof that nothing changes',
  async t => {
    const log = policyText(
      'other',
      `{selector: app == 'web', types: [Egress], egress: [{action: Deny, destination: {nets: [203.0.113.0/24]}}, {action: Allow}]}`,
    )
    const both = `${DB}${log}`
    const rows: readonly (readonly [string, string, string])[] = [
      ['itself', both, both],
      ['another order', both, `${log}${DB}`],
      ['another name', DB, DB.replace('name: db', 'name: zzz')],
      [
        'ports in two rules',
        DB.replace('[5432]', '["1:100"]'),
        policyText(
          'db',
          `{selector: app == 'db', types: [Ingress], ingress: [${[`"1:40"`, `"41:100"`].map(ports => `{action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [${ports}]}}`).join(', ')}]}`,
        ),
      ],
      ['a net and its halves', log, log.replace('203.0.113.0/24', '203.0.113.0/25, 203.0.113.128/25')],
      [
        'two policies merged',
        `${DB}${policyText('more', `{selector: app == 'db', types: [Ingress], ingress: [{action: Allow, protocol: UDP}]}`)}`,
        DB.replace('ingress: [', 'ingress: [{action: Allow, protocol: UDP}, '),
      ],
      [
        'a rule that another one covers',
        DB,
        DB.replace(
          'ingress: [',
          `ingress: [{action: Allow, protocol: TCP, source: {nets: [10.0.0.1/32]}, destination: {ports: [5432]}}, `,
        ),
      ],
    ]
    for (const [name, before, after] of rows) {
      t.equal(diff(before, after).isSame, true, name)
      t.equal(diff(after, before).isSame, true, `${name}, mirrored`)
    }
  },
)

t.test('what is not only policy of pods counts too', async t => {
  const host = `---
apiVersion: projectcalico.org/v3
kind: HostEndpoint
metadata: {name: eth0, labels: {role: worker}}
spec: {node: worker-1, interfaceName: eth0, expectedIPs: [192.0.2.10]}
`
  const global = (spec: string): string => `${host}---
apiVersion: projectcalico.org/v3
kind: GlobalNetworkPolicy
metadata: {name: global}
spec: {selector: role == 'worker', ${spec}}
`
  const deny = `types: [Ingress], ingress: [{action: Deny, protocol: TCP, destination: {ports: [8080]}}, {action: Allow}]`
  t.same(wordsOf(diff(global(deny), global(`${deny}, preDNAT: true, applyOnForward: true`))), [
    'closed to pods: from anywhere to all 3 pods of namespace shop, TCP, port 8080, coming in by eth0',
    'closed through the node: from anywhere to anywhere but the node, TCP, port 8080, coming in by eth0, leaving by any but cali+ interfaces that nothing names',
  ])
  t.match(wordsOf(diff(global('types: [Ingress], ingress: [{action: Allow}]'), global(deny))), [
    /^closed to the node: from anywhere to the node, TCP, port 8080, coming in by eth0/,
  ])
  const any = (action: string): string =>
    global(`types: [Ingress], applyOnForward: true, ingress: [{action: ${action}}]`).replace(
      'interfaceName: eth0',
      "interfaceName: '*'",
    )
  // The host endpoint forwards what it does not police: it is the pod's profile that allows it.
  const egress = diff(host, `${host}${policyText('out', "{selector: app == 'web', types: [Egress]}")}`)
  const out = egress.versions.flatMap(one => one.diff.groups.filter(({ way }) => way === 'from pods'))
  t.match(out[0]?.cubes[0]?.before.because, /^egress\[0\] of profile kns\.shop/)
  const made = diff(any('Allow'), any('Deny'))
  t.match(wordsOf(made).at(-1), /coming in by interfaces that nothing names, leaving by any but cali\+ interfaces that/)
  const shown = JSON.stringify(diffToJson([made]))
  t.match(shown, /"inInterface":"interfaces that nothing names"/)
  t.notMatch(shown, /other0/, 'a name that was made up is shown to nobody')
})

t.test('what is counted of a change', t => {
  const diffOf = (...groups: readonly (readonly [Change, DiffGroup['way'], cubes: number])[]): NodeDiff => {
    const made = groups.map(([change, way, cubes]) => ({
      change,
      way,
      cubes: Array.from({ length: cubes }),
      hasMore: false,
    }))
    const versions = [{ ipVersion: 4, diff: { groups: made, isUndecided: false, isSame: false } }]
    return { node: 'worker-1', versions, text: {}, isSame: false } as unknown as NodeDiff
  }
  const spoofed = 'with spoofed sources'
  const rows: readonly (readonly [why: string, diffs: readonly NodeDiff[], words: string])[] = [
    ['every group', [diffOf(['opened', 'to pods', 2], ['closed', 'from pods', 1])], '2 opened, 1 closed'],
    ['of all nodes', [diffOf(['opened', 'to pods', 2]), diffOf(['opened', 'to the node', 1])], '3 opened'],
    [
      'spoofed sources are not counted beside others of the change',
      [diffOf(['opened', 'to pods', 2], ['opened', spoofed, 3])],
      '2 opened',
    ],
    [
      'but where they are alone',
      [diffOf(['opened', 'to pods', 2], ['opened', spoofed, 3], ['closed', spoofed, 1])],
      '2 opened, 1 closed',
    ],
    ['nothing', [diffOf()], ''],
  ]
  for (const [why, diffs, words] of rows) t.equal(changeWords(countChanges(diffs)), words, why)
  const [, rule = ''] = /ingress: \[(.*)\]\}$/m.exec(DB) ?? []
  const twice = DB.replace(rule, `${rule}, ${rule}`)
  // Of each IP version a rule that marks, and the one that returns with the mark: behind the last rule there is none.
  t.strictSame(diff(twice, DB).text, { removedRules: 4, addedRules: 0, changedSets: 0 })
  t.strictSame(diff(DB, twice).text, { removedRules: 0, addedRules: 4, changedSets: 0 })
  // A set without members is not the same as none: rules that name it can be loaded.
  const nobody = DB.replace("'web'", "'nobody'")
  t.match(diff(DB, nobody).text, { changedSets: 4 }, 'one more and one less of each IP version')
  t.match(diff(nobody, policyText('db', "{selector: app == 'db', types: [Ingress]}")).text, { changedSets: 2 })
  t.end()
})

t.test('other sources are no difference that counts, other destinations are one', t => {
  const side = (rule: string): DiffSide => {
    const text = `*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n${rule}\nCOMMIT\n`
    const tables = readKernelTables({ iptables: { name: 'v4.save', text }, ipVersion: 4 }, new Report())
    return { scene: createScene({ backend: IPTABLES, tables, isText: true }) }
  }
  const dnat = '-A PREROUTING -d 192.0.2.1/32 -p tcp -j DNAT --to-destination 10.0.0.'
  const snat = '-A POSTROUTING -s 10.0.0.0/8 -j SNAT --to-source 192.0.2.'
  const rows: readonly (readonly [rule: string, to: readonly [string, string], changes: string, isSame: boolean])[] = [
    [dnat, ['1', '2'], 'diverted', false],
    [snat, ['1', '2'], 'translated', true],
    [snat, ['1', '1'], '', true],
  ]
  for (const [rule, [before, after], changes, isSame] of rows) {
    const found = diffTables(side(rule + before), side(rule + after), 1, CHANGES)
    t.equal([...new Set(found.groups.map(({ change }) => change))].join(), changes, rule)
    t.equal(found.isSame, isSame, rule)
  }
  t.end()
})

t.test('formats say the same', async t => {
  const found = diff(DB, DB.replace('[5432]', '[5432, 80]'))
  t.same(countChanges([found]), { opened: 1, closed: 0, answered: 0, diverted: 0, unclear: 0, translated: 0 })
  t.match(formatDiff([found], Infinity), /^opened: .*\n {2}to pods, IPv4\n {4}from pod shop\/web-0 .* port 80\n/)
  t.match(
    formatDiffMarkdown([found], Infinity),
    /\| to pods, IPv4 \| from pod shop\/web-0 to .*\| TCP 10\.0\.0\.1:40000 -\\> 10\.0\.0\.2:80 \|/,
  )
  const spoofed = found.versions.map(({ ipVersion, diff: one }) => {
    return {
      ipVersion,
      diff: { ...one, groups: one.groups.map(group => ({ ...group, way: 'with spoofed sources' as const })) },
    }
  })
  const both = found.versions.map((one, index) => {
    return { ...one, diff: { ...one.diff, groups: [...one.diff.groups, ...(spoofed[index]?.diff.groups ?? [])] } }
  })
  const note = /with spoofed sources, IPv4[ |\n]+packets that come from elsewhere than their source is: .* has them/
  for (const format of [formatDiff, formatDiffMarkdown]) {
    t.match(format([{ ...found, versions: both }], Infinity), note, 'beside others there is one line of them')
    t.match(
      format([{ ...found, versions: spoofed }], Infinity),
      /with spoofed sources, IPv4[ |\n]+from pod shop\/web-0/,
      'alone they are told',
    )
  }
})

const whole = `${NODE}${PODS.join('')}${DB}`

t.test('the command', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'calitables-diff-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const old = write('old.yaml', whole)
  const fresh = write('new.yaml', whole.replace('[5432]', '[5433]'))
  const differing = await runCommand(['diff', old, fresh])
  t.match(differing, { code: 1, out: /\nclosed: / })
  t.match(differing.out, /4 opened|1 opened, 1 closed|2 opened, 2 closed/)
  t.match(await runCommand(['diff', old, old]), {
    code: 0,
    out: 'no packet changes its verdict; the rules are the same\n',
  })
  const json = await runCommand(['diff', old, fresh, '-o', 'json'])
  t.match(JSON.parse(json.out), {
    version: 1,
    isSame: false,
    nodes: [{ node: 'worker-1', versions: [{ ipVersion: 4 }, { ipVersion: 6 }] }],
  })
  t.match(await runCommand(['diff', old]), { code: 2, out: '', err: /diff compares two things/ })
  t.match(await runCommand(['diff', old, join(folder, 'none.yaml')]), { code: 2, out: '', err: /cannot read/ })
  t.match(await runCommand(['diff', old, fresh, '--most', '0']), { code: 2, out: '' })

  const compiled = compile({ files: [{ name: 'old.yaml', text: whole }] })
  if (!compiled.ok) throw new Error('it does not compile')
  const { ruleset, text } = compiled.output.versions[4]
  const rules = write('rules.txt', printKernelTables(kernelTablesOf(ruleset)))
  const sets = write('sets.txt', text.ipset)
  const same = await runCommand(['diff', old, '--rules', rules, '--sets', sets])
  t.match(
    same,
    { code: 0, out: /^no packet changes its verdict/, err: /note: .*IPv6/ },
    'its own text does what it says',
  )
  const edited = write('edited.txt', printKernelTables(kernelTablesOf(ruleset)).replaceAll('5432', '5433'))
  t.match(await runCommand(['diff', old, '--rules', edited, '--sets', sets]), { code: 1, out: /^opened: [^]*closed: / })
})

t.test('revisions of git: nothing is run for a repository, or takes their place', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'calitables-revisions-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const repository = join(folder, 'repository')
  mkdirSync(repository)
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: repository,
      stdio: 'ignore',
    })
  git('init', '-q')
  mkdirSync(join(repository, 'policies'))
  writeFileSync(join(repository, 'policies/all.yaml'), whole)
  git('add', '.')
  git('commit', '-qm', 'first')
  writeFileSync(join(repository, 'policies/all.yaml'), whole.replace('[5432]', '[5433]'))
  const before = process.cwd()
  process.chdir(repository)
  t.teardown(() => process.chdir(before))
  t.match(await runCommand(['diff', 'HEAD:policies', 'policies']), { code: 1, out: /^opened: / })
  t.match(await runCommand(['diff', 'HEAD:policies/all.yaml', 'HEAD:policies']), { code: 0 })
  t.match(await runCommand(['diff', 'nowhere:policies', 'policies']), {
    code: 2,
    err: /cannot read `nowhere:policies`: .*nowhere/i,
  })
  // From a folder inside, PATH is from the root on, as for git; a dot is where one stands.
  process.chdir(join(repository, 'policies'))
  for (const old of ['HEAD:policies', 'HEAD:.', 'HEAD:./'])
    t.match(await runCommand(['diff', old, '.']), { code: 1, out: /^opened: / }, old)
  process.chdir(repository)
  t.match(await runCommand(['diff', 'HEAD:', 'policies']), { code: 2, err: /`HEAD:` has no files .*\(look .*-R\)/ })
  t.match(await runCommand(['diff', 'HEAD', 'policies']), { code: 2, err: /`HEAD` is a revision .*write `HEAD:`/ })
  t.match(await runCommand(['diff', 'HEAD:', 'policies', '-f', 'policies']), { code: 2, err: /`-f` is one: / })
  // Of a stranger's pull request: names that are none, and a folder that would take the place of the revision.
  const all = join(repository, 'policies/all.yaml')
  mkdirSync(join(repository, 'policies/folder.yaml'))
  cpSync(all, join(repository, 'policies/folder.yaml/other.yaml'))
  git('add', '.')
  git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},policies/module`)
  git('commit', '-qm', 'second')
  t.match(await runCommand(['diff', 'HEAD:policies', all]), { code: 0, err: /^(?!.*submodule)/s })
  t.match(await runCommand(['diff', '-R', 'HEAD~:policies', 'HEAD:policies/folder.yaml']), { code: 1 })
  t.match(await runCommand(['diff', '-R', 'HEAD:', 'policies']), {
    err: /warning: `HEAD:policies\/module` is a submodule/,
  })
  symlinkSync('/etc/hostname', join(repository, 'policies/link.yaml'))
  git('add', 'policies/link.yaml')
  git('commit', '-qm', 'third')
  t.match(await runCommand(['diff', 'HEAD:policies', all]), { code: 2, err: /`HEAD:policies\/link.yaml` is a link/ })
  cpSync(join(repository, 'policies'), join(repository, 'HEAD~:policies'), { recursive: true })
  t.match(await runCommand(['diff', 'HEAD~:policies', all]), { code: 2, err: /`HEAD~:policies` is here and in git/ })
  t.match(await runCommand(['diff', './HEAD~:policies/all.yaml', all]), { code: 0 })
  const lost = execFileSync('git', ['rev-parse', 'HEAD~:policies/all.yaml'], { encoding: 'utf8' }).trim()
  rmSync(join(repository, '.git/objects', lost.slice(0, 2), lost.slice(2)))
  const ran = join(folder, 'ran')
  for (const [key, value] of Object.entries({
    'core.repositoryformatversion': '1',
    'extensions.partialClone': 'origin',
    'remote.origin.promisor': 'true',
    'remote.origin.url': `ext::touch ${ran}`,
    'protocol.ext.allow': 'always',
  }))
    git('config', key, value)
  t.match(await runCommand(['diff', 'HEAD:policies/all.yaml', all]), { code: 2, err: /nothing is fetched/ })
  t.notOk(existsSync(ran), 'no program that a repository names is run')
})

t.test('a revision of git is read as the folder that it was: the same files are left out', async t => {
  const repository = mkdtempSync(join(tmpdir(), 'calitables-revisions-'))
  t.teardown(() => rmSync(repository, { recursive: true }))
  const git = (...args: readonly string[]): void =>
    void execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: repository,
      stdio: 'ignore',
    })
  const closing = whole.replace('[5432]', '[5433]')
  git('init', '-q')
  for (const folder of ['a/old', 'b']) mkdirSync(join(repository, folder), { recursive: true })
  writeFileSync(join(repository, 'a/all.yaml'), whole)
  // A settings file is no resource; one ignore file is at the top, one inside, and holds from its folder on.
  writeFileSync(join(repository, 'calitables.yaml'), 'exclude: [drafts/]\n')
  writeFileSync(join(repository, '.calitablesignore'), 'b/\n')
  writeFileSync(join(repository, 'a/.calitablesignore'), '# older ones\n/old\n')
  writeFileSync(join(repository, 'a/old/all.yaml'), closing)
  writeFileSync(join(repository, 'b/all.yaml'), closing)
  mkdirSync(join(repository, 'drafts'))
  writeFileSync(join(repository, 'drafts/all.yaml'), closing)
  git('add', '.')
  git('commit', '-qm', 'first')
  const before = process.cwd()
  process.chdir(repository)
  t.teardown(() => process.chdir(before))
  for (const revision of ['HEAD:', 'HEAD:.'])
    t.match(await runCommand(['diff', '-R', revision, '.']), { code: 0, out: /^no packet changes/ }, revision)
  t.match(await runCommand(['diff', 'HEAD:a', 'HEAD:a/all.yaml', '-R']), { code: 0 })
  t.match(
    await runCommand(['diff', 'HEAD:a/old', 'HEAD:a', '-R']),
    { code: 1 },
    'rules of a folder above are not asked',
  )
  t.match(await runCommand(['diff', 'HEAD:b', 'HEAD:b', '--exclude', '*.yaml']), { code: 2, err: /has no files/ })
  rmSync(join(repository, '.calitablesignore'))
  symlinkSync('/etc/hostname', join(repository, '.calitablesignore'))
  git('add', '.')
  git('commit', '-qm', 'second')
  t.match(await runCommand(['diff', '-R', 'HEAD:', 'a']), { code: 2, err: /`.calitablesignore` is a link/ })
})

t.test('interfaces of packets that the node sends or takes in', async t => {
  const list = (items: readonly string[]): string => items.join(', ')
  const rows: readonly (readonly [items: readonly string[] | undefined, comes: string, leaves: string])[] = [
    [undefined, '', ''],
    [[], '', ''],
    [['eth0', 'eth1'], 'coming in by eth0, eth1', 'leaving by eth0, eth1'],
    [['none'], 'sent by the node itself', 'staying on the node'],
    [['none', 'eth0'], 'sent by the node itself or coming in by eth0', 'staying on the node or leaving by eth0'],
  ]
  for (const [items, comes, leaves] of rows) {
    t.equal(interfaceWords(items, 'in', list).join(), comes)
    t.equal(interfaceWords(items, 'out', list).join(), leaves)
  }
})
