// Text -> Ruleset and KernelTables: what was printed is read back to the byte; text from a node is read as the kernel means it.

import { readNatAddress } from '../src/netfilter/nat-address.ts'
import { readRuleNets } from '../src/netfilter/rule-net.ts'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import t from 'tap'
import { printKernelTables } from '../src/backend/iptables/print-kernel-tables.ts'
import { printMatch } from '../src/netfilter/match-table.ts'
import { printRuleset } from '../src/backend/iptables/print-ruleset.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { kernelForms } from '../src/netfilter/kernel-form.ts'
import type { KernelTables } from '../src/netfilter/kernel-tables.ts'
import type { Match, Rule, Target } from '../src/model/ruleset.ts'
import { printTarget } from '../src/netfilter/target-table.ts'
import { VALUE_KINDS } from '../src/reader/option-values.ts'
import { plainRule } from '../src/reader/plain-rules.ts'
import { ipVersionOf, readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { readRuleset } from '../src/reader/read-ruleset.ts'
import { readPlainLine } from '../src/reader/rule-lines.ts'
import { hangGuard } from './helpers/cpu-time.ts'
import { CORPUS_FOLDER, OUTPUT_NAMES } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { places } from './helpers/build.ts'
import { findNodes, NODES_FOLDER, readNode as readRecordedNode } from './helpers/recorded-nodes.ts'

/** Files that are named as output at or below a folder, in byte order. */
function outputFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map(name => join(folder, name))
    .flatMap(path =>
      statSync(path).isDirectory()
        ? outputFiles(path)
        : OUTPUT_NAMES.some(name => path.endsWith(`/${name}`))
          ? [path]
          : [],
    )
}

/**
 * Text that cannot be printed again from what stands in it: up to v3.27 Felix hashes a rule, then puts its line through
 * printf, which eats percent signs (`%o` becomes `%!o(MISSING)`). The hash covers text that is gone, and the reader says so.
 */
const ONE_WAY: readonly (readonly [file: string, said: readonly string[]])[] = [
  ['versions/v3-27-log-prefix-percent-and-blanks/expected/v4.iptables', ['93:1 rule-hash']],
  ['versions/v3-27-log-prefix-percent-and-blanks/expected/v6.iptables', ['93:1 rule-hash']],
]

t.test('what was printed is read and printed again with every byte', async t => {
  for (const [folder, atLeast] of [
    [GOLDEN_FOLDER, 200],
    [CORPUS_FOLDER, existsSync(CORPUS_FOLDER) ? 1000 : 0],
  ] as const) {
    const files = outputFiles(folder)
    let bytes = 0
    for (const path of files) {
      const text = readFileSync(path, 'utf8')
      const isSets = path.endsWith('.ipset')
      const report = new Report()
      const source = { name: path, text }
      const ruleset = readRuleset(
        { ipVersion: path.includes('/v4.') ? 4 : 6, ...(isSets ? { ipset: source } : { iptables: source }) },
        report,
      )
      const printed = printRuleset(ruleset)
      const oneWay = ONE_WAY.find(([file]) => path.endsWith(file))
      if (oneWay !== undefined) {
        t.same(places(report.placed()), oneWay[1], path)
        continue
      }
      bytes += text.length
      // Not `t.equal` for each: its diff of a whole text that differs is slow.
      if ((isSets ? printed.ipset : printed.iptables) !== text) t.fail(`${path} is printed as it was`)
      if (report.diagnostics.length > 0) t.fail(`${path} is read without a word`, { found: places(report.placed()) })
      const unknown = ruleset.tables
        .flatMap(({ chains, hooks }) => [
          ...chains.flatMap(({ rules }) => rules),
          ...hooks.flatMap(h => [...h.inserts, ...h.appends]),
        ])
        .filter(({ matches, target }) => target?.kind === 'unknown' || matches.some(({ kind }) => kind === 'unknown'))
      if (unknown.length > 0) t.fail(`${path} has nothing unknown`, { found: unknown[0]?.origin })
    }
    t.ok(files.length >= atLeast, `${files.length} files, ${bytes} characters`)
    t.comment(`${folder}: ${files.length} files, ${bytes} characters`)
  }
})

function readNode(
  iptables: string,
  ipset = '',
  ipVersion: 4 | 6 = 4,
): { tables: KernelTables; found: readonly string[] } {
  const report = new Report()
  const tables = readKernelTables(
    { iptables: { name: 'rules', text: iptables }, ipset: { name: 'sets', text: ipset }, ipVersion },
    report,
  )
  return { tables, found: places(report.placed()) }
}

