// Folders as they are: files that cannot be read, templates, what is left out, and the same resource in several places.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findUpwards, isIgnoredOn } from '../src/cli/config-file.ts'
import { comparingBudget, exclusionOf } from '../src/cli/excluded-files.ts'
import { layersOf } from '../src/cli/input-layers.ts'
import { writeSkippedFiles } from '../src/cli/messages.ts'
import { compile } from '../src/compile.ts'
import { configFileSchema, OUTPUT_FORMATS } from '../src/parser/config-file-schema.ts'
import { NO_WAIVERS, waive } from '../src/report/waivers.ts'
import { CORPUS_FOLDER } from './helpers/cases.ts'
import { cliCommands } from './helpers/cli-commands.ts'
import { runCommand as run, SILENT } from './helpers/run-command.ts'

const policy = (name: string, net: string): string =>
  `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: ${name}}\nspec: {selector: all(), types: [Egress], egress: [{action: Allow, destination: {nets: [${net}/32]}}]}\n`
const HOST =
  'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\nspec: {node: n1, interfaceName: "*"}\n'
const BAD = policy('bad', '192.0.2.0').replace('all()', 'all')
const ENCRYPTED = Buffer.from('\0GITCRYPT\0\xb7\x01', 'latin1')
const CASES = join(CORPUS_FOLDER, '../cases/real')
const SKIP = { skip: existsSync(CASES) ? false : `no cases at ${CASES}: set CORPUS` }

t.test('one bad file does not hide the rest', async t => {
  const folder = t.testdir({ 'a.yaml': '', 'b.yaml': BAD, 'c.yaml': policy('c', '192.0.2.1') })
  const { writeFileSync } = await import('node:fs')
  const rows: readonly (readonly [Buffer, RegExp])[] = [
    [
      ENCRYPTED,
      /a\.yaml:1:1: error: the file is encrypted by git-crypt \(unlock it, or leave it out with `--exclude`\)/,
    ],
    [Buffer.from([0x61, 0xff]), /a\.yaml:1:2: error: the byte 0xFF is not UTF-8/],
    [Buffer.from('a: {{ .Values.a }}\n'), /a\.yaml:1:4: error: the file is a template/],
  ]
  for (const [bytes, wanted] of rows) {
    writeFileSync(join(folder, 'a.yaml'), bytes)
    const checked = await run(['check', folder])
    t.match(checked, { code: 1, out: wanted, err: /2 errors in 2 files\nread 1 policy/ })
    t.match(checked.out, /b\.yaml:4:.*selector-syntax/, 'the fault in the other file')
    const compiled = await run(['compile', folder, '--node', 'n1'])
    t.match(compiled, { code: 2, out: '', err: wanted })
    t.match(compiled.err, /b\.yaml:4:.*selector-syntax/)
  }
  t.match(await run(['convert', folder]), { code: 2, out: '' })
  writeFileSync(join(folder, 'a.yaml'), ENCRYPTED)
  const others = ['--exclude', 'a.yaml', '--exclude', 'b*']
  t.match(await run(['compile', folder, '--node', 'n1', ...others]), {
    code: 0,
    err: /left out 2 paths \(excluded\): .*a\.yaml, .*b\.yaml/,
  })
  t.match(
    await run(['check', join(folder, 'a.yaml')]),
    { code: 2, out: '', err: /git-crypt/ },
    'nothing else to look at',
  )
})

