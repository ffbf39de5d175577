// Names that Felix gives to chains, IP sets and interfaces.

import { lengthLimitedId, nameDigest, sha1Hex, uniqueId } from './hash.ts'

/** Longest chain name that iptables takes. */
export const MAX_CHAIN_NAME_LENGTH = 28

/** Longest IP set name that ipset takes (linux/netfilter/ipset/ip_set.h: IPSET_MAXNAMELEN, less the closing zero). */
export const MAX_IP_SET_NAME_LENGTH = 31

/** Pseudo interface of the wildcard host endpoint, in chain names. */
export const WILDCARD_INTERFACE = 'any-interface-at-all'

/** Prefixes of the chains whose names carry a policy, a profile or an interface. */
export const CHAIN_PREFIXES = {
  policyIngress: 'cali-pi-',
  policyEgress: 'cali-po-',
  groupIngress: 'cali-gi-',
  groupEgress: 'cali-go-',
  profileIngress: 'cali-pri-',
  profileEgress: 'cali-pro-',
  toWorkload: 'cali-tw-',
  fromWorkload: 'cali-fw-',
  toHostEndpoint: 'cali-th-',
  fromHostEndpoint: 'cali-fh-',
  toHostEndpointForward: 'cali-thfw-',
  fromHostEndpointForward: 'cali-fhfw-',
  setEndpointMark: 'cali-sm-',
} as const

export type NamedChainKind = keyof typeof CHAIN_PREFIXES

/** Chain of a policy id, profile name or interface name; hashed where it would be too long. */
export function chainName(kind: NamedChainKind, subject: string): string {
  return lengthLimitedId(CHAIN_PREFIXES[kind], subject, MAX_CHAIN_NAME_LENGTH)
}

/** Name of a set in the kernel: `cali40` or `cali60` and the id, cut to what ipset takes. */
export function ipSetName(ipVersion: 4 | 6, id: string): string {
  return `cali${ipVersion}0${id}`.slice(0, MAX_IP_SET_NAME_LENGTH)
}

export function selectorSetId(canonicalSelector: string): string {
  return uniqueId('s', canonicalSelector)
}

/** @param selectorId id of the rule's positive selector on that side, or of `all()` */
export function namedPortSetId(selectorId: string, protocol: string, portName: string): string {
  return uniqueId('n', `${selectorId},${protocol},${portName}`)
}

export function serviceSetId(namespace: string, name: string): string {
  return uniqueId('svc', `${namespace}/${name}`)
}

export function serviceWithoutPortsSetId(namespace: string, name: string): string {
  return uniqueId('svcnoport', `${namespace}/${name}`)
}

/** Host side of a pod's veth pair: prefix and 11 hex digits of SHA-1 of `namespace.pod`. */
export function workloadInterfaceName(prefix: string, namespace: string, pod: string): string {
  return prefix + sha1Hex(`${namespace}.${pod}`).slice(0, 11)
}

/** Longest name that the API server takes. */
const MAX_RESOURCE_NAME_LENGTH = 253

/** A host endpoint that kube-controllers makes; hashed where the name would be too long. */
export function automaticHostEndpointName(name: string): string {
  const whole = `${name}-auto-hep`
  return whole.length > MAX_RESOURCE_NAME_LENGTH ? `${nameDigest(whole)}-auto-hep` : whole
}