/** One rule of a table that also has the chains `one` and `cali-two`. */
function readRule(words: string, table = 'filter'): Rule | undefined {
  const { tables, found } = readNode(`*${table}\n:one - [0:0]\n:cali-two - -\n-A one ${words}\nCOMMIT\n`)
  if (found.length > 0) t.fail(`${words} is read`, { found })
  return tables.tables[0]?.userChains.get('one')?.rules[0]
}

const not = { negated: true }
const is = { negated: false }
const port = (number: number): { first: number; last: number } => ({ first: number, last: number })

/** What Felix writes, what iptables-save prints of it, and what both are. */
const MATCHES: readonly (readonly [felix: string, kernel: string, match: Match])[] = [
  ['-m mark --mark 0x1/0x3', '-m mark --mark 0x1/0x3', { kind: 'mark', value: 1, mask: 3, ...is }],
  ['-m mark ! --mark 0x1/0x3', '-m mark ! --mark 0x1/0x3', { kind: 'mark', value: 1, mask: 3, ...not }],
  ['-m mark --mark 0/0x80000', '-m mark --mark 0x0/0x80000', { kind: 'markClear', mask: 0x80000, ...is }],
  ['-m mark ! --mark 0/0x3', '-m mark ! --mark 0x0/0x3', { kind: 'markClear', mask: 3, ...not }],
  ['--in-interface cali+', '-i cali+', { kind: 'inInterface', name: 'cali+' }],
  ['--out-interface lo', '-o lo', { kind: 'outInterface', name: 'lo' }],
  ['! --in-interface docker0', '! -i docker0', { kind: 'notInInterface', name: 'docker0' }],
  ['! --out-interface docker0', '! -o docker0', { kind: 'notOutInterface', name: 'docker0' }],
  ['-m rpfilter --invert --validmark', '-m rpfilter --validmark --invert', { kind: 'reversePathFails' }],
  [
    '-m addrtype --src-type LOCAL --limit-iface-out',
    '-m addrtype --src-type LOCAL --limit-iface-out',
    { kind: 'addressType', side: 'src', type: 'LOCAL', limitToOutInterface: true, ...is },
  ],
  [
    '-m addrtype ! --dst-type LOCAL',
    '-m addrtype ! --dst-type LOCAL',
    { kind: 'addressType', side: 'dst', type: 'LOCAL', limitToOutInterface: false, ...not },
  ],
  [
    '-m conntrack --ctstate RELATED,ESTABLISHED',
    '-m state --state RELATED,ESTABLISHED',
    { kind: 'conntrackState', states: ['RELATED', 'ESTABLISHED'], ...is },
  ],
  [
    '-m conntrack ! --ctstate DNAT',
    '-m conntrack ! --ctstate DNAT',
    { kind: 'conntrackState', states: ['DNAT'], ...not },
  ],
  ['-p tcp', '-p tcp -m tcp', { kind: 'protocol', protocol: 'tcp', ...is }],
  ['! -p 17', '! -p udp', { kind: 'protocol', protocol: 17, ...not }],
  ['-p icmpv6', '-p ipv6-icmp', { kind: 'protocol', protocol: 'icmpv6', ...is }],
  ['-p 112', '-p vrrp', { kind: 'protocol', protocol: 112, ...is }],
  ['-p 99', '-p 99', { kind: 'protocol', protocol: 99, ...is }],
  ['--source 10.0.0.0/8', '-s 10.0.0.0/8', { kind: 'net', side: 'source', nets: readRuleNets('10.0.0.0/8'), ...is }],
  [
    '! --destination 10.0.0.1',
    '! -d 10.0.0.1/32',
    { kind: 'net', side: 'destination', nets: readRuleNets('10.0.0.1'), ...not },
  ],
  ['--source fe80::1/10', '-s fe80::/10', { kind: 'net', side: 'source', nets: readRuleNets('fe80::1/10'), ...is }],
  [
    '-m set --match-set cali40s:x src',
    '-m set --match-set cali40s:x src',
    { kind: 'ipSet', set: 'cali40s:x', side: 'source', withPort: false, ...is },
  ],
  [
    '-m set ! --match-set x dst,dst',
    '-m set ! --match-set x dst,dst',
    { kind: 'ipSet', set: 'x', side: 'destination', withPort: true, ...not },
  ],
  [
    '-m multiport --destination-ports 80,8000:8010',
    '-m multiport --dports 80,8000:8010',
    { kind: 'ports', side: 'destination', ranges: [port(80), { first: 8000, last: 8010 }], ...is },
  ],
  [
    '-m multiport ! --source-ports 1',
    '-m multiport ! --sports 1',
    { kind: 'ports', side: 'source', ranges: [port(1)], ...not },
  ],
  ['-m icmp --icmp-type 3/4', '-m icmp --icmp-type 3/4', { kind: 'icmp', ipVersion: 4, type: 3, code: 4, ...is }],
  ['-m icmp6 ! --icmpv6-type 128', '-m icmp6 ! --icmpv6-type 128', { kind: 'icmp', ipVersion: 6, type: 128, ...not }],
  [
    '-m limit --limit 60/minute',
    '-m limit --limit 1/sec',
    { kind: 'limit', rate: { count: 60, unit: 'minute', written: '60/minute' }, burst: 0 },
  ],
  [
    '-m limit --limit 90/minute --limit-burst 7',
    '-m limit --limit 90/min --limit-burst 7',
    { kind: 'limit', rate: { count: 90, unit: 'minute', written: '90/minute' }, burst: 7 },
  ],
  [
    '-m tcp --tcp-flags FIN,SYN,RST,ACK SYN',
    '-m tcp --syn',
    { kind: 'tcpFlags', mask: ['FIN', 'SYN', 'RST', 'ACK'], flags: ['SYN'] },
  ],
  [
    '-m connlimit --connlimit-above 9 --connlimit-mask 0',
    '-m connlimit --connlimit-above 9 --connlimit-mask 0 --connlimit-saddr',
    { kind: 'connectionLimit', above: 9, mask: 0 },
  ],
]

