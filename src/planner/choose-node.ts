// Which node the plan is for.

import type { Report } from '../diagnostics/diagnostic.ts'
import { andMore } from '../text/wording.ts'
import { sortedUnique } from '../text/bytes.ts'
import { similarName } from '../text/did-you-mean.ts'
import { nearestName } from '../text/unknown-name.ts'
import type { Cluster } from './cluster.ts'

/** Nodes that the input names anywhere, in byte order. */
function namedNodes({ nodes, hostEndpoints, workloadEndpoints }: Cluster): readonly string[] {
  const names = new Set(nodes.keys())
  for (const { node } of hostEndpoints) if (node !== '') names.add(node)
  for (const { node } of workloadEndpoints) names.add(node)
  return sortedUnique(names)
}

/** An input without resources has no node either, and that is not what is wrong with it. */
export function reportEmptyInput(report: Report): void {
  if (report.hasErrors) return
  const help = 'give files that hold some, as `kubectl get -o yaml` or `calicoctl get -o yaml` prints them'
  report.error('empty-input', 'there is no Calico or Kubernetes resource in the input', undefined, help)
}

/**
 * The node asked for, or the only one there is; undefined, with an error, when that is not clear.
 * @param isKnown the node is known to be one, whether the input names it or not
 */
export function chooseNode(
  cluster: Cluster,
  wanted: string | undefined,
  isKnown: boolean,
  report: Report,
): string | undefined {
  const names = namedNodes(cluster)
  if (wanted !== undefined) {
    if (names.includes(wanted) || names.length === 0) return wanted
    const message = `the input does not name a node \`${wanted}\``
    // Where there are Nodes, they are all that the cluster has.
    const isCluster = cluster.nodes.size > 0
    const meant = similarName(wanted, names) ?? (isCluster ? nearestName(wanted, names) : undefined)
    if (!isKnown && (isCluster || meant !== undefined)) {
      const help = meant === undefined ? `the input names ${andMore(names, 20)}` : `did you mean \`${meant}\`?`
      report.error('unknown-node', message, undefined, help)
      return undefined
    }
    const help = `the input names ${andMore(names, 20)}`
    report.warn('unknown-node', `${message}; it is taken to have no endpoints`, undefined, help)
    return wanted
  }
  const [only] = names
  if (only !== undefined && names.length === 1) return only
  if (only === undefined) {
    report.error('unknown-node', 'the input names no node', undefined, 'say which node the rules are for: --node NAME')
  } else {
    report.error(
      'ambiguous-node',
      `the input names ${names.length} nodes: ${andMore(names, 20)}`,
      undefined,
      'say which node the rules are for: --node NAME',
    )
  }
  return undefined
}
