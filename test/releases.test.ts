// Releases of Calico: how one is found, what each does, and the comparison of two.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { policyChainName, policyId, type PolicyId } from '../src/calico/policy-names.ts'
import { differingFacts, FACT_KEYS, factWords } from '../src/calico/releases/fact-words.ts'
import type { Release, ReleaseFacts } from '../src/calico/releases/release.ts'
import {
  allReleases,
  findRelease,
  lastPatches,
  LATEST_RELEASE,
  MINOR_RELEASES,
  nearestRelease,
} from '../src/calico/releases/releases.ts'
import { compareReleases, verdictsBetween } from '../src/compare-releases.ts'
import { compile } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { SourceFile } from '../src/diagnostics/source.ts'
import { parseResources } from '../src/parser/parse-resources.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { runCommand } from './helpers/run-command.ts'

function release(name: string): Release {
  const found = findRelease(name)
  if (found === undefined) throw new Error(name)
  return found
}

t.test('a release is found by what people and clusters call it', async t => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['3.30', 'v3.30.7'],
    ['v3.30', 'v3.30.7'],
    ['V3.30.7', 'v3.30.7'],
    ['3.30.x', 'v3.30.7'],
    [' v3.27.0 ', 'v3.27.0'],
    ['v3.30.3-rc1', 'v3.30.3'],
    ['v3.30.3-fips', 'v3.30.3'],
    ['v3.30.3-0.dev-12-gabcdef', 'v3.30.3'],
    ['3.32', 'v3.32.1'],
    ['v3.30.8', undefined],
    ['v3.30.03', undefined],
    ['3.26', undefined],
    ['2.6', undefined],
    ['3', undefined],
    ['', undefined],
    ['latest', undefined],
    ['v3.30.7 v3.31', undefined],
  ]
  for (const [written, name] of rows) t.equal(findRelease(written)?.name, name, JSON.stringify(written))
  for (const one of allReleases()) t.same(findRelease(one.name), one)
  t.equal(LATEST_RELEASE.name, 'v3.32.1')
})

t.test('of one that is not here the nearest is named', async t => {
  const rows = [
    ['v3.30.9', 'v3.30.7'],
    ['3.33', 'v3.32.1'],
    ['v4.0.0', 'v3.32.1'],
    ['v3.26.4', 'v3.27.0'],
    ['whatever', 'v3.32.1'],
  ] as const
  for (const [written, name] of rows) t.equal(nearestRelease(written).name, name, written)
})

t.test('releases are data', async t => {
  for (const one of allReleases()) t.same(JSON.parse(JSON.stringify(one)), one, one.name)
})

/** The first patch of each minor release that has a behaviour: `-` none, 0 all. Minor releases from v3.27 to v3.32. */
const PATCHES: readonly (readonly [keyof ReleaseFacts, unknown, readonly (number | '-')[]])[] = [
  ['manglesPercentSigns', false, ['-', 4, 0, 0, 0, 0]],
  ['natPostroutingHook', 'append', ['-', 2, 0, 0, 0, 0]],
  ['splitsExemptionsByVersion', true, ['-', '-', 7, 5, 1, 0]],
  ['dropsExcludedEverything', true, ['-', '-', 6, 3, 0, 0]],
  ['forcesAssumedPolicies', true, ['-', '-', '-', 4, 0, 0]],
  ['hasLogSpecifiers', true, ['-', '-', '-', 6, 4, 0]],
  ['podLimits', 'withBurst', ['-', '-', '-', 2, 0, 0]],
  ['poolSetId', 'network-ip-pools', ['-', '-', '-', '-', 6, 1]],
  ['loadBalancerPools', 'leftOut', ['-', '-', '-', '-', 6, 1]],
  ['suppressesCoveredNets', true, ['-', '-', '-', '-', 6, 1]],
  ['hasDropMark', true, ['-', '-', '-', 0, 0, 0]],
  ['hasDscp', true, ['-', '-', '-', '-', 0, 0]],
]

