// Why a rule or chain is there, in plain words.

import { assertNever } from '../text/assert-never.ts'
import type { PolicyId } from '../calico/policy-names.ts'
import { FELIX_PARAMETERS } from '../calico/felix-config.ts'
import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import { listed } from '../text/listed.ts'
import type { Direction } from '../model/ast/policy.ts'
import { type EndpointRef, locationOf, type Origin } from '../model/origin.ts'
import { profileOwnerWords } from './label.ts'
import { placeWords } from './place.ts'

/** "ingress[0] of NetworkPolicy default/web": what in the input, or of Calico, caused it. No full stop. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'policyRule':
      return `${ruleName(origin)} of ${policyName(origin.policy)}`
    case 'policy':
      return `${origin.direction} policy of ${policyName(origin.policy)}`
    case 'policyGroup':
      return `${origin.direction} group of ${listed(origin.policies.map(policyName))}`
    case 'profileRule':
      return `${ruleName(origin)} of profile ${origin.profile}${profileNote(origin.profile)}`
    case 'profile':
      return `${origin.direction} rules of profile ${origin.profile}${profileNote(origin.profile)}`
    case 'tier':
      return `tier ${origin.tier} as ${endpointName(origin.endpoint)} meets it${origin.location === undefined ? ' (built in)' : ''}`
    case 'endpoint':
      return `${endpointName(origin.endpoint)}: ${origin.because}`
    case 'resource':
      return origin.because
    case 'felixConfiguration':
      return origin.variable === undefined
        ? `FelixConfiguration ${origin.field}: ${origin.because}`
        : `Felix's environment variable ${origin.variable}: ${origin.because}`
    case 'read':
      return `line ${origin.line} of the text that was read`
    case 'calicoDefault':
      return origin.field === undefined
        ? `Calico always has it: ${origin.because}`
        : `Calico's default for ${origin.field}${defaultValue(origin.field)}: ${origin.because}`
    case 'kubeProxy':
      return `kube-proxy: ${origin.because}`
    default:
      return assertNever(origin)
  }
}

/**
 * `ingress[0]`: a rule as its policy's YAML numbers it. One rule of a Kubernetes policy may stand for several of Calico's, which
 * the index counts.
 */
export function ruleName({ direction, index, location }: RuleRef): string {
  const path = location?.path ?? []
  const at = path.findIndex(step => step === 'ingress' || step === 'egress')
  const written = path[at + 1]
  return at >= 0 && typeof written === 'number' ? `${path[at] ?? ''}[${written}]` : `${direction}[${index}]`
}

/** What a rule's origin tells of it. */
interface RuleRef {
  readonly direction: Direction
  /** From 0, among Calico's rules of the direction. */
  readonly index: number
  readonly location?: Location | undefined
}

/** `describeOrigin` with the place in the input, where it has one: `ingress[0] of NetworkPolicy default/web, web.yaml:12`. */
export function describeOriginAt(origin: Origin, sources: SourceIndex): string {
  if (origin.kind === 'read') {
    const { place, line, meaning } = origin
    return `${meaning === undefined ? '' : `${meaning.words}, `}${place.file}:${line}`
  }
  const location = locationOf(origin)
  const where = location === undefined ? '' : `, ${placeWords(location, sources)}`
  return `${describeOrigin(origin)}${where}`
}

/** " (`DROP`)", where the value is a word, a number or a list of words. */
function defaultValue(field: string): string {
  if (!Object.hasOwn(FELIX_PARAMETERS, field)) return ''
  const value: unknown = FELIX_PARAMETERS[field as keyof typeof FELIX_PARAMETERS].default
  const isPlain = (item: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof item)
  const text = Array.isArray(value) && value.every(isPlain) ? value.join(',') : isPlain(value) ? String(value) : ''
  return text === '' ? '' : ` (${text})`
}

/** `KubernetesNetworkPolicy default/web`: kinds as Felix and its comments name them. */
export function policyName({ kind, namespace, name }: PolicyId): string {
  return `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`
}

export function endpointName({ kind, name, interfaceName }: EndpointRef): string {
  return kind === 'workload' ? `workload ${name} (${interfaceName})` : `host endpoint ${name} (${interfaceName})`
}

/** `no policy of tier default allows this ingress of pod shop/web`. @param tier absent where there is none, and no profile either */
export function denialWords(tier: string | undefined, direction: Direction, { kind, name }: EndpointRef): string {
  const who = tier === undefined ? 'no policy and no profile' : `no policy of tier ${tier}`
  return `${who} allows this ${direction} of ${kind === 'host' ? 'host endpoint' : 'pod'} ${name}`
}

/** Profiles that Calico makes of other resources. */
function profileNote(name: string): string {
  const owner = profileOwnerWords(name)
  return owner === undefined ? '' : ` (${owner})`
}