t.test('a template is told from text that looks like one', async t => {
  const rows: readonly (readonly [title: string, text: string, severity: 'error' | 'warning' | undefined])[] = [
    [
      'in a text block',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t: |\n    {{ define "x" }}\n    a: {{ .b }}\n',
      undefined,
    ],
    [
      'folded, with an indentation',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t: >2-\n     {{ x }}\n  u: b\n',
      undefined,
    ],
    [
      'in a text block of a list',
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nitems:\n- |\n  {% if a %}\n',
      undefined,
    ],
    ['quoted', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {t: "{{ x }}"}\n', undefined],
    [
      'behind a text block',
      `${policy('p', '192.0.2.1')}---\nkind: ConfigMap\ndata:\n  t: |\n    a\n  u: {{ b }}\n`,
      'warning',
    ],
    ['of a kind that makes rules', 'kind: NetworkPolicy\nmetadata:\n  name: {{ .Values.name }}\n', 'error'],
    ['of a kind that makes none', 'kind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n', 'warning'],
    ['of a kind that is not known', 'kind: {{ .Values.kind }}\nmetadata: {}\n', 'error'],
    ['without any kind', '{{ include "policies" . }}\n', 'error'],
    ['Jinja', 'kind: GlobalNetworkPolicy\nspec:\n  ingress:\n{% for x in y %}\n  - a: b\n{% endfor %}\n', 'error'],
    ['in quotes with quotes in them', 'kind: Pod\nmetadata:\n  name: "{{ include "a.b" . }}-test"\n', 'error'],
    ['Jinja, in a list', 'kind: GlobalNetworkPolicy\nspec:\n  nets: [{{ x }}/32]\n', 'error'],
  ]
  for (const [title, text, severity] of rows) {
    const { diagnostics } = compile({ files: [{ name: 'a.yaml', text }], node: 'n1' })
    const found = diagnostics.filter(({ code }) => code === 'template').map(one => one.severity)
    t.strictSame(found, severity === undefined ? [] : [severity], title)
  }
})

t.test('files of other tools are told by what is in them, by their names, and by the chart around them', t => {
  const chart = { name: 'app/Chart.yaml', text: 'apiVersion: v2\nname: a\nversion: 1.0.0\n' }
  const rows: readonly (readonly [file: string, text: string, code: 'other-file' | 'not-a-resource'])[] = [
    ['app/values.yaml', 'replicaCount: 1\n', 'other-file'],
    ['app/values.yaml', 'ingress: {enabled: true}\n', 'other-file'],
    ['app/ci/default.yaml', 'networkPolicy: {enabled: true}\n', 'other-file'],
    ['app/charts/sub/x.yaml', 'a: b\n', 'other-file'],
    ['apps/default.yaml', 'networkPolicy: {enabled: true}\n', 'not-a-resource'],
    ['app/templates/a.yaml', 'a: b\n', 'not-a-resource'],
    ['app/policy.yaml', 'selector: all()\ningress: [{action: Allow}]\n', 'not-a-resource'],
    ['app/values.yaml', 'metadata: {name: a}\nspec: {selector: all()}\n', 'not-a-resource'],
    ['app/values.yaml', 'Kind: NetworkPolicy\nselector: all()\n', 'not-a-resource'],
    ['argo/values-prod.yaml', 'server: {}\n', 'other-file'],
    ['argo/prod.values.yml', 'server: {}\n', 'other-file'],
    ['flux/values/redis.yaml', 'auth: {}\n', 'other-file'],
    ['our.values/apps/redis.yaml', 'auth: {}\n', 'not-a-resource'],
    ['flux/myvalues.yaml', 'auth: {}\n', 'not-a-resource'],
    ['base/kustomization.yaml', 'resources: [a.yaml]\n', 'other-file'],
    ['base/patch.yaml', 'spec: {order: 5}\n', 'not-a-resource'],
    ['.golangci.yml', 'linters: {}\n', 'other-file'],
    ['.github/labels.yml', 'a: b\n', 'other-file'],
    ['.guard.yml', 'selector: all()\n', 'not-a-resource'],
    ['../a.yaml', 'a: b\n', 'not-a-resource'],
    ['a.yaml', '{op: replace, path: /spec}\n', 'other-file'],
    ['a.yaml', 'services: {a: {environment: {A: b}}}\n', 'other-file'],
    ['a.yaml', 'services: [a]\n', 'not-a-resource'],
    ['a.yaml', 'jobs: {}\nworkflows: {}\n', 'other-file'],
    ['a.yaml', 'trigger: [main]\nsteps: []\n', 'other-file'],
    ['a.yaml', 'runs: {using: composite}\n', 'other-file'],
    ['a.yaml', 'openapi: 3.1.0\ninfo: {}\ncomponents: {}\n', 'other-file'],
    ['a.yaml', 'route: {}\nreceivers: []\n', 'other-file'],
    ['a.yaml', 'releases: [{chart: a}]\n', 'other-file'],
    ['a.yaml', 'site_name: a\n', 'other-file'],
    ['a.yaml', 'creation_rules: []\n', 'other-file'],
    ['a.yaml', 'password: ENC[a]\nsops: {age: []}\n', 'other-file'],
    ['a.yaml', 'AWSTemplateFormatVersion: a\nResources: {}\n', 'other-file'],
    ['a.yaml', 'version: "3"\ntasks: {}\n', 'other-file'],
    ['a.json', '{"$schema": "a", "type": "object"}', 'other-file'],
    ['a.yaml', 'version: "3"\n', 'not-a-resource'],
  ]
  for (const [name, text, code] of rows) {
    const { diagnostics } = compile({ files: [{ name, text }, chart], node: 'n1' })
    const found = diagnostics.filter(({ place }) => place?.file.name === name).map(one => [one.code, one.severity])
    t.strictSame(found, [[code, code === 'other-file' ? 'note' : 'error']], `${name}: ${text}`)
  }
  t.end()
})

t.test('.calitablesignore and --exclude are written as .gitignore', async t => {
  const folder = t.testdir({
    '.calitablesignore': '# of no use\nold/\n*.tmpl.yaml\n!keep.tmpl.yaml\n',
    'a.yaml': policy('a', '192.0.2.1'),
    'x.tmpl.yaml': BAD,
    'keep.tmpl.yaml': policy('keep', '192.0.2.2'),
    old: { 'b.yaml': BAD },
    in: { '.calitablesignore': '/c.yaml\n', 'c.yaml': BAD, deep: { 'c.yaml': policy('c', '192.0.2.3') } },
  })
  const checked = await run(['check', folder, '-R'])
  t.match(checked, { code: 0, out: '', err: /read 3 policies, .* in 3 files: a part of a cluster\n/ })
  t.match(checked.err, /left out 3 paths \(excluded\): .*c\.yaml, .*old, .*x\.tmpl\.yaml/)
  t.match((await run(['check', folder, '-R', '--exclude', '**/deep/**', '--exclude', 'a.y?ml'])).err, /read 1 policy/)
  t.match(await run(['check', join(folder, 'x.tmpl.yaml')]), { code: 1 }, 'a file that is given itself is read')
})

t.test('.calitablesignore may have the line ends of Windows, and patterns have bounds', async t => {
  const folder = t.testdir({
    '.calitablesignore': '# not ** a ** pattern ** of ** files\r\nold/\r\n*.tmpl.yaml\r\n',
    'a.yaml': policy('a', '192.0.2.1'),
    'x.tmpl.yaml': BAD,
    old: { 'b.yaml': BAD },
  })
  t.match(await run(['check', folder, '-R']), { code: 0, err: /^read 1 policy, .* in 1 file: /m })
  const excludes = (patterns: readonly string[]) => exclusionOf(patterns, '/x', comparingBudget()).excludes('/x/a/b/c')
  t.equal(excludes(['a/**/b/**/c/**']), false, 'three `**` are taken')
  t.throws(() => excludes(['**/a/**/b/**/c/**']), /more than 3 times/)
  const many = Array.from({ length: 1000 }, (_, i) => `x${i}`)
  t.equal(excludes(many), false, 'a thousand patterns are taken')
  t.throws(() => excludes([...many, 'c']), /more than 1000 patterns/)
  const left = async (count: number): Promise<string> => {
    const err: string[] = []
    const files = Array.from({ length: count }, (_, i) => ({ path: `p${i}`, why: 'excluded' }))
    await writeSkippedFiles(files, { ...SILENT, writeError: async text => void err.push(text) })
    return err.join('')
  }
  t.equal(await left(1), 'note: left out 1 path (excluded): p0\n')
  t.equal(await left(5), 'note: left out 5 paths (excluded): p0, p1, p2, p3, p4\n')
  t.equal(await left(6), 'note: left out 6 paths (excluded): p0, p1, p2, p3, p4, and 1 more\n')
})

t.test('compile --all-nodes takes away what an earlier run wrote, and writes nowhere else', async t => {
  const folder = t.testdir({
    'h.yaml': `${HOST}---\n${HOST.replace('name: h', 'name: h2').replace('n1', 'n2')}`,
    'odd.yaml': `${HOST}---\n${HOST.replace('name: h', 'name: h2').replace('n1', '..')}`,
    out: {},
  })
  const out = join(folder, 'out')
  const all = (file: string, ...more: readonly string[]) =>
    run(['compile', '--all-nodes', '--output-dir', out, '-f', join(folder, file), ...more])
  t.match(await all('h.yaml', '--felix-env', 'none'), { code: 0 })
  t.ok(existsSync(join(out, 'n2/v6.ipset')))
  t.match(await all('h.yaml', '--felix-env', 'FELIX_IPV6SUPPORT=false'), { code: 0 })
  const there = ['v4.iptables', 'v4.ipset', 'v6.iptables', 'v6.ipset'].map(name => existsSync(join(out, 'n2', name)))
  t.strictSame(there, [true, true, false, false], 'rules that nothing would load are gone')
  t.match(await all('odd.yaml', '--felix-env', 'none'), { code: 2, out: '' })
  t.notOk(existsSync(join(folder, 'v4.iptables')), 'a node is no way out of the folder')
})

t.test('what was read is said, and nothing is right where nothing was looked at', async t => {
  const folder = t.testdir({ 'a.yaml': HOST, b: { 'p.yaml': policy('p', '192.0.2.1') } })
  t.match(await run(['check', folder]), {
    code: 0,
    err: 'no policy was read: nothing was checked\nread 0 policies, 1 endpoint and 0 sets in 1 file: a part of a cluster\n',
  })
  t.match(await run(['check', folder, '-R']), {
    err: /^nothing wrong\nread 1 policy, 1 endpoint and 0 sets in 2 files: a part of a cluster\n/,
  })
})

t.test('the same resource twice in one input', async t => {
  const folder = t.testdir({
    differ: { 'a.yaml': HOST + '---\n' + policy('p', '192.0.2.1'), 'b.yaml': policy('p', '192.0.2.2') },
    equal: { 'a.yaml': HOST + '---\n' + policy('p', '192.0.2.1'), 'b.yaml': `# again\n${policy('p', '192.0.2.1')}` },
    names: {
      'a.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {a: b}}\n`,
    },
  })
  const differ = await run(['check', join(folder, 'differ')])
  t.match(differ, {
    code: 0,
    out: /b\.yaml:1:1: warning: `GlobalNetworkPolicy p` is in the input twice, first at .*a\.yaml:6 /,
  })
  t.match(await run(['compile', join(folder, 'differ')]), {
    code: 2,
    out: '',
    err: /error: `GlobalNetworkPolicy p` is in the input twice/,
  })
  t.match(await run(['check', join(folder, 'equal')]), {
    code: 0,
    out: /warning: .* twice, first at .*; both say the same/,
  })
  const equal = await run(['compile', join(folder, 'equal')])
  t.match(equal, { code: 0, err: /note: .*both say the same/ })
  t.equal(equal.out, (await run(['compile', '-f', join(folder, 'equal/a.yaml')])).out)
  t.match(await run(['check', join(folder, 'names')]), { out: /warning: `Namespace shop` is in the input twice/ })
})

t.test('a resource of a later -f takes the place of the earlier one', async t => {
  const pod = (phase: string): string =>
    `apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: d}\nspec: {nodeName: n1, containers: [{name: c}]}\nstatus: {podIP: 10.0.0.5, podIPs: [{ip: 10.0.0.5}], phase: ${phase}}\n`
  const space = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: d}\n---\n'
  const folder = t.testdir({
    'dump.yaml': `${space}${policy('p', '192.0.2.1')}---\n${pod('Running')}`,
    'change.yaml': policy('p', '192.0.2.2'),
    'crd.yaml': policy('p', '192.0.2.3').replace('projectcalico.org/v3', 'crd.projectcalico.org/v1'),
    'done.yaml': pod('Succeeded'),
  })
  const at = (name: string): string => join(folder, name)
  const changed = await run(['compile', '-f', at('dump.yaml'), '-f', at('change.yaml'), '--node', 'n1'])
  t.match(changed, {
    code: 0,
    out: /192\.0\.2\.2/,
    err: /change\.yaml:1:1: note: `GlobalNetworkPolicy p` takes the place of the one in an earlier input/,
  })
  t.notMatch(changed.out, /192\.0\.2\.1/)
  const back = await run(['compile', '-f', at('change.yaml'), '-f', at('dump.yaml'), '--node', 'n1'])
  t.match(back, { code: 0, out: /192\.0\.2\.1/ })
  t.match(await run(['compile', '-f', at('dump.yaml'), '-f', at('crd.yaml'), '--node', 'n1']), {
    code: 0,
    out: /192\.0\.2\.3/,
  })
  t.match(
    await run(['compile', '-f', at('dump.yaml'), at('change.yaml'), '--node', 'n1']),
    { code: 2, out: '' },
    'one -f is one input',
  )
  const gone = await run(['compile', '-f', at('dump.yaml'), '-f', at('done.yaml'), '--node', 'n1'])
  t.match(gone, { code: 0 })
  t.notMatch(gone.out, /cali-tw-/, 'a pod that is done has no chains')
  t.match(await run(['check', '-f', at('dump.yaml'), '-f', at('change.yaml'), '-q']), { code: 0, out: '', err: '' })
})