t.test('a match is read from both spellings', async t => {
  for (const [felix, kernel, match] of MATCHES) {
    const [fromFelix, fromKernel] = [readRule(felix), readRule(kernel)]
    t.same(fromFelix?.matches, [match], felix)
    t.equal(printMatch(match), felix, `${felix} is what the backend prints`)
    if (fromFelix === undefined || fromKernel === undefined) continue
    t.same(kernelForms(fromKernel), kernelForms(fromFelix), `${kernel} is the same`)
  }
})

t.test('what the kernel takes for one and the same, and what it does not', t => {
  const rows: readonly (readonly [one: string, other: string, isSame: boolean])[] = [
    ['-s 0.0.0.0/0 -p tcp', '-p tcp', true],
    ['! -s 0.0.0.0/0 -p tcp', '-p tcp', false],
    ['-p 0', '', true],
    ['-p all -s 10.0.0.1', '-s 10.0.0.1/32', true],
    ['-s 10.1.2.3/8', '-s 10.0.0.0/8', true],
    ['-s 10.0.0.0/8', '-d 10.0.0.0/8', false],
    ['-m limit --limit 1/sec', '-m limit --limit 60/min --limit-burst 5', true],
    ['-m limit --limit 1/sec', '-m limit --limit 1/sec --limit-burst 6', false],
    ['-p tcp -m tcp --dport 80', '-p tcp -m multiport --dports 80', true],
    ['-p tcp -m tcp --dport 80', '-p tcp -m tcp ! --dport 80', false],
    ['-p tcp -m tcp --dport 80', '-p tcp -m tcp --sport 80', false],
    ['-p tcp -m tcp --dport 80', '-p tcp -m tcp --dport 80:80', true],
    ['-p tcp -m tcp --sport 1024:', '-p tcp -m tcp --sport 1024:65535', true],
    ['-p tcp -m tcp --syn', '-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN', true],
    ['-p tcp -m tcp --syn', '-p tcp -m tcp ! --syn', false],
    ['-m set --match-set a src,src', '-m set --match-set a src', false],
    ['-m set --match-set a src,dst', '-m set --match-set a src,src', false],
    ['-m state --state NEW,INVALID', '-m conntrack --ctstate INVALID,NEW', true],
    ['-m rpfilter --invert --validmark', '-m rpfilter --invert', false],
  ]
  const formsOf = (matches: string): unknown => {
    const rule = readRule(`${matches} -j DROP`)
    if (rule === undefined) throw new Error(matches)
    return kernelForms(rule)
  }
  for (const [one, other, isSame] of rows) {
    const found = isDeepStrictEqual(formsOf(one), formsOf(other))
    t.equal(found, isSame, `${one} | ${other}`)
  }
  t.end()
})

