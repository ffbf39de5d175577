// What may happen to a node, each kind with what an audit must say of it: the findings, and the cause that comes first.

import { parseAllDocuments } from 'yaml'
import type { CauseKind } from '../../src/audit/cause.ts'
import { type Finding, type FindingKind, isSetFinding } from '../../src/audit/finding.ts'
import { compile } from '../../src/compile.ts'
import type { Random } from './probes/random.ts'
import type { RecordedNode } from './recorded-nodes.ts'
import { SavedText } from './saved-text.ts'

export interface NodeDamage {
  readonly node: RecordedNode
  /** What was done, for a reader. */
  readonly what: string
  /** Each must be among the findings. */
  readonly wants: readonly ((finding: Finding) => boolean)[]
  /** One of these must be told first. */
  readonly causes: readonly CauseKind[]
  /** Rules of others are gone as well, which no audit knows. */
  readonly isForeignLost?: true
}

export type Version = 'v4' | 'v6'

interface Editing {
  readonly node: RecordedNode
  readonly version: Version
  readonly text: SavedText
  /** Of both IP versions. */
  readonly texts: Readonly<Record<Version, SavedText>>
  readonly seed: Random
}

type Done = Omit<NodeDamage, 'node'> & { readonly node?: Partial<RecordedNode> }

type Maker = (editing: Editing) => Done | undefined

const HOOKS: readonly (readonly [table: string, chain: string])[] = [
  ['filter', 'INPUT'],
  ['filter', 'FORWARD'],
  ['filter', 'OUTPUT'],
  ['raw', 'PREROUTING'],
  ['raw', 'OUTPUT'],
  ['mangle', 'PREROUTING'],
  ['mangle', 'POSTROUTING'],
  ['nat', 'PREROUTING'],
  ['nat', 'OUTPUT'],
  ['nat', 'POSTROUTING'],
]

const found =
  (version: Version, table: string, chain: string, ...kinds: readonly FindingKind[]) =>
  (one: Finding): boolean =>
    !isSetFinding(one) &&
    one.ipVersion === (version === 'v4' ? 4 : 6) &&
    one.table === table &&
    one.chain === chain &&
    kinds.includes(one.kind)

const foundSet =
  (set: string, kind: FindingKind, missing: readonly string[], extra: readonly string[]) =>
  (one: Finding): boolean =>
    isSetFinding(one) &&
    one.set === set &&
    one.kind === kind &&
    missing.every(member => one.missing.includes(member)) &&
    extra.every(member => one.extra.includes(member))

/** A chain of Calico's in some table, drawn among those that fit. */
function drawChain(
  { text, seed }: Editing,
  fits: (chain: string, rules: readonly string[]) => boolean,
): { readonly table: string; readonly chain: string; readonly rules: readonly string[] } | undefined {
  return seed.pick(
    text.tables.flatMap(({ name: table }) =>
      text
        .chains(table)
        .filter(chain => chain.startsWith('cali-'))
        .map(chain => ({ table, chain, rules: text.rules(table, chain) }))
        .filter(({ chain, rules }) => fits(chain, rules)),
    ),
  )
}

/** An admin's rule of a table that it may be in. */
function adminRule({ seed, version }: Editing, table: string): string {
  const net = version === 'v4' ? '198.51.100.0/24' : '2001:db8:77::/48'
  const common = [
    '-p tcp -m tcp --dport 8080 -j ACCEPT',
    '-j ACCEPT',
    `-s ${net} -j ACCEPT`,
    `-d ${net} -p tcp -j ACCEPT`,
    '-p udp -m udp --dport 53 -j ACCEPT',
  ]
  const drop = ['-j DROP', `-s ${net} -j DROP`, '-p tcp -m tcp --dport 22 -j DROP', '-p udp -j DROP']
  const of: Readonly<Record<string, readonly string[]>> = {
    filter: [...common, ...drop, '-j LOG --log-prefix "admin: "', '-p tcp -j REJECT --reject-with tcp-reset'],
    raw: [...common, ...drop, '-p udp -m udp --dport 5060 -j CT --notrack', '-p tcp -j CT --notrack'],
    mangle: [...common, ...drop, '-j MARK --set-xmark 0x4/0x4', '-p tcp -m tcp --dport 30080 -j ACCEPT'],
    nat: [...common, '-p tcp -m tcp --dport 9999 -j REDIRECT --to-ports 22'],
  }
  return seed.pick(of[table] ?? common) ?? '-j ACCEPT'
}

