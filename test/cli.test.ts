// The command as a user meets it: files in, text and exit code out.

import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const run = (args: readonly string[], input = ''): Promise<CommandRun> => runCommand(args, { input })

const CASE = join(GOLDEN_FOLDER, 'host-endpoint/ibm-deny-nodeports')
const INPUT = join(CASE, 'input')
const HOST = ['--host', join(CASE, 'host.json'), '--felix-env', 'none']
const expected = (name: string): string => readFileSync(join(CASE, 'expected', name), 'utf8')

t.test('compile prints one text and nothing else', async t => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [[], expected('v4.iptables')],
    [['-4'], expected('v4.iptables')],
    [['-6'], expected('v6.iptables')],
    [['--ipset'], expected('v4.ipset')],
    [['-6', '--ipset'], expected('v6.ipset')],
    [['--table', 'mangle'], /\*mangle\n[^]*?COMMIT\n/.exec(expected('v4.iptables'))?.[0] ?? ''],
  ]
  for (const [options, wanted] of rows) {
    t.strictSame(
      await run(['compile', '-f', INPUT, ...HOST, ...options]),
      { code: 0, out: wanted, err: '' },
      options.join(' '),
    )
  }
})

t.test('compile reads files, folders, folders in folders, and standard input', async t => {
  const folder = t.testdir({ deep: {} })
  cpSync(INPUT, join(folder, 'deep'), { recursive: true })
  const yaml = readFileSync(join(INPUT, 'cluster.yaml'), 'utf8')
  t.equal(
    (await run(['compile', '-f', join(folder, 'deep/cluster.yaml'), ...HOST])).out,
    expected('v4.iptables'),
    'a file',
  )
  t.equal((await run(['compile', '-R', '-f', folder, ...HOST])).out, expected('v4.iptables'), 'a folder in a folder')
  t.equal((await run(['compile', '-f', '-', ...HOST], yaml)).out, expected('v4.iptables'), 'standard input')
  const flat = await run(['compile', '-f', folder, ...HOST])
  t.match(flat, { code: 2, out: '', err: 'has no files that end in' }, 'without -R the inner folder is not looked into')
  t.match(flat.err, '-R')
})

t.test('compile -o writes all files or none', async t => {
  const folder = t.testdir({ taken: { 'v6.ipset': {} } })
  t.strictSame(await run(['compile', '-f', INPUT, ...HOST, '--output-dir', join(folder, 'new/rules')]), {
    code: 0,
    out: '',
    err: '',
  })
  const names = ['v4.ipset', 'v4.iptables', 'v6.ipset', 'v6.iptables']
  t.same(readdirSync(join(folder, 'new/rules')).sort(), names)
  for (const name of names) t.equal(readFileSync(join(folder, 'new/rules', name), 'utf8'), expected(name), name)
  const failed = await run(['compile', '-f', INPUT, ...HOST, '--output-dir', join(folder, 'taken')])
  t.match(failed, { code: 2, out: '', err: /cannot write to .*v6\.ipset.* is a folder/ })
  t.same(readdirSync(join(folder, 'taken')), ['v6.ipset'], 'nothing was written beside it')
})

t.test('without IPv6', async t => {
  const folder = t.testdir({
    'a.yaml':
      'apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: {name: default}\nspec: {ipv6Support: false}\n',
    out: { 'v6.iptables': 'stale' },
  })
  const base = ['compile', '-f', join(folder, 'a.yaml'), '--node', 'n', ...HOST]
  t.match(await run([...base, '-6']), { code: 2, out: '', err: 'there are no IPv6 rules' })
  t.match(await run([...base, '--output-dir', join(folder, 'out')]), { code: 0, err: 'note: no IPv6 files' })
  t.same(readdirSync(join(folder, 'out')).sort(), ['v4.ipset', 'v4.iptables'], 'what an earlier run left is gone')
})

t.test(
  'mistakes: file, line, column and reason on standard error, nothing on standard output, exit code 2',
  async t => {
    const head = (kind: string): string =>
      `apiVersion: projectcalico.org/v3\nkind: ${kind}\nmetadata:\n  name: x\nspec:\n`
    const rows: readonly (readonly [string, string, RegExp])[] = [
      [
        'unknown field',
        `${head('GlobalNetworkPolicy')}  slector: all()\n`,
        /^a\.yaml:6:3: error: unknown field `slector` in `spec`/,
      ],
      [
        'wrong type',
        `${head('GlobalNetworkPolicy')}  order: "100"\n`,
        /^a\.yaml:6:10: error: `spec\.order`: expected a number, found the text `100` \(remove the quotes\)/,
      ],
      [
        'bad CIDR',
        `${head('GlobalNetworkPolicy')}  ingress:\n  - action: Allow\n    source: {nets: [10.0.0.0/33]}\n`,
        /^a\.yaml:8:21: error: `spec\.ingress\[0\]\.source\.nets\[0\]`: `10\.0\.0\.0\/33` is not a net/,
      ],
      [
        'bad selector',
        `${head('GlobalNetworkPolicy')}  selector: app = 'web'\n`,
        /^a\.yaml:6:17: error: `spec\.selector`: a single `=` is not an operator \(write `==`\)/,
      ],
      ['not YAML', 'a: b: c\n', /^a\.yaml:1:\d+: error: /],
      [
        'unknown kind',
        head('GlobalPolicy'),
        /^a\.yaml:2:7: error: `projectcalico\.org\/v3` has no kind `GlobalPolicy`/,
      ],
      [
        'no node',
        head('GlobalNetworkPolicy').replace('spec:\n', ''),
        /^error: the input names no node \(say which node the rules are for: --node NAME\)/,
      ],
      [
        'two nodes',
        ['a', 'b'].map(n => `apiVersion: v1\nkind: Node\nmetadata: {name: ${n}}\n`).join('---\n'),
        /^error: the input names 2 nodes: `a` and `b`/,
      ],
    ]
    for (const [title, text, wanted] of rows) {
      const folder = t.testdir({ 'a.yaml': text })
      const cwd = process.cwd()
      process.chdir(folder)
      const result = await run(['compile', '-f', 'a.yaml', '--output-dir', 'out'])
      process.chdir(cwd)
      t.match(result, { code: 2, out: '' }, title)
      t.match(result.err, wanted, title)
      t.notOk(existsSync(join(folder, 'out')), `${title}: no file written`)
    }
  },
)