t.test('patches that changed something', async t => {
  for (const [fact, value, firsts] of PATCHES) {
    for (const [index, { minor, lastPatch }] of MINOR_RELEASES.entries()) {
      const first = firsts[index]
      for (let patch = 0; patch <= lastPatch; patch++) {
        const wanted = first !== undefined && first !== '-' && patch >= first
        t.equal(release(`v3.${minor}.${patch}`)[fact] === value, wanted, `${fact} in v3.${minor}.${patch}`)
      }
    }
  }
  const rate = (name: string): boolean => compiles(felix('logActionRateLimit: 5/second'), name)
  t.same(['v3.30.5', 'v3.30.6', 'v3.31.3', 'v3.31.4', 'v3.32.0'].map(rate), [false, true, false, true, true])
})

function felix(spec: string): string {
  return `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: {${spec}}\n`
}

function compiles(text: string, calicoVersion: string): boolean {
  return compile({ files: [{ name: 'a.yaml', text }], node: 'node-1', calicoVersion }).ok
}

t.test('chain names of policies', async t => {
  const rows: readonly (readonly [string, Omit<PolicyId, 'storedName'>, string])[] = [
    ['3.27', { kind: 'GlobalNetworkPolicy', namespace: '', name: 'web-0' }, 'cali-pi-default.web-0'],
    ['3.28', { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' }, 'cali-pi-shop/default.web'],
    [
      '3.28',
      { kind: 'KubernetesNetworkPolicy', namespace: 'shop', name: 'named-port' },
      'cali-pi-_AJXNoltNT9KPfE2Z5Fe',
    ],
    ['3.29', { kind: 'GlobalNetworkPolicy', namespace: '', name: 'web-0' }, 'cali-pi-_bOBO05ZeJMI8TkzIcFX'],
    ['3.30', { kind: 'NetworkPolicy', namespace: 'shop', name: 'web' }, 'cali-pi-_mp-fOeHhHXJt1ky6zxj'],
    [
      '3.31',
      { kind: 'KubernetesNetworkPolicy', namespace: 'shop', name: 'named-port' },
      'cali-pi-_xe9nLbjhXrArZWbPpZO',
    ],
    ['3.31', { kind: 'GlobalNetworkPolicy', namespace: '', name: 'sec.first' }, 'cali-pi-sec/sec.first'],
    ['3.31', { kind: 'BaselineAdminNetworkPolicy', namespace: '', name: 'default' }, 'cali-pi-_Bmx5rU_QtHBNk46xFZL'],
    ['3.32', { kind: 'GlobalNetworkPolicy', namespace: '', name: 'web-0' }, 'cali-pi-gnp/web-0'],
    ['3.32', { kind: 'KubernetesNetworkPolicy', namespace: 'shop', name: 'named-port' }, 'cali-pi-knp/shop/named-port'],
  ]
  for (const [version, { kind, namespace, name }, wanted] of rows) {
    const one = release(version)
    t.equal(policyChainName(policyId(kind, namespace, name, one), 'ingress', one), wanted, `${version} ${wanted}`)
  }
})

const CONTAINER = 'containers: [{name: calico-node, image: '

function daemonSet(image: string): string {
  return `apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: calico-node}\nspec: {template: {spec: {${CONTAINER}'${image}'}]}}}\n`
}

function pod(node: string, image: string): string {
  return `apiVersion: v1\nkind: Pod\nmetadata: {name: calico-node-${node}}\nspec: {nodeName: ${node}, hostNetwork: true, ${CONTAINER}'${image}'}]}\n`
}

function information(spec: string): string {
  return `apiVersion: crd.projectcalico.org/v1\nkind: ClusterInformation\nmetadata: {name: default}\nspec: {${spec}}\n`
}

function installation(variant: string, version: string): string {
  return `apiVersion: operator.tigera.io/v1\nkind: Installation\nmetadata: {name: default}\nspec: {variant: ${variant}}\nstatus: {calicoVersion: ${version}}\n`
}

t.test('the input tells the release', async t => {
  const rows: readonly (readonly [string, string, string])[] = [
    ['an image', daemonSet('calico/node:v3.30.3'), 'v3.30.3'],
    ['registry and port', daemonSet('registry.example.com:5000/mirror/calico/node:v3.29.1'), 'v3.29.1'],
    ['a digest', daemonSet('quay.io/calico/node:v3.28.2@sha256:0123abcd'), 'v3.28.2'],
    ['no tag', daemonSet('quay.io/calico/node@sha256:0123abcd'), 'v3.32.1 warning'],
    ['a suffix', daemonSet('docker.io/calico/node:v3.30.3-fips'), 'v3.30.3'],
    ['a candidate', daemonSet('docker.io/calico/node:v3.30.3-rc'), 'v3.30.3'],
    ['a mirror', daemonSet('rancher/mirrored-calico-node:v3.27.3'), 'v3.27.3'],
    ['a branch', daemonSet('calico/node:master'), 'v3.32.1 warning'],
    ['another product', daemonSet('quay.io/tigera/cnx-node:v3.20.1'), 'v3.32.1 warning'],
    ['another product under the same name', daemonSet('quay.io/tigera/calico-node:v3.30.1'), 'v3.32.1 warning'],
    ['another product by its tag', daemonSet('calico/node:v3.30.1-enterprise'), 'v3.32.1 warning'],
    [
      'the pod of the node',
      pod('node-1', 'calico/node:v3.29.3') + '---\n' + daemonSet('calico/node:v3.30.3'),
      'v3.29.3 warning',
    ],
    [
      'the pod of another node',
      pod('node-2', 'calico/node:v3.29.3') + '---\n' + daemonSet('calico/node:v3.30.3'),
      'v3.30.3 warning',
    ],
    [
      'pods that agree',
      pod('node-2', 'calico/node:v3.31.2') + '---\n' + pod('node-3', 'calico/node:v3.31.2'),
      'v3.31.2',
    ],
    ['ClusterInformation', information('calicoVersion: v3.31.0'), 'v3.31.0'],
    [
      'ClusterInformation of another product',
      information('calicoVersion: v3.28.1, cnxVersion: v3.20.0'),
      'v3.32.1 warning',
    ],
    ['an empty ClusterInformation', information('clusterType: k8s'), 'v3.32.1'],
    ['the operator', installation('Calico', 'v3.30.2'), 'v3.30.2'],
    ['the operator of another product', installation('TigeraSecureEnterprise', 'v3.20.2'), 'v3.32.1 warning'],
    [
      'a list',
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'PodList',
        items: [
          {
            metadata: { name: 'calico-node-a' },
            spec: { containers: [{ name: 'calico-node', image: 'calico/node:v3.28.0' }] },
          },
        ],
      }),
      'v3.28.0',
    ],
    ['nothing', 'apiVersion: v1\nkind: Namespace\nmetadata: {name: calico-node}\n', 'v3.32.1'],
  ]
  for (const [title, text, wanted] of rows) {
    const report = new Report()
    const found = parseResources([{ name: 'a.yaml', text }], report, { node: 'node-1' }).release.name
    const warns = report.placed().some(({ code, severity }) => code === 'release-found' && severity === 'warning')
    t.equal(`${found}${warns ? ' warning' : ''}`, wanted, title)
  }
  const named = new Report()
  const text = information('calicoVersion: v3.31.0')
  t.equal(parseResources([{ name: 'a.yaml', text }], named, { calicoVersion: '3.29' }).release.name, 'v3.29.7')
  t.notOk(
    named.placed().some(({ code }) => code === 'release-found'),
    'who names a release knows which',
  )
})

