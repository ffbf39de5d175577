// Recorded nodes to which something is done on purpose, of every kind: what an audit names, its cause, and what becomes of packets;
// and single differences of sets and rules, with their causes.

import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import t from 'tap'
import { alignRules } from '../src/audit/align-rules.ts'
import { compareSets } from '../src/audit/compare-sets.ts'
import type { Finding, WantedRule } from '../src/audit/finding.ts'
import { byHand } from '../src/audit/hand-causes.ts'
import { RuleList } from '../src/audit/rule-list.ts'
import { poolCauses } from '../src/audit/set-causes.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { IpSet, Rule } from '../src/model/ruleset.ts'
import type { IpVersion } from '../src/net/cidr.ts'
import { kernelForms } from '../src/netfilter/kernel-form.ts'
import type { KernelIpSet } from '../src/netfilter/kernel-tables.ts'
import { netCidr, readRuleNets } from '../src/netfilter/rule-net.ts'
import { readKernelTables } from '../src/reader/read-kernel-tables.ts'
import { damageNode } from './helpers/damaged-nodes.ts'
import { rule } from './helpers/hand-made-tables.ts'
import { NODE_DAMAGE_KINDS } from './helpers/node-damage/kinds.ts'
import { Random } from './helpers/probes/random.ts'
import { findNodes, NODES_FOLDER } from './helpers/recorded-nodes.ts'

const skip = existsSync(NODES_FOLDER) ? false : `there are no recorded nodes in ${NODES_FOLDER}: set CORPUS`

t.test(
  'damage of every kind to a node has its name, its cause first, and the effect that walks show',
  { skip },
  async t => {
    const seed = new Random(20)
    const folders = findNodes(NODES_FOLDER).filter(folder => ['legacy', 'nft'].includes(basename(folder)))
    let changed = 0
    for (const kind of NODE_DAMAGE_KINDS) {
      let found = damageNode(seed.pick(folders) ?? '', seed, [kind])
      for (let tries = 0; found === undefined && tries < 40; tries++) {
        found = damageNode(seed.pick(folders) ?? '', seed, [kind])
      }
      t.same(found?.problems, [], found?.name ?? `${kind}: no node has anything to do it to`)
      changed += found?.changed ?? 0
    }
    t.ok(changed > 50, 'packets got another verdict')
  },
)

t.test('two damages at once', { skip }, async t => {
  const seed = new Random(21)
  const folder = findNodes(NODES_FOLDER).find(one => one.endsWith('02-ibm/legacy')) ?? ''
  const pairs = [
    ["an admin's rule in front", 'a policy deleted'],
    ['a chain flushed', 'a member deleted'],
    ['a policy edited', 'docker started'],
    ['kube-proxy first', 'a rule deleted'],
  ]
  for (const kinds of pairs) {
    const found = damageNode(folder, seed, kinds)
    t.same(found?.problems, [], found?.name ?? kinds.join(' + '))
    for (const kind of kinds) t.match(found?.name, kind, 'it was done')
  }
})

