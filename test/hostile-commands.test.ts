// Hostile text in every command and format: rules and sets of a node as well as resources, in what people read and in what programs do.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { everyRun, PLAIN, type Run, type Texts, writeWorld } from './helpers/every-command.ts'
import { type CommandRun, runCommand } from './helpers/run-command.ts'

const folder = mkdtempSync(join(tmpdir(), 'calitables-hostile-'))
t.teardown(() => rmSync(folder, { recursive: true }))

/** What steers a terminal, hides text, speaks to a build server, breaks out of markup, or runs in a shell. */
const EVIL: readonly string[] = [
  '\u001b[2J\u009b1m\u0085\u0007',
  '\u2028::error::\u2029\u00ad\u034f\u061c\u200b\u202e\u2066\u3164\ufeff\ufff9\u{e0041}',
  '::error::##[error]##vso[task.x-a=b]y',
  '<script>alert(1)</script></textarea><img/src=x/onerror=alert(1)>$(touch-hacked)`id`;reboot',
  '`![a](http://x.invalid/)`|`@team#1,www.x.invalid',
]

/** In double quotes, with escapes that YAML knows: raw, most of these characters cannot stand in a file. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e]/gu,
    c => `\\U${(c.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`,
  )
}

const V3 = 'apiVersion: projectcalico.org/v3\nkind: '

function resources(evil: string): string {
  const text = quoted(`${evil} ${'a'.repeat(70)} ${evil}`)
  const selector = quoted(`role == "any" || a == "${evil.replaceAll('"', '')} ${'b'.repeat(70)} ${evil}"`)
  return [
    'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}',
    `${V3}HostEndpoint\nmetadata: {name: h, labels: {role: any}, annotations: {a: ${text}}}\nspec: {node: node-1, interfaceName: eth0, expectedIPs: [192.0.2.1]}`,
    ...['web', 'db'].map(
      (name, index) =>
        `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: default, labels: {role: any}, annotations: {a: ${text}}}\nspec: {nodeName: node-1, containers: [{name: c}]}\nstatus: {phase: Running, podIP: 10.65.0.${index + 2}}`,
    ),
    `${V3}GlobalNetworkPolicy\nmetadata: {name: p, annotations: {a: ${text}}}\nspec:\n  selector: ${selector}\n  types: [Ingress, Egress]\n  ingress:\n  - {action: Log, metadata: {annotations: {a: ${text}}}}\n  - {action: Allow, protocol: TCP, source: {selector: ${selector}}, destination: {ports: [80]}}\n  egress:\n  - action: Allow`,
  ].join('\n---\n')
}

/** As long as the names of interfaces and sets can be: longer ones are refused. */
function nameOf(evil: string, longest: number): string {
  return [...evil.replace(/[\s"]/gu, '')].slice(0, longest).join('')
}

/** With what a kernel would never say, but a file may. */
function rules(evil: string): string {
  const words = `"${evil.replaceAll('"', '')}"`
  const name = `c-${evil.replace(/[\s"]/gu, '')}`
  return `*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:${name} - [0:0]
:cali-${name} - [0:0]
-A INPUT -m comment --comment ${words} -j ${name}
-A INPUT -m string --string ${words} --algo bm -j LOG --log-prefix ${words}
-A INPUT -m set --match-set ${nameOf(`s-c-${evil}`, 31)} src -j cali-${name}
-A INPUT -i ${nameOf(`c-${evil}`, 15)} -j DROP
-A ${name} -m odd --x ${words} -j ODD --y ${words}
-A cali-${name} -m comment --comment "cali:${name}" -j MARK --set-xmark 0x1/0x1
COMMIT
`
}

/** What no line may hold, and what no line may begin with. */
const STEERS =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]|##(vso)?\[/u
const OBEYED = /^\s*::/

/** Markup that came through: pages of ours have no script from elsewhere. */
const MARKUP = /<script>alert|<img\/src=x/

/** An image or a link of theirs in Markdown or SARIF. Between backticks of Markdown it is code. */
const LINK = /!\[a\]\(http/

/** What a forge makes links of, or tells people of. Mentions are looked for where no backslash is left. */
const AUTOLINK = /\\?(?:@team|#1)|(?<!\\)(?::\/\/x\.invalid|(?<=www)\.x)/

/** No code between backticks or fences. */
function withoutCode(markdown: string): string {
  return markdown.replace(/^(```+)[^]*?^\1$/gm, '').replace(/(?<!\\)(`+)[^\n]*?(?<!\\)\1/g, '')
}

/** What Markdown takes for markup: nothing behind a backslash. */
function markupOf(markdown: string): string {
  return withoutCode(markdown).replace(/\\./g, '')
}

/** All texts that commands read, with it wherever it does not make them unreadable. */
function texts(evil: string): Texts {
  const yaml = resources(evil)
  const name = quoted(evil)
  const set = nameOf(`s-c-${evil}`, 31)
  return {
    ...PLAIN,
    yaml,
    newer: yaml.replace('ports: [80]', 'ports: [81]'),
    rules: rules(evil),
    sets: `create ${set} hash:net family inet maxelem 9\nadd ${set} 10.0.0.0/8 comment "${evil}"\n`,
    packets: `title,${PLAIN.packets.replace(/\n(?=.)/g, `\n${name.replaceAll('"', '')},`)}`,
    expectations: `version: 1\nassertions:\n- name: ${name}\n  deny: {from: world, to: namespace/default}\n- allow: {from: default/web, to: default/db, ports: tcp/80}\n`,
    environment: `FELIX_LOGPREFIX=x\nFELIX_${evil.replace(/\s/gu, '')}=${evil.replace(/\s/gu, '')}\n`,
    settings: `paths: [a.yaml]\nnode: node-1\nexclude: [${name}]\n`,
    log: `${evil}: IN=${evil} OUT=${evil} SRC=10.0.0.1 DST=192.0.2.1 PROTO=${evil}`,
    chain: `c-${evil}`,
    set,
  }
}

/** Names and paths that are given by hand. */
function oddRuns(evil: string): readonly (readonly string[])[] {
  const odd = join(folder, evil)
  return [
    [
      'trace',
      '--rules',
      join(folder, 'rules.txt'),
      '--from',
      evil,
      '--to',
      evil,
      '--proto',
      evil,
      '--in-interface',
      evil,
    ],
    ['collect', '--print', '--context', evil, '--node', evil, '--output-dir', evil],
    ['page', '--lessons', odd],
    ['diff', `${evil}:a`, `HEAD:${evil}`, '--node', evil],
    ...['audit', 'diff', 'lockout', 'hits', 'trace', 'compile', 'check', 'convert', 'assert', 'reach', 'explain'].map(
      command => [command, '-f', odd, '--node', evil, '--host', evil, '--calico-version', evil],
    ),
  ]
}

/** What is wrong with what a run printed. */
function faults({ args, format }: Pick<Run, 'args' | 'format'>, { code, out, err }: CommandRun): readonly string[] {
  // A page holds its own code, which is no input.
  const isPage = args[0] === 'page' && code === 0
  const lines = (isPage ? err : `${out}\n${err}`).split('\n')
  const bad = lines.filter(line => STEERS.test(line) || (OBEYED.test(line) && format !== 'github'))
  if ((isPage || format === 'html') && MARKUP.test(out)) bad.push('markup in HTML')
  if (format === 'markdown' && (MARKUP.test(markupOf(out)) || LINK.test(markupOf(out)))) bad.push('markup in Markdown')
  if (format === 'markdown' && AUTOLINK.test(withoutCode(out))) bad.push('a link of a forge in Markdown')
  if (format === 'sarif' && LINK.test(out)) bad.push('a link in SARIF')
  if (/this is a bug/.test(err)) bad.push(err)
  return bad
}

t.test('no command says in any format what a terminal, a build server, a browser or a shell would obey', async t => {
  const answered = new Set<string>()
  const wanted = new Set<string>()
  for (const evil of EVIL) {
    const runs = await everyRun(writeWorld(folder, texts(evil)))
    for (const { command, format } of runs) wanted.add(`${command} ${format ?? ''}`)
    const odd = oddRuns(evil).map(args => ({ command: args[0] ?? '', format: undefined, args }))
    for (const run of [...runs, ...odd]) {
      const done = await runCommand(run.args)
      if (done.code !== 2) answered.add(`${run.command} ${run.format ?? ''}`)
      const bad = faults(run, done)
      // Not in the title, which TAP would take apart.
      const title = `${run.args[0] ?? ''} ${run.args.slice(-2).join(' ').slice(-40)} with ${JSON.stringify(evil)}`
      if (bad.length > 0) t.strictSame([...new Set(bad)].slice(0, 3).map(encodeURI), [], encodeURI(title))
    }
  }
  t.strictSame(
    [...wanted].filter(one => !answered.has(one)),
    [],
    'every format was printed at least once',
  )
})

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

t.test('commands that put a node right are none that a shell or a terminal would take apart', async t => {
  const yaml = write('repair.yaml', 'apiVersion: v1\nkind: Node\nmetadata: {name: node-1}\n')
  const repair = (name: string): ReturnType<typeof runCommand> => {
    const save = `*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:cali-${name} - [0:0]\n-A INPUT -j cali-${name}\nCOMMIT\n`
    return runCommand(['audit', '-f', yaml, '--rules', write('repair.save', save), '--repair', '--no-effect'])
  }
  const { code, out } = await repair('$(id)')
  t.equal(code, 1)
  t.match(out, /^iptables-restore --noflush <<'END'$/m, 'what stands between quoted marks is not expanded')
  t.match(out, /^-X cali-\$\(id\)$/m)
  for (const name of ['\u001b[2J', '\u202e', '##[error]'])
    t.match(await repair(name), { code: 2, out: '', err: /no commands are printed/ }, encodeURI(name))
})
