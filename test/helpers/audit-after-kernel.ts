// Recorded text through a real kernel and back: an audit of what the kernel prints must find nothing.

import { auditVersion } from '../../src/audit/audit-version.ts'
import { compile } from '../../src/compile.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { readKernelTables } from '../../src/reader/read-kernel-tables.ts'
import { readCase } from './cases.ts'
import { type Backend, loadIntoKernel } from './kernel.ts'

/** One for each IP version that is programmed; `problem` is absent where everything is the same. */
export function auditAfterKernel(
  folder: string,
  backend: Backend,
): readonly { readonly ipVersion: 4 | 6; readonly problem?: string }[] {
  const { files, host, node, calicoVersion, environment, expected } = readCase(folder)
  const result = compile({ files, host, node, calicoVersion, environment })
  if (!result.ok) return []
  return ([4, 6] as const).flatMap(ipVersion => {
    const ruleset = result.output.versions[ipVersion]?.ruleset
    const text = expected[`v${ipVersion}.iptables`]
    if (ruleset === undefined || text === undefined) return []
    const loaded = loadIntoKernel(backend, ipVersion, expected[`v${ipVersion}.ipset`] ?? '', text)
    if (!loaded.ok) return [{ ipVersion, problem: `not loaded: ${loaded.errors.slice(0, 200)}` }]
    const report = new Report()
    const iptables = { name: 'saved', text: loaded.iptables }
    const tables = readKernelTables({ iptables, ipset: { name: 'sets', text: loaded.ipset }, ipVersion }, report)
    const [first] = auditVersion(ruleset, tables, true).findings
    const [message] = report.placed()
    const problem = message?.message ?? (first === undefined ? undefined : JSON.stringify(first).slice(0, 400))
    return [{ ipVersion, ...(problem === undefined ? {} : { problem }) }]
  })
}