const TARGETS: readonly (readonly [felix: string, kernel: string, target: Target, table?: string])[] = [
  ['--jump cali-two', '-j cali-two', { kind: 'jump', chain: 'cali-two' }],
  ['--goto cali-two', '-g cali-two', { kind: 'goto', chain: 'cali-two' }],
  ['--jump ACCEPT', '-j ACCEPT', { kind: 'accept' }],
  ['--jump DROP', '-j DROP', { kind: 'drop' }],
  ['--jump RETURN', '-j RETURN', { kind: 'return' }],
  ['--jump NOTRACK', '-j CT --notrack', { kind: 'notrack' }, 'raw'],
  ['--jump REJECT', '-j REJECT --reject-with icmp-port-unreachable', { kind: 'reject' }],
  ['-j REJECT --reject-with tcp-reset', '-j REJECT --reject-with tcp-reset', { kind: 'reject', with: 'tcp-reset' }],
  ['-j REJECT --reject-with tcp-reset', '-j REJECT --reject-with tcp-rst', { kind: 'reject', with: 'tcp-reset' }],
  [
    '--jump LOG --log-prefix "a\\\\b: " --log-level 4',
    '-j LOG --log-prefix "a\\\\b: "',
    { kind: 'log', prefix: 'a\\\\b: ', level: 4 },
  ],
  ['--jump MARK --set-mark 0x1/0x3', '-j MARK --set-xmark 0x1/0x3', { kind: 'setMark', value: 1, mask: 3 }],
  ['--jump MARK --set-mark 0x1/0x1', '-j MARK --or-mark 0x1', { kind: 'setMark', value: 1, mask: 1 }],
  ['--jump MARK --set-mark 0/0x3', '-j MARK --set-xmark 0x0/0x3', { kind: 'clearMark', mask: 3 }],
  ['--jump MARK --set-mark 0/0xfffffffe', '-j MARK --and-mark 0x1', { kind: 'clearMark', mask: 0xfffffffe }],
  ['--jump MARK --set-xmark 0x4000/0x0', '-j MARK --xor-mark 0x4000', { kind: 'xorMark', value: 0x4000, mask: 0 }],
  [
    '--jump DNAT --to-destination 10.0.0.1:80',
    '-j DNAT --to-destination 10.0.0.1:80',
    { kind: 'dnat', to: readNatAddress('10.0.0.1:80') },
  ],
  [
    '--jump SNAT --to-source 10.0.0.1 --random-fully',
    '-j SNAT --to-source 10.0.0.1 --random-fully',
    { kind: 'snat', to: readNatAddress('10.0.0.1'), randomFully: true },
  ],
  [
    '--jump MASQUERADE --to-ports 1024-65535 --random-fully',
    '-j MASQUERADE --to-ports 1024-65535 --random-fully',
    { kind: 'masquerade', ports: { first: 1024, last: 65_535 }, randomFully: true },
  ],
  ['--jump MASQUERADE', '-j MASQUERADE', { kind: 'masquerade', randomFully: false }],
  [
    '--jump NFLOG --nflog-group 1 --nflog-prefix DPI0|gnp/a --nflog-size 80',
    '-j NFLOG --nflog-prefix "DPI0|gnp/a" --nflog-group 1 --nflog-size 80',
    { kind: 'nflog', group: 1, prefix: 'DPI0|gnp/a', size: 80 },
  ],
  ['--jump DSCP --set-dscp 46', '-j DSCP --set-dscp 0x2e', { kind: 'dscp', value: 46 }],
]

t.test('a target is read from both spellings', async t => {
  for (const [felix, kernel, target, table] of TARGETS) {
    const [fromFelix, fromKernel] = [readRule(felix, table), readRule(kernel, table)]
    t.same(fromFelix?.target, target, felix)
    t.equal(printTarget(target), felix, `${felix} is what the backend prints`)
    if (fromFelix === undefined || fromKernel === undefined) continue
    t.same(kernelForms(fromKernel), kernelForms(fromFelix), `${kernel} is the same`)
  }
})

t.test('what is not known is kept in its own words', async t => {
  for (const [words, matches] of [
    ['-m quota --quota 5 -j DROP', ['-m quota --quota 5']],
    ['-m string --string "-j" --algo bm -j DROP', ['-m string --string "-j" --algo bm']],
    ['-m string --string -j --algo bm -j DROP', ['-m string --string -j --algo bm']],
    ['-m quota ! --quota 5 -p tcp -j DROP', ['-m quota ! --quota 5']],
    ['-m conntrack --ctstate NEW --ctdir ORIGINAL -j DROP', ['-m conntrack --ctstate NEW --ctdir ORIGINAL']],
    ['-m set --match-set x dst,src -j DROP', ['-m set --match-set x dst,src']],
    ['-m set --match-set x src --return-nomatch -j DROP', ['-m set --match-set x src --return-nomatch']],
    ['-m rpfilter --loose -j DROP', ['-m rpfilter --loose']],
    ['-m addrtype --dst-type BROADCAST -j DROP', ['-m addrtype --dst-type BROADCAST']],
    ['-p tcp -m tcp ! --syn -j DROP', ['-m tcp ! --syn']],
    ['-m mark --mark 010 -j DROP', ['-m mark --mark 010']],
    // iptables takes a leading zero for octal: read as decimal it would be another mark.
    ['-m mark --mark 010/0x18 -j DROP', ['-m mark --mark 010/0x18']],
    ['-m tcp --tcp-flags SYN,ECE SYN -p tcp -j DROP', ['-m tcp --tcp-flags SYN,ECE SYN']],
    ['-m multiport --ports 1 -j DROP', ['-m multiport --ports 1']],
    ['-m __proto__ --constructor x -j DROP', ['-m __proto__ --constructor x']],
    ['-s 10.0.0.1/255.0.255.0 ! -f -p no-such -j DROP', ['-s 10.0.0.1/255.0.255.0', '! -f', '-p no-such']],
  ] as const) {
    const rule = readRule(words)
    const unknown = rule?.matches.filter(match => match.kind === 'unknown').map(({ text }) => text)
    t.same(unknown, matches, words)
    t.equal(rule?.target?.kind, 'drop', `${words}: its target is read`)
  }
  for (const [words, continues] of [
    ['-j TCPMSS --clamp-mss-to-pmtu', true],
    ['-j LOG --log-uid', true],
    ['-j CONNMARK --save-mark', false],
    ['-j TPROXY --on-port 1 --on-ip 1.2.3.4', false],
    ['-j MARK --set-mark 010', false],
    ['-j MARK --set-mark 010/0x18', false],
  ] as const) {
    t.same(readRule(words)?.target, { kind: 'unknown', text: words, continues }, words)
  }
})

