// Why a rule or chain is there, in plain words.

import { assertNever } from '../text/assert-never.ts'
import type { PolicyId } from '../calico/policy-names.ts'
import { FELIX_PARAMETERS } from '../calico/felix-config.ts'
import type { EndpointRef, Origin } from '../model/ruleset.ts'

/** "ingress rule 1 of NetworkPolicy default/web": what in the input, or of Calico, caused it. No full stop. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'policyRule':
      return `${origin.direction} rule ${origin.index + 1} of ${policyName(origin.policy)}`
    case 'policy':
      return `${origin.direction} policy of ${policyName(origin.policy)}`
    case 'policyGroup':
      return `${origin.direction} group of ${origin.policies.map(policyName).join(', ')}`
    case 'profileRule':
      return `${origin.direction} rule ${origin.index + 1} of profile ${origin.profile}${profileNote(origin.profile)}`
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
    default:
      return assertNever(origin)
  }
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

/** Profiles that Calico makes of other resources. */
function profileNote(name: string): string {
  const [, account] = /^ksa\.(.+)$/.exec(name) ?? []
  if (account !== undefined) return ` (service account ${account.replace('.', '/')})`
  const [, namespace] = /^kns\.(.+)$/.exec(name) ?? []
  return namespace === undefined ? '' : ` (namespace ${namespace})`
}
