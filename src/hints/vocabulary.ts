// Field names of policies and where each belongs: what hints and the repair of indentation go by.

import { didYouMean } from '../text/did-you-mean.ts'

export const TOP_FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status']
export const METADATA_FIELDS = ['name', 'namespace', 'labels', 'annotations']

const CALICO_SPEC_FIELDS = [
  'tier',
  'order',
  'selector',
  'namespaceSelector',
  'serviceAccountSelector',
  'types',
  'ingress',
  'egress',
  'doNotTrack',
  'preDNAT',
  'applyOnForward',
  'performanceHints',
]
const KUBERNETES_SPEC_FIELDS = ['podSelector', 'policyTypes', 'ingress', 'egress']

export const CALICO_RULE_FIELDS = [
  'action',
  'protocol',
  'notProtocol',
  'icmp',
  'notICMP',
  'ipVersion',
  'source',
  'destination',
  'http',
  'metadata',
]
export const ENTITY_FIELDS = [
  'nets',
  'notNets',
  'selector',
  'notSelector',
  'namespaceSelector',
  'ports',
  'notPorts',
  'serviceAccounts',
  'services',
]
const HOST_ENDPOINT_FIELDS = ['node', 'interfaceName', 'expectedIPs', 'profiles', 'ports']
export const PEER_FIELDS = ['podSelector', 'namespaceSelector', 'ipBlock']

/** Words for fields that other formats have. */
const CALICO_WORDS: Readonly<Record<string, string>> = {
  policyTypes: 'types',
  podSelector: 'selector',
  priority: 'order',
  weight: 'order',
  from: 'source',
  to: 'destination',
  src: 'source',
  dst: 'destination',
  net: 'nets',
  cidr: 'nets',
  notNet: 'notNets',
  except: 'notNets',
  port: 'ports',
  tag: 'selector',
  notTag: 'notSelector',
  interface: 'interfaceName',
  iface: 'interfaceName',
  ip_version: 'ipVersion',
  next_tier: 'Pass',
}

/** Fields that hold a list. */
export const LISTS = [
  'nets',
  'notNets',
  'ports',
  'notPorts',
  'types',
  'policyTypes',
  'expectedIPs',
  'profiles',
  'except',
  'performanceHints',
]

/** Which fields may stand where, in one kind of resource. */
export interface Vocabulary {
  readonly isKubernetes: boolean
  readonly spec: readonly string[]
  /** Fields of an item of `ingress` and `egress`. */
  readonly rule: readonly string[]
  /** Fields of `source` and `destination`, or of an item of `from` and `to`. */
  readonly entity: readonly string[]
}

const CALICO_POLICY: Vocabulary = {
  isKubernetes: false,
  spec: CALICO_SPEC_FIELDS,
  rule: CALICO_RULE_FIELDS,
  entity: ENTITY_FIELDS,
}

const KUBERNETES_POLICY: Vocabulary = {
  isKubernetes: true,
  spec: KUBERNETES_SPEC_FIELDS,
  rule: ['from', 'to', 'ports'],
  entity: PEER_FIELDS,
}

const HOST_ENDPOINT: Vocabulary = { isKubernetes: false, spec: HOST_ENDPOINT_FIELDS, rule: [], entity: [] }
const NETWORK_SET: Vocabulary = { isKubernetes: false, spec: ['nets'], rule: [], entity: [] }
const TIER: Vocabulary = { isKubernetes: false, spec: ['order', 'defaultAction'], rule: [], entity: [] }

/** The vocabulary of a kind; undefined for kinds that are no policy matter or have no hints. */
export function vocabularyOf(apiVersion: string, kind: string): Vocabulary | undefined {
  if (kind === 'NetworkPolicy' && apiVersion.includes('k8s.io')) return KUBERNETES_POLICY
  if (kind === 'StagedKubernetesNetworkPolicy') return KUBERNETES_POLICY
  if (/^(Staged)?(Global)?NetworkPolicy$/.test(kind)) return CALICO_POLICY
  if (kind === 'HostEndpoint') return HOST_ENDPOINT
  if (kind === 'NetworkSet' || kind === 'GlobalNetworkSet') return NETWORK_SET
  if (kind === 'Tier') return TIER
  return undefined
}

/** The field that was meant by one that does not exist. */
export function wordFor(key: string, known: readonly string[], { isKubernetes }: Vocabulary): string | undefined {
  const fromTable = !isKubernetes && Object.hasOwn(CALICO_WORDS, key) ? CALICO_WORDS[key] : undefined
  return fromTable !== undefined && known.includes(fromTable) ? fromTable : didYouMean(key, known)
}