t.test('nothing but what iptables itself takes for granted is left out of a rule', async t => {
  t.same(
    readRule('-p tcp -m set --match-set x src --dport 80')?.matches.map(({ kind }) => kind),
    ['protocol', 'ipSet', 'destinationPort'],
  )
  t.same(
    readRule('-p icmp -m icmp --icmp-type any')?.matches.map(({ kind }) => kind),
    ['protocol'],
  )
  t.same(readRule('-p tcp -m tcp --sport 1: ! --dport 2')?.matches.slice(1), [
    { kind: 'ports', side: 'source', ranges: [{ first: 1, last: 65_535 }], negated: false },
    { kind: 'ports', side: 'destination', ranges: [port(2)], negated: true },
  ])
  const rule = readRule('-i eth0 -m comment --comment "cali:0123456789abcdef" -m comment --comment "it\\"s" -j DROP')
  t.same(rule?.comments, ['it"s'])
  t.match(rule?.origin, { kind: 'read', line: 4, hash: '0123456789abcdef' })
})

t.test('what a node printed is printed again', async t => {
  for (const backend of ['legacy', 'nft']) {
    const read = (name: string): string =>
      readFileSync(new URL(`fixtures/node-${backend}.${name}`, import.meta.url), 'utf8')
    const [iptables, ipset] = [read('iptables-save'), read('ipset-save')]
    t.equal(ipVersionOf({ name: 'rules', text: iptables }), 4)
    const { tables, found } = readNode(iptables, ipset)
    t.same(found, [], `${backend} is read without a word`)
    const table = (text: string, name: string): string =>
      text
        .split('\n')
        .filter(line => !line.startsWith('#'))
        .join('\n')
        .split(/^\*/m)
        .find(part => part.startsWith(`${name}\n`)) ?? ''
    const printed = printKernelTables(tables)
    for (const name of ['raw', 'mangle', 'nat', 'filter', 'security']) {
      t.equal(table(printed, name), table(iptables, name), `${backend}: ${name}`)
    }
    t.same(
      tables.tables.map(({ name }) => name),
      ['raw', 'mangle', 'nat', 'filter', 'security'],
    )
    const filter = tables.tables.find(({ name }) => name === 'filter')
    const input = filter?.kernelChains[0]
    t.match(input, { name: 'INPUT', policy: 'DROP' })
    t.match(input?.rules[0], {
      target: { kind: 'jump', chain: 'cali-INPUT' },
      origin: { kind: 'read', counters: { packets: '10', bytes: '620' } },
    })
    const sets = [...tables.ipSets.values()].filter(({ name }) => !name.startsWith('cali'))
    t.match(
      sets.map(({ members, ...set }) => ({ ...set, members: [...members].sort() })),
      [
        { name: 'KUBE-CLUSTER-IP', type: 'hash:ip,port', ipVersion: 4, members: ['10.96.0.10,udp:53'] },
        { name: 'KUBE-LOOP-BACK', type: 'hash:ip,port,ip', members: ['10.0.0.1,tcp:80,10.0.0.1'], exceptions: [] },
        { name: 'KUBE-NODE-PORT-TCP', type: 'bitmap:port', members: ['30080'] },
        { name: 'blocked', members: ['192.0.2.0/24', '198.51.100.0/24'], exceptions: ['192.0.2.7'] },
        { name: 'six', ipVersion: 6, members: ['2001:db8::/32'] },
        { name: 'both', type: 'list:set', members: ['blocked'] },
      ],
    )
  }
})

