// npm run conformance:audit -- DIR...: audits every node below the folders.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ClusterRules } from '../../src/cluster-rules.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import { auditNode } from '../../src/node-audit.ts'
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
  const report = new Report()
  const files = readdirSync(folder).filter(n => n.endsWith('.save')).map(n => source(join(folder, n)))
    .flatMap(file => { const kind = nodeFileKind(file); return kind ? [{ kind, file }] : [] })
  const state = readNodeState(files, true, report)
  const result = auditNode({ cluster, node, host, state, isReleaseGiven: version !== undefined })
  if (!result.ok) { console.log(folder, 'FAILED', result.diagnostics.filter(d=>d.severity==='error').map(d => d.message)); continue }
  const { audit } = result
  console.log('==', folder, audit.isSame ? 'same' : 'DIFFERENT', audit.versions.map(v => v.audit.findings.length), audit.others.length)
  for (const c of audit.causes) console.log('   ', c.kind, '|', c.title, '|', c.findings.length, '|', c.evidence.join(' // ').slice(0,300), c.orElse.length)
}
