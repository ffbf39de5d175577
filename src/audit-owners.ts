// Whose the files are that somebody saved on a node: chains of workloads and addresses tell.

import { readChainName } from './calico/read-chain-name.ts'
import { chainName, workloadInterfaceName } from './calico/names.ts'
import type { Cause } from './audit/cause.ts'
import { ownAddressSet } from './audit/own-addresses.ts'
import type { NodeRules } from './cluster-rules.ts'
import { orList } from './diagnostics/wording.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { addressesOfFacts } from './model/host.ts'
import type { Node } from './model/ast/resources.ts'
import type { NodeState, NodeTables } from './node-text.ts'
import { foreignOwner } from './planner/foreign-facts.ts'
import { groupBy } from './text/group-by.ts'

/** The node of which most chains of workloads are there: the asked one, if they are, else the one with the largest share. */
export function ownerOfChains({ resources, plan }: NodeRules, { tables }: NodeTables): string | undefined {
  const present = new Set(tables.tables.flatMap(({ userChains }) => [...userChains.keys()]))
  if (![...present].some(name => readChainName(name)?.kind === 'toWorkload')) return undefined
  const prefix = plan.workloads[0]?.interfaceName.slice(0, -11) ?? 'cali'
  const found = new Map<string, { there: number; all: number }>()
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint') continue
    const name = resource.interfaceName ?? workloadInterfaceName(prefix, resource.namespace, resource.name)
    const { there, all } = found.get(resource.node) ?? { there: 0, all: 0 }
    const isThere = present.has(chainName('toWorkload', name))
    found.set(resource.node, { there: there + (isThere ? 1 : 0), all: all + 1 })
  }
  const share = (node: string): number => {
    const { there, all } = found.get(node) ?? { there: 0, all: 1 }
    return there / all
  }
  if (share(plan.nodeName) > 0.5) return plan.nodeName
  const [best] = [...found.keys()].filter(node => node !== plan.nodeName).sort((a, b) => share(b) - share(a))
  return best !== undefined && share(best) > 0.5 ? best : undefined
}

/** The other node whose addresses Felix has put into its set of them. */
export function ownerOfSets(rules: NodeRules, { versions }: NodeState): string | undefined {
  const present = versions.flatMap(
    ({ tables: { ipVersion, ipSets } }) => ipSets.get(ownAddressSet(ipVersion))?.members ?? [],
  )
  return ownerOf(rules, new Set(present))
}

/** The other node whose addresses `ip` has printed. */
export function ownerOfHost(rules: NodeRules): string | undefined {
  return ownerOf(rules, addressesOfFacts(rules.host))
}

function ownerOf({ resources, plan }: NodeRules, present: ReadonlySet<string>): string | undefined {
  const nodes = resources.filter((one): one is Node => one.kind === 'node')
  return foreignOwner(
    present,
    nodes.find(({ name }) => name === plan.nodeName),
    nodes,
  )?.name
}

export function namesOf(files: readonly SourceFile[]): readonly string[] {
  return files.map(({ name }) => name)
}

/** Files of one sort that are of another node. */
export interface Stray {
  readonly node: string
  readonly files: readonly string[]
  readonly evidence: readonly string[]
}

const MOST_FILES = 4

/** One cause for each node that files are of. @param asked the node that they were given for */
export function wrongNodes(strays: readonly Stray[], asked: string): readonly Cause[] {
  return [...groupBy(strays, ({ node }) => node)].map(([node, found]) => {
    const files = found.flatMap(stray => stray.files)
    const more = files.length > MOST_FILES ? ` and ${files.length - MOST_FILES} more` : ''
    const title = `${orList(files.slice(0, MOST_FILES), 'and')}${more}: this is the text of node ${node}, not of ${asked}`
    return { kind: 'wrong-node', title, evidence: found.flatMap(stray => stray.evidence), findings: [], orElse: [] }
  })
}
