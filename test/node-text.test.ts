// Text of a node as people paste it: listed, behind a prompt, of the wrong sort. `fixtures/pasted` was printed by iptables and
// ipset on one kernel state: what is listed has to read as what was saved.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatDiagnostic } from '../src/diagnostics/format.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import { ipVersionOf, readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { readLogEntry } from '../src/trace/log-entry.ts'
import { CORPUS_FOLDER } from './helpers/cases.ts'
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
    iptables: `${head}ACCEPT     tcp  --  0.0.0.0/0            0.0.0.0/0            tcp dpt:22\nDROP       all  --  anywhere  anywhere  some module says this\n`,
  })
  t.strictSame(said, [])
  const [ssh, other] = tables.tables[0]?.kernelChains[0]?.rules ?? []
  t.match(
    ssh?.matches.map(({ kind }) => kind),
    ['protocol', 'unknown', 'destinationPort'],
    'interfaces are not shown without -v',
  )
  t.match(other?.matches.at(-1), { kind: 'unknown', text: /some module says this/ })
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

t.test('the IP version is that of the tool, or of an address', async t => {
  const rows: readonly (readonly [string, 4 | 6 | undefined])[] = [
    ['# Generated by ip6tables-nft-save v1.8.9\n', 6],
    ['root@n:~# ip6tables -S\n-P INPUT ACCEPT\n', 6],
    ['$ sudo iptables -S\n-P INPUT ACCEPT\n', 4],
    ['-A INPUT -i lo -s 2001:db8::/32 -j ACCEPT\n', 6],
    ['-A INPUT -d 192.0.2.1/32 -j ACCEPT\n', 4],
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
