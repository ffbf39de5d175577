// A node whose automatic host endpoints cannot be known, because the input does not have it.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Cluster } from './cluster.ts'

/**
 * Whether kube-controllers makes host endpoints for the node that are not in the input. Reports unsupported-field: without them
 * policies would be missing from the rules.
 */
export function isWithoutAutomaticEndpoints(
  { automaticHostEndpoints: [automatic], nodes, hostEndpoints }: Cluster,
  nodeName: string,
  report: Report,
): boolean {
  if (automatic === undefined || nodes.has(nodeName)) return false
  if (hostEndpoints.some(({ node }) => node === nodeName)) return false
  const missing = nodeName === '' ? 'no Node is' : `the Node \`${nodeName}\` is not`
  report.error(
    'unsupported-field',
    `host endpoints are made of each Node, and ${missing} in the input`,
    automatic.location,
    'add the Nodes (`kubectl get nodes -o yaml`), or the HostEndpoints that were made (`calicoctl get hostendpoints -o yaml`)',
  )
  return true
}