t.test('which files were given together', async t => {
  const layers = (line: string): unknown => Object.fromEntries(layersOf(line.split(' ')))
  t.strictSame(layers('compile -f a b -f c --node n d'), { a: 1, b: 1, c: 2 })
  t.strictSame(layers('check base -Rf a --filename=b -fc'), { a: 1, b: 2, c: 3 })
  t.strictSame(layers('check -f - -- -f x'), { '-': 1 })
})

t.test('recorded: d04, d05, d14, d26', SKIP, async t => {
  t.match(await run(['check', join(CASES, 'd04-template-in-text-block.yaml')]), { code: 0, out: '' })
  const d05 = await run(['check', join(CASES, 'd05-one-binary-file')])
  t.match(d05.out, /secret\.yaml.*bad-encoding[^]*policy\.yaml.*selector-syntax/)
  t.match(
    (await run(['check', join(CASES, 'd14-jinja-template.yml')])).out,
    /^\S*:9:1: error: the file is a template: `\{%`/,
  )
  const d26 = await run(['check', '-R', join(CASES, 'd26-regions')])
  t.match(d26, { code: 0, out: /^\S*b\/p\.yaml:1:1: warning: .*first at \S*a\/p\.yaml:1 .*\n$/ })
})

t.test('a label that nothing in a part of a cluster has is one note', async t => {
  const rule = (label: string): string => `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: NAME, namespace: shop}
spec:
  podSelector: {}
  policyTypes: [Ingress]
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {${label}}}
`
  const space = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {component: shop, team: red}}\n'
  const folder = t.testdir({
    'a.yaml': space,
    'b.yaml': rule('purpose: x').replace('NAME', 'b'),
    'c.yaml': rule('purpose: "y"').replace('NAME', 'c'),
    'd.yaml': rule('tean: red').replace('NAME', 'd'),
    'node.yml': '',
  })
  const part = await run(['check', folder])
  t.equal(part.out.match(/note: .*`purpose`.*and at 1 more place/g)?.length, 1, part.out)
  t.match(part.out, /d\.yaml:\d+:\d+: warning: .*`tean`.*did you mean `team`/)
  t.match(part.err, /a part of a cluster/)
  const whole = await run(['check', folder, '--whole'])
  t.equal(whole.out.match(/warning: .*`purpose`/g)?.length, 2)
  t.match(whole.err, /a dump of a cluster/)
  const { writeFileSync } = await import('node:fs')
  for (const text of [
    'apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n',
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  resourceVersion: "12"\n',
  ]) {
    writeFileSync(join(folder, 'node.yml'), text)
    t.match(await run(['check', folder]), { err: /a dump of a cluster/, out: /warning: .*`purpose`/ })
    t.match(await run(['check', folder, '--part']), { err: /a part of a cluster/, out: /note: .*`purpose`/ })
  }
  t.match(await run(['check', folder, '--part', '--whole']), { code: 2, out: '' })
})

t.test('recorded: d07', SKIP, async t => {
  const { code, out } = await run(['check', join(CASES, 'd07-unmatched-label-in-team-repo.yaml')])
  t.match({ code, out }, { code: 0, out: /^\S+: note: .*`component`.*\n$/ })
})

