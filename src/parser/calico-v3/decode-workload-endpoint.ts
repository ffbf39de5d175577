// WorkloadEndpoint resources: endpoints of orchestrators other than Kubernetes, or pods as Calico stores them in etcd.

import { isInheritedLabel, NAMESPACE_LABEL, ORCHESTRATOR_LABEL, SERVICE_ACCOUNT_LABEL } from '../../calico/labels.ts'
import type { Labels } from '../../model/ast/endpoint.ts'
import { at } from '../../diagnostics/source.ts'
import type { Decoder } from '../context.ts'
import { checkWorkloadEndpoint } from './check-endpoint.ts'
import { decodeResource } from './decode-resource.ts'
import { SCHEMAS } from './schema.ts'
import { readTrafficLimits } from './traffic-limits.ts'

/** Labels of an endpoint as Felix sees them: those of namespaces and accounts come from profiles only. */
export function effectiveWorkloadLabels(labels: Labels, serviceAccount: string): Labels {
  // Nearly always: only WorkloadEndpoints and clusters that look for trouble have labels like these.
  if (serviceAccount === '' && !Object.keys(labels).some(isInheritedLabel)) return labels
  const own = Object.fromEntries(Object.entries(labels).filter(([key]) => !isInheritedLabel(key)))
  return serviceAccount === '' ? own : { ...own, [SERVICE_ACCOUNT_LABEL]: serviceAccount }
}

/** With the labels that Calico gives every endpoint, whatever is written. */
function withStandardLabels(written: Labels, namespace: string, orchestrator: string): Labels {
  return { ...written, [NAMESPACE_LABEL]: namespace, [ORCHESTRATOR_LABEL]: orchestrator }
}

/** Splits `node-orchestrator-workload-endpoint`, where dashes inside a part are doubled. */
function splitEndpointName(name: string): readonly string[] {
  return name.split(/(?<!-)-(?!-)/).map(part => part.replaceAll('--', '-'))
}

export const decodeWorkloadEndpoint: Decoder = (document, context) => {
  const { report, add } = context
  const { location } = document
  const resource = decodeResource(SCHEMAS.WorkloadEndpoint, document, context, ({ spec }, checker) =>
    checkWorkloadEndpoint(spec ?? {}, checker),
  )
  if (resource === undefined) return
  const { metadata, spec } = resource
  const namespace = metadata?.namespace ?? 'default'
  const orchestrator = spec?.orchestrator ?? ''
  if (metadata?.name === undefined) return
  const parts = splitEndpointName(metadata.name)
  const [node, , workload, endpoint] = parts
  if (parts.length !== 4 || node === undefined || workload === undefined || endpoint === undefined) {
    report.error(
      'bad-name',
      'the name of a WorkloadEndpoint has four parts: node, orchestrator, workload and endpoint',
      at(location, 'metadata', 'name'),
      'join the parts with `-`, and double each `-` inside a part',
    )
    return
  }
  const interfaceName = spec?.interfaceName ?? ''
  const addresses = (spec?.ipNetworks ?? []).map(({ cidr }) => ({ ipVersion: cidr.ipVersion, text: cidr.address }))
  if (interfaceName === '' || addresses.length === 0) {
    report.warn(
      'endpoint-ignored',
      'Felix ignores a WorkloadEndpoint without interfaceName or ipNetworks',
      at(location, 'spec'),
    )
    return
  }
  add({
    kind: 'workloadEndpoint',
    node,
    namespace,
    name: workload,
    orchestrator,
    endpoint,
    interfaceName,
    labels: effectiveWorkloadLabels(
      withStandardLabels(metadata?.labels ?? {}, namespace, orchestrator),
      spec?.serviceAccountName ?? '',
    ),
    profiles: spec?.profiles ?? [],
    addresses,
    ports: (spec?.ports ?? []).flatMap(({ name, protocol, port }) =>
      name === undefined ? [] : [{ name, protocol, port }],
    ),
    extras: {
      floatingIps: (spec?.ipNATs ?? []).map(({ externalIP, internalIP }) => ({
        external: externalIP.text,
        internal: internalIP.text,
      })),
      allowedSourcePrefixes: (spec?.allowSpoofedSourcePrefixes ?? []).map(({ cidr }) => cidr),
      ...readTrafficLimits(spec?.qosControls ?? {}, at(location, 'spec', 'qosControls'), context),
    },
    location,
  })
}