function adminInFront(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const [table = '', chain = ''] = seed.pick(HOOKS.filter(([table, chain]) => isHooked(text, table, chain))) ?? []
  if (table === '') return undefined
  const body = chain === 'POSTROUTING' && table === 'nat' ? '-o eth0 -j MASQUERADE' : adminRule(editing, table)
  text.insert(table, chain, 1, body)
  return {
    what: `-t ${table} -I ${chain} ${body}`,
    wants: [found(version, table, chain, 'hook-not-first')],
    causes: ['admin-rule'],
  }
}

function isHooked(text: SavedText, table: string, chain: string): boolean {
  return text.rules(table, chain).some(body => /-j cali-/.test(body))
}

function foreignInside(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.length > 0)
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const body = adminRule(editing, table)
  const number = editing.seed.below(rules.length + 1) + 1
  editing.text.insert(table, chain, number, body)
  return {
    what: `-t ${table} -I ${chain} ${number} ${body}`,
    wants: [found(editing.version, table, chain, 'foreign-in-chain')],
    causes: ['admin-rule'],
  }
}

function foreignJump(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.length > 0)
  if (drawn === undefined) return undefined
  const { table, chain } = drawn
  editing.text.newChain(table, 'my-allow', adminRule(editing, table))
  editing.text.insert(table, chain, 1, '-j my-allow')
  return {
    what: `-t ${table} -I ${chain} -j my-allow`,
    wants: [found(editing.version, table, chain, 'foreign-in-chain')],
    causes: ['admin-rule'],
  }
}

function ruleDeleted(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.length > 1)
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const number = editing.seed.below(rules.length) + 1
  editing.text.delete(table, chain, number)
  return {
    what: `-t ${table} -D ${chain} ${number}  # ${rules[number - 1] ?? ''}`,
    wants: [
      one =>
        found(editing.version, table, chain, 'rule-missing')(one) &&
        'wanted' in one &&
        'number' in one.wanted &&
        (one.wanted.number === number || rules[number - 1] === rules[one.wanted.number - 1]),
    ],
    causes: ['changed-by-hand'],
  }
}

function chainFlushed(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.length > 0)
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  editing.text.flush(table, chain)
  return {
    what: `-t ${table} -F ${chain} (${rules.length})`,
    wants: [found(editing.version, table, chain, 'chain-flushed')],
    causes: rules.length > 1 ? ['chain-flushed'] : ['changed-by-hand'],
  }
}

function hookGone(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const [table = '', chain = ''] = seed.pick(HOOKS.filter(([table, chain]) => isHooked(text, table, chain))) ?? []
  if (table === '') return undefined
  text.edit(table, chain, rules => rules.filter(body => !/-j cali-/.test(body)))
  return {
    what: `-t ${table} -D ${chain} hook`,
    wants: [found(version, table, chain, 'hook-missing')],
    causes: ['changed-by-hand'],
  }
}

function policyDrop(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const chain = seed.pick(['INPUT', 'FORWARD', 'OUTPUT']) ?? 'INPUT'
  text.policy('filter', chain, 'DROP')
  return {
    what: `-P ${chain} DROP`,
    wants: [found(version, 'filter', chain, 'policy-changed')],
    causes: ['admin-rule'],
  }
}

