// (apiVersion, kind) -> decoder; and what becomes of kinds that have none.

import { decodeAdminNetworkPolicy, decodeBaselineAdminNetworkPolicy } from './kubernetes/decode-admin-policy.ts'
import { CALICO_V1_DECODERS } from './calico-v1/decoders.ts'
import { CALICO_V3_DECODERS } from './calico-v3/decoders.ts'
import type { Decoder, SideDecoder } from './context.ts'
import { decodeConfigMap } from './kubernetes/decode-config-map.ts'
import { decodeInstallation } from './felix-environment/decode-installation.ts'
import { decodeClusterNetworkPolicy } from './kubernetes/decode-cluster-policy.ts'
import { decodeKubernetesNode, decodeNamespace, decodeServiceAccount } from './kubernetes/decode-cluster.ts'
import { decodePod } from './kubernetes/decode-pod.ts'
import { decodePodTemplate, hasPodTemplate } from './kubernetes/decode-pod-template.ts'
import { decodeNetworkPolicy } from './kubernetes/decode-policy.ts'
import { decodeEndpointSlice, decodeService } from './kubernetes/decode-service.ts'

export const CALICO_V3 = 'projectcalico.org/v3'
export const CALICO_CRD = 'crd.projectcalico.org/v1'

const ignore: Decoder = () => undefined

const KUBERNETES_DECODERS: Readonly<Record<string, Readonly<Record<string, Decoder>>>> = {
  v1: {
    Pod: decodePod,
    Namespace: decodeNamespace,
    ServiceAccount: decodeServiceAccount,
    Node: decodeKubernetesNode,
    Service: decodeService,
    // Calico 2.x used the same apiVersion.
    ...CALICO_V1_DECODERS,
  },
  'networking.k8s.io/v1': {
    NetworkPolicy: decodeNetworkPolicy,
    Ingress: ignore,
    IngressClass: ignore,
    IPAddress: ignore,
    ServiceCIDR: ignore,
  },
  'policy.networking.k8s.io/v1alpha1': {
    AdminNetworkPolicy: decodeAdminNetworkPolicy,
    BaselineAdminNetworkPolicy: decodeBaselineAdminNetworkPolicy,
  },
  'policy.networking.k8s.io/v1alpha2': { ClusterNetworkPolicy: decodeClusterNetworkPolicy },
  'discovery.k8s.io/v1': { EndpointSlice: decodeEndpointSlice },
}

/** Calico kinds that never change rules and that only Calico itself writes. */
const IRRELEVANT_CALICO_KINDS = ['IPAMConfig', 'IPAMBlock', 'BlockAffinity', 'IPAMHandle', 'LiveMigration']

/** Kinds that would change rules and that no release reads. */
export const REMOVED_KINDS: Readonly<Record<string, string>> = {
  'v1 tier': 'the v1 format has no tiers of its own; write a Tier of projectcalico.org/v3',
  'extensions/v1beta1 NetworkPolicy': 'write `networking.k8s.io/v1`',
  'discovery.k8s.io/v1beta1 EndpointSlice': 'write `discovery.k8s.io/v1`',
}

/** API groups of ours: a kind of theirs that we do not know is a mistake. All other groups are somebody else's business. */
export function isOwnGroup(apiVersion: string): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')).toLowerCase() : ''
  return ['projectcalico.org', 'crd.projectcalico.org', 'networking.k8s.io', 'policy.networking.k8s.io'].includes(group)
}

export function findDecoder(apiVersion: string, kind: string): Decoder | undefined {
  if (apiVersion === CALICO_V3 || apiVersion === CALICO_CRD) {
    if (IRRELEVANT_CALICO_KINDS.includes(kind)) return ignore
    return Object.hasOwn(CALICO_V3_DECODERS, kind) ? CALICO_V3_DECODERS[kind] : undefined
  }
  const kinds = Object.hasOwn(KUBERNETES_DECODERS, apiVersion) ? KUBERNETES_DECODERS[apiVersion] : undefined
  return kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
}

/** The decoder of a kind that makes no rules and is read all the same, for what is said about those that do. */
export function findSideDecoder(apiVersion: string, kind: string): SideDecoder | undefined {
  if (apiVersion === 'v1' && kind === 'ConfigMap') return decodeConfigMap
  if (apiVersion === 'operator.tigera.io/v1' && kind === 'Installation') return decodeInstallation
  return hasPodTemplate(apiVersion, kind) ? decodePodTemplate : undefined
}

/** All kinds that are read, for suggestions. */
export function knownKinds(): readonly { readonly apiVersion: string; readonly kind: string }[] {
  return [
    ...Object.keys(CALICO_V3_DECODERS).map(kind => ({ apiVersion: CALICO_V3, kind })),
    ...Object.entries(KUBERNETES_DECODERS).flatMap(([apiVersion, kinds]) =>
      Object.keys(kinds).map(kind => ({ apiVersion, kind })),
    ),
  ]
}