function goldenInput(name: string): { readonly files: readonly SourceFile[]; readonly host: readonly SourceFile[] } {
  const folder = join(GOLDEN_FOLDER, name)
  const read = (path: string): SourceFile => ({ name: path, text: readFileSync(join(folder, path), 'utf8') })
  return {
    files: readdirSync(join(folder, 'input'))
      .sort()
      .map(file => read(`input/${file}`)),
    host: [read('host.json')],
  }
}

t.test('two releases compared', async t => {
  const result = compareReleases(goldenInput('actions/log-before-deny'), release('3.31'), release('3.32'))
  t.ok(result.ok)
  if (!result.ok) return
  const { differences, ...rest } = result.comparison
  t.match(rest, { from: 'v3.31.7', to: 'v3.32.1', node: 'node-1' })
  t.equal(differences.length, 1, 'nothing but names')
  t.same(differences[0]?.renamed, [{ from: 'cali-pi-_58RR5CiVDMceRJmeTix', to: 'cali-pi-gnp/log-then-deny' }])
  t.same(
    differences[0]?.chains.map(({ chain, removed, added }) => [chain, removed.length, added.length]),
    [['cali-pi-gnp/log-then-deny', 1, 1]],
    'jumps to a renamed chain are no difference: the comment is',
  )
  t.match(differences[0]?.words[1], { when: 'since v3.32', after: /kind, namespace and name/, before: /stored name/ })
})