const retarget =
  (from: string, to: string): Maker =>
  editing => {
    const drawn = drawChain(editing, (_, rules) => rules.some(body => body.endsWith(`-j ${from}`)))
    if (drawn === undefined) return undefined
    const { table, chain, rules } = drawn
    const at = rules.findIndex(body => body.endsWith(`-j ${from}`))
    editing.text.edit(table, chain, all =>
      all.map((body, index) => (index === at ? body.replace(/-j \S+$/, `-j ${to}`) : body)),
    )
    return {
      what: `-t ${table} -R ${chain} ${at + 1} -j ${to} (was ${from})`,
      wants: [found(editing.version, table, chain, 'rule-changed')],
      causes: ['changed-by-hand'],
    }
  }

function duplicated(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.length > 0)
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const at = editing.seed.below(rules.length)
  editing.text.insert(table, chain, editing.seed.below(rules.length + 1) + 1, rules[at] ?? '')
  return {
    what: `-t ${table} ${chain} twice: ${at + 1}`,
    wants: [found(editing.version, table, chain, 'rule-duplicated')],
    causes: ['changed-by-hand'],
  }
}

function moved(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => new Set(rules).size > 1)
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const at = editing.seed.below(rules.length)
  const without = rules.filter((_, index) => index !== at)
  const to = editing.seed.below(rules.length)
  if (to === at) return undefined
  const after = [...without.slice(0, to), rules[at] ?? '', ...without.slice(to)]
  if (after.join() === rules.join()) return undefined
  editing.text.edit(table, chain, () => after)
  return {
    what: `-t ${table} ${chain}: ${at + 1} moved to ${to + 1}`,
    wants: [found(editing.version, table, chain, 'rule-moved')],
    causes: ['changed-by-hand'],
  }
}

function behindKube(editing: Editing): Done | undefined {
  const { text, version } = editing
  const chains = HOOKS.filter(
    ([table, chain]) => isHooked(text, table, chain) && text.rules(table, chain).some(body => /-j KUBE-/.test(body)),
  ).filter(([table, chain]) => table === 'filter' || (table === 'nat' && chain !== 'POSTROUTING'))
  if (chains.length === 0) return undefined
  for (const [table, chain] of chains) {
    const isKube = (body: string): boolean => /-j (KUBE|CNI)-/.test(body)
    text.edit(table, chain, rules => [...rules.filter(isKube), ...rules.filter(body => !isKube(body))])
  }
  return {
    what: 'kube-proxy restarted',
    wants: chains.map(([table, chain]) => found(version, table, chain, 'hook-not-first')),
    causes: ['program-restarted'],
  }
}

function tableFlushed(editing: Editing): Done | undefined {
  const { seed, text, version } = editing
  const table = seed.pick(['raw', 'mangle', 'nat', 'filter']) ?? 'raw'
  text.flush(table)
  return {
    what: `-t ${table} -F`,
    wants: HOOKS.filter(([name]) => name === table).map(([, chain]) => found(version, table, chain, 'hook-missing')),
    causes: ['table-flushed'],
    isForeignLost: true,
  }
}

/** `iptables -F; iptables -X`, or a firewall script of `iptables-restore`. */
const tableEmptied =
  (script: boolean): Maker =>
  editing => {
    const { seed, text, version } = editing
    const table = seed.pick(['raw', 'mangle', 'nat', 'filter']) ?? 'raw'
    for (const chain of text.chains(table)) {
      if (/^[A-Z]+$/.test(chain)) text.flush(table, chain)
      else text.deleteChain(table, chain)
    }
    if (script && table === 'filter') {
      text.policy(table, 'INPUT', 'DROP')
      text.edit(table, 'INPUT', () => [
        '-i lo -j ACCEPT',
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-p tcp -m tcp --dport 22 -j ACCEPT',
      ])
    } else if (script) return undefined
    return {
      what: script ? `iptables-restore < script` : `-t ${table} -F; -t ${table} -X`,
      wants: HOOKS.filter(([name]) => name === table).map(([, chain]) => found(version, table, chain, 'hook-missing')),
      causes: ['table-flushed'],
      isForeignLost: true,
    }
  }

