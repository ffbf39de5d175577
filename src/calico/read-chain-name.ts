// What the name of a chain tells: of text that was read from a node there is nothing else. Whatever was compiled has origins.

import { CHAIN_PREFIXES, MAX_CHAIN_NAME_LENGTH, type NamedChainKind } from './names.ts'

/** Whose chain it is. */
type Bearer = 'policy' | 'group' | 'profile' | 'workload' | 'host'

export interface ChainName {
  readonly kind: NamedChainKind
  readonly bearer: Bearer
  /** Of the policy that its rules belong to, or that is asked there; absent where a packet only gets a mark. */
  readonly direction?: 'ingress' | 'egress'
  /** Id of a policy, name of a profile, or of an interface; a digest where that would be too long, and of a group. */
  readonly subject: string
  readonly isHashed: boolean
}

const KINDS: Readonly<Record<NamedChainKind, Pick<ChainName, 'bearer' | 'direction'>>> = {
  policyIngress: { bearer: 'policy', direction: 'ingress' },
  policyEgress: { bearer: 'policy', direction: 'egress' },
  groupIngress: { bearer: 'group', direction: 'ingress' },
  groupEgress: { bearer: 'group', direction: 'egress' },
  profileIngress: { bearer: 'profile', direction: 'ingress' },
  profileEgress: { bearer: 'profile', direction: 'egress' },
  toWorkload: { bearer: 'workload', direction: 'ingress' },
  fromWorkload: { bearer: 'workload', direction: 'egress' },
  toHostEndpoint: { bearer: 'host', direction: 'egress' },
  fromHostEndpoint: { bearer: 'host', direction: 'ingress' },
  toHostEndpointForward: { bearer: 'host', direction: 'egress' },
  fromHostEndpointForward: { bearer: 'host', direction: 'ingress' },
  setEndpointMark: { bearer: 'workload' },
}

const PREFIXES = Object.entries(CHAIN_PREFIXES) as readonly (readonly [NamedChainKind, string])[]

/** Undefined for chains whose names do not depend on the input, and for those of others. */
export function readChainName(name: string): ChainName | undefined {
  const [kind, prefix] = PREFIXES.find(([, known]) => name.startsWith(known)) ?? []
  if (kind === undefined || prefix === undefined) return undefined
  const { bearer } = KINDS[kind]
  const subject = name.slice(prefix.length)
  const isDigest = subject.startsWith('_') && name.length === MAX_CHAIN_NAME_LENGTH
  return { kind, ...KINDS[kind], subject, isHashed: bearer === 'group' || isDigest }
}

/** Chains of Felix, of whatever kind. */
export function isCalicoChain(name: string): boolean {
  return name.startsWith('cali-')
}
