// Every command over trees and tokens that a seed shuffles: the contract is an exit code of 0, 1 or 2, nothing on standard
// output with 2, no exception, and an end.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from './run-command.ts'

/** Longer than this is a hang, in milliseconds of processor time: others use up the time on the wall. */
const LONGEST_MS = 5000

const GOLDEN = join(process.cwd(), 'golden')

const TOKENS = [
  ...[
    '\n',
    '  ',
    '- ',
    ': ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '&a ',
    '*a',
    '!x ',
    '|',
    '>',
    '#',
    '---\n',
    '\t',
    '\0',
    '\u202e',
    '::',
    '##[',
  ],
  ...[
    'all()',
    '/(a|b)*$/',
    '0x',
    '1e999',
    '-1',
    '65536',
    '::ffff:1.2.3.4',
    '10.0.0.0/8',
    'null',
    'true',
    '.inf',
    '__proto__',
    'toString',
  ],
  ...[
    '-A INPUT ',
    '-j ',
    '-g ',
    '-m string --string x --algo bm ',
    'COMMIT\n',
    '*nat\n',
    ':a - [0:0]\n',
    '--to-ports ',
    'MARK --set-xmark 0x1/0x1',
  ],
]

/** Mulberry32: the same numbers for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return below => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function shuffle(text: string, next: (below: number) => number): string {
  let shuffled = text
  for (let round = next(6); round > 0; round--) {
    const at = next(shuffled.length + 1)
    const length = next(2) === 0 ? 0 : next(40)
    const [from, size] = [next(shuffled.length + 1), next(60)]
    const piece = next(3) === 0 ? shuffled.slice(from, from + size) : (TOKENS[next(TOKENS.length)] ?? '')
    shuffled = shuffled.slice(0, at) + piece.repeat(next(20) === 0 ? 1 + next(2000) : 1) + shuffled.slice(at + length)
  }
  return shuffled
}

const RULES =
  '*filter\n:INPUT DROP [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:a - [0:0]\n:b - [0:0]\n-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -j a\n-A INPUT -m set --match-set s src -j b\n-A a -j MARK --set-xmark 0x1/0x1\n-A a -m string --string "x" --algo bm -j b\n-A b -j LOG --log-prefix "calico-packet: "\n-A b -j ACCEPT\nCOMMIT\n'
const SETS = 'create s hash:net family inet hashsize 1024 maxelem 65536\nadd s 10.0.0.0/8\n'
const PACKETS = 'from,to,proto,dport,expect\n10.0.0.1,192.0.2.1,tcp,80,accept\nhost,10.0.0.1,udp,53,drop\n'
const LOG = 'calico-packet: IN=eth0 OUT= SRC=10.0.0.1 DST=192.0.2.1 PROTO=TCP SPT=40000 DPT=80 SYN'
const HOST = '[{"ifname":"eth0","flags":["UP"],"addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24}]}]'

const ROUTES =
  '[{"dst":"default","gateway":"192.0.2.254","dev":"eth0"},{"dst":"10.65.0.0/26","gateway":"192.0.2.2","dev":"eth0"}]'
const ENVIRONMENT = 'FELIX_LOGPREFIX=x\nFELIX_IPV6SUPPORT=false\nFELIX_INTERFACEEXCLUDE=/^a/,kube-ipvs0\n'
const SETTINGS =
  'paths: [a.yaml]\nrecursive: true\nexclude: ["*.json", "**/x/**"]\nnode: node-1\nrelease: 3.30\nseverity: {unused: warning}\n'

interface Files {
  readonly yaml: string
  readonly before: string
  readonly rules: string
  readonly sets: string
}

/** What weighs all packets: dearer than the others, so not for each input. */
function weighed(
  from: readonly string[],
  { yaml, before, rules, sets }: Files,
  next: (below: number) => number,
): readonly (readonly string[])[] {
  const format = ['text', 'json', 'html', 'markdown', 'sarif'][next(5)] ?? 'text'
  return [
    ['audit', ...from, '--rules', rules, '--sets', sets, '-o', format, ...(next(2) === 0 ? ['--no-effect'] : [])],
    ['audit', ...from, '--rules', rules, '--sets', sets, '--repair'],
    ['diff', before, yaml, '-o', ['text', 'json', 'markdown'][next(3)] ?? 'text'],
    ['diff', ...from, '--rules', rules, '--sets', sets],
    ['diff', ...from, '--calico-version', ['3.30,3.32', '3.26,3.31', '9,x'][next(3)] ?? '3.30'],
  ]
}