function withSets(node: RecordedNode, change: (text: string) => string): Partial<RecordedNode> {
  return {
    files: node.files.map(file => (/sets\.save$/.test(file.name) ? { ...file, text: change(file.text) } : file)),
  }
}

function setLines({ node, version }: Editing): readonly string[] {
  const sets = node.files.find(({ name }) => /sets\.save$/.test(name))?.text ?? ''
  return sets.split('\n').filter(line => line.startsWith(`add cali${version === 'v4' ? 4 : 6}`))
}

function memberDeleted(editing: Editing): Done | undefined {
  const line = editing.seed.pick(setLines(editing))
  const [, set = '', member = ''] = line?.split(' ') ?? []
  if (line === undefined) return undefined
  return {
    what: `ipset del ${set} ${member}`,
    node: withSets(editing.node, text => text.replace(`${line}\n`, '')),
    wants: [foundSet(set, 'set-members', [member], [])],
    causes: ['set-changed-by-hand', 'wrong-host'],
  }
}

function memberAdded(editing: Editing): Done | undefined {
  const line = editing.seed.pick(setLines(editing))
  const [, set = '', member = ''] = line?.split(' ') ?? []
  if (line === undefined) return undefined
  const address = editing.version === 'v4' ? '198.51.100.77' : '2001:db8:77::77'
  const added = member.includes(',') ? `${address}${member.replace(/^[^,]*/, '')}` : address
  return {
    what: `ipset add ${set} ${added}`,
    node: withSets(editing.node, text => text.replace(line, `${line}\nadd ${set} ${added}`)),
    wants: [foundSet(set, 'set-members', [], [added])],
    causes: ['set-changed-by-hand', 'wrong-host'],
  }
}

function setEmptied(editing: Editing): Done | undefined {
  const line = editing.seed.pick(setLines(editing))
  const [, set = '', member = ''] = line?.split(' ') ?? []
  if (line === undefined) return undefined
  return {
    what: `ipset flush ${set}`,
    node: withSets(editing.node, text => text.replace(new RegExp(`^add ${set} .*\n`, 'gm'), '')),
    wants: [foundSet(set, 'set-members', [member], [])],
    causes: ['set-changed-by-hand', 'wrong-host'],
  }
}

interface Item {
  kind: string
  metadata: { name: string; namespace?: string; labels?: Record<string, string> }
  spec?: Record<string, unknown>
  items?: Item[]
}

/** The input with objects changed: undefined leaves one out. */
function withInput(node: RecordedNode, change: (item: Item) => Item | undefined): Partial<RecordedNode> {
  const documents = parseAllDocuments(node.input.text).map(document => document.toJS() as Item | null)
  const items = documents.flatMap(one => (one === null ? [] : (one.items ?? [one])))
  const kept = items.flatMap(item => change(structuredClone(item)) ?? [])
  const text = kept.map(item => JSON.stringify(item)).join('\n---\n')
  return { input: { ...node.input, text } }
}

function itemsOf(node: RecordedNode): readonly Item[] {
  const documents = parseAllDocuments(node.input.text).map(document => document.toJS() as Item | null)
  return documents.flatMap(one => (one === null ? [] : (one.items ?? [one])))
}

const isItem =
  (one: Item) =>
  (other: Item): boolean =>
    one.kind === other.kind &&
    one.metadata.name === other.metadata.name &&
    one.metadata.namespace === other.metadata.namespace

const POLICIES = ['NetworkPolicy', 'GlobalNetworkPolicy']

const drop =
  (kinds: readonly string[], fits: (item: Item) => boolean, causes: readonly CauseKind[]): Maker =>
  ({ node, seed }) => {
    const item = seed.pick(itemsOf(node).filter(one => kinds.includes(one.kind) && fits(one)))
    if (item === undefined) return undefined
    const is = isItem(item)
    return {
      what: `the input has no ${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name} any more`,
      node: withInput(node, one => (is(one) ? undefined : one)),
      wants: [],
      causes,
    }
  }