t.test('a table that comes twice goes on, and inserted rules are on top', async t => {
  const { tables, found } = readNode(
    '*filter\n:INPUT ACCEPT [1:2]\n-A INPUT -j DROP\n-I INPUT -i a\n-I INPUT 1 -i b\nCOMMIT\n*filter\n:INPUT DROP [0:0]\n-N x\n-A INPUT -j x\nCOMMIT\n',
  )
  t.same(found, ['7:1 iptables-syntax'])
  const input = tables.tables[0]?.kernelChains[0]
  t.equal(input?.policy, 'DROP')
  t.same(
    input?.rules.map(({ matches, target }) => [
      ...matches.map(match => ('name' in match ? match.name : '')),
      target?.kind,
    ]),
    [['b', undefined], ['a', undefined], ['drop'], ['jump']],
  )
})

t.test('a chain that is declared again is emptied, as iptables-restore empties it', async t => {
  const { tables, found } = readNode('*filter\n:one - [0:0]\n-A one -j DROP\n:one - [0:0]\n-A one -j ACCEPT\nCOMMIT\n')
  t.same(found, [])
  t.same(
    tables.tables[0]?.userChains.get('one')?.rules.map(({ target }) => target?.kind),
    ['accept'],
  )
})

t.test('mistakes are reported at their place, and the rest is read', async t => {
  const inFilter = (line: string): string => `*filter\n:a - [0:0]\n${line}\n-A a -j DROP\nCOMMIT\n`
  for (const [text, at] of [
    ['-A PREROUTING -j DROP\n', '1:4'],
    ['*colours\n-A INPUT -j DROP\nCOMMIT\n', '1:1'],
    ['*filter\n-A INPUT -j DROP\n', '1:1'],
    [inFilter('-A a -m comment --comment "x -j DROP'), '3:27'],
    [inFilter('-A nowhere -j DROP'), '3:4'],
    [inFilter('-A a -j nowhere-else'), '3:6'],
    [inFilter('-A a -g NOWHERE'), '3:6'],
    [inFilter('-A a -j DROP -j ACCEPT'), '3:14'],
    [inFilter('-A a --dport 80'), '3:6'],
    [inFilter('-A a -s'), '3:6'],
    [inFilter('-A a !'), '3:6'],
    [inFilter('-A a drop'), '3:6'],
    [inFilter('-A a ! -j DROP'), '3:6'],
    [inFilter('-A'), '3:1'],
    [inFilter('-D a -j DROP'), '3:1'],
    [inFilter('-I a 2 -j DROP'), '3:6'],
    [inFilter(':a DROP [0:0]'), '3:1'],
    [inFilter(':INPUT MAYBE [0:0]'), '3:1'],
    [inFilter('[1:x] -A a -j DROP'), '3:1'],
    [inFilter('\u0000\u001b[2J'), '3:1'],
  ] as const) {
    const { tables, found } = readNode(text)
    t.same(found, [`${at} iptables-syntax`], JSON.stringify(text))
    if (text.includes(':a ')) t.equal(tables.tables[0]?.userChains.get('a')?.rules.at(-1)?.target?.kind, 'drop')
  }
  for (const [text, at] of [
    ['create x\n', '1:1'],
    ['create x hash:net family inet9\n', '1:26'],
    ['create x hash:net family inet maxelem many\n', '1:39'],
    ['create x hash:net\ncreate x hash:net\n', '2:8'],
    ['add x 10.0.0.0/8\n', '1:5'],
    ['create x hash:net\nadd x\n', '2:1'],
    ['create x hash:net comment\nadd x 1.2.3.4 comment "y\n', '2:23'],
    ['destroy x\n', '1:1'],
  ] as const) {
    t.same(readNode('', text).found, [`${at} ipset-syntax`], JSON.stringify(text))
  }
  t.equal(readNode('x\n'.repeat(100_000)).found.length, 51, 'a file of something else has not a message a line')
})

t.test('lines without a table are rules of the filter table, as iptables -S prints them and -A means them', async t => {
  const { tables, found } = readNode('-A INPUT -j DROP\n')
  t.same(found, [])
  t.same(
    tables.tables.map(({ name, kernelChains }) => [
      name,
      kernelChains.find(c => c.name === 'INPUT')?.rules.map(r => r.target?.kind),
    ]),
    [['filter', ['drop']]],
  )
})

t.test('a rule that its hash was not made of is a warning', async t => {
  const text = readFileSync(join(GOLDEN_FOLDER, 'actions/access-nginx-calico/expected/v4.iptables'), 'utf8')
  const read = (changed: string): readonly string[] => {
    const report = new Report()
    readRuleset({ iptables: { name: 'rules', text: changed }, ipVersion: 4 }, report)
    return report.diagnostics.map(({ severity, code }) => `${severity} ${code}`)
  }
  t.same(read(text), [])
  t.same(read(text.replace('--jump DROP', '--jump ACCEPT')), ['warning rule-hash'])
  t.same(read(text.replace(/^-A cali-INPUT .*\n/m, '')), ['warning rule-hash'])
  t.same(read(text.replace('*nat', '*security').replaceAll(/^-[AI] (PRE|POST)ROUTING.*\n/gm, '')), [
    'error iptables-syntax',
  ])
})

