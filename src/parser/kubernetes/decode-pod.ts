// Pods -> workload endpoints. Read by hand and without a schema: a cluster has a hundred times more pods than anything
// else, and all that policy needs of one on another node is its labels, addresses and named ports.

import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { Labels } from '../../model/ast/endpoint.ts'
import { type Address, parseNet } from '../../net/cidr.ts'
import type { Decoder } from '../context.ts'
import { quoteScalar } from '../../hints/quote-scalar.ts'
import { describe } from '../fields.ts'
import type { Mapping } from './loose-fields.ts'
import { decodeFelixContainer } from '../felix-environment/decode-container.ts'
import { readExtras } from './pod-extras.ts'
import { readHostPorts, readPodTraits } from './pod-traits.ts'

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
  if (name === '') return
  const namespace = text(metadata, 'namespace', 'metadata') || 'default'
  text(spec, 'serviceAccountName', 'spec')
  const annotations = mapping(metadata, 'annotations')
  const labels = readLabels()
  const finished = isFinished(metadata, status, annotations)
  const traits = readPodTraits(namespace, labels, spec)
  const isHostNetwork = readHostNetwork(spec, location, report)
  if (finished) return context.add({ kind: 'finishedPod', ...traits, name, location })
  if (isHostNetwork) {
    context.add({ kind: 'hostNetworkPod', ...traits, name, node, addresses: nodeAddresses(), location })
    if (node !== '') decodeFelixContainer({ source: 'pod', namespace, name, node }, spec, at(location, 'spec'), context)
    return
  }
  const addresses = node === '' ? [] : readAddresses()
  if (addresses.length === 0) {
    context.add({ kind: 'podTemplate', ownerKind: 'Pod', ...traits, name, isHostNetwork: false, location })
    return
  }
  const extras = hasAny(annotations)
    ? readExtras(annotations, addresses, at(location, 'metadata', 'annotations'), context)
    : undefined
  if (extras === 'unreadable') return
  const hostPorts = readHostPorts(spec)
  context.add({
    kind: 'workloadEndpoint',
    node,
    namespace,
    name,
    orchestrator: 'k8s',
    endpoint: 'eth0',
    labels: traits.labels,
    profiles: traits.profiles,
    addresses,
    ports: traits.ports,
    ...(hostPorts.length === 0 ? {} : { hostPorts }),
    ...(extras === undefined ? {} : { extras }),
    location,
  })

  /** What the status of a pod of the node's own network has: the node's addresses. */
  function nodeAddresses(): readonly Address[] {
    const listed = Array.isArray(status['podIPs']) ? (status['podIPs'] as readonly ({ ip?: unknown } | null)[]) : []
    const written = listed.length > 0 ? listed.map(entry => entry?.ip) : [status['podIP']]
    return written.flatMap(ip => (typeof ip === 'string' ? (parseNet(ip)?.address ?? []) : []))
  }

  function mapping(parent: Mapping, key: string): Mapping {
    const child = parent[key]
    if (child === undefined || child === null) return EMPTY
    if (typeof child === 'object' && !Array.isArray(child)) return child as Mapping
    wrongType(key, 'a mapping', child)
    return EMPTY
  }

  function readLabels(): Labels {
    const written = mapping(metadata, 'labels')
    if (Object.values(written).every(value => typeof value === 'string')) return written as Labels
    const texts = Object.entries(written).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    return Object.fromEntries(texts)
  }

  function text(parent: Mapping, key: string, path: string): string {
    const child = parent[key]
    if (typeof child === 'string') return child
    if (child === undefined || child === null) return ''
    wrongType(`${path}.${key}`, 'text', child)
    return ''
  }

  function wrongType(path: string, wanted: string, found: unknown): void {
    const place = at(location, ...path.split('.'))
    const advice = wanted === 'text' ? quoteScalar(found, place, report) : {}
    report.error('wrong-type', `\`${path}\`: expected ${wanted}, found ${describe(found)}`, place, advice)
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
}

function hasAny(mapping: Mapping): boolean {
  for (const key in mapping) if (Object.hasOwn(mapping, key)) return true
  return false
}

/** A finished pod has given its addresses back; so has one that is being deleted once the CNI plugin has emptied its annotation. */
function isFinished(metadata: Mapping, status: Mapping, annotations: Mapping): boolean {
  const phase = status['phase']
  if (typeof phase === 'string' && FINISHED_PHASES.includes(phase)) return true
  return metadata['deletionTimestamp'] !== undefined && (annotations[POD_IP] === '' || annotations[AWS_POD_IPS] === '')
}

/** Whether a pod has its node's own network. */
function readHostNetwork({ hostNetwork }: Mapping, pod: Location, report: Report): boolean {
  if (hostNetwork === undefined || hostNetwork === null || typeof hostNetwork === 'boolean') return hostNetwork === true
  const isQuoted = hostNetwork === 'true' || hostNetwork === 'false'
  const message = `\`spec.hostNetwork\`: expected true or false, found ${describe(hostNetwork)}`
  const place = at(pod, 'spec', 'hostNetwork')
  report.error('wrong-type', message, place, isQuoted ? 'remove the quotes' : 'write `true`, or leave it out')
  return false
}