const editItem =
  (
    kinds: readonly string[],
    what: string,
    edit: (item: Item) => Item | undefined,
    causes: readonly CauseKind[],
  ): Maker =>
  ({ node, seed }) => {
    const able = itemsOf(node).filter(one => kinds.includes(one.kind) && edit(structuredClone(one)) !== undefined)
    const item = seed.pick(able)
    if (item === undefined) return undefined
    const is = isItem(item)
    return {
      what: `${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name}: ${what}`,
      node: withInput(node, one => (is(one) ? edit(one) : one)),
      wants: [],
      causes,
    }
  }

function changePort(item: Item): Item | undefined {
  const text = JSON.stringify(item)
  const changed = text.replace(/("ports":\[)(\{"port":\d+|\d+)/, (_, head: string, port: string) =>
    port.startsWith('{') ? `${head}{"port":9191` : `${head}9191`,
  )
  return changed === text ? undefined : (JSON.parse(changed) as Item)
}

const rulesIn = (item: Item): unknown[] | undefined =>
  [item.spec?.ingress, item.spec?.egress].find((list): list is unknown[] => Array.isArray(list) && list.length > 0)

const program =
  (variable: string, causes: readonly CauseKind[]): Maker =>
  ({ node, texts }) => {
    const result = compile({
      files: [node.input],
      host: node.host,
      node: node.node,
      calicoVersion: node.release,
      environment: { isAll: true, files: [], variables: [variable] },
    })
    if (!result.ok) return undefined
    for (const version of ['v4', 'v6'] as const) {
      const compiled = result.output.versions[version === 'v4' ? 4 : 6]?.text.iptables
      if (compiled !== undefined) reprogram(texts[version], compiled)
    }
    return { what: `Felix with ${variable}`, wants: [], causes }
  }

/** The rules of a compiled text in place of those of Calico's that are there. */
export function reprogram(text: SavedText, compiled: string): void {
  let table = ''
  for (const { name } of text.tables) {
    for (const chain of text.chains(name)) {
      if (chain.startsWith('cali-')) text.deleteChain(name, chain)
      else text.edit(name, chain, rules => rules.filter(body => !/--comment "?cali:/.test(body)))
    }
  }
  for (const line of compiled.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1)
    const [, chain] = /^:(cali-\S+)/.exec(line) ?? []
    if (chain !== undefined) text.newChain(table, chain)
    const [, how, to = '', body = ''] = /^-([AI]) (\S+) (.*)$/.exec(line) ?? []
    if (how === 'A') text.insert(table, to, text.rules(table, to).length + 1, body)
    else if (how === 'I') text.insert(table, to, 1, body)
  }
}

const DOCKER: Maker = editing => {
  const { text, version } = editing
  text.newChain('filter', 'DOCKER-USER', '-j RETURN')
  text.newChain('filter', 'DOCKER', '! -i docker0 -o docker0 -j DROP')
  text.newChain('filter', 'DOCKER-FORWARD', '-j DOCKER', '-i docker0 -j ACCEPT')
  text.insert('filter', 'FORWARD', 1, '-j DOCKER-USER', '-j DOCKER-FORWARD')
  text.policy('filter', 'FORWARD', 'DROP')
  return {
    what: 'docker started',
    wants: [
      found(version, 'filter', 'FORWARD', 'hook-not-first'),
      found(version, 'filter', 'FORWARD', 'policy-changed'),
    ],
    causes: ['firewall-manager'],
  }
}

const LIBVIRT: Maker = ({ text, version }) => {
  text.newChain(
    'filter',
    'LIBVIRT_FWI',
    '-d 192.168.122.0/24 -o virbr0 -j ACCEPT',
    '-o virbr0 -j REJECT --reject-with icmp-port-unreachable',
  )
  text.newChain('filter', 'LIBVIRT_INP', '-i virbr0 -p udp -m udp --dport 53 -j ACCEPT')
  if (version === 'v6') return undefined
  text.insert('filter', 'FORWARD', 1, '-j LIBVIRT_FWI')
  text.insert('filter', 'INPUT', 1, '-j LIBVIRT_INP')
  return {
    what: 'libvirt started',
    wants: [found(version, 'filter', 'FORWARD', 'hook-not-first'), found(version, 'filter', 'INPUT', 'hook-not-first')],
    causes: ['firewall-manager'],
  }
}

const FAIL2BAN: Maker = ({ text, version }) => {
  if (version === 'v6') return undefined
  text.newChain('filter', 'f2b-sshd', '-s 198.51.100.7/32 -j REJECT --reject-with icmp-port-unreachable', '-j RETURN')
  text.insert('filter', 'INPUT', 1, '-p tcp -m multiport --dports 22 -j f2b-sshd')
  return {
    what: 'fail2ban',
    wants: [found(version, 'filter', 'INPUT', 'hook-not-first')],
    causes: ['firewall-manager'],
  }
}

function leftOver(editing: Editing): Done | undefined {
  const { text, version } = editing
  text.newChain('filter', 'cali-pi-gnp/gone', '-m comment --comment "cali:AAAAAAAAAAAAAAAA" -j DROP')
  return {
    what: 'a chain left over',
    wants: [found(version, 'filter', 'cali-pi-gnp/gone', 'chain-unreferenced')],
    causes: ['left-over'],
  }
}

/** A chain renamed away by hand: what led there leads there still. */
function dispatchRuleGone(editing: Editing): Done | undefined {
  const drawn = drawChain(
    editing,
    (chain, rules) => /dispatch/.test(chain) && rules.some(body => /-g cali-/.test(body)),
  )
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const at = rules.findIndex(body => /-g cali-/.test(body))
  editing.text.delete(table, chain, at + 1)
  return {
    what: `-t ${table} -D ${chain} ${at + 1}`,
    wants: [found(editing.version, table, chain, 'rule-missing', 'chain-flushed')],
    causes: ['changed-by-hand'],
  }
}

function ruleEditedByHand(editing: Editing): Done | undefined {
  const drawn = drawChain(editing, (_, rules) => rules.some(body => /--dport(s)? \d+/.test(body)))
  if (drawn === undefined) return undefined
  const { table, chain, rules } = drawn
  const at = rules.findIndex(body => /--dport(s)? \d+/.test(body))
  editing.text.edit(table, chain, all =>
    all.map((body, index) => (index === at ? body.replace(/(--dports? )\d+/, '$17777') : body)),
  )
  return {
    what: `-t ${table} -R ${chain} ${at + 1} other port`,
    wants: [found(editing.version, table, chain, 'rule-changed')],
    causes: ['changed-by-hand'],
  }
}

function wrongHost({ node }: Editing): Done | undefined {
  const host = node.host.map(file => ({ ...file, text: file.text.replaceAll('10.240.0.11', '10.240.0.99') }))
  return { what: 'host.json of another node', node: { host }, wants: [], causes: ['wrong-host'] }
}

function wrongNode(): Done | undefined {
  return { what: 'node-2 asked', node: { node: 'node-2' }, wants: [], causes: ['wrong-node'] }
}

const MAKERS: Readonly<Record<string, Maker>> = {
  "an admin's rule in front": adminInFront,
  'a foreign rule inside': foreignInside,
  'a foreign jump inside': foreignJump,
  'a rule deleted': ruleDeleted,
  'a chain flushed': chainFlushed,
  'a hook gone': hookGone,
  'a policy DROP': policyDrop,
  'DROP made ACCEPT': retarget('DROP', 'ACCEPT'),
  'DROP made RETURN': retarget('DROP', 'RETURN'),
  'RETURN made ACCEPT': retarget('RETURN', 'ACCEPT'),
  'a port changed': ruleEditedByHand,
  'a rule twice': duplicated,
  'a rule moved': moved,
  'kube-proxy first': behindKube,
  'a table flushed': tableFlushed,
  'a table emptied': tableEmptied(false),
  'a table restored from a script': tableEmptied(true),
  'a member deleted': memberDeleted,
  'a member added': memberAdded,
  'a set flushed': setEmptied,
  'docker started': DOCKER,
  'libvirt started': LIBVIRT,
  'fail2ban started': FAIL2BAN,
  'a chain left over': leftOver,
  'an endpoint out of the dispatch': dispatchRuleGone,
  'a policy deleted': drop(POLICIES, () => true, ['policy-deleted']),
  'a pod deleted': drop(['Pod'], ({ spec }) => spec?.nodeName === 'node-1', ['endpoint-deleted']),
  'a pod of another node deleted': drop(['Pod'], ({ spec }) => spec?.nodeName !== 'node-1', [
    'set-changed-by-hand',
    'policy-edited',
  ]),
  'a host endpoint deleted': drop(['HostEndpoint'], () => true, ['endpoint-deleted']),
  'a pool deleted': drop(['IPPool'], () => true, ['input-changed', 'set-changed-by-hand']),
  'a policy edited': editItem(POLICIES, 'another port', changePort, ['policy-edited']),
  'a rule of a policy less': editItem(
    POLICIES,
    'a rule less',
    item => {
      rulesIn(item)?.pop()
      return rulesIn(item) === undefined ? undefined : item
    },
    ['policy-edited'],
  ),
  'a policy added': ({ node }) => ({
    what: 'a policy more in the input',
    node: {
      input: {
        ...node.input,
        text: `${node.input.text}\n---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: fresh}\nspec: {selector: all(), order: 5, ingress: [{action: Deny, protocol: TCP, destination: {ports: [4444]}}, {action: Pass}], egress: [{action: Pass}]}\n`,
      },
    },
    wants: [],
    causes: ['policy-added'],
  }),
  'a pod with other labels': editItem(
    ['Pod'],
    'labels changed',
    item => {
      if (item.metadata.labels === undefined || item.spec?.nodeName !== 'node-1') return undefined
      item.metadata.labels = { other: 'label' }
      return item
    },
    ['input-changed', 'set-changed-by-hand', 'policy-edited'],
  ),
  'wl-to-host ACCEPT': program('FELIX_DEFAULTENDPOINTTOHOSTACTION=ACCEPT', ['environment']),
  'wl-to-host RETURN': program('FELIX_DEFAULTENDPOINTTOHOSTACTION=RETURN', ['environment']),
  'hooks appended': program('FELIX_CHAININSERTMODE=Append', ['environment']),
  'filter allow action RETURN': program('FELIX_IPTABLESFILTERALLOWACTION=RETURN', ['environment']),
  'failsafe ports': program('FELIX_FAILSAFEINBOUNDHOSTPORTS=udp:53,tcp:22', ['felix-stopped']),
  'mark mask': program('FELIX_IPTABLESMARKMASK=0xff00', ['environment']),
  'wrong host': wrongHost,
  'wrong node': wrongNode,
}

export const NODE_DAMAGE_KINDS = Object.keys(MAKERS)

/** Undefined where the node has nothing to do it to. */
export function doDamage(kind: string, node: RecordedNode, version: Version, seed: Random): NodeDamage | undefined {
  const textOf = (one: Version): SavedText =>
    new SavedText(node.files.find(({ name }) => name.endsWith(`${one}.save`))?.text ?? '')
  const texts = { v4: textOf('v4'), v6: textOf('v6') }
  const before = { v4: String(texts.v4), v6: String(texts.v6) }
  const done = MAKERS[kind]?.({ node, version, text: texts[version], texts, seed })
  if (done === undefined) return undefined
  const files = (done.node?.files ?? node.files).map(one => {
    const [, which] = /(v[46])\.save$/.exec(one.name) ?? []
    const isChanged = (which === 'v4' || which === 'v6') && String(texts[which]) !== before[which]
    return isChanged ? { ...one, text: String(texts[which]) } : one
  })
  return { ...done, node: { ...node, ...done.node, files } }
}