t.test('the steps between two releases lead from one to the other', async t => {
  const input = goldenInput('tiers/policy-groups-of-many')
  for (const [from, to] of [
    ['3.27', '3.32'],
    ['3.32', '3.28'],
  ] as const) {
    const result = compareReleases(input, release(from), release(to))
    t.ok(result.ok, `${from} to ${to}`)
    if (!result.ok) continue
    const words = result.comparison.differences.flatMap(one => one.words.map(({ after }) => after))
    const facts = differingFacts(release(from), release(to))
    t.equal(new Set(words).size, words.length, 'each fact once')
    t.ok(words.every(after => facts.some(key => factWords(release(to), key) === after)))
    t.ok(words.length > 5, words.join('; '))
  }
  const same = compareReleases(input, release('3.30.0'), release('3.30.1'))
  t.same(same.ok && same.comparison.differences, [])
})

t.test('packets that get another verdict under another release', async t => {
  const between = (name: string, from: string, to: string) => {
    const result = compareReleases({ ...goldenInput(name), node: 'node-1' }, release(from), release(to))
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics))
    return verdictsBetween(result.outputs, 100)
  }
  const baseline = 'versions/v3-30-baseline-admin-network-policy'
  const decided = (name: string, from: string, to: string) =>
    between(name, from, to)
      .versions.flatMap(({ diff }) => diff.groups)
      .flatMap(({ change, cubes }) =>
        cubes.map(({ before, after }) => [change, before.because, after.because] as const),
      )
  const closed = decided(baseline, '3.29', '3.30')
  t.match(closed[0], ['closed', /profile kns\.bank/, /ingress\[0\] of BaselineAdminNetworkPolicy default/])
  t.same([...new Set(closed.map(([change]) => change))], ['closed'], 'what v3.29 does not read closes nothing there')
  const opened = decided(baseline, '3.30', '3.29')
  t.same([...new Set(opened.map(([change]) => change))], ['opened'], 'and on the way back the same packets open')
  t.equal(opened.length, closed.length)
  const packets = (from: string, to: string) =>
    between('versions/tour', from, to)
      .versions.flatMap(({ diff }) => diff.groups)
      .flatMap(({ cubes }) => cubes.map(({ journey }) => journey.packet))
  const vxlan = packets('3.28', '3.29').map(({ destinationPort }) => destinationPort)
  t.same([...new Set(vxlan)], [4789], 'VXLAN packets are tracked no more')
  const ipip = packets('3.30', '3.31').map(({ protocol }) => protocol)
  t.same([...new Set(ipip)], [4], 'a node without BGP is no tunnel partner any more')
  for (const [from, to] of [
    ['3.27', '3.28'],
    ['3.29', '3.30'],
    ['3.31', '3.32'],
  ] as const) {
    t.equal(between('versions/tour', from, to).isSame, true, `${from} to ${to}: other text, the same verdicts`)
  }
})

