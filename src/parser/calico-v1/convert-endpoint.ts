// Endpoints of the v1 format -> projectcalico.org/v3.

import { NAMESPACE_LABEL } from '../../calico/labels.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { formatCidr } from '../../net/cidr.ts'
import { CALICO_V3_VERSION, type Conversion, type Plain, present } from './conversion.ts'
import { OLD_NAMESPACE_LABEL } from './convert-rule.ts'
import { convertName, convertProfileName, normaliseName, workloadEndpointName } from './names.ts'
import type { V1Resource } from './schema.ts'

export function convertHostEndpoint({ metadata, spec }: V1Resource<'hostEndpoint'>, conversion: Conversion): Plain {
  const node = conversion.rename('node', metadata.node, normaliseName(metadata.node))
  const expected = [...(spec.expectedIPs ?? [])]
  const order = [
    ...[...expected.keys()].filter(index => expected[index]?.ipVersion === 4),
    ...[...expected.keys()].filter(index => expected[index]?.ipVersion === 6),
  ]
  for (const [to, from] of order.entries())
    conversion.paths.set(['spec', 'expectedIPs', to], ['spec', 'expectedIPs', from])
  conversion.paths.set(['spec', 'node'], ['metadata', 'node'])
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'HostEndpoint',
    metadata: present({
      name: conversion.rename('hostEndpoint', metadata.name, convertName(`${node}.${metadata.name}`)),
      labels: metadata.labels,
    }),
    spec: present({
      node,
      interfaceName: spec.interfaceName,
      expectedIPs: spec.expectedIPs && order.flatMap(index => expected[index]?.text ?? []),
      profiles: convertProfiles(spec.profiles, conversion),
      ports: spec.ports?.map(({ name, protocol, port }) => ({ name, protocol: protocol.toUpperCase(), port })),
    }),
  }
}

function convertProfiles(profiles: readonly string[] | undefined, conversion: Conversion): unknown {
  return profiles?.map(profile => conversion.rename('profile', profile, convertProfileName(profile)))
}

/** Undefined, with a message, where the workload of a pod cannot be read. */
export function convertWorkloadEndpoint(
  { metadata, spec }: V1Resource<'workloadEndpoint'>,
  location: Location,
  conversion: Conversion,
  report: Report,
): Plain | undefined {
  const { orchestrator } = metadata
  const node = conversion.rename('node', metadata.node, normaliseName(metadata.node))
  const endpoint = convertName(metadata.name)
  const identity = workloadIdentity(metadata)
  if (identity === undefined) {
    report.error(
      'bad-name',
      `malformed k8s workload ID \`${metadata.workload}\``,
      at(location, 'metadata', 'workload'),
      'write NAMESPACE.POD',
    )
    return undefined
  }
  const { namespace, pod, workload, containerID, part } = identity
  for (const field of ['node', 'orchestrator', 'workload']) conversion.paths.set(['spec', field], ['metadata', field])
  conversion.paths.set(['spec', 'pod'], ['metadata', 'workload'])
  conversion.paths.set(['spec', 'containerID'], ['metadata', 'activeInstanceID'])
  conversion.paths.set(['spec', 'endpoint'], ['metadata', 'name'])
  conversion.paths.set(['spec', 'allowSpoofedSourcePrefixes'], ['spec', 'allow_spoofed_source_prefixes'])
  const name = workloadEndpointName([node, orchestrator, part, endpoint])
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'WorkloadEndpoint',
    metadata: present({
      name: conversion.rename('workloadEndpoint', metadata.name, name),
      namespace,
      labels: convertLabels(metadata.labels, conversion),
    }),
    spec: present({
      orchestrator,
      workload,
      node,
      containerID,
      pod,
      endpoint,
      ipNetworks: spec.ipNetworks?.map(({ cidr }) => formatCidr(cidr)),
      ipNATs: spec.ipNATs?.map(({ internalIP, externalIP }) => ({
        internalIP: internalIP.text,
        externalIP: externalIP.text,
      })),
      ipv4Gateway: spec.ipv4Gateway?.text,
      ipv6Gateway: spec.ipv6Gateway?.text,
      profiles: convertProfiles(spec.profiles, conversion),
      interfaceName: spec.interfaceName,
      mac: spec.mac,
      ports: spec.ports,
      allowSpoofedSourcePrefixes: spec.allow_spoofed_source_prefixes?.map(({ cidr }) => formatCidr(cidr)),
    }),
  }
}

interface WorkloadIdentity {
  readonly namespace: string
  readonly pod?: string
  readonly workload?: string
  readonly containerID?: string | undefined
  /** The third part of the endpoint's name. */
  readonly part: string
}

function workloadIdentity({
  orchestrator,
  workload,
  activeInstanceID,
}: V1Resource<'workloadEndpoint'>['metadata']): WorkloadIdentity | undefined {
  switch (orchestrator) {
    case 'k8s': {
      const dot = workload.indexOf('.')
      if (dot < 0) return undefined
      const pod = workload.slice(dot + 1)
      return { namespace: workload.slice(0, dot), pod, containerID: activeInstanceID, part: pod }
    }
    case 'cni':
      return { namespace: 'default', containerID: workload, part: workload }
    case 'libnetwork':
      return { namespace: 'default', workload: 'libnetwork', part: 'libnetwork' }
    default: {
      const converted = convertName(workload)
      return { namespace: 'default', workload: converted, part: converted }
    }
  }
}

function convertLabels(
  labels: Readonly<Record<string, string>> | undefined,
  conversion: Conversion,
): Plain | undefined {
  if (labels === undefined || !Object.hasOwn(labels, OLD_NAMESPACE_LABEL)) return labels
  conversion.rename('label', OLD_NAMESPACE_LABEL, NAMESPACE_LABEL)
  conversion.paths.set(['metadata', 'labels', NAMESPACE_LABEL], ['metadata', 'labels', OLD_NAMESPACE_LABEL])
  return Object.fromEntries(
    Object.entries(labels).map(([key, value]) => [key === OLD_NAMESPACE_LABEL ? NAMESPACE_LABEL : key, value]),
  )
}
