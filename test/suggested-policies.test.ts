// What `trace --allow-policy` and `--log-policy` print, over cases of every kind: read from a file with the input it does what it says.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { compile } from '../src/compile.ts'
import { CORPUS_FOLDER, findCases, readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER } from './helpers/golden.ts'
import { runCommand } from './helpers/run-command.ts'
import { randomNumbers } from './helpers/sample-packets.ts'

const DROPPED_OF_EACH = 2
const TRIES = 10

/** Packets between pods, the host and strangers of a case, as options of `trace`. */
function packetsOf(pods: readonly string[]): readonly (readonly string[])[] {
  const random = randomNumbers(7)
  const pick = (list: readonly string[]): string => list[Math.floor(random() * list.length)] ?? ''
  const ends = [...pods, ...pods, 'host', '198.51.100.77', '10.65.0.200', '2001:db8::77']
  return Array.from({ length: TRIES }, () => {
    const [from, to] = [pick(ends), pick(ends)]
    const protocol = pick(['tcp', 'udp', 'icmp', 'sctp', '47'])
    const port = ['tcp', 'udp', 'sctp'].includes(protocol)
      ? ['--dport', pick(['80', '53', '443', '9999', '10250'])]
      : []
    return ['--from', from, '--to', to, '--proto', protocol, ...port]
  })
}

function logLines(text: string): number {
  return text.split('\n').filter(line => line.includes('kernel log')).length
}

t.test('a printed policy is valid, and with it the packet is accepted, or logged', async t => {
  const recorded = existsSync(join(CORPUS_FOLDER, 'random')) ? findCases(join(CORPUS_FOLDER, 'random')) : []
  if (recorded.length === 0) t.comment(`*** NO RECORDED CASES at ${CORPUS_FOLDER}: golden cases only ***`)
  const folders = [
    ...findCases(GOLDEN_FOLDER).filter((_, i) => i % 24 === 5),
    ...recorded.filter((_, i) => i % 24 === 8),
  ]
  let done = 0
  for (const folder of folders) {
    const { files, host, node, calicoVersion } = readCase(folder)
    const result = compile({ files, host, node, calicoVersion })
    if (!result.ok || host === undefined) continue
    const pods = result.output.resources.flatMap(one =>
      one.kind === 'workloadEndpoint' ? [`pod/${one.namespace}/${one.name}`] : [],
    )
    const release = calicoVersion === undefined ? [] : ['--calico-version', calicoVersion]
    const input = files.flatMap(({ name }) => ['-f', join(folder, name)])
    const world = [...input, '--host', join(folder, host.name), '--node', node, '--felix-env', 'none', ...release]
    let dropped = 0
    for (const packet of packetsOf(pods)) {
      if (dropped === DROPPED_OF_EACH) break
      const before = await runCommand(['trace', ...world, ...packet, '--verdict-only'])
      if (!/^(drop|reject|unknown)\n$/.test(before.out)) continue
      dropped++
      for (const kind of ['allow', 'log'] as const) {
        const what = `${kind}: ${folder} ${packet.join(' ')}`
        const { code, out, err } = await runCommand(['trace', ...world, ...packet, `--${kind}-policy`])
        if (code === 1) {
          t.match(err, /no policy was found/, what)
          // What pods send to their node is dropped behind all policies.
          t.ok(packet[1]?.startsWith('pod/') === true && packet[3] === 'host', `a policy is found: ${what}`)
          continue
        }
        t.equal(code, 0, what)
        const file = join(t.testdir({ 'more.yaml': out }), 'more.yaml')
        const compiled = await runCommand(['compile', ...world, '-f', file])
        t.equal(compiled.code, 0, `valid: ${what}`, { err: compiled.err })
        const after = await runCommand(['trace', ...world, ...packet, '-f', file])
        if (kind === 'allow') t.match(after.out, /^accept\b/, what)
        else {
          const asItWas = await runCommand(['trace', ...world, ...packet])
          t.ok(logLines(after.out) > logLines(asItWas.out), what)
        }
        done++
      }
    }
  }
  t.ok(done >= (recorded.length === 0 ? 5 : 30), `${done} policies were tried`)
})
