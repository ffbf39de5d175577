// What selectors look at in a pod, and in the pods that a template will make.

import {
  NAMESPACE_LABEL,
  namespaceProfileName,
  ORCHESTRATOR_LABEL,
  SERVICE_ACCOUNT_LABEL,
  serviceAccountProfileName,
} from '../../calico/labels.ts'
import type { EndpointPort, HostPort, Labels } from '../../model/ast/endpoint.ts'
import type { PodTraits } from '../../model/ast/pod.ts'
import { parseAddress } from '../../net/cidr.ts'
import type { PortProtocol } from '../../net/protocol.ts'
import { effectiveWorkloadLabels } from '../calico-v3/decode-workload-endpoint.ts'
import { asMapping, itemsIn, type Mapping, textIn } from './loose-fields.ts'

const CONTAINER_LISTS = ['containers', 'initContainers']

/** The traits of the pods that `spec`, a pod's own or a template's, describes. */
export function readPodTraits(namespace: string, labels: Labels, spec: Mapping): PodTraits {
  const serviceAccount = textIn(spec, 'serviceAccountName')
  const hasLabelForAccount = serviceAccount !== '' && serviceAccount.length < 63
  return {
    namespace,
    labels: effectiveWorkloadLabels(
      {
        ...labels,
        [NAMESPACE_LABEL]: namespace,
        [ORCHESTRATOR_LABEL]: 'k8s',
        ...(hasLabelForAccount ? { [SERVICE_ACCOUNT_LABEL]: serviceAccount } : {}),
      },
      hasLabelForAccount ? '' : serviceAccount,
    ),
    profiles:
      serviceAccount === ''
        ? [namespaceProfileName(namespace)]
        : [namespaceProfileName(namespace), serviceAccountProfileName(namespace, serviceAccount)],
    ports: namedPorts(spec),
  }
}

function namedPorts(spec: Mapping): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const listName of CONTAINER_LISTS) {
    for (const container of itemsIn(spec, listName)) {
      for (const entry of itemsIn(asMapping(container), 'ports')) {
        const { name, containerPort: port, protocol: written } = asMapping(entry)
        const protocol = portProtocol(written)
        const isNamed = typeof name === 'string' && name !== '' && typeof port === 'number' && port !== 0
        if (isNamed && protocol !== undefined) ports.push({ name, protocol, port })
      }
    }
  }
  return ports
}

/** Ports of the node that lead to the pod; init containers have none. */
export function readHostPorts(spec: Mapping): readonly HostPort[] {
  const ports: HostPort[] = []
  for (const container of itemsIn(spec, 'containers')) {
    for (const entry of itemsIn(asMapping(container), 'ports')) {
      const { hostPort, containerPort: port, protocol: written, hostIP: address } = asMapping(entry)
      const protocol = portProtocol(written)
      if (typeof hostPort !== 'number' || hostPort === 0 || typeof port !== 'number' || protocol === undefined) continue
      const hostIp = typeof address === 'string' ? parseAddress(address) : undefined
      const isAny = hostIp === undefined || hostIp.text === '0.0.0.0' || hostIp.text === '::'
      ports.push({ hostPort, port, protocol, ...(isAny ? {} : { hostIp }) })
    }
  }
  return ports
}

/** The protocol of a port of a pod or Service; TCP where it is not said, undefined for what has no ports. */
export function portProtocol(written: unknown): PortProtocol | undefined {
  switch (written) {
    case undefined:
    case null:
    case '':
    case 'TCP':
      return 'tcp'
    case 'UDP':
      return 'udp'
    case 'SCTP':
      return 'sctp'
    default:
      return undefined
  }
}
