// The README and docs/ are true: their commands are run, their output is compared, and their links lead somewhere.

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

const DOCUMENTS = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter(name => name.endsWith('.md'))
    .map(name => `docs/${name}`),
]

/** The command itself, and what blocks write to /tmp: files of this run, whoever else runs these tests. */
const shims = mkdtempSync(join(tmpdir(), 'calitables-docs-'))
t.teardown(() => rmSync(shims, { recursive: true }))

/** `sh` blocks hold commands to run; `console` blocks hold `$ command` lines, each followed by what it prints. */
function blocks(document: string): readonly { readonly language: string; readonly text: string }[] {
  const text = readFileSync(join(ROOT, document), 'utf8')
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)].map(([, language, body]) => ({
    language: language ?? '',
    text: (body ?? '').replaceAll('/tmp/calitables-', join(shims, 'calitables-')),
  }))
}

writeFileSync(
  join(shims, 'calitables'),
  `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, 'bin/calitables.js')}" "$@"\n`,
  { mode: 0o755 },
)

interface Shell {
  readonly folder?: string
  readonly input?: string
}

function shell(
  script: string,
  { folder = ROOT, input = '' }: Shell = {},
): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  // `env -i`: tap would otherwise load itself into every child.
  const path = `${shims}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`
  return spawnSync('env', ['-i', `PATH=${path}`, `HOME=${process.env['HOME'] ?? '/'}`, 'bash', '-c', script], {
    cwd: folder,
    input,
    encoding: 'utf8',
  })
}

/** What was built, as bin/calitables.js loads it. */
const { loadBuilt } = createRequire(import.meta.url)('../dist/cli/start.cjs') as {
  readonly loadBuilt: (name: 'main') => unknown
}
const { main } = loadBuilt('main') as typeof import('../src/cli/main.ts')

/** One command of ours, with words that a shell leaves as they are, and what its output goes through. */
const OWN =
  /^calitables ([a-z](?:[\w ./:=,@%+-]|'[^']*'|"[^"$`\\]*")*?)(?<silent> 2>\/dev\/null)?(?: \| (?<filter>.*))?$/

/** What a command prints. One of ours is run here: a process for each takes most of the time. */
async function printed(command: string, folder: string): Promise<string> {
  const [, written = '', silent, filter] = OWN.exec(command) ?? []
  if (written === '') return shell(`{ ${command} ; } 2>&1`, { folder }).stdout
  const words = [...written.matchAll(/(?:[^ '"]|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, '$1$2'),
  )
  const out: string[] = []
  // Messages do not go through a pipe.
  const beside: string[] = []
  const messages = silent !== undefined ? [] : filter === undefined ? out : beside
  process.chdir(folder)
  await main(words, {
    writeOut: async text => void out.push(text),
    writeError: async text => void messages.push(text),
    readInput: async () => new Uint8Array(),
    isErrorTerminal: false,
    isOutTerminal: false,
    env: { HOME: process.env['HOME'] },
  })
  process.chdir(ROOT)
  if (filter === undefined) return out.join('')
  return beside.join('') + shell(`{ ${filter} ; } 2>&1`, { folder, input: out.join('') }).stdout
}

for (const document of DOCUMENTS) {
  t.test(document, async t => {
    for (const { language, text } of blocks(document)) {
      if (language === 'sh') {
        for (const line of text.split('\n').filter(line => line !== '' && !line.startsWith('#'))) {
          // Installing and testing is what is going on right now.
          const command = line.replace(/^npm install && /, '')
          if (/^npm (test|run golden)$/.test(command)) continue
          const { status, stderr } = shell(command)
          t.equal(status, 0, line, { found: stderr })
        }
      }
      if (language === 'console') {
        const commands = text.split(/^\$ /m).slice(1)
        let folder = ROOT
        for (const entry of commands) {
          const newline = entry.indexOf('\n')
          const command = entry.slice(0, newline)
          const wanted = entry.slice(newline + 1)
          if (command.startsWith('cd ')) {
            folder = join(folder, command.slice('cd '.length))
            continue
          }
          t.equal(await printed(command, folder), wanted, `${document}: ${command}`)
        }
      }
    }
    for (const [, target] of readFileSync(join(ROOT, document), 'utf8').matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)) {
      t.ok(
        existsSync(join(ROOT, dirname(document), target ?? '')),
        `${document}: the link to ${target} leads somewhere`,
      )
    }
  })
}

t.test('nothing names a package registry, and the lock file has no addresses', async t => {
  const lock = readFileSync(join(ROOT, 'package-lock.json'), 'utf8')
  t.notMatch(lock, /"resolved"|https?:\/\/registry/)
  for (const document of DOCUMENTS) t.notMatch(readFileSync(join(ROOT, document), 'utf8'), /registry\.(npmjs|yarnpkg)/)
})

t.test('each promise of docs/security.md and docs/limits.md names a test that is there', async t => {
  const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8')
  const named = (text: string): readonly (readonly [string, string])[] =>
    [...text.replaceAll('\n', ' ').matchAll(/`(test\/[\w-]+\.test\.ts)`: (.+?)(?=[;|]| *$|\. )/g)].map(
      ([, file = '', title = '']) => [file, title.trim().replace(/\.$/, '')],
    )
  const rows = read('docs/security.md')
    .split('\n')
    .filter(line => line.startsWith('|'))
    .slice(2)
  t.ok(rows.length > 15)
  for (const row of rows) t.ok(named(row).length > 0, row)
  const promises = [...named(rows.join('\n')), ...named(read('docs/limits.md'))]
  t.ok(promises.length > 25, `${promises.length} tests are named`)
  for (const [file, title] of promises)
    t.ok(
      existsSync(join(ROOT, file)) && new RegExp(`t\\.test\\(\\s*'${escaped(title)}`).test(read(file)),
      `${file}: ${title}`,
    )
})

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