t.test('bad usage', async t => {
  const rows: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Usage: calitables/],
    [['compile'], /nothing says what to read: give files or folders with -f/],
    [['compyle'], /unknown command 'compyle'[^]*Did you mean compile/],
    [['compile', '-f', 'x', '--tabel', 'raw'], /unknown option '--tabel'[^]*--table/],
    [['compile', '-f', 'x', '--table', 'security'], /Allowed choices are raw, mangle, nat, filter/],
    [['compile', '-f', 'x', '-4', '-6'], /cannot be used with option/],
    [['compile', '-f', 'x', '--output-dir', 'y', '--ipset'], /cannot be used with option/],
    [['compile', '-f', '/nowhere.yaml'], /cannot read `\/nowhere\.yaml`: no such file or folder/],
    [
      ['compile', '-f', INPUT, '--host', join(INPUT, 'cluster.yaml')],
      /this is not what `ip -json addr show` or `ip -json route` prints but Kubernetes or Calico resources \(give them with -f\)/,
    ],
  ]
  for (const [args, wanted] of rows) {
    const result = await run(args)
    t.match(result, { code: 2, out: '' }, args.join(' '))
    t.match(result.err, wanted, args.join(' '))
  }
  t.match(await run(['--help']), { code: 0, err: '' })
  t.match(await run(['convert', '--help']), { code: 0, out: /^Examples:/, err: '' }, 'examples come first')
  t.match(await run(['convert', '-f', '-'], 'apiVersion: v1\nkind: policy\n'), {
    code: 2,
    out: '',
    err: /^-:1:1: error: /,
  })
  t.match(await run(['convert', '-f', '-', '-o', 'v2'], ''), { code: 2, out: '', err: 'Allowed choices are yaml' })
  t.match(await run(['compile', '--help']), { code: 0, out: /^Examples:/, err: '' }, 'examples come first')
  t.match(await run(['--version']), { code: 0, out: /^calitables \d+\.\d+\.\d+ \(Calico v3\.32\.1\)/ })
})

t.test('what cannot be known without --host is said', async t => {
  const folder = t.testdir({
    'a.yaml':
      'apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\nspec: {node: n, expectedIPs: [192.0.2.1]}\n',
  })
  const { code, err } = await run(['compile', '-f', join(folder, 'a.yaml')])
  t.equal(code, 0)
  t.match(err, /warning: the addresses of the node are taken from .*--host FILE/)
  t.match(
    err,
    /a\.yaml:4:\d+: warning: which interface carries the expectedIPs of `h` is not known, so it gets no chains .*--host FILE/,
  )
})

t.test('kinds that do not change rules are skipped and counted', async t => {
  const folder = t.testdir({
    'a.json': JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } },
        ...[1, 2].map(() => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } })),
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } },
      ],
    }),
  })
  const { code, err } = await run(['compile', '-f', join(folder, 'a.json'), ...HOST])
  t.equal(code, 0)
  t.equal(
    err,
    'note: read 0 policies, 0 endpoints and 0 sets in 1 file\n' +
      'note: skipped 3 documents of kinds that do not change rules: 2 apps/v1 Deployment, 1 v1 ConfigMap\n',
  )
})

t.test('the built program', async t => {
  const bin = fileURLToPath(new URL('../bin/calitables.js', import.meta.url))
  const args = [bin, 'compile', '-f', INPUT, ...HOST]
  const first = spawnSync(process.execPath, args, { encoding: 'utf8' })
  t.match(first, { status: 0, stdout: expected('v4.iptables'), stderr: '' })
  t.match(
    spawnSync('sh', ['-c', `"${process.execPath}" ${args.map(arg => `"${arg}"`).join(' ')} | head -1`], {
      encoding: 'utf8',
    }),
    { status: 0, stdout: '*raw\n', stderr: '' },
    'a reader that goes away is no error',
  )
  mkdirSync(join(t.testdirName, 'x'), { recursive: true })
  writeFileSync(join(t.testdirName, 'x/in.yaml'), readFileSync(join(INPUT, 'cluster.yaml')))
  t.match(
    spawnSync(
      'sh',
      ['-c', `"${process.execPath}" "${bin}" compile -f - ${HOST.map(arg => `"${arg}"`).join(' ')} < x/in.yaml`],
      { encoding: 'utf8', cwd: t.testdirName },
    ),
    { status: 0, stdout: expected('v4.iptables') },
    'standard input',
  )
})
