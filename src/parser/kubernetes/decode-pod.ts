// Pods -> workload endpoints. Read by hand and without a schema: a cluster has a hundred times more pods than anything
// else, and all that policy needs of one on another node is its labels, addresses and named ports.

import {
  ALLOWED_SOURCE_PREFIXES_ANNOTATION,
  DSCP_ANNOTATION,
  FLOATING_IPS_ANNOTATION,
  NAMESPACE_LABEL,
  ORCHESTRATOR_LABEL,
  QOS_PREFIX,
  SERVICE_ACCOUNT_LABEL,
  namespaceProfileName,
  serviceAccountProfileName,
} from '../../calico/labels.ts'
import { parseDscp } from '../../calico/dscp.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { EndpointPort, TrafficLimits, WorkloadExtras } from '../../model/ast/endpoint.ts'
import { type Address, type Cidr, parseAddress, parseCidr, parseNet } from '../../net/cidr.ts'
import type { PortProtocol } from '../../net/protocol.ts'
import { effectiveWorkloadLabels } from '../calico-v3/decode-workload-endpoint.ts'
import type { Decoder, ParseContext } from '../context.ts'
import { describe } from '../fields.ts'
import { parseQuantity } from './quantity.ts'

type Mapping = Readonly<Record<string, unknown>>

const EMPTY: Mapping = {}

const FINISHED_PHASES = ['Failed', 'Succeeded', 'Completed']

const AWS_POD_IPS = 'vpc.amazonaws.com/pod-ips'
const POD_IP = 'cni.projectcalico.org/podIP'
const POD_IPS = 'cni.projectcalico.org/podIPs'

