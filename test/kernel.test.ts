// The real kernel takes what we print: every golden case, in the legacy and the nft back end, and lists as many rules as
// were sent. Needs root, iptables and ipset; says so loudly where they are missing.

import { join } from 'node:path'
import t from 'tap'
import { compile } from '../src/compile.ts'
import { readCase } from './helpers/cases.ts'
import { GOLDEN_FOLDER, goldenCases } from './helpers/golden.ts'
import { BACKENDS, countRules, loadIntoKernel, whyNoKernel } from './helpers/kernel.ts'

const why = whyNoKernel()
if (why !== undefined) console.error(`\n*** THE KERNEL TESTS DO NOT RUN: ${why} ***\n`)

t.test('the kernel loads every golden case', { skip: why ?? false }, async t => {
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
      }
    }
  }
})