t.test('calitables diff', async t => {
  const folder = join(GOLDEN_FOLDER, 'actions/log-before-deny')
  const args = ['diff', '-f', join(folder, 'input'), '--host', join(folder, 'host.json')]
  const text = await runCommand([...args, '--calico-version', '3.31,3.32'])
  t.equal(text.code, 0)
  t.match(text.out, /^Calico v3\.31\.7 -> v3\.32\.1, node node-1\nno packet changes its verdict\n\n/)
  t.match(text.out, / {2}1 chain renamed:\n {4}cali-pi-_58RR5CiVDMceRJmeTix -> cali-pi-gnp\/log-then-deny\n/)
  const json = await runCommand([...args, '--calico-version', '3.31,3.32', '-o', 'json'])
  t.match(JSON.parse(json.out), { version: 1, from: 'v3.31.7', to: 'v3.32.1' })
  t.same(await runCommand([...args, '--calico-version', '3.30,3.30']), {
    code: 0,
    out: 'Calico v3.30.7 -> v3.30.7, node node-1\nno packet changes its verdict\n\nThe rules are the same.\n',
    err: '',
  })
  const baseline = join(GOLDEN_FOLDER, 'versions/v3-30-baseline-admin-network-policy')
  const closing = ['diff', '-f', join(baseline, 'input'), '--host', join(baseline, 'host.json')]
  const changed = await runCommand([...closing, '--calico-version', '3.29,3.30'])
  t.equal(changed.code, 1, 'some packets get another verdict')
  t.match(
    changed.out,
    /^Calico v3\.29\.7 -> v3\.30\.7, node node-1\n[0-9]+ closed\n\nclosed: these packets got through/,
  )
  const asJson = await runCommand([...closing, '--calico-version', '3.29,3.30', '-o', 'json'])
  t.match(JSON.parse(asJson.out), { from: 'v3.29.7', verdicts: { version: 1, isSame: false } })
  for (const versions of ['3.31', '3.31,3.32,3.30', '']) {
    const { code, out, err } = await runCommand([...args, '--calico-version', versions])
    t.same([code, out], [2, ''])
    t.match(err, /say from which release to which/)
  }
  t.match(await runCommand([...args, '--calico-version', '3.31,3.40']), { code: 2, out: '', err: /unknown-release/ })
  const tiers = await runCommand([
    'diff',
    '-f',
    join(GOLDEN_FOLDER, 'tiers/tiers-by-order/input'),
    '--calico-version',
    '3.31,3.32',
  ])
  t.equal(tiers.code, 1)
  t.match(tiers.out, /^Calico v3\.31\.7 does not take the input; to be changed first:\n.*write `zeta\.zeta-web`/)
  t.equal(tiers.err, '')
})

t.test('--calico-version', async t => {
  const input = join(GOLDEN_FOLDER, 'actions/log-before-deny/input')
  const of = async (version: string): Promise<string> =>
    (await runCommand(['compile', '-q', '-f', input, '--calico-version', version])).out
  t.match(await of('3.31'), 'Policy default.log-then-deny ingress')
  t.match(await of('v3.32.1'), 'GlobalNetworkPolicy log-then-deny ingress')
  t.equal(await of('3.30'), await of('v3.30.7'))
  for (const command of ['compile', 'check']) {
    const refused = await runCommand([command, '-f', input, '--calico-version', '3.33'])
    t.match(refused.err + refused.out, /nearest is `--calico-version v3\.32\.1`.*\[unknown-release\]/, command)
    t.not(refused.code, 0)
  }
})