/** Lines of rules of recorded nodes and of the golden cases, each once. */
function ruleLines(): readonly string[] {
  const saved = existsSync(NODES_FOLDER)
    ? findNodes(NODES_FOLDER).flatMap(folder => readRecordedNode(folder).files.map(({ text }) => text))
    : []
  const golden = outputFiles(GOLDEN_FOLDER).filter(path => path.endsWith('.iptables'))
  const texts = [...saved, ...golden.map(path => readFileSync(path, 'utf8'))]
  // Names and numbers make no difference to how a line is read.
  const shapes = new Map<string, string>()
  for (const line of texts.flatMap(text => text.split('\n'))) {
    if (/^(?:\[\d+:\d+\] )?-A/.test(line)) shapes.set(line.replace(/[a-zA-Z0-9_]*\d[\w]*/g, '0'), line)
  }
  return [...shapes.values()]
}

t.test('a line that is taken for a rule at a glance is one', async t => {
  const file = { name: 'rules', text: '' }
  let seed = 1
  const below = (count: number): number => (seed = (seed * 48271) % 0x7fffffff) % count
  const odd = [
    '!',
    '-m',
    '--dport',
    '80',
    '-j',
    'DROP',
    '"',
    '"a b"',
    '-p',
    'tcp',
    '--comment',
    '-f',
    '-',
    '--',
    '\\',
    'multiport',
  ]
  let taken = 0
  let left = 0
  const look = (line: string): void => {
    const plain = plainRule(line)
    if (plain === undefined) {
      left++
      return
    }
    taken++
    try {
      readPlainLine(file, { number: 1, start: 0, text: line }, name => name === plain.target)
    } catch (error) {
      t.fail(`${line} is read: ${String(error)}`)
    }
  }
  const lines = ruleLines()
  for (const line of lines) look(line)
  if (lines.length > 1000) t.ok(taken / lines.length > 0.9, 'nearly all lines are told at a glance')
  for (const line of lines) {
    for (let round = 0; round < 20; round++) {
      const words = line.split(' ')
      const at = below(words.length)
      const other = words[below(words.length)] ?? ''
      const oddWord = odd[below(odd.length)] ?? ''
      if (round % 4 === 0) words.splice(at, 1)
      else if (round % 4 === 1) words.splice(at, 0, other)
      else if (round % 4 === 2) words.splice(at, 1, oddWord)
      else words.splice(at, 0, oddWord)
      look(words.join(' '))
    }
  }
  t.ok(taken > 1000 && left > 1000, `${taken} lines are told at a glance, ${left} are not`)
})

t.test('values that are right at a glance are values that iptables takes', async t => {
  for (const { options, plain, isTaken } of VALUE_KINDS) {
    const whole = new RegExp(`^(?:${plain})$`)
    // No texts can be made for what looks ahead: it is asked of them afterwards.
    const texts = fc.stringMatching(new RegExp(`^(?:${plain.replace(/\(\?=.*?\|\$\)\)/, '')})$`))
    const made = fc.sample(texts, { numRuns: 500, seed: 3 }).filter(text => whole.test(text))
    t.ok(made.length > 250, `${options.join(' ')}: ${made.length} texts`)
    t.same(
      made.filter(text => !isTaken(text.split(/ +/))),
      [],
      options.join(' '),
    )
  }
})

t.test('rules are read when they are asked for, and are those of the text', async t => {
  const text = `*filter\n:INPUT ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\r\n[1:2] -A a -s 10.0.0.1/32 -j b\r\n-A a -j DROP\n# a comment\n-A b -j ACCEPT\n-A a -g b\n-A a -j NFQUEUE\n-I a -j RETURN\n-A INPUT -j a\nCOMMIT\n`
  const { tables, found } = readNode(text)
  t.same(found, [])
  const [filter] = tables.tables
  const chain = filter?.userChains.get('a')
  t.equal(chain?.outline?.ruleCount, 5)
  t.same([...new Set(chain?.outline?.leadsTo)].sort(), ['NFQUEUE', 'b'])
  t.same(
    chain?.rules.map(({ origin, target }) => [
      origin.kind === 'read'
        ? [origin.line, origin.text, origin.counters?.bytes, text.slice(origin.place.start)[0]]
        : [],
      target?.kind,
    ]),
    [
      [[11, '-I a -j RETURN', undefined, '-'], 'return'],
      [[5, '-A a -s 10.0.0.1/32 -j b', '2', '['], 'jump'],
      [[6, '-A a -j DROP', undefined, '-'], 'drop'],
      [[9, '-A a -g b', undefined, '-'], 'goto'],
      [[10, '-A a -j NFQUEUE', undefined, '-'], 'unknown'],
    ],
  )
  t.equal(chain?.rules[1], chain?.rules[1], 'the same ones each time')
  t.equal(filter?.kernelChains[0]?.rules.length, 1)
  t.same(readNode(text.replace('-j DROP', '-j')).found, ['6:6 iptables-syntax'], 'a mistake is told in any chain')
  t.same(readNode(text.replace('-j ACCEPT', '-j nowhere')).found, ['8:6 iptables-syntax'])
})

