// Field names of policies and where each belongs: what hints and the repair of indentation go by.

export const TOP_FIELDS = ['apiVersion', 'kind', 'metadata', 'spec', 'status']
export const METADATA_FIELDS = ['name', 'namespace', 'labels', 'annotations']

export const CALICO_SPEC_FIELDS = [
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
const PEER_FIELDS = ['podSelector', 'namespaceSelector', 'ipBlock']

/** Which fields may stand where, in one kind of resource. */
export interface Vocabulary {
  readonly isKubernetes: boolean
  /** The name of its `spec` among the parts of its format. */
  readonly part: string
  readonly spec: readonly string[]
  /** Fields of an item of `ingress` and `egress`. */
  readonly rule: readonly string[]
  /** Fields of `source` and `destination`, or of an item of `from` and `to`. */
  readonly entity: readonly string[]
}

const CALICO_POLICY: Vocabulary = {
  isKubernetes: false,
  part: 'policy',
  spec: CALICO_SPEC_FIELDS,
  rule: CALICO_RULE_FIELDS,
  entity: ENTITY_FIELDS,
}

const KUBERNETES_POLICY: Vocabulary = {
  isKubernetes: true,
  part: 'spec',
  spec: KUBERNETES_SPEC_FIELDS,
  rule: ['from', 'to', 'ports'],
  entity: PEER_FIELDS,
}

const HOST_ENDPOINT: Vocabulary = {
  isKubernetes: false,
  part: 'hostEndpoint',
  spec: HOST_ENDPOINT_FIELDS,
  rule: [],
  entity: [],
}
const NETWORK_SET: Vocabulary = { isKubernetes: false, part: 'networkSet', spec: ['nets'], rule: [], entity: [] }
const TIER: Vocabulary = { isKubernetes: false, part: 'tier', spec: ['order', 'defaultAction'], rule: [], entity: [] }

const PROFILE: Vocabulary = {
  ...CALICO_POLICY,
  part: 'profile',
  spec: ['ingress', 'egress', 'labelsToApply'],
}

/** The vocabulary of a kind; undefined for kinds that are no policy matter or have no hints. */
export function vocabularyOf(apiVersion: string, kind: string): Vocabulary | undefined {
  if (kind === 'NetworkPolicy' && apiVersion.includes('k8s.io')) return KUBERNETES_POLICY
  if (kind === 'StagedKubernetesNetworkPolicy') return KUBERNETES_POLICY
  if (/^(Staged)?(Global)?NetworkPolicy$/.test(kind)) return CALICO_POLICY
  if (kind === 'HostEndpoint') return HOST_ENDPOINT
  if (kind === 'NetworkSet' || kind === 'GlobalNetworkSet') return NETWORK_SET
  if (kind === 'Tier') return TIER
  if (kind === 'Profile') return PROFILE
  return undefined
}