const LOOSE = (name: string, more = ''): string =>
  `apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: ${name}}\nspec:\n  types: [Ingress]\n  egress: [{action: Allow}]${more}\n`

t.test('findings that somebody has looked at', async t => {
  const folder = t.testdir({
    'plain.yaml': LOOSE('a'),
    'line.yaml': LOOSE('b', ' # calitables: ignore unused-rules for later'),
    'above.yaml': LOOSE('c').replace('  egress', '  # calitables: ignore unused-rules\n  egress'),
    'whole.yaml': `${LOOSE('d')}---\n# calitables: ignore unused-rules all of this\n${LOOSE('e')}`,
    'stale.yaml': LOOSE('f').replace('  egress', '  # calitables: ignore octal-number not there\n  egress'),
    'slip.yaml': LOOSE('h').replace('  egress', '  # calitables: ignore octal-numbr there\n  egress'),
    'wrong.yaml': LOOSE('g').replace('types', 'tipes: [a] # calitables: ignore unknown-field\n  types'),
  })
  const check = (name: string, ...more: readonly string[]): ReturnType<typeof run> =>
    run(['check', join(folder, name), ...more])
  const count = ({ out }: { readonly out: string }): number => out.match(/unused-rules\]/g)?.length ?? 0
  const rows: readonly (readonly [string, readonly string[], number])[] = [
    ['plain.yaml', [], 1],
    ['plain.yaml', ['--ignore', 'unused-rules'], 0],
    ['line.yaml', [], 0],
    ['above.yaml', [], 0],
    ['whole.yaml', [], 1],
    ['stale.yaml', [], 1],
  ]
  for (const [name, more, wanted] of rows)
    t.equal(count(await check(name, ...more)), wanted, `${name} ${more.join(' ')}`)
  t.match(await check('line.yaml'), { err: /note: 1 finding is ignored/ })
  t.match(await check('stale.yaml'), { err: /note: not needed: .*stale\.yaml:6: ignore octal-number\n/ })
  t.match(await check('slip.yaml'), {
    err: /note: .*slip\.yaml:6: there is no code `octal-numbr`; did you mean `octal-number`\?\n/,
  })
  t.match(await check('plain.yaml', '--ignore', 'octal-number'), { err: /note: not needed: --ignore octal-number\n/ })
  t.match(await check('wrong.yaml'), { code: 1, out: /unknown-field/ }, 'an error stays')
  // Who knows what would be found where something could not be read.
  t.notMatch((await check('wrong.yaml', '--ignore', 'octal-number')).err, /not needed/)
  for (const comment of [
    '# calitables ignore unused-rules later',
    '# calitables: disable unused-rules',
    '# calitables-ignore unused-rules',
    '# Calitables: Ignore unused-rules later',
    '# calitables: ignore',
    '# calitables: ignore unused-rules,octal-number later',
  ]) {
    writeFileSync(join(folder, 'none.yaml'), LOOSE('i', ` ${comment}`))
    const told = await check('none.yaml')
    t.equal(count(told), 1, comment)
    t.match(told.err, /note: .*none\.yaml:6: nothing is ignored: write `# calitables: ignore CODE reason`\n/, comment)
  }
  for (const comment of ['# calitables: ignore unused-rules, as it is', '# calitables: ignore unused-rules: meant']) {
    writeFileSync(join(folder, 'one.yaml'), LOOSE('j', ` ${comment}`))
    const told = await check('one.yaml')
    t.equal(count(told), 0, comment)
    t.notMatch(told.err, /nothing is ignored/, comment)
  }
  t.match(await check('plain.yaml', '--severity', 'unused-rules=error'), { code: 1, out: /: error: .*unused-rules/ })
  t.match(await check('plain.yaml', '--severity', 'unused-rules=note', '--fail-on', 'warning'), { code: 0 })
  t.match(await check('plain.yaml', '--ignore', 'unused-rule'), {
    code: 2,
    out: '',
    err: /did you mean `unused-rules`/,
  })
  t.match(await check('plain.yaml', '--severity', 'unused-rules=fatal'), {
    code: 2,
    out: '',
    err: /error, warning or note/,
  })
})

t.test('how far a comment reaches that a finding is known', t => {
  const known = '# calitables: ignore no-selector'
  const rows: readonly (readonly [why: string, text: string, at: string, isLeftOut: boolean])[] = [
    ['on its line', `a: 1\nb: 2 ${known}\nc: 3\n`, 'b', true],
    ['not on the next one', `a: 1\nb: 2 ${known}\nc: 3\n`, 'c: 3', false],
    ['not on the one before', `a: 1\nb: 2 ${known}\nc: 3\n`, 'a: 1', false],
    ['by itself on the next line', `a: 1\n${known}\nb: 2\nc: 3\n`, 'b: 2', true],
    ['and no further', `a: 1\n${known}\nb: 2\nc: 3\n`, 'c: 3', false],
    ['before a resource in all of it', `${known}\na: 1\nb: 2\nc: 3\n---\nd: 4\n`, 'c: 3', true],
    ['and not in the one behind it', `${known}\na: 1\nb: 2\nc: 3\n---\nd: 4\n`, 'd: 4', false],
  ]
  for (const [why, text, at, isLeftOut] of rows) {
    const file = { name: 'a.yaml', text }
    const start = text.indexOf(at)
    const place = { file, start, end: start + 1 }
    const found = [{ severity: 'warning', code: 'no-selector', message: '', place }] as const
    t.equal(waive(found, NO_WAIVERS, [file]).diagnostics.length, isLeftOut ? 0 : 1, why)
  }
  t.end()
})

t.test('every command leaves out what is ignored, and stops at what was made an error', async t => {
  const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: default}\nspec: {nodeName: node-1}\n'
  const folder = t.testdir({
    'in.yaml': `${LOOSE('a')}---\n${pod}status: {podIP: 10.65.0.2}\n`,
    'saved.txt': '*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n',
  })
  const file = join(folder, 'in.yaml')
  const commands: Readonly<Record<string, readonly string[]>> = {
    compile: [],
    trace: ['--from', '10.65.0.9', '--to', 'pod/default/p', '--dport', '80'],
    explain: ['--policy', 'a'],
    'which policies': ['--endpoint', 'pod/default/p'],
    audit: ['--rules', join(folder, 'saved.txt')],
    diff: [],
  }
  for (const [command, more] of Object.entries(commands)) {
    const base = [
      ...command.split(' '),
      ...(command === 'diff' ? [file, file] : ['-f', file]),
      '--node',
      'node-1',
      ...more,
    ]
    // What policies are worth is no question of an audit; what is known of the node is.
    const code = command === 'audit' ? 'host-unknown' : 'unused-rules'
    t.match((await run(base)).err, `[${code}]`, `${command} says it`)
    t.notMatch((await run([...base, '--ignore', code])).err, `[${code}]`, `${command} leaves it out`)
    const raised = await run([...base, '--severity', `${code}=error`])
    t.match(raised, { code: 2, out: '', err: 'error: ' }, `${command} stops at it`)
    t.match(raised.err, `[${code}]`, `${command} says what it stops at`)
  }
  const several = await run(['compile', '-f', file, '-f', join(folder, 'in.yaml'), '--node', 'node-1'])
  t.notMatch(several.err, /note: read/, 'one file is read whole')
})