function inputs(): readonly string[] {
  return readdirSync(GOLDEN, { recursive: true, encoding: 'utf8' }).filter(path =>
    /input\/.*\.ya?ml$|diagnostics\/.*\.yaml$/.test(path),
  )
}

/** Runs every command over one shuffled input. @returns how many runs there were, and what was found */
export async function fuzzCommands(
  seed: number,
): Promise<{ readonly runs: number; readonly find: string | undefined }> {
  const next = numbers(seed)
  const all = inputs()
  const folder = mkdtempSync(join(tmpdir(), 'calitables-fuzz-'))
  const write = (name: string, text: string): string => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  try {
    const yaml = write('a.yaml', shuffle(readFileSync(join(GOLDEN, all[next(all.length)] ?? ''), 'utf8'), next))
    const [rules, sets] = [write('rules.txt', shuffle(RULES, next)), write('sets.txt', shuffle(SETS, next))]
    const packets = write('packets.csv', shuffle(PACKETS, next))
    const host = write('host.txt', next(3) === 0 ? shuffle(HOST, next) : HOST)
    const log = shuffle(LOG, next)
    const routes = write('routes.txt', shuffle(ROUTES, next))
    const environment = write('felix.env', shuffle(ENVIRONMENT, next))
    const settings = write('calitables.yaml', shuffle(SETTINGS, next))
    cpSync(yaml, join(folder, 'b.yaml'))
    write('before.yaml', shuffle(readFileSync(yaml, 'utf8'), next))
    const from = ['-f', yaml, '--host', host]
    const packet = ['--from', '10.0.0.1', '--to', '192.0.2.1', '--dport', '80', '--in-interface', 'eth0']
    const output = (['pretty', 'concise', 'json', 'sarif', 'github'] as const)[next(5)] ?? 'json'
    const commands: readonly (readonly string[])[] = [
      ['compile', ...from, ...(next(2) === 0 ? ['--annotate'] : ['-6'])],
      ['compile', ...from, '--force', '-o', join(folder, 'out')],
      ['check', '-f', yaml, '--output', output],
      ['check', '-f', yaml, '--dry-run'],
      ['check', '-f', join(folder, 'b.yaml'), '--fix'],
      ['convert', '-f', yaml],
      ['which', ...from, shuffle('eth0', next)],
      ['explain', ...from, `${yaml}:${1 + next(60)}`],
      ['explain', '--rules', rules, '--sets', sets, 'chain', 'INPUT'],
      ['trace', '--rules', rules, '--sets', sets, '--host', host, ...packet, '--why-not'],
      [
        'trace',
        '--rules',
        rules,
        '--sets',
        sets,
        '--host',
        host,
        '--packets',
        packets,
        ...(next(2) === 0 ? ['--json'] : []),
      ],
      ['trace', '--rules', rules, '--sets', sets, '--host', host, '--log', log],
      ['trace', ...from, ...packet],
      ['trace', ...from, ...packet, '--routes', routes, '--felix-env-file', environment],
      ['check', '--config', settings, '--felix-env-file', environment],
      ['which', 'policies', ...from, '--endpoint', 'h', '--all'],
      ['convert', '-f', yaml, '--exclude', shuffle('**/*.yaml', next)],
      ['lockout', ...from, ...(next(2) === 0 ? ['-o', 'json'] : [])],
      ['page', '-f', yaml, ...(next(2) === 0 ? ['--redact'] : []), '--output-file', join(folder, 'page.html')],
      [
        'hits',
        ...from,
        '--rules',
        write('counted.txt', shuffle(RULES.replace(/^-A/gm, '[7:420] -A'), next)),
        '--sets',
        sets,
      ],
      ...(next(4) === 0 ? weighed(from, { yaml, rules, sets, before: join(folder, 'before.yaml') }, next) : []),
    ]
    for (const args of commands) {
      const started = process.cpuUsage()
      const what = (problem: string): string => `${problem}: ${args.join(' ')} (seed ${seed})`
      const run = await runCommand(args).catch((error: unknown) =>
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      )
      if (typeof run === 'string') return { runs: 0, find: what(run) }
      if (![0, 1, 2].includes(run.code)) return { runs: 0, find: what(`exit code ${run.code}`) }
      if (run.code === 2 && run.out !== '') return { runs: 0, find: what('output beside exit code 2') }
      if (/^ {4}at /m.test(run.err)) return { runs: 0, find: what('a stack') }
      if (/is a bug/.test(run.err)) return { runs: 0, find: what(run.err.slice(0, 500)) }
      const { user, system } = process.cpuUsage(started)
      const took = Math.round((user + system) / 1000)
      if (took > LONGEST_MS) return { runs: 0, find: what(`${took} ms`) }
    }
    return { runs: commands.length, find: undefined }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
