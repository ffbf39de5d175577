// npm run conformance:audit -- DIR...: audits every node below the folders.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterRules } from '../../src/cluster-rules.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { auditVersion } from '../../src/audit/audit-version.ts'
import { nodeFileKind, readNodeState } from '../../src/node-text.ts'

function folders(root: string): string[] {
  const names = readdirSync(root)
    .sort()
    .map(n => join(root, n))
    .filter(p => statSync(p).isDirectory())
  return [...(existsSync(join(root, 'sets.save')) ? [root] : []), ...names.flatMap(folders)]
}
for (const folder of process.argv.slice(2).flatMap(folders)) {
  if (folder.includes('after-traffic')) continue
  const up = (name: string): string => {
    const own = join(folder, name)
    return existsSync(own) ? own : join(folder, '../..', name)
  }
  const source = (path: string) => ({ name: path, text: readFileSync(path, 'utf8') })
  const node = /^node: (\S+)/m.exec(source(up('case.yaml')).text)?.[1]
  const version = /felix-(v[0-9.]+)$/.exec(folder)?.[1]
  const cluster = new ClusterRules({ files: [source(up('input.yaml'))], calicoVersion: version })
  const host = ['host.json', 'routes.json', 'routes6.json'].map(n => source(up(n)))
  const result = cluster.rulesFor({ node }, host)
  if (!result.ok) {
    console.log(
      folder,
      'FAILED',
      result.diagnostics.filter(d => d.severity === 'error').map(d => d.message),
    )
    continue
  }
  const report = new Report()
  const files = readdirSync(folder)
    .filter(n => n.endsWith('.save'))
    .map(n => source(join(folder, n)))
    .flatMap(file => {
      const kind = nodeFileKind(file)
      return kind ? [{ kind, file }] : []
    })
  const state = readNodeState(files, true, report)
  console.log('==', folder, report.diagnostics.length)
  for (const { tables, backend } of state.versions) {
    const ruleset = result.rules.rulesets[tables.ipVersion]
    if (!ruleset) {
      console.log('no ruleset', tables.ipVersion)
      continue
    }
    const { findings, counts, foreign } = auditVersion(ruleset, tables, true)
    console.log(
      `  v${tables.ipVersion} ${backend} ${findings.length} findings`,
      JSON.stringify(counts),
      JSON.stringify([...foreign]),
    )
    for (const f of findings.slice(0, 8)) console.log('    ' + JSON.stringify(f).slice(0, 300))
  }
}
