// Whose the files are that somebody saved on a node: chains of workloads and addresses tell.

import { readChainName } from './calico/read-chain-name.ts'
import { chainName, workloadInterfaceName } from './calico/names.ts'
import type { Cause } from './audit/cause.ts'
import { ownAddressSet } from './audit/own-addresses.ts'
import type { NodeRules } from './cluster-rules.ts'
import { andMore } from './text/wording.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { addressesOfFacts } from './model/host.ts'
import type { WorkloadEndpoint } from './model/ast/endpoint.ts'
import type { Node } from './model/ast/resources.ts'
import type { NodeState, NodeTables } from './node-text.ts'
import { foreignOwner } from './planner/foreign-facts.ts'
import { groupBy } from './text/group-by.ts'

const HALF = 0.5

/** The node of which most chains of workloads are there: the asked one, if they are, else the one with the largest share. */
export function ownerOfChains({ resources, plan }: NodeRules, { tables }: NodeTables): string | undefined {
  const present = new Set(tables.tables.flatMap(({ userChains }) => [...userChains.keys()]))
  if (![...present].some(name => readChainName(name)?.kind === 'toWorkload')) return undefined
  const prefix = plan.workloads[0]?.interfaceName.slice(0, -11) ?? 'cali'
  const workloads = resources.filter(one => one.kind === 'workloadEndpoint')
  const isThere = ({ interfaceName, namespace, name }: WorkloadEndpoint): boolean =>
    present.has(chainName('toWorkload', interfaceName ?? workloadInterfaceName(prefix, namespace, name)))
  const share = (all: readonly WorkloadEndpoint[]): number => all.filter(isThere).length / Math.max(1, all.length)
  // Names of a whole cluster's workloads are many hashes, and mostly nobody has to ask for them.
  if (share(workloads.filter(({ node }) => node === plan.nodeName)) > HALF) return plan.nodeName
  const others = groupBy(
    workloads.filter(({ node }) => node !== plan.nodeName),
    ({ node }) => node,
  )
  const [best] = [...others].map(([node, all]) => ({ node, share: share(all) })).sort((a, b) => b.share - a.share)
  return best !== undefined && best.share > HALF ? best.node : undefined
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
    const title = `${andMore(files, MOST_FILES)}: this is the text of node ${node}, not of ${asked}`
    return { kind: 'wrong-node', title, evidence: found.flatMap(stray => stray.evidence), findings: [], orElse: [] }
  })
}