t.test('a rule that is gone from the end of a chain: by hand, or by an edit that both IP versions would have', t => {
  const chain = 'cali-pi-_web'
  const tablesOf = (ipVersion: IpVersion, rules: readonly string[]) => {
    const text = ['*filter', `:${chain} - [0:0]`, ...rules, 'COMMIT', ''].join('\n')
    return readKernelTables({ iptables: { name: `v${ipVersion}.save`, text }, ipVersion }, new Report())
  }
  const drop = (version: string): string => `-A ${chain} -m set --match-set cali${version}0s:a src -j DROP`
  const [gone] = tablesOf(4, [drop('4')]).tables.flatMap(({ userChains }) => userChains.get(chain)?.rules ?? [])
  if (gone === undefined) throw new Error('no rule')
  const id = { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' } as const
  const origin: WantedRule['origin'] = { kind: 'policyRule', policy: id, direction: 'ingress', index: 0 } as never
  const wanted: WantedRule = { number: 1, key: JSON.stringify(kernelForms(gone)[0]), text: '', hash: 'x', origin }
  const place = { ipVersion: 4, table: 'filter', chain } as const
  const missing: Finding = { ...place, kind: 'rule-missing', wanted, writer: 'unknown' }
  const flushed = (...rules: readonly WantedRule[]): Finding => ({
    ...place,
    kind: 'chain-flushed',
    wanted: rules,
    origin,
  })
  const edited = [/^NetworkPolicy shop\/web was edited since: it got rules at its end$/]
  const rows: readonly (readonly [
    why: string,
    finding: Finding,
    six: readonly string[],
    kind: string,
    orElse: readonly RegExp[],
  ])[] = [
    ['IPv6 has it, with its own set', missing, [drop('6')], 'changed-by-hand', []],
    ['IPv6 has it not', missing, [], 'changed-by-hand', edited],
    ['IPv6 has another one', missing, [drop('6').replace('DROP', 'ACCEPT')], 'changed-by-hand', edited],
    ['the only rule of a chain: nobody can tell', flushed(wanted), [], 'changed-by-hand', []],
    ['all of several', flushed(wanted, { ...wanted, number: 2 }), [], 'chain-flushed', []],
  ]
  const many = Array.from({ length: 30 }, (_, index): Finding => ({
    ...missing,
    wanted: { ...wanted, number: index + 1 },
  }))
  const [long] = byHand(many, [])
  t.match(long, { title: /30 rules/, evidence: { length: 10, 8: 'and 22 more' } }, 'the evidence stays short')
  for (const [why, finding, six, kind, orElse] of rows) {
    const causes = byHand([finding], [tablesOf(4, []), tablesOf(6, six)])
    t.equal(causes.length, 1, why)
    t.equal(causes[0]?.kind, kind, why)
    t.equal(causes[0]?.orElse.length, orElse.length, why)
    t.match(causes[0]?.orElse, orElse, why)
  }
  t.end()
})

t.test('members of sets: what is missing, too many, left over, or of another making', t => {
  const wanted = { name: 'cali40s:a', id: 's:a', type: 'hash:net', ipVersion: 4, maxElements: 100 } as const
  const set: IpSet = { ...wanted, members: ['10.0.0.1', '10.1.0.0/16'], source: { kind: 'static' } as IpSet['source'] }
  const own: KernelIpSet = { name: set.name, type: 'hash:net', ipVersion: 4, maxElements: 100, members: set.members }
  const strange = (name: string, ipVersion: IpVersion): KernelIpSet => ({ ...own, name, ipVersion, members: ['x'] })
  const rows: readonly (readonly [why: string, found: readonly KernelIpSet[], findings: readonly string[]])[] = [
    ['the same', [own], []],
    ['in another order, with prefixes written out', [{ ...own, members: ['10.1.0.0/16', '10.0.0.1/32'] }], []],
    ['none', [], ['set-missing cali40s:a -10.0.0.1 -10.1.0.0/16']],
    ['others', [{ ...own, members: ['10.0.0.1', '10.2.0.0/16'] }], ['set-members cali40s:a -10.1.0.0/16 +10.2.0.0/16']],
    ['a member that is none', [{ ...own, exceptions: ['10.1.2.3'] }], ['set-members cali40s:a +10.1.2.3 nomatch']],
    ['another type', [{ ...own, type: 'hash:ip' }], ['set-type cali40s:a']],
    ['another family', [{ ...own, ipVersion: 6 }], ['set-type cali40s:a']],
    ['another size', [{ ...own, maxElements: 200 }], ['set-size cali40s:a']],
    ['one that nothing wants', [own, strange('cali40s:b', 4)], ['set-left-over cali40s:b +x']],
    ['one of IPv6 is told of with IPv6', [own, strange('cali60s:b', 6)], []],
    ["one of somebody else's", [own, strange('KUBE-SRC', 4)], []],
  ]
  for (const [why, found, findings] of rows) {
    const all = new Map(found.map(one => [one.name, one]))
    const told = compareSets([set], all, 4).findings.map(({ kind, set: name, missing, extra }) =>
      [kind, name, ...missing.map(one => `-${one}`), ...extra.map(one => `+${one}`)].join(' '),
    )
    t.strictSame(told, findings, why)
  }
  const six = compareSets([], new Map([['cali60s:b', strange('cali60s:b', 6)]]), 6).findings
  t.match(six, [{ kind: 'set-left-over', ipVersion: 6 }])
  t.end()
})

t.test('sets of pools that differ in the same nets are due to the pools, and one alone to somebody', t => {
  const pools = (set: string, missing: readonly string[], extra: readonly string[] = []): Finding => ({
    ipVersion: 4,
    kind: 'set-members',
    set,
    missing,
    extra,
  })
  const rule: Finding = {
    ipVersion: 4,
    table: 'nat',
    chain: 'cali-nat-outgoing',
    kind: 'hashes-differ',
    rules: [],
  }
  const net = ['10.7.0.0/16']
  const rows: readonly (readonly [why: string, findings: readonly Finding[], explained: number])[] = [
    ['two sets, one net', [pools('cali40masq-ipam-pools', net), pools('cali40all-ipam-pools', net)], 2],
    ['of IPv6', [pools('cali60masq-ipam-pools', net), pools('cali60network-ip-pools', net)], 2],
    ['one set', [pools('cali40masq-ipam-pools', net)], 0],
    ['two nets', [pools('cali40masq-ipam-pools', net), pools('cali40all-ipam-pools', ['10.8.0.0/16'])], 0],
    [
      'missing from one, too many in the other',
      [pools('cali40masq-ipam-pools', net), pools('cali40all-ipam-pools', [], net)],
      0,
    ],
    ['a set and the rule that Felix wrote for other pools', [pools('cali40masq-ipam-pools', net), rule], 2],
    ['the rule alone', [rule], 0],
    ['sets of labels', [pools('cali40s:a', net), pools('cali40s:b', net)], 0],
  ]
  for (const [why, findings, explained] of rows)
    t.equal(poolCauses(findings).flatMap(cause => cause.findings).length, explained, why)
  t.end()
})

t.test('what became of the rules of a chain', t => {
  /** `a1`: a rule that does `a` and has the hash 1. */
  const rules = (text: string) =>
    text.split(' ').map((word, index) => ({
      key: word.slice(0, 1),
      rule: { number: index + 1, key: word.slice(0, 1), text: word, hash: word.slice(1) },
    }))
  const rows: readonly (readonly [why: string, wanted: string, found: string, said: string])[] = [
    ['nothing', 'a1 b2', 'a1 b2', ''],
    ['one is gone', 'a1 b2 c3', 'a1 c3', 'missing b2'],
    ['one is too much', 'a1 b2', 'a1 x7 b2', 'extra x7'],
    ['one stands elsewhere', 'a1 b2 c3', 'b2 c3 a1', 'moved a1'],
    ['one that is there twice, hash and all', 'a1 b2', 'a1 b2 a1', 'duplicated a1'],
    ['with another hash it is one of its own', 'a1 b2', 'a1 b2 a9', 'extra a9'],
    ['one does something else with the hash it had', 'a1 b2 c3', 'a1 x2 c3', 'changed x2'],
    ['one in the place of another', 'a1 b2 c3', 'a1 x7 c9', 'changed x7'],
  ]
  for (const [why, wanted, found, said] of rows) {
    const { changed, moved, duplicated, missing, extra } = alignRules(rules(wanted) as never, rules(found) as never)
    const told = [
      ...changed.map(([, { text }]) => `changed ${text}`),
      ...moved.map(([, { text }]) => `moved ${text}`),
      ...duplicated.map(([, { text }]) => `duplicated ${text}`),
      ...missing.map(({ text }) => `missing ${text}`),
      ...extra.map(({ text }) => `extra ${text}`),
    ]
    t.equal(told.join(', '), said, why)
  }
  t.end()
})

t.test('where strange rules stand among those that should be there', t => {
  /** `ab`: a rule for the nets a and b, which is one for each in the kernel. */
  const rules = (text: string): readonly Rule[] =>
    text.split(' ').flatMap(word => {
      const nets = [...word].map(letter => `10.0.${letter.charCodeAt(0)}.0/24`).join(',')
      return word === '' ? [] : [rule([{ kind: 'net', side: 'source', nets: readRuleNets(nets), negated: false }])]
    })
  const printed = (list: readonly Rule[]): string =>
    list
      .flatMap(({ matches: [match] }) => (match?.kind === 'net' ? match.nets : []))
      .map(net => String.fromCharCode(Number(netCidr(net)?.address.split('.')[2])))
      .join(' ')
  const rows: readonly (readonly [
    why: string,
    right: string,
    found: string,
    numbers: readonly number[],
    list: string,
  ])[] = [
    ['behind the last one that should be there', 'a b c', 'a x b c', [2], 'a x b c'],
    ['what should not be there either is left out', 'a b c', 'a x b y z c', [5], 'a b z c'],
    ['before all others', 'a b', 'x y a b', [1, 2], 'x y a b'],
    ['behind what stands elsewhere', 'a b c', 'c x a b', [2], 'a b c x'],
    ['of several alike behind as many', 'a b a c', 'a b a x c', [4], 'a b a x c'],
    ['of several alike behind the last, where there are fewer', 'a b', 'a a a x b', [4], 'a x b'],
    ['of those alike with strange ones among them', 'a b a c', 'a a b x a y c', [2, 6], 'a a b a y c'],
    ['where nothing should be', '', 'x y', [1, 2], 'x y'],
    ['several nets in one rule, in their order', 'a b', 'xy zv a b', [1, 2], 'x y z v a b'],
    ['behind several nets', 'a', 'a xy z', [2, 3], 'a x y z'],
  ]
  for (const [why, right, found, numbers, list] of rows)
    t.equal(printed(new RuleList(rules(right), rules(found)).with(numbers)), list, why)
  t.end()
})