export const decodePod: Decoder = ({ value, location }, context) => {
  const { report } = context
  const metadata = mapping(value, 'metadata')
  const spec = mapping(value, 'spec')
  const status = mapping(value, 'status')
  const name = text(metadata, 'name', 'metadata')
  const node = text(spec, 'nodeName', 'spec')
  if (spec['hostNetwork'] === true || node === '' || name === '') return
  const namespace = text(metadata, 'namespace', 'metadata') || 'default'
  const serviceAccount = text(spec, 'serviceAccountName', 'spec')
  const annotations = mapping(metadata, 'annotations')
  const labels = mapping(metadata, 'labels')
  for (const [key, label] of Object.entries(labels)) {
    if (typeof label !== 'string') wrongType(`metadata.labels.${key}`, 'text', label)
  }

  const addresses = isFinished(metadata, status, annotations) ? [] : readAddresses()
  if (addresses.length === 0) return
  const hasLabelForAccount = serviceAccount !== '' && serviceAccount.length < 63
  const extras = hasAny(annotations)
    ? readExtras(annotations, addresses, at(location, 'metadata', 'annotations'), context)
    : undefined
  if (extras === 'unreadable') return
  context.add({
    kind: 'workloadEndpoint',
    node,
    namespace,
    name,
    orchestrator: 'k8s',
    endpoint: 'eth0',
    labels: effectiveWorkloadLabels(
      {
        ...(labels as Readonly<Record<string, string>>),
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
    addresses,
    ports: [...readPorts('containers'), ...readPorts('initContainers')],
    ...(extras === undefined ? {} : { extras }),
    location,
  })

  function mapping(parent: Mapping, key: string): Mapping {
    const child = parent[key]
    if (child === undefined || child === null) return EMPTY
    if (typeof child === 'object' && !Array.isArray(child)) return child as Mapping
    wrongType(key, 'a mapping', child)
    return EMPTY
  }

  function text(parent: Mapping, key: string, path: string): string {
    const child = parent[key]
    if (typeof child === 'string') return child
    if (child === undefined || child === null) return ''
    wrongType(`${path}.${key}`, 'text', child)
    return ''
  }

  function wrongType(path: string, wanted: string, found: unknown): void {
    report.error(
      'wrong-type',
      `\`${path}\`: expected ${wanted}, found ${describe(found)}`,
      at(location, ...path.split('.')),
    )
  }

  /** The first source that has any: status.podIPs, status.podIP, then annotations of CNI plugins. */
  function readAddresses(): readonly Address[] {
    const found: Address[] = []
    const podIps = status['podIPs']
    const take = (written: string, ...path: (string | number)[]): void => {
      const parsed = parseNet(written)
      if (parsed === undefined)
        report.error('bad-address', `\`${written}\` is not an IP address`, at(location, ...path))
      else found.push(parsed.address)
    }
    if (Array.isArray(podIps)) {
      for (const [index, entry] of podIps.entries()) {
        const ip = (entry as { ip?: unknown } | null)?.ip
        if (typeof ip === 'string' && ip !== '') take(ip, 'status', 'podIPs', index, 'ip')
      }
    }
    const podIp = status['podIP']
    if (found.length === 0 && typeof podIp === 'string' && podIp !== '') take(podIp, 'status', 'podIP')
    for (const key of [POD_IPS, POD_IP, AWS_POD_IPS]) {
      const annotation = annotations[key]
      if (found.length > 0 || typeof annotation !== 'string' || annotation === '') continue
      for (const part of annotation.split(',')) take(part, 'metadata', 'annotations', key)
    }
    return found
  }

  function readPorts(listName: 'containers' | 'initContainers'): readonly EndpointPort[] {
    const containers = spec[listName]
    if (!Array.isArray(containers)) return []
    const ports: EndpointPort[] = []
    for (const container of containers as readonly (Mapping | null)[]) {
      const entries = container?.['ports']
      if (!Array.isArray(entries)) continue
      for (const entry of entries as readonly (Mapping | null)[]) {
        const portName = entry?.['name']
        const port = entry?.['containerPort']
        const protocol = portProtocol(entry?.['protocol'])
        if (
          typeof portName !== 'string' ||
          portName === '' ||
          typeof port !== 'number' ||
          port === 0 ||
          protocol === undefined
        )
          continue
        ports.push({ name: portName, protocol, port })
      }
    }
    return ports
  }
}

function portProtocol(written: unknown): PortProtocol | undefined {
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

function hasAny(mapping: Mapping): boolean {
  for (const key in mapping) if (Object.hasOwn(mapping, key)) return true
  return false
}

/** A finished pod has given its addresses back; so has one that is being deleted once the CNI plugin has emptied its annotation. */
function isFinished(metadata: Mapping, status: Mapping, annotations: Mapping): boolean {
  if (FINISHED_PHASES.includes(String(status['phase']))) return true
  return metadata['deletionTimestamp'] !== undefined && (annotations[POD_IP] === '' || annotations[AWS_POD_IPS] === '')
}

/** Undefined where no annotation is of interest; `unreadable` where Calico's conversion gives up the pod for one, which is said. */
function readExtras(
  annotations: Mapping,
  addresses: readonly Address[],
  location: Location,
  { report }: ParseContext,
): WorkloadExtras | 'unreadable' | undefined {
  const isOfInterest = Object.keys(annotations).some(
    key => key === FLOATING_IPS_ANNOTATION || key === ALLOWED_SOURCE_PREFIXES_ANNOTATION || key.startsWith(QOS_PREFIX),
  )
  if (!isOfInterest) return undefined
  const dscpText = annotationText(DSCP_ANNOTATION)
  const dscp = dscpText === '' ? undefined : parseDscp(dscpText)
  if (dscpText !== '' && dscp === undefined) {
    report.warn(
      'felix-default',
      `Felix ignores the DSCP value \`${dscpText}\``,
      at(location, DSCP_ANNOTATION),
      'write 0-63, or a name such as `EF` or `AF41`',
    )
  }
  const floating = readList(FLOATING_IPS_ANNOTATION, FLOATING_IPS_ANNOTATION in annotations)
  const allowedSourcePrefixes = readPrefixes()
  if (floating === undefined || allowedSourcePrefixes === undefined) return 'unreadable'
  return {
    floatingIps: floating.flatMap(readFloatingIp),
    allowedSourcePrefixes,
    ...(dscp === undefined ? {} : { dscp }),
    ingressLimits: readLimits('ingress'),
    egressLimits: readLimits('egress'),
  }

  function annotationText(key: string): string {
    const value = annotations[key]
    return typeof value === 'string' ? value : ''
  }

  /** Which address of the pod is meant is told by a colon in the text, before it is read; of several the last is taken. */
  function readFloatingIp(written: string): readonly { readonly external: string; readonly internal: string }[] {
    const isIpv6 = written.includes(':')
    const internal = addresses.findLast(({ ipVersion }) => (ipVersion === 6) === isIpv6)
    const external = parseAddress(written)
    if (external === undefined) {
      report.warn(
        'felix-default',
        `Calico ignores the floating IP \`${written}\`, which is no IP address`,
        at(location, FLOATING_IPS_ANNOTATION),
        'write addresses without prefix length: \'["192.0.2.10"]\'',
      )
    }
    return internal === undefined || external === undefined
      ? []
      : [{ external: external.text, internal: internal.text }]
  }

  function readPrefixes(): readonly Cidr[] | undefined {
    const texts = readList(
      ALLOWED_SOURCE_PREFIXES_ANNOTATION,
      annotationText(ALLOWED_SOURCE_PREFIXES_ANNOTATION) !== '',
    )
    const parsed = texts?.map(text => ({ text, cidr: parseCidr(text)?.cidr }))
    const bad = parsed?.find(({ cidr }) => cidr === undefined)
    if (bad === undefined) return parsed?.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]))
    warnUnreadable(ALLOWED_SOURCE_PREFIXES_ANNOTATION, `\`${bad.text}\` is not a CIDR`)
    return undefined
  }

  /** A JSON list of texts, as Go reads it: null is an empty list, and an empty text in one. */
  function readList(key: string, isThere: boolean): readonly string[] | undefined {
    if (!isThere) return []
    const written = annotationText(key)
    try {
      const parsed: unknown = JSON.parse(written) ?? []
      if (Array.isArray(parsed) && parsed.every(item => typeof item === 'string' || item === null))
        return parsed.map(item => item ?? '')
    } catch {
      // reported below
    }
    warnUnreadable(key, `\`${written}\` is not a JSON list of texts`)
    return undefined
  }

  function warnUnreadable(key: string, what: string): void {
    report.warn(
      'endpoint-ignored',
      `Calico cannot read the annotation \`${key}\` and ignores the pod: ${what}`,
      at(location, key),
      key === FLOATING_IPS_ANNOTATION ? 'write it as: \'["192.0.2.10"]\'' : 'write it as: \'["192.0.2.0/24"]\'',
    )
  }

  function readLimits(direction: 'ingress' | 'egress'): TrafficLimits {
    const rate = readQuantity(`${QOS_PREFIX}${direction}PacketRate`, 10_000)
    const burst = readQuantity(`${QOS_PREFIX}${direction}PacketBurst`, 10_000)
    const connections = readQuantity(`${QOS_PREFIX}${direction}MaxConnections`, 0xffffffff)
    return {
      ...(rate === undefined ? {} : { packetRate: { perSecond: rate, burst: burst ?? 5 } }),
      ...(connections === undefined ? {} : { maxConnections: connections }),
    }
  }

  /** Out of range means the nearest limit, unreadable means not set; both as Calico's conversion has it. */
  function readQuantity(key: string, max: number): number | undefined {
    const written = annotationText(key)
    if (written === '') return undefined
    const value = parseQuantity(written)
    if (value === undefined) {
      report.warn('felix-default', `Calico ignores \`${written}\`, which is no quantity`, at(location, key))
      return undefined
    }
    if (value >= 1 && value <= max) return value
    const taken = value < 1 ? 1 : max
    report.warn(
      'felix-default',
      `Calico takes \`${taken}\` instead of \`${written}\`, which is out of range`,
      at(location, key),
    )
    return taken
  }
}
