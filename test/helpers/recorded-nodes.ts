// Recorded nodes: what the kernel of a node held while Felix and kube-proxy ran on it, clean and after something happened to it.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ClusterRules } from '../../src/cluster-rules.ts'
import { Report } from '../../src/diagnostics/diagnostic.ts'
import type { SourceFile } from '../../src/diagnostics/source.ts'
import type { NodeAuditInput } from '../../src/audit-assumptions.ts'
import { type NodeFile, nodeFileKind, readNodeState } from '../../src/node-text.ts'

/** Beside the corpus; absent in a plain clone. */
export const NODES_FOLDER = process.env.CORPUS
  ? join(process.env.CORPUS, '../nodes')
  : fileURLToPath(new URL('../../../../shared/nodes', import.meta.url))

export interface RecordedNode {
  readonly folder: string
  /** `02-ibm/legacy/damage/firewalld` */
  readonly name: string
  readonly node: string
  /** Of another Felix than the newest. */
  readonly release: string | undefined
  readonly input: SourceFile
  readonly host: readonly SourceFile[]
  readonly files: readonly SourceFile[]
  /** What was done to it, with the commands; absent of a clean node. */
  readonly damage: string | undefined
}

/** Folders with text of a node, in order. */
export function findNodes(root: string): readonly string[] {
  const folders = readdirSync(root)
    .sort()
    .map(name => join(root, name))
    .filter(path => statSync(path).isDirectory() && basename(path) !== 'after-traffic')
  const isNode = existsSync(join(root, 'sets.save'))
  return [...(isNode ? [root] : []), ...folders.flatMap(findNodes)]
}

export function readNode(folder: string): RecordedNode {
  const isDamage = basename(dirname(folder)) === 'damage'
  const clean = join(folder, '../..')
  const find = (name: string): string | undefined =>
    [join(folder, name), ...(isDamage ? [join(clean, name)] : [])].find(existsSync)
  const files = readdirSync(folder).filter(name => /\.(save|nft)$/.test(name))
  const what = find('what.md')
  const notes = isDamage ? readFileSync(join(clean, 'damage.md'), 'utf8') : ''
  const damage = isDamage
    ? notes.split('\n').find(line => line.startsWith(`- \`damage/${basename(folder)}\``))
    : what === undefined
      ? undefined
      : readFileSync(what, 'utf8')
  return {
    folder,
    name: folder
      .split('/')
      .slice(isDamage ? -4 : -2)
      .join('/'),
    node: /^node: (\S+)/m.exec(read(find('case.yaml'))[0]?.text ?? '')?.[1] ?? '',
    release: /felix-(v[0-9.]+)$/.exec(folder)?.[1],
    input: read(find('input.yaml'))[0] ?? { name: 'input.yaml', text: '' },
    host: ['host.json', 'routes.json', 'routes6.json'].flatMap(name => read(find(name))),
    files: files.flatMap(name => read(join(folder, name))),
    damage,
  }
}

function read(path: string | undefined): readonly SourceFile[] {
  return path === undefined ? [] : [{ name: path, text: readFileSync(path, 'utf8') }]
}

/** Its files, each as what it is. */
export function filesOf(node: RecordedNode): readonly NodeFile[] {
  return node.files.flatMap(file => {
    const kind = nodeFileKind(file)
    return kind === undefined ? [] : [{ kind, file }]
  })
}

/** What `calitables audit` is given of it. @param release left out: the one of the input, or the newest */
export function auditInputOf(node: RecordedNode, release?: string): NodeAuditInput {
  const report = new Report()
  const state = readNodeState(filesOf(node), true, report)
  if (report.hasErrors)
    throw new Error(
      `${node.folder}: ${report
        .placed()
        .map(({ message }) => message)
        .join('; ')}`,
    )
  const cluster = new ClusterRules({
    files: [node.input],
    ...(release === undefined ? {} : { calicoVersion: release }),
  })
  return { cluster, node: node.node, state, host: node.host, isReleaseGiven: release !== undefined }
}