t.test('under IPVS old releases let chains of endpoint marks clash', async t => {
  const endpoint = (name: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h-${name}}\nspec: {node: node-1, interfaceName: ${name}}\n---\n`
  const workload = (name: string): string =>
    `apiVersion: projectcalico.org/v3\nkind: WorkloadEndpoint\nmetadata: {name: node--1-k8s-${name}-eth0, namespace: default}\nspec: {node: node-1, orchestrator: k8s, pod: ${name}, endpoint: eth0, interfaceName: cali${name}, ipNetworks: [10.65.0.2/32]}\n---\n`
  const text = ['ens1a', 'ens1b', 'ens2'].map(endpoint).join('') + ['1a', '1b', '2'].map(workload).join('')
  const interfaces = ['lo', 'kube-ipvs0', 'ens1a', 'ens1b', 'ens2'].map(ifname => ({ ifname }))
  const quirks = (calicoVersion: string): number => {
    const host = [{ name: 'host.json', text: JSON.stringify(interfaces) }]
    const result = compile({ files: [{ name: 'a.yaml', text }], node: 'node-1', host, calicoVersion })
    t.ok(result.ok, JSON.stringify(result.diagnostics.map(({ message }) => message)))
    return result.diagnostics.filter(({ code }) => code === 'release-quirk').length
  }
  t.same([quirks('3.31'), quirks('3.32')], [1, 0])
})

t.test('every fact has words, and the document tells every change with them', async t => {
  t.same(
    [...FACT_KEYS].sort(),
    Object.keys(LATEST_RELEASE)
      .filter(key => key !== 'name')
      .sort(),
  )
  const document = readFileSync(new URL('../docs/releases.md', import.meta.url), 'utf8')
  const sections = new Map(
    [...document.matchAll(/^## (v3\.[0-9]+)\n([\s\S]*?)(?=^## |(?![\s\S]))/gm)].map(
      ([, name, body]) => [name ?? '', body ?? ''] as const,
    ),
  )
  const patches = lastPatches()
  t.same(
    [...sections.keys()],
    patches
      .slice(1)
      .map(({ name }) => name.replace(/\.[0-9]+$/, ''))
      .reverse(),
  )
  const sample = (calicoVersion: Release): readonly string[] => {
    const result = compile({ ...goldenInput('versions/tour'), node: 'node-1', calicoVersion })
    if (!result.ok) throw new Error(JSON.stringify(result.diagnostics.map(({ message }) => message)))
    return Object.values(result.output.versions).flatMap(({ text }) => `${text.iptables}${text.ipset}`.split('\n'))
  }
  for (const [index, now] of patches.entries()) {
    const before = patches[index - 1]
    if (before === undefined) continue
    const body = sections.get(now.name.replace(/\.[0-9]+$/, '')) ?? ''
    const told = [...body.matchAll(/^- ([\s\S]*?)\.(?=\n\n|\n-|\n```|\n$|$)/gm)].map(([, words]) =>
      (words ?? '').replace(/\n\s+/g, ' '),
    )
    const wanted = differingFacts(before, now).filter(key => factWords(before, key) !== factWords(now, key))
    t.same(told.sort(), wanted.map(key => capital(factWords(now, key))).sort(), `${now.name}: all that changed`)
    const [old, later] = [sample(before), sample(now)]
    const lines = [...body.matchAll(/^([-+])(-[AI] .*|create .*|add .*)$/gm)]
    t.ok(lines.length >= 2, `${now.name} has a before and an after`)
    for (const [, sign, line = ''] of lines) {
      const [there, gone] = sign === '-' ? [old, later] : [later, old]
      t.ok(there.includes(line), `${now.name}: ${sign} ${line} is there`)
      t.notOk(gone.includes(line), `${now.name}: ${sign} ${line} is not in the other`)
    }
  }
})

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