t.test('compile says what it read of a folder, and what it left out', async t => {
  const folder = t.testdir({
    'a.yaml': LOOSE('a'),
    'b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
    'c.yaml': LOOSE('c'),
  })
  const { err } = await run(['compile', '-f', folder, '--node', 'n', '--exclude', 'c.yaml'])
  t.match(err, /^note: read 1 policy, 0 endpoints and 0 sets in 2 files$/m)
  t.match(err, /^note: skipped 1 document of kinds that do not change rules: 1 v1 ConfigMap$/m)
  t.match(err, /^note: left out 1 path \(excluded\): .*c\.yaml$/m)
})

t.test('collect prints what to run, and writes one file a kind', async t => {
  const printed = await run(['collect', '--print', '--context', 'a b', '--node', 'worker-1', '--output-dir', 'dump'])
  t.match(printed, { code: 0, err: '' })
  t.match(printed.out, /^kubectl --context 'a b' get pods -A -o yaml > dump\/pods\.yaml$/m)
  const dash = await run(['collect', '--print', '--output-dir=-rf'])
  t.match(dash.out, /^mkdir -p \.\/-rf\n[^]* > \.\/-rf\/pods\.yaml$/m, 'what is pasted is no option')
  for (const option of ['--context', '--node', '--output-dir'])
    t.match(await run(['collect', '--print', option, 'a\nb']), {
      code: 2,
      out: '',
      err: /`a\\nb` cannot stand in a command/,
    })
  t.match(printed.out, /^kubectl .* get globalnetworkpolicies\.crd\.projectcalico\.org -A -o yaml/m)
  t.match(printed.out, /get deployments\.apps -A --field-selector metadata\.name=calico-kube-controllers -o yaml/)
  t.strictSame(
    printed.out.split('\n').filter(line => /configmap/i.test(line)),
    [
      "kubectl --context 'a b' get configmaps -n kube-system --field-selector metadata.name=calico-config -o yaml > dump/configmaps.yaml",
    ],
    'one ConfigMap, and no other',
  )
  t.match(printed.out, /iptables-save -c > v4\.save; ip6tables-save -c > v6\.save; ipset save > sets\.save$/m)
  t.notMatch(printed.out, /secret/i, 'nothing but kinds that decide rules')
  const tools = t.testdir({ out: {} })
  const { writeFileSync, readdirSync } = await import('node:fs')
  const fake = (script: string): void =>
    writeFileSync(join(tools, 'kubectl'), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${tools}:${path ?? ''}`
  fake(
    'case "$2" in *operator*) echo "error: the server doesn\'t have a resource type" >&2; exit 1;; esac; echo "# $*"',
  )
  const done = await run(['collect', '--output-dir', join(tools, 'out')])
  t.match(done, { code: 0, err: /does not have installations\.operator\.tigera\.io/, out: /ipset save/ })
  t.equal(readFileSync(join(tools, 'out/pods.yaml'), 'utf8'), '# get pods -A -o yaml\n')
  t.ok(readdirSync(join(tools, 'out')).length > 20)
  const lacking = (kinds: string): void =>
    fake(`case "$2" in ${kinds}) echo "error: the server doesn't have a resource type" >&2; exit 1;; esac; echo "# $*"`)
  lacking('*.crd.projectcalico.org')
  t.match(
    await run(['collect', '--output-dir', join(tools, 'out')]),
    { code: 0, err: '' },
    'a cluster of native v3 CRDs',
  )
  t.match(readFileSync(join(tools, 'out/tiers.projectcalico.org.yaml'), 'utf8'), /^# get tiers\.projectcalico\.org /)
  t.notOk(existsSync(join(tools, 'out/tiers.crd.projectcalico.org.yaml')), 'nor what was collected before')
  lacking('*projectcalico.org')
  const etcd = await run(['collect', '--output-dir', join(tools, 'out')])
  t.match(etcd, { code: 0, err: /^warning: the cluster has no kinds of Calico's, .*calicoctl get KIND/ })
  t.notOk(existsSync(join(tools, 'out/tiers.projectcalico.org.yaml')))
  fake('echo "Unable to connect" >&2; exit 1')
  t.match(await run(['collect', '--output-dir', join(tools, 'none')]), { code: 2, out: '', err: /Unable to connect/ })
  t.notOk(existsSync(join(tools, 'none')))
})

t.test('collect takes for missing what kubectl says is missing, and any other end of kubectl for an error', async t => {
  const tools = t.testdir({})
  const { writeFileSync } = await import('node:fs')
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${tools}:${path ?? ''}`
  const fake = (script: string): void =>
    writeFileSync(join(tools, 'kubectl'), `#!/bin/sh\n${script}\necho "# $*"\n`, { mode: 0o755 })
  const collect = () => run(['collect', '--output-dir', join(tools, 'out')])
  const missing: readonly (readonly [says: string, kinds: string, wanted: RegExp])[] = [
    ['the server doesn\'t have a resource type "x"', 'tiers*', /^note: .* not have tiers\.projectcalico\.org\n$/],
    [
      'Error from server (NotFound): Unable to list "tiers": the server could not find the requested resource',
      'tiers*',
      /^note: .* not have tiers\.projectcalico\.org\n$/,
    ],
    // Releases differ in the kinds that they have: some that are not there are no cluster without Calico.
    [
      "doesn't have a resource type",
      'staged*',
      /^note: the cluster does not have stagedglobalnetworkpolicies[^\n]*\n$/,
    ],
  ]
  for (const [says, kinds, wanted] of missing) {
    fake(`case "$2" in ${kinds}) cat >&2 <<'END'\n${says}\nEND\nexit 1;; esac`)
    t.match(await collect(), { code: 0, err: wanted }, says)
    t.match(readFileSync(join(tools, 'out/felixconfigurations.crd.projectcalico.org.yaml'), 'utf8'), /^# get felix/)
  }
  const refused: readonly (readonly [script: string, title: string, wanted: RegExp])[] = [
    ['exit 3', 'it says nothing', /error: kubectl get namespaces: exit code 3 /],
    ['printf "cut of"; kill -9 $$', 'it was killed, so that its text may be cut', /error: kubectl get namespaces: /],
    [
      'echo "E1129 09:00:00 memcache.go:265] no route" >&2; echo "The connection was refused" >&2; exit 1',
      'its log is before what it says',
      /error: kubectl get namespaces: The connection was refused /,
    ],
    [
      'echo "error: exec plugin" >&2; echo "Unable to connect" >&2; echo "W1129 09:00:00 log.go:1] slow" >&2; exit 1',
      'its log is behind what it says',
      /error: kubectl get namespaces: Unable to connect /,
    ],
  ]
  const before = readFileSync(join(tools, 'out/pods.yaml'), 'utf8')
  for (const [script, title, wanted] of refused) {
    fake(script)
    t.match(await collect(), { code: 2, out: '', err: wanted }, title)
  }
  t.equal(readFileSync(join(tools, 'out/pods.yaml'), 'utf8'), before, 'no file is written')
  process.env['PATH'] = join(tools, 'none')
  t.match(await collect(), { code: 2, out: '', err: /kubectl cannot be run: no such file or folder/ })
})

t.test('what collect --print prints asks in a shell for the kinds that collect asks for itself', async t => {
  const { execFileSync } = await import('node:child_process')
  const { mkdirSync, readdirSync, writeFileSync } = await import('node:fs')
  const tools = t.testdir({ work: {} })
  const path = process.env['PATH']
  t.teardown(() => (process.env['PATH'] = path))
  process.env['PATH'] = `${tools}:${path ?? ''}`
  const odd = "it's $HOME; `b`"
  const named = ['--context', odd, '--node', 'worker-1']
  const folder = join(tools, "a 'folder'")
  const written = (): Readonly<Record<string, string>> =>
    Object.fromEntries(
      readdirSync(folder)
        .sort()
        .map(name => [name, readFileSync(join(folder, name), 'utf8')])
        // What a shell makes for a command that fails stays empty.
        .filter(([, text]) => text !== ''),
    )
  for (const lacking of ['*.crd.projectcalico.org', 'tiers.projectcalico.org']) {
    const says = 'echo "the server doesn\'t have a resource type" >&2; exit 1'
    writeFileSync(
      join(tools, 'kubectl'),
      `#!/bin/sh\ncase "$4" in ${lacking}) ${says};; esac\nprintf '# %s\\n' "$@"\n`,
      { mode: 0o755 },
    )
    mkdirSync(folder, { recursive: true })
    t.match(await run(['collect', ...named, '--output-dir', folder]), { code: 0 })
    const own = written()
    t.match(own['pods.yaml'], `# --context\n# ${odd}\n# get\n# pods\n# -A\n# -o\n# yaml\n`)
    for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '')
    const { out } = await run(['collect', '--print', ...named, '--output-dir', folder])
    const [commands = '', onNode = ''] = out.split('# On node worker-1:\n')
    execFileSync('/bin/sh', ['-c', commands], { cwd: join(tools, 'work'), stdio: 'ignore' })
    t.strictSame(written(), own, `a cluster without ${lacking}`)
    const [through = ''] = /^kubectl .* debug .*$/m.exec(onNode) ?? []
    const debug = through.replace(/ > host\.json$/, '')
    const asked = execFileSync('/bin/sh', ['-c', debug], { cwd: join(tools, 'work'), encoding: 'utf8' })
    t.match(asked, `# --context\n# ${odd}\n# debug\n# node/worker-1\n`, 'the same cluster and node')
    t.match(await run(['check', folder]), { code: 0 }, 'files that stayed empty are no mistake')
  }
})

