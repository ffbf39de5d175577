// The real kernel takes what we print: every golden case, in the legacy and the nft back end, and lists as many rules as
// were sent. Needs root, iptables and ipset; says so loudly where they are missing.

import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { IPTABLES } from '../src/backend/iptables/iptables-backend.ts'
import { checkRulesets } from '../src/acceptance/check-ruleset.ts'
import { printAnnotated } from '../src/backend/iptables/annotated-restore.ts'
import { compile, type CompileOutput } from '../src/compile.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import { annotateChain, createRuleAnnotator } from '../src/explain/annotations.ts'
import { hostEndpoint, hostJson, mustCompile, policy } from './helpers/build.ts'
import { readCase } from './helpers/cases.ts'
import { compareWithKernel } from './helpers/compare-with-kernel.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { oddInput } from './helpers/odd-input.ts'
import { type Backend, BACKENDS, countRules, loadIntoKernel, whyNoKernel } from './helpers/kernel.ts'
import { whyNoProbes } from './helpers/probes/kernel-node.ts'
import { type CaseResult, probeCase } from './helpers/probes/probe-case.ts'
import { Random } from './helpers/probes/random.ts'

const why = whyNoKernel()
if (why !== undefined) console.error(`\n*** THE KERNEL TESTS DO NOT RUN: ${why} ***\n`)

t.test('the kernel loads every golden case', { skip: why ?? false }, async t => {
  let compared = 0
  for (const name of goldenCases()) {
    const { files, host, node } = readCase(join(GOLDEN_FOLDER, name))
    const result = compile({ files, host, node })
    if (!result.ok) continue
    const { versions } = result.output
    for (const backend of BACKENDS) {
      for (const ipVersion of [4, 6] as const) {
        const text = versions[ipVersion]?.text
        if (text === undefined) continue
        const loaded = loadIntoKernel(backend, ipVersion, text.ipset, text.iptables)
        t.ok(loaded.ok, `${name}: IPv${ipVersion} loads with ${backend}`, { found: loaded.errors })
        t.equal(loaded.rules, countRules(text.iptables), `${name}: IPv${ipVersion} has every rule with ${backend}`)
        const compiled = versions[ipVersion]?.ruleset
        if (compiled === undefined) continue
        const found = compareWithKernel(compiled, loaded)
        for (const difference of found.differences) {
          t.fail(`${name}: IPv${ipVersion} is read back from ${backend}`, { found: difference })
        }
        compared += found.rules
      }
    }
  }
  t.ok(compared > 10_000, `${compared} rules read back from the kernel are those that were compiled`)
})

t.test('the kernel loads annotated text', { skip: why ?? false }, async t => {
  for (const name of ['actions/log-denied-packets-kubernetes', 'felix-configuration/everything-together']) {
    const { files, host, node } = readCase(join(GOLDEN_FOLDER, name))
    const result = compile({ files, host, node })
    if (!result.ok) continue
    const { ruleset, text } = result.output.versions[4]
    const annotated = printAnnotated(ruleset.tables, {
      chain: annotateChain,
      rule: createRuleAnnotator(result.output.sources),
    })
    for (const backend of BACKENDS) {
      const loaded = loadIntoKernel(backend, 4, text.ipset, annotated)
      t.ok(loaded.ok, `${name} loads with ${backend}`, { found: loaded.errors })
      t.equal(loaded.rules, countRules(text.iptables), `${name} has every rule with ${backend}`)
    }
  }
})

const whyProbes = whyNoProbes()
if (whyProbes !== undefined) console.error(`\n*** THE WALKER IS NOT COMPARED WITH A KERNEL: ${whyProbes} ***\n`)

t.test(
  'probes agree with the walker, and find it out where the kernel has other rules',
  { skip: whyProbes ?? false },
  async t => {
    const allowing = (port: number): CompileOutput =>
      mustCompile([
        hostEndpoint('node'),
        policy(
          'p',
          `{selector: all(), types: [Ingress], ingress: [{action: Allow, protocol: TCP, destination: {ports: [${port}]}}]}`,
        ),
      ])
    const [right, other] = [allowing(8080), allowing(8081)]
    const probe = (output: CompileOutput, backend: Backend): Promise<CaseResult> =>
      probeCase(output, { backend, random: new Random(1), probes: 200, servicesAreRules: false })
    for (const backend of BACKENDS) {
      const { probes, mismatches } = await probe(right, backend)
      t.strictSame([probes, mismatches], [200, []], backend)
    }
    const mixed = { ...right, versions: { 4: { ...right.versions[4], text: other.versions[4].text } } }
    const found = (await probe(mixed, 'legacy')).mismatches.join('\n')
    t.match(found, /walker: accept, decided by .*\n +packet: foreseen at the node .*, seen nowhere/)
    t.match(found, /counter: filter cali-pi-\S+ \d+: foreseen 1, counted 0/)
  },
)

t.test('what we say the kernel refuses it refuses, and nothing else', { skip: why ?? false }, async t => {
  const verdicts = { taken: 0, refused: 0 }
  for (const documents of fc.sample(oddInput, {
    numRuns: Number(process.env['KERNEL_RUNS'] ?? 60),
    seed: 20_240_501,
  })) {
    const result = compile({
      files: [{ name: 'a.yaml', text: documents.join('\n---\n') }],
      node: 'node-1',
      host: { name: 'host.json', text: hostJson(['eth0', '192.0.2.1/24']) },
      force: true,
    })
    // Refused by Calico's own validator: nothing to try.
    if (!result.ok) continue
    for (const version of Object.values(result.output.versions)) {
      const report = new Report()
      checkRulesets([version.ruleset], result.output.plan, IPTABLES.printLongestLine, report)
      const { ok, errors } = loadIntoKernel(
        'legacy',
        version.ruleset.ipVersion,
        version.text.ipset,
        version.text.iptables,
      )
      verdicts[ok ? 'taken' : 'refused']++
      const found = { said: report.diagnostics.map(({ message }) => message), errors, documents }
      t.equal(!report.hasErrors, ok, `IPv${version.ruleset.ipVersion}: ${ok ? 'taken' : 'refused'}`, { found })
    }
  }
  t.ok(verdicts.taken > 15 && verdicts.refused > 10, `${verdicts.taken} taken, ${verdicts.refused} refused`)
})