t.test('hostile text does not hang the reader', async t => {
  const lines = [
    `-A a ${'-m comment '.repeat(100_000)}`,
    `-A a ${'! '.repeat(300_000)}`,
    `-A a -m comment --comment "${'\\'.repeat(1_000_001)}`,
    `-A a -s ${'1,'.repeat(300_000)}`,
    `-A a -m x ${'--y '.repeat(200_000)}`,
    `:${'b'.repeat(1_000_000)}`,
    `: ${' '.repeat(1_000_000)}x`,
    `-I INPUT -j DROP\n`.repeat(50_000),
  ]
  for (const line of lines) {
    const took = hangGuard(() => readNode(`*filter\n:a - [0:0]\n${line}\nCOMMIT\n`))
    t.ok(took.isFine, `${line.slice(0, 20)}: ${took.text}`)
  }
})

t.test(
  'a value that iptables-restore refuses is a mistake of its line; others that it takes are read, known here or not',
  async t => {
    // As iptables 1.8.9 answers to each: every one of the first kind is refused, none of the second.
    const refused = [
      '-s 10.0.0.0/99',
      '-s 1.2.3.4.5',
      '-d 10.0.0.256',
      '-s 10.0.0.0/255.0.0.0/8',
      '-p 300',
      '-i abcdefghijklmnop',
      '-i äbcdefghijklmno',
      '-p tcp -m tcp --dport 70000',
      '-p tcp -m tcp --dport 90:80',
      '-p udp -m udp --sport 1:2:3',
      '-p tcp -m multiport --dports 80,70000',
      '-p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16',
      '-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15:16',
      '-p tcp -m multiport --dports 90:80',
      '-p icmp -m icmp --icmp-type 256',
      '-p icmp -m icmp --icmp-type 8/300',
      '-m mark --mark 0x1ffffffff',
      '-m mark --mark 1/2/3',
      '-m conntrack --ctstate OPEN',
      '-m addrtype --dst-type HOME',
      '-m set --match-set x up',
      `-m set --match-set ${'é'.repeat(16)} src`,
      '-m set --match-set x src,dst,src,dst,src,dst,src',
      '-p tcp -m tcp --tcp-flags SYN,FOO SYN',
      '-m limit --limit 0/sec',
      '-m limit --limit 5/fortnight',
      '-m limit --limit 5/sec --limit-burst 10001',
      '-m statistic --mode random --probability 1.5',
      '-j MARK --set-xmark 0x1ffffffff/0x1',
    ]
    const taken = [
      '-s 10.1',
      '-s 10.0.0.0/255.0.0.0',
      '-s 10.0.0.1,10.0.0.2',
      '-p TCP -m tcp --dport 0x50',
      '-p 6 -m tcp --dport :80',
      '-p tcp -m tcp --dport http',
      '-i abcdefghijklmno',
      '-p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15',
      '-p icmp -m icmp --icmp-type echo-request',
      '-p icmp -m icmp --icmp-type 8/0',
      '-m mark --mark 0xffffffff/0xffffffff',
      '-m mark --mark 010',
      '-m conntrack --ctstate new,Established',
      '-m addrtype --dst-type local,broadcast',
      '-p tcp -m tcp --tcp-flags ALL NONE',
      '-p tcp -m tcp --tcp-flags syn,ack syn',
      '-m limit --limit 5/s',
      '-m limit --limit 5',
      '-m limit --limit 5/sec --limit-burst 10000',
      '-m statistic --mode random --probability 1',
      '-m statistic --mode random --probability 0.5',
      '-m statistic --mode random --probability .5',
      '-j MARK --or-mark 0x1',
    ]
    for (const [rules, count] of [
      [refused, 1],
      [taken, 0],
    ] as const) {
      for (const rule of rules) {
        const report = new Report()
        const file = { name: 'r', text: `*mangle\n-A INPUT ${rule}\n-A INPUT -j ACCEPT\nCOMMIT\n` }
        readKernelTables({ iptables: file, ipVersion: 4 }, report)
        t.equal(report.diagnostics.length, count, rule)
        const [first] = report.placed()
        if (count === 1) t.match(first, { code: 'iptables-syntax', message: /behind `-.*`: iptables takes / }, rule)
      }
    }
  },
)