t.test('settings of a folder stand under what the command line says', async t => {
  const settings = `paths: [policies]
node: n1
env: [none]
release: "3.31"
output: json
severity: {duplicate-value: error}
ignore:
  - {code: no-selector, reason: meant}
  - {code: empty-direction, reason: was meant, until: "2001-01-31"}
  - {code: release-found, reason: meant, until: "2999-12-31"}
`
  const folder = t.testdir({
    'calitables.yaml': settings,
    policies: { 'a.yaml': policy('a', '192.0.2.1'), 'h.yaml': HOST },
    other: { 'b.yaml': policy('b', '192.0.2.2/32, 192.0.2.2'), 'calitables.yaml': 'nothing: of this\n' },
    'bad.yaml':
      'path: [x]\nseverity: {no-selectr: error, no-selector: bad}\nignore: [{code: no-selector, reason: x, until: "2027-02-30"}]\n',
    'more.yaml': 'release: v9.1\noutput: xml\nignore: [{code: no-selectr}]\nseverity: {no-selector: bad}\n',
  })
  const config = ['--config', join(folder, 'calitables.yaml')]
  const compiled = await run(['compile', ...config])
  t.match(compiled, { code: 0, err: /settings of `.*calitables\.yaml` are used/ })
  t.match(JSON.parse(compiled.out), { node: 'n1', v4: { iptables: /:cali-po-default\/default\.a / } })
  t.notMatch(compiled.err, /environment is not known/)
  t.notMatch((await run(['compile', ...config, '-o', 'text'])).out, /^\{/)
  const other = await run(['check', ...config, join(folder, 'other')])
  t.equal(JSON.parse(other.out).summary.errors, 1, 'a value that stands there twice is an error here')
  const noted = await run(['check', ...config, '--severity', 'duplicate-value=note', join(folder, 'other')])
  t.equal(JSON.parse(noted.out).summary.errors, 0, 'what the command line says of a code wins')
  t.match(other.err, /`empty-direction` was to be ignored until 2001-01-31 \(was meant\): it counts again/)
  t.match(other.err, /read 1 policy, 0 endpoints and 0 sets in 1 file/)
  t.match(await run(['check', '--config', join(folder, 'bad.yaml'), folder]), {
    code: 2,
    out: '',
    err: /bad\.yaml:1:1: error: unknown field `path`.*\n.*there is no code `no-selectr`.*`no-selector`.*\n.*unknown severity `bad`.*\n.*`2027-02-30` is not a date/,
  })
  t.match(await run(['check', '--config', join(folder, 'more.yaml'), folder]), {
    code: 2,
    out: '',
    err: /more\.yaml:1:10: error: Calico `v9\.1` is not one of the releases here.*`release: v3\.32\.1`.*\n.*:2:9: error: .*unknown format `xml`.*\n.*:3:.*`ignore\[0\]\.reason` is missing; text is needed.*\n.*:3:.*no code `no-selectr`.*`no-selector`.*\n.*:4:.*unknown severity `bad`/,
  })
  const formats = (await cliCommands()).flatMap(command => command.formats)
  t.strictSame([...new Set(formats)].sort(), [...OUTPUT_FORMATS].sort(), 'the formats of all commands')
  const reached = await run(['reach', ...config])
  t.match(reached, { code: 0, err: /settings of `.*calitables\.yaml` are used/ }, 'reach is told what to read')
  t.match(JSON.parse(reached.out), { version: 1 })
  t.match(await run(['assert', join(folder, 'none.yaml'), ...config]), {
    code: 2,
    err: /are used\n(note: .*\n)*error: cannot read `.*none\.yaml`.*\n$/,
  })
  t.match(await run(['compile', '--config', 'none']), { code: 2, err: /nothing says what to read/ })
  t.equal(
    JSON.parse((await run(['explain', 'no-selector', ...config])).out).code,
    'no-selector',
    'the output of the settings',
  )
  t.match(await run(['explain', 'no-selector', ...config, '-o', 'text']), { code: 0, out: /^no-selector: / })
})

t.test('settings give way to what the command line says in their place', async t => {
  const folder = t.testdir({
    'calitables.yaml': 'paths: [h.yaml]\nnode: n1\nhost: [host.json]\nenv: [FELIX_IPV6SUPPORT=false]\n',
    'h.yaml': `${HOST}---\n${HOST.replace('name: h', 'name: h2').replace('n1', 'n2')}`,
    'host.json': '[{"ifname": "eth7", "flags": ["UP"], "addr_info": [{"local": "10.0.0.7", "prefixlen": 24}]}]',
    'felix.env': 'FELIX_IPTABLESMANGLEALLOWACTION=Return\n',
  })
  const compile = (...args: readonly string[]) => run(['compile', '--config', join(folder, 'calitables.yaml'), ...args])
  const own = await compile('-o', 'json')
  t.match(own.out, /10\.0\.0\.7/)
  t.match(JSON.parse(own.out), { node: 'n1', v4: {}, v6: undefined })
  t.match(await compile('--all-nodes', '--output-dir', join(folder, 'out')), { code: 0, err: /2 nodes written/ })
  const other = await compile('-o', 'json', '--node', 'n2')
  t.match(JSON.parse(other.out), { node: 'n2' })
  t.notMatch(other.out, /10\.0\.0\.7/, 'the interfaces of the settings are those of their node')
  const given = await compile('-o', 'json', '--felix-env-file', join(folder, 'felix.env'))
  t.match(JSON.parse(given.out), { v6: { iptables: /./ } }, 'variables of a file stand for those of the settings')
})

t.test('a variable of Felix that settings give is told at its place in them', async t => {
  const env = `env:\n  - FELIX_CHAININSERTMODE=bogus\n  - "FELIX_LOGPREFIX=a b"\n`
  const folder = t.testdir({
    'calitables.yaml': `paths: [h.yaml]\n${env}  - FELIX_DEFAULTENDPOINTTOHOSTACTION\n  - FELIX_IPV6SUPORT=false\n`,
    'good.yaml': `paths: [h.yaml]\nenv: [FELIX_IPV6SUPPORT=maybe,\n  "FELIX_LOGPREFIX=a b"]\n`,
    'h.yaml': HOST,
  })
  const compile = (name: string, ...more: readonly string[]) =>
    run(['compile', '--config', join(folder, name), ...more])
  const bad = await run(['check', '--config', join(folder, 'calitables.yaml')])
  t.equal(bad.code, 1)
  t.match(bad.out, /calitables\.yaml:3:5: error: Felix refuses to start: .*`bogus`/)
  t.match(bad.out, /calitables\.yaml:5:5: error: this is no setting of Felix/)
  t.match(bad.out, /calitables\.yaml:6:5: warning: Felix knows no parameter `IPV6SUPORT`/)
  t.match(await compile('calitables.yaml'), {
    code: 2,
    out: '',
    err: /calitables\.yaml:5:5: error: this is no setting/,
  })
  const good = await compile('good.yaml', '-o', 'json')
  t.match(good, { code: 0, err: /good\.yaml:2:7: warning: Felix cannot read Ipv6Support `maybe`/ })
  t.match(await compile('good.yaml', '--felix-env', 'FELIX_IPV6SUPPORT=maybe'), {
    err: /--felix-env:1:1: warning: Felix cannot read Ipv6Support `maybe`/,
  })
})

t.test('settings give way to what stands in their place under another name', async t => {
  const folder = t.testdir({
    'calitables.yaml': 'paths: [bad.yaml]\nenvFile: [off.env]\noutput: json\n',
    'host.yaml': 'host: [host.json]\n',
    'bad.yaml': policy('bad', '192.0.2.0').replace('Allow', 'Permit'),
    'off.env': 'FELIX_IPV6SUPPORT=false\n',
    'host.json': '[{"ifname": "eth7", "flags": ["UP"], "addr_info": [{"local": "10.0.0.7", "prefixlen": 24}]}]',
    'h.yaml': `${HOST}---\n${HOST.replace('name: h', 'name: h2').replace('n1', 'n2')}`,
    'wrong.yaml': 'nothing: of this\n',
  })
  const own = ['--config', join(folder, 'calitables.yaml')]
  const [hosts, bad] = [join(folder, 'h.yaml'), join(folder, 'bad.yaml')]
  t.match(JSON.parse((await run(['compile', '-f', hosts, '--node', 'n1', ...own])).out), { v6: undefined })
  const variable = ['--felix-env', 'FELIX_IPTABLESMANGLEALLOWACTION=Return']
  const other = await run(['compile', '-f', hosts, '--node', 'n1', ...own, ...variable])
  t.match(JSON.parse(other.out), { v6: { iptables: /./ } }, 'a variable stands for the file of variables')
  t.match(
    await run(['assert', '--init', '-q', ...own]),
    { code: 2, err: /bad\.yaml/ },
    'what the settings name is read',
  )
  const written = await run(['assert', '--init', hosts, ...own])
  t.match(written, { code: 0, out: /^assertions:/m }, 'with --init the first word is a path already')
  const asJson = await run(['check', bad, ...own])
  t.equal(JSON.parse(asJson.out).summary.errors, 1)
  const diff = await run(['check', bad, '--dry-run', ...own])
  t.match(diff, { code: 1, err: /^.*bad\.yaml:4:\d+: error: .*$/m }, 'beside a diff findings are told to people')
  const ofOne = ['--config', join(folder, 'host.yaml')]
  const all = await run(['compile', '-f', hosts, '--all-nodes', '--output-dir', join(folder, 'out'), ...ofOne])
  t.match(all, { code: 0, err: /2 nodes written/ })
  t.notMatch(all.err, /facts of `--host`/, 'files of one node are not asked for where all are meant')
  const wrong = await run(['check', bad, '-o', 'github', '--config', join(folder, 'wrong.yaml')])
  t.match(wrong, { code: 2, out: '', err: /^::error file=.*wrong\.yaml,line=1,/ }, 'mistakes in settings have the form')
})

t.test('a file of settings that is called like standard input is a file', async t => {
  const folder = t.testdir({ '-': `${policy('dash', '192.0.2.9')}---\n${HOST}` })
  const { writeFileSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const before = process.cwd()
  t.teardown(() => process.chdir(before))
  const compile = async (...args: readonly string[]) =>
    (await run(['compile', ...args], { input: `${policy('in', '192.0.2.8')}---\n${HOST}` })).out
  for (const dash of ['-', './-', 'x/../-']) {
    writeFileSync(join(folder, 'calitables.yaml'), `paths: ["${dash}"]\nnode: n1\n`)
    process.chdir(tmpdir())
    const elsewhere = await compile('--config', join(folder, 'calitables.yaml'))
    process.chdir(folder)
    for (const [out, where] of [
      [elsewhere, 'elsewhere'],
      [await compile(), 'in the folder itself'],
    ] as const) {
      t.match(out, /^:cali-po-gnp\/dash /m, `${dash}, ${where}`)
      t.notMatch(out, /^:cali-po-gnp\/in /m, 'nobody who runs the command said to read that')
    }
  }
})

t.test('links in a folder: one file is read once, and a circle has an end', async t => {
  const folder = t.testdir({
    'a.yaml': policy('a', '192.0.2.1'),
    'same.yaml': t.fixture('symlink', 'a.yaml'),
    inner: { 'b.yaml': policy('b', '192.0.2.2'), up: t.fixture('symlink', '..') },
  })
  const read = await run(['check', folder, '-R'])
  t.match(read, { code: 0, err: /^read 2 policies, 0 endpoints and 0 sets in 2 files: /m })
  t.notMatch(read.out, /duplicate-resource/)
  t.match(await run(['check', folder, join(folder, 'same.yaml')]), { err: /^read 1 policy, .* in 1 file: /m })
})

t.test('settings: a format that a command does not have, a release without quotes, a list', async t => {
  const folder = t.testdir({
    // A build server wants `github` of check and assert; the others go on as they do.
    'formats.yaml': 'output: github\n',
    'number.yaml': 'release: 3.30\n',
    'list.yaml': '- paths\n',
    'a.yaml': policy('a', '192.0.2.2/32, 192.0.2.2'),
    'h.yaml': HOST,
  })
  const rows: readonly (readonly [name: string, err: RegExp])[] = [
    ['number', /yaml:1:10: error: YAML takes `3\.30` for the number `3\.3` \(put it in quotes: "3\.30"\)/],
    ['list', /list\.yaml:1:1: error: expected a mapping, found a list /],
  ]
  const files = [join(folder, 'a.yaml'), join(folder, 'h.yaml'), '--node', 'n1', '--config']
  for (const [name, err] of rows)
    t.match(await run(['check', ...files, join(folder, `${name}.yaml`)]), { code: 2, out: '', err }, name)
  t.match(await run(['compile', ...files, join(folder, 'formats.yaml')]), { code: 0, out: /^\*raw\n/ })
  t.match(await run(['check', ...files, join(folder, 'formats.yaml')]), { code: 0, out: /^::warning file=/ })
})

t.test('settings are looked for up to the root of the repository', t => {
  const folder = t.testdir({ 'calitables.yaml': '', plain: { deep: {} }, repository: { '.git': {}, deep: {} } })
  const rows: readonly (readonly [start: string, found: string | undefined])[] = [
    ['.', 'calitables.yaml'],
    ['plain/deep', '../../calitables.yaml'],
    ['repository/deep', undefined],
    ['repository', undefined],
  ]
  for (const [start, found] of rows) t.equal(findUpwards(join(folder, start)), found, start)
  t.end()
})

t.test('a file of settings that has another name is told, unless there is one under its own', async t => {
  const folder = t.testdir({ '.git': {}, 'calitables.yml': 'paths: [a.yaml]\n', inside: {} })
  const before = process.cwd()
  process.chdir(join(folder, 'inside'))
  t.teardown(() => process.chdir(before))
  const note = /note: `\.\.\/calitables\.yml` is not used: settings are called `calitables\.yaml`/
  t.match(await run(['check']), { code: 2, err: note })
  writeFileSync(join(folder, 'calitables.yaml'), 'paths: []\n')
  t.notMatch((await run(['check'])).err, note)
})

t.test('a code is ignored until its last day has passed', t => {
  const rows: readonly (readonly [day: string, until: string | undefined, isIgnored: boolean])[] = [
    ['2027-01-30', '2027-01-31', true],
    ['2027-01-31', '2027-01-31', true],
    ['2027-02-01', '2027-01-31', false],
    ['2027-02-01', undefined, true],
  ]
  for (const [day, until, isIgnored] of rows) t.equal(isIgnoredOn(day, { until }), isIgnored, `${day}, until ${until}`)
  t.end()
})

t.test('page takes files by position and the settings; a command that reads none does not offer them', async t => {
  const two = `${HOST}---\n${HOST.replaceAll('n1', 'n2').replace('name: h', 'name: h2')}`
  const folder = t.testdir({
    'calitables.yaml': 'paths: [cluster]\nnode: n2\nrelease: v3.30.7\n',
    cluster: { 'a.yaml': two },
  })
  const config = ['--config', join(folder, 'calitables.yaml')]
  const ownOf = (html: string): unknown =>
    JSON.parse(/<script type="application\/json" id="own">(.*?)<\/script>/s.exec(html)?.[1] ?? '')
  const made = await run(['page', join(folder, 'cluster'), ...config])
  t.match(made, { code: 0, err: /the page holds 1 file/ })
  t.match(ownOf(made.out), { input: { node: 'n2', release: 'v3.30.7', files: [{ text: two }] } })
  t.match(
    ownOf((await run(['page', '-f', join(folder, 'cluster'), '--node', 'n1', ...config])).out),
    { input: { node: 'n1' } },
    'the command line goes before',
  )
  const playground = await run(['page', ...config])
  t.equal(playground.code, 0, playground.err)
  t.notMatch(ownOf(playground.out), { input: {} }, 'settings alone make no page of a cluster')
  t.match(await run(['collect', '--print', ...config]), { code: 2, err: /unknown option '--config'/ })
})

t.test('--fix writes nothing that only the settings name outside their folder', async t => {
  const text = BAD
  for (const path of ['../stranger', 'policies/../../stranger', '..', 'link', 'file.yaml', 'out/stranger', 'chain']) {
    const folder = t.testdir({
      stranger: { 'a.yaml': text },
      repository: {
        'calitables.yaml': `paths: [policies, ${path}]\n`,
        policies: { 'a.yaml': text },
        // What a stranger's commit may hold instead of a folder or a file.
        link: t.fixture('symlink', '../stranger'),
        'file.yaml': t.fixture('symlink', '../stranger/a.yaml'),
        out: t.fixture('symlink', '..'),
        chain: t.fixture('symlink', 'link'),
      },
    })
    const config = ['--config', join(folder, 'repository/calitables.yaml')]
    t.match(await run(['check', '--fix', ...config]), { code: 2, out: '', err: /not in their folder.*-f/ }, path)
    for (const name of ['stranger/a.yaml', 'repository/policies/a.yaml'])
      t.equal(readFileSync(join(folder, name), 'utf8'), text, `${path}: ${name} is as it was`)
    t.match(await run(['check', ...config]), { code: 1 }, `${path}: reading is free`)
    await run(['check', '--fix', ...config, '-f', join(folder, 'repository/policies')])
    t.not(readFileSync(join(folder, 'repository/policies/a.yaml'), 'utf8'), text, `${path}: what -f names is mended`)
  }
})

t.test('the schema of settings names the fields that are read', async t => {
  const schema = JSON.parse(readFileSync(new URL('../docs/schemas/calitables.schema.json', import.meta.url), 'utf8'))
  t.same(Object.keys(schema.properties), Object.keys(configFileSchema().shape))
})
