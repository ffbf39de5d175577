// Text of a node as people paste it: listed, behind a prompt, of the wrong sort. `fixtures/pasted` was printed by iptables and
// ipset on one kernel state: what is listed has to read as what was saved.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { ruleHashes } from '../src/calico/rule-hash.ts'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { RuleBackend } from '../src/model/rule-backend.ts'
import type { Rule } from '../src/model/ruleset.ts'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import { ipVersionOf, readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { readLogEntry } from '../src/trace/log-entry.ts'
import { createHashProof, type HashStanding } from '../src/trace/hash-proof.ts'
import { asSaved } from './helpers/as-saved.ts'
import { CORPUS_FOLDER, findCases } from './helpers/cases.ts'
import { doDamage } from './helpers/node-damage/kinds.ts'
import { Random } from './helpers/probes/random.ts'
import { findNodes, NODES_FOLDER, readNode } from './helpers/recorded-nodes.ts'
import { runCommand as run } from './helpers/run-command.ts'

const pasted = (name: string): string => readFileSync(new URL(`fixtures/pasted/${name}`, import.meta.url), 'utf8')

function read(texts: { readonly iptables?: string; readonly ipset?: string }): {
  tables: KernelTables
  said: readonly string[]
} {
  const report = new Report()
  const file = (name: string, text: string | undefined) => (text === undefined ? undefined : { name, text })
  const tables = readKernelTables(
    { iptables: file('r.txt', texts.iptables), ipset: file('s.txt', texts.ipset), ipVersion: 4 },
    report,
  )
  return { tables, said: report.placed().map(one => formatDiagnostic(one)) }
}

/** Every rule of every chain, without what only says where it was written. */
function rulesOf({ tables }: KernelTables): readonly string[] {
  return tables
    .flatMap(({ name, kernelChains, userChains }) =>
      [...kernelChains, ...userChains.values()].flatMap(chain =>
        chain.rules.map(({ comments, matches, target, origin }, index) => {
          const sorted = matches.map(match => JSON.stringify(match)).sort()
          const hash = origin.kind === 'read' ? origin.hash : undefined
          return `${name} ${chain.name} ${index} ${JSON.stringify([hash, comments, sorted, target])}`
        }),
      ),
    )
    .sort()
}

t.test('iptables -S and iptables -L -n -v --line-numbers read as iptables-save', async t => {
  const saved = read({ iptables: pasted('save.txt') })
  t.strictSame(saved.said, [])
  const wanted = rulesOf(saved.tables)
  t.equal(wanted.length, 161)
  for (const name of ['S.txt', 'L.txt']) {
    const { tables, said } = read({ iptables: pasted(name) })
    t.strictSame(said, [], name)
    t.strictSame(rulesOf(tables), wanted, name)
    t.notOk(
      wanted.some(rule => rule.includes('"unknown"')),
      'and all of it is known',
    )
  }
})

t.test('a byte order mark in front of a text changes nothing', async t => {
  for (const name of ['save.txt', 'S.txt', 'L.txt']) {
    const text = pasted(name)
    const { tables, said } = read({ iptables: `\ufeff${text}` })
    t.strictSame(said, [], name)
    t.strictSame(rulesOf(tables), rulesOf(read({ iptables: text }).tables), name)
  }
})

t.test('a row of iptables -L that is cut off is a mistake, and not a rule for any packet', async t => {
  const head = 'Chain FORWARD (policy ACCEPT)\n pkts bytes target prot opt in out source destination\n'
  for (const row of [
    '    5   300 DROP all -- *',
    '    5   300 DROP all -- * *',
    '    5   300 DROP all -- * * 10.0.0.1',
  ]) {
    const { tables, said } = read({ iptables: `${head}${row}\n` })
    t.equal(said.length, 1, row)
    t.match(said[0], /r\.txt:3/)
    t.notOk(rulesOf(tables).some(rule => rule.includes('"drop"')))
  }
})

t.test('ipset list reads as ipset save', async t => {
  const plain = ({ tables }: ReturnType<typeof read>): unknown =>
    [...tables.ipSets.values()]
      .map(({ name, type, ipVersion, members, exceptions }) => [name, type, ipVersion, [...members].sort(), exceptions])
      .sort()
  const listed = read({ ipset: pasted('list.txt') })
  t.strictSame(listed.said, [])
  t.equal(listed.tables.ipSets.size, 10)
  t.strictSame(plain(listed), plain(read({ ipset: pasted('sets.txt') })))
})

t.test('prompts and commands around the text', async t => {
  const lines = ['*filter', ':INPUT ACCEPT [0:0]', ':c - [0:0]', '-A INPUT -s 192.0.2.1/32 -j c', 'COMMIT']
  const wanted = rulesOf(read({ iptables: lines.join('\n') }).tables)
  t.equal(wanted.length, 1)
  const list = '-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n-N c\n-A INPUT -s 192.0.2.1/32 -j c\n'
  const rows: readonly (readonly [string, string])[] = [
    ['# in front of each line', lines.map(line => `# ${line}\n`).join('')],
    ['> in front of each line', lines.map(line => `> ${line}\n`).join('')],
    [
      'the command and its prompt',
      `root@node-1:~# iptables-save\n${lines.join('\n')}\nroot@node-1:~# exit\n`.replace('root@node-1:~# exit\n', ''),
    ],
    ['a prompt of another kind', `[admin@node-1 ~]$ sudo iptables-save -t filter\n${lines.join('\r\n')}\n`],
    ['-S', list],
    ['-S behind its command', `$ sudo iptables -S\n${list}`],
    ['-S of a table that its command names', `# iptables -t filter -S\n-N c\n-A INPUT -s 192.0.2.1/32 -j c\n`],
    ['-S -v', list.replace('-A INPUT', '-A INPUT -c 1 60').replace('INPUT ACCEPT', 'INPUT ACCEPT -c 7 420')],
    ['-S of several tables', `-P PREROUTING ACCEPT\n-P OUTPUT ACCEPT\n${list}`],
    [
      '-L -n -v',
      'Chain INPUT (policy ACCEPT 3 packets, 180 bytes)\n pkts bytes target     prot opt in     out     source               destination         \n    0     0 c          all  --  *      *       192.0.2.1            0.0.0.0/0           \n\nChain c (1 references)\n pkts bytes target     prot opt in     out     source               destination         \n',
    ],
  ]
  for (const [title, text] of rows) {
    const { tables, said } = read({ iptables: text })
    t.strictSame(said, [], title)
    t.strictSame(rulesOf(tables), wanted, title)
  }
  const counted = read({ iptables: rows.find(([title]) => title === '-S -v')?.[1] ?? '' }).tables.tables[0]
  t.match(counted?.kernelChains[0], {
    counters: { packets: '7' },
    rules: [{ origin: { counters: { packets: '1', bytes: '60' } } }],
  })
  const comments = read({ iptables: `# Generated by iptables-save\n${lines.join('\n')}\n# Completed\n` })
  t.strictSame(rulesOf(comments.tables), wanted, 'comments stay comments')
})

t.test('a table is told by the chains that are listed', async t => {
  const rows: readonly (readonly [string, string])[] = [
    ['PREROUTING INPUT OUTPUT POSTROUTING', 'nat'],
    ['PREROUTING INPUT FORWARD OUTPUT POSTROUTING', 'mangle'],
    ['PREROUTING OUTPUT', 'raw'],
    ['INPUT FORWARD OUTPUT', 'filter'],
  ]
  for (const [chains, table] of rows) {
    const list = chains
      .split(' ')
      .map(chain => `-P ${chain} ACCEPT\n`)
      .join('')
    t.strictSame(
      read({ iptables: `${list}-N x\n-A x -j ACCEPT\n` }).tables.tables.map(({ name }) => name),
      [table],
    )
  }
})

t.test('what a listing does not show is not known', async t => {
  const head = 'Chain INPUT (policy DROP)\ntarget     prot opt source               destination         \n'
  const { tables, said } = read({
    iptables: `${head}ACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\nDROP       all  --  anywhere  anywhere  some module says this\nACCEPT     all  --  anywhere  anywhere  match-set S dst,dst,src\n`,
  })
  t.strictSame(said, [])
  const [ssh, other, three] = tables.tables[0]?.kernelChains[0]?.rules ?? []
  t.match(
    ssh?.matches.map(({ kind }) => kind),
    ['protocol', 'unlistedInterfaces', 'destinationPort'],
    'interfaces are not shown without -v',
  )
  t.match(other?.matches.at(-1), { kind: 'unknown', text: /some module says this/ })
  t.match(three?.matches.at(-1), { text: '-m set --match-set S dst,dst,src' }, 'sets of kube-proxy have three sides')
})

t.test('one message for a text of another sort', async t => {
  const nft =
    'table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t\txt match "set" counter packets 0 bytes 0\n\t}\n}\n'
  const rows: readonly (readonly ['iptables' | 'ipset', string, RegExp])[] = [
    [
      'iptables',
      nft,
      /^r\.txt:1:1: error: these are not rules but what `nft list ruleset` prints \(.*run `iptables-save`.*\) \[iptables-syntax\]$/,
    ],
    [
      'iptables',
      'create a hash:net family inet\nadd a 192.0.2.1\nadd a 192.0.2.2\n',
      /not rules but IP sets \(give them with --sets\)/,
    ],
    ['iptables', pasted('list.txt'), /not rules but what `ipset list` prints/],
    [
      'iptables',
      'apiVersion: v1\nkind: Pod\nmetadata: {}\n',
      /not rules but Kubernetes or Calico resources \(give them with -f\)/,
    ],
    ['ipset', pasted('save.txt'), /not IP sets but rules of iptables \(give them with --rules\)/],
    ['ipset', '[{"ifname":"lo"}]', /not IP sets but what `ip -json` prints/],
  ]
  for (const [option, text, wanted] of rows) {
    const { said } = read({ [option]: text })
    t.equal(said.length, 1, text.slice(0, 30))
    t.match(said[0], wanted)
  }
})

t.test('the IP version is that of the tool, of an address, or of what one version alone has', async t => {
  const rows: readonly (readonly [string, 4 | 6 | undefined])[] = [
    ['# Generated by ip6tables-nft-save v1.8.9\n', 6],
    ['root@n:~# ip6tables -S\n-P INPUT ACCEPT\n', 6],
    ['$ sudo iptables -S\n-P INPUT ACCEPT\n', 4],
    ['-A INPUT -i lo -s 2001:db8::/32 -j ACCEPT\n', 6],
    ['-A INPUT -d 192.0.2.1/32 -j ACCEPT\n', 4],
    ['-A INPUT ! --source 2001:db8::/32 --jump ACCEPT\n', 6],
    ['-I INPUT --destination 192.0.2.1/32 --jump ACCEPT\n', 4],
    ['-A cali-pi-_a -m set --match-set cali60s:x src -j DROP\n', 6],
    ['-A cali-pi-_a -m set --match-set cali40s:x src -j DROP\n', 4],
    ['-A cali-pi-_a -p icmpv6 -m icmp6 --icmpv6-type 128 -j DROP\n', 6],
    ['-P INPUT ACCEPT\n', undefined],
  ]
  for (const [text, wanted] of rows) t.equal(ipVersionOf({ name: 'r', text }), wanted, text)
})

t.test('a line of the TRACE target says which rule it is at', async t => {
  const line =
    'kernel: TRACE: filter:FORWARD:rule:1 IN=eth0 OUT=tunl0 SRC=198.51.100.5 DST=10.65.1.61 LEN=60 TTL=63 PROTO=TCP SPT=58976 DPT=8443 SYN MARK=0x40000'
  t.match(readLogEntry(line, new Report()), {
    traced: { table: 'filter', chain: 'FORWARD', at: 'rule', number: 1 },
    inInterface: 'eth0',
    mark: 0x40000,
  })
  const at = (words: string): unknown =>
    readLogEntry(line.replace('filter:FORWARD:rule:1', words), new Report())?.traced
  t.strictSame(at('nat:cali-PREROUTING:return:3'), { table: 'nat', chain: 'cali-PREROUTING', at: 'return', number: 3 })
  t.strictSame(at('raw:OUTPUT:policy:2'), { table: 'raw', chain: 'OUTPUT', at: 'policy', number: 2 })
  t.equal(at('filter:FORWARD:what:1'), undefined)
})

const CASES = join(CORPUS_FOLDER, '../cases/real')

t.test('recorded: d10', { skip: existsSync(CASES) ? false : `no cases at ${CASES}: set CORPUS` }, async t => {
  const asked = ['explain', '--rules', join(CASES, 'd10-iptables-S.txt'), '--chain', 'cali-FORWARD']
  t.match(await run(asked), { code: 0, err: '', out: /-A cali-FORWARD -o cali\+ -j cali-to-wl-dispatch/ })
})

t.test('of an excerpt, chains may be missing where rules are only put into words', async t => {
  const rows: readonly (readonly [
    title: string,
    text: string,
    chains: readonly string[],
    notShown: RegExp | undefined,
  ])[] = [
    ['lines that grep found', '-A cali-tw-a -j DROP\n', ['cali-tw-a'], undefined],
    [
      'a chain behind the one that leads to it',
      '-A cali-a -g cali-b\n-A cali-b -j DROP\n',
      ['cali-a', 'cali-b'],
      undefined,
    ],
    ['lines of iptables-save -c', '[1:60] -A INPUT -j cali-INPUT\n[0:0] -A c -j ACCEPT\n', ['c'], /as `cali-INPUT`$/],
    [
      'one chain listed',
      '$ iptables -n -L c\nChain c (1 references)\ntarget prot opt source destination\nd all -- 0.0.0.0/0 0.0.0.0/0\n',
      ['c'],
      /as `d`$/,
    ],
  ]
  for (const [title, text, chains, notShown] of rows) {
    const iptables = { name: 'r.txt', text }
    const report = new Report()
    const { tables } = readKernelTables({ iptables, ipVersion: 4, isExcerpt: true }, report)
    t.strictSame([...(tables[0]?.userChains.keys() ?? [])], chains, title)
    t.notOk(report.hasErrors, title)
    const [note, ...more] = report.placed()
    t.equal(more.length, 0, title)
    if (notShown === undefined) t.equal(note, undefined, title)
    else t.match(note?.message, notShown, title)
    const whole = new Report()
    readKernelTables({ iptables, ipVersion: 4 }, whole)
    t.ok(whole.hasErrors, `${title}: packets are not followed through a part`)
  }
})

// Whether a rule is the one that Felix wrote, by its hash alone.

const noNodes = existsSync(NODES_FOLDER) ? false : 'the recorded nodes are not there'
const cleanNodes = noNodes
  ? []
  : findNodes(NODES_FOLDER)
      .map(readNode)
      .filter(({ damage }) => damage === undefined)
const noCorpus = existsSync(CORPUS_FOLDER) ? false : 'the corpus is not there'

function tablesOf(text: string, ipVersion: 4 | 6): KernelTables {
  return readKernelTables({ iptables: { name: 'saved', text }, ipVersion }, new Report())
}

function hashedRules({ tables }: KernelTables): readonly Rule[] {
  return tables
    .flatMap(({ kernelChains, userChains }) => [...kernelChains, ...userChains.values()].flatMap(({ rules }) => rules))
    .filter(({ origin }) => origin.kind === 'read' && origin.hash !== undefined)
}

/** What is said of each rule with a hash. */
function standings(tables: KernelTables): readonly (readonly [HashStanding | undefined, text: string])[] {
  const proof = createHashProof(tables, IPTABLES)
  return hashedRules(tables).map(rule => [proof.standingOf(rule), rule.origin.kind === 'read' ? rule.origin.text : ''])
}

/** How many rules are proven to be Felix's own; others may only be unknown. */
function checkClean(t: Test, name: string, tables: KernelTables): readonly [own: number, all: number] {
  const found = standings(tables)
  const told = found.filter(([standing]) => standing === 'edited' || standing === 'displaced')
  if (told.length > 0) t.strictSame(told, [], name)
  return [found.filter(([standing]) => standing === 'own').length, found.length]
}

t.test('clean nodes of every release and back end: all rules are proven', { skip: noNodes }, async t => {
  let [own, all] = [0, 0]
  for (const { name, files } of cleanNodes) {
    for (const file of files.filter(one => /v[46](\.\w+)?\.save$/.test(one.name))) {
      const [proven, rules] = checkClean(t, file.name, tablesOf(file.text, /v6[^/]*$/.test(file.name) ? 6 : 4))
      t.equal(proven, rules, `${name}: ${file.name}`)
      own += proven
      all += rules
    }
  }
  t.ok(cleanNodes.length >= 20 && all > 5000, `${cleanNodes.length} nodes, ${own} of ${all} rules proven`)
})

t.test('recorded text in the kernel’s form: no alarm, and nearly all rules are proven', { skip: noCorpus }, async t => {
  let [own, all] = [0, 0]
  for (const [index, folder] of findCases(CORPUS_FOLDER).entries()) {
    if (index % 8 !== 0) continue
    for (const ipVersion of [4, 6] as const) {
      const path = join(folder, `expected/v${ipVersion}.iptables`)
      if (!existsSync(path)) continue
      const [proven, rules] = checkClean(t, path, asSaved(tablesOf(readFileSync(path, 'utf8'), ipVersion)))
      own += proven
      all += rules
    }
  }
  t.ok(all > 5000 && own / all > 0.99, `${own} of ${all} rules proven`)
})

t.test('a rule that somebody edited on a node is told', { skip: noNodes }, async t => {
  const kinds = ['DROP made ACCEPT', 'DROP made RETURN', 'RETURN made ACCEPT', 'a port changed']
  const seed = new Random(7)
  const done = new Map(kinds.map(kind => [kind, 0]))
  for (const clean of cleanNodes.filter((_, index) => index % 2 === 0)) {
    for (const kind of kinds) {
      for (const version of kind === 'a port changed' ? (['v4', 'v6'] as const) : (['v4'] as const)) {
        const damage = doDamage(kind, clean, version, seed)
        const of = ({ files }: typeof clean): string =>
          files.find(({ name }) => name.endsWith(`${version}.save`))?.text ?? ''
        if (damage === undefined) continue
        const before = new Set(of(clean).split('\n').map(withoutCounters))
        const edited = of(damage.node)
          .split('\n')
          .filter(line => line.startsWith('-A') && !before.has(line))
        const told = standings(tablesOf(of(damage.node), version === 'v4' ? 4 : 6))
          .filter(([standing]) => standing === 'edited' || standing === 'displaced')
          .map(([, text]) => text)
        t.strictSame(told, edited, `${clean.name} ${version} ${kind}: ${damage.what}`)
        done.set(kind, (done.get(kind) ?? 0) + 1)
      }
    }
  }
  for (const [kind, count] of done) t.ok(count > 10, `${kind}: ${count} times`)
})

function withoutCounters(line: string): string {
  return line.replace(/^\[[0-9:]+\] | \[[0-9:]+\]$/g, '')
}

t.test(
  'recorded damage: the replaced rule is told, and of a deleted one the rule behind it',
  { skip: noNodes },
  async t => {
    const rows: readonly (readonly [folder: string, told: readonly (readonly [string, RegExp])[]])[] = [
      ['03-lb-allow-list/legacy/damage/rule-replaced', [['edited', /lb-deny-others .* -j RETURN$/]]],
      ['06-log-denied/legacy/damage/log-rule-deleted', [['displaced', /_Eq2F0YW-ZVY1Ozxg5LD .*0x40000$/]]],
      ['01-shop/legacy/damage/docker', []],
      ['02-ibm/legacy/damage/firewalld', []],
      ['10-dual-stack/legacy/damage/v6-accept', []],
    ]
    for (const [folder, wanted] of rows) {
      const { files } = readNode(join(NODES_FOLDER, folder))
      const told = files
        .filter(({ name }) => /v[46]\.save$/.test(name))
        .flatMap(({ name, text }) => standings(tablesOf(text, name.endsWith('v6.save') ? 6 : 4)))
        .filter(([standing]) => standing !== 'own' && standing !== undefined)
      t.equal(told.length, wanted.length, folder)
      for (const [index, [standing, text]] of wanted.entries()) {
        t.equal(told[index]?.[0], standing, folder)
        t.match(told[index]?.[1], text, folder)
      }
    }
  },
)

/** Rules of one chain in Felix's form -> its text as iptables-save has it, some of them edited. */
function savedChain(
  chain: string,
  rules: readonly (readonly [felix: string, saved: string])[],
  edit: (saved: string, index: number) => string = saved => saved,
): string {
  const hashes = ruleHashes(
    chain,
    rules.map(([felix]) => felix),
  )
  const lines = rules.map(([, saved], index) =>
    `-A ${chain}${edit(saved, index)}`.replace(' HASH', ` -m comment --comment "cali:${hashes[index] ?? ''}"`),
  )
  return `*filter\n:FORWARD ACCEPT [0:0]\n:cali-two - [0:0]\n:${chain} - [0:0]\n${lines.join('\n')}\nCOMMIT\n`
}

/** What iptables-save loses or says otherwise, each in a rule. */
const RULES: readonly (readonly [felix: string, saved: string])[] = [
  [' --jump MARK --set-mark 0/0x20000', ' HASH -j MARK --set-xmark 0x0/0x20000'],
  [' --jump MARK --set-mark 0x0/0x180000', ' HASH -j MARK --set-xmark 0x0/0x180000'],
  [' -m mark --mark 0/0x20000 --jump cali-two', ' HASH -m mark --mark 0x0/0x20000 -j cali-two'],
  [
    ' -p tcp --source 0.0.0.0/0 -m set --match-set cali40s:a src --destination 10.0.0.0/8 -m multiport --destination-ports 80 --jump DROP',
    ' -d 10.0.0.0/8 -p tcp HASH -m set --match-set cali40s:a src -m multiport --dports 80 -j DROP',
  ],
  [' --source 192.0.2.1/32 --jump RETURN', ' -s 192.0.2.1/32 HASH -j RETURN'],
  [
    ' -p 6 ! --destination 192.0.2.0/24 --jump REJECT',
    ' ! -d 192.0.2.0/24 -p tcp HASH -j REJECT --reject-with icmp-port-unreachable',
  ],
  [' --jump DROP', ' HASH -j DROP'],
]

t.test('what iptables-save loses of a rule is not a change; what somebody edits is', async t => {
  const of = (text: string): readonly unknown[] => standings(tablesOf(text, 4)).map(([standing]) => standing)
  const chain = 'cali-pi-gnp/web'
  const own = RULES.map(() => 'own')
  t.strictSame(of(savedChain(chain, RULES)), own)
  const other = (at: number, from: string | RegExp, to: string): readonly unknown[] =>
    of(savedChain(chain, RULES, (saved, index) => (index === at ? saved.replace(from, to) : saved)))
  t.strictSame(other(4, 'RETURN', 'ACCEPT'), own.with(4, 'edited'), 'and the rules behind it are proven all the same')
  t.strictSame(
    other(4, '192.0.2.1', '192.0.2.2'),
    ['own', 'own', 'own', 'own', 'displaced', undefined, undefined],
    'of what follows nothing is sure',
  )
  const less = savedChain(chain, RULES).replace(/^.*192\.0\.2\.1\/32.*\n/m, '')
  t.strictSame(of(less), ['own', 'own', 'own', 'own', 'displaced', undefined], 'a rule before it is gone')
  t.strictSame(
    of(
      savedChain(chain, [
        [' --jump LOG --log-prefix "a\\: " --log-level 5', ' HASH -j LOG --log-prefix "a: " --log-level 5'],
      ]),
    ),
    [undefined],
    'what the kernel does not keep may be all there is to it',
  )
  const foreign = savedChain(chain, [
    [' -m new --option --jump DROP', ' HASH -m new --another -j DROP'],
    ...RULES.slice(0, 1),
  ])
  t.strictSame(of(foreign), [undefined, undefined], 'a match that is not known here')
  const inside = savedChain(chain, RULES).replace(/^(-A .*-s 192\.0\.2\.1.*)$/m, `$1\n-A ${chain} -j ACCEPT`)
  t.strictSame(of(inside), own, 'a rule without a hash is no part of what is hashed')
  const tables = tablesOf(inside, 4)
  const proof = createHashProof(tables, IPTABLES)
  const [filter] = tables.tables
  t.strictSame(
    filter?.userChains.get(chain)?.rules.map(rule => proof.standingOf(rule)),
    own.toSpliced(5, 0, 'foreign'),
  )
  const otherHashes = savedChain(chain, RULES).replace(/cali:..../g, 'cali:AAAA')
  t.strictSame(
    of(otherHashes),
    own.map(() => undefined),
    'hashes that are made in another way',
  )
})

t.test('work grows as the rules down to the one that is asked about, and has an end', async t => {
  const count = (text: string, ask: (rules: readonly Rule[]) => readonly Rule[]): number => {
    let printed = 0
    const backend: RuleBackend = {
      ...IPTABLES,
      printRule: rule => {
        printed++
        return IPTABLES.printRule(rule)
      },
    }
    const tables = tablesOf(text, 4)
    const proof = createHashProof(tables, backend)
    for (const rule of ask(hashedRules(tables))) proof.standingOf(rule)
    return printed
  }
  const rules = (length: number): typeof RULES =>
    Array.from({ length }, (_, n) => [
      ` --source 10.0.${n >> 8}.${n & 255}/32 --jump DROP`,
      ` -s 10.0.${n >> 8}.${n & 255}/32 HASH -j DROP`,
    ])
  for (const length of [100, 1000]) {
    const text = savedChain('cali-pi-gnp/web', rules(length))
    t.equal(
      count(text, all => all.slice(0, 1)),
      1,
    )
    t.equal(
      count(text, all => all.slice(-1)),
      length,
    )
    t.equal(
      count(text, all => [...all, ...all]),
      length,
    )
  }
  const edited = Array.from({ length: 2000 }, (_, n) =>
    savedChain(`cali-tw-cali${n}`, RULES.slice(3, 4), saved => saved.replace('--dports 80', '--dports 81')),
  ).map(text => text.split('\n').filter(line => line.startsWith('-A')))
  const chains = edited.map((_, n) => `:cali-tw-cali${n} - [0:0]`)
  const text = `*filter\n${chains.join('\n')}\n${edited.flat().join('\n')}\nCOMMIT\n`
  t.ok(count(text, all => all) < 120_000)
})
