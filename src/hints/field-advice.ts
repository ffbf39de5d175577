// What to write instead of a field or value that does not fit, where it tells what was meant.

import type { Path } from '../diagnostics/source.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { clusterFieldHelp } from './cluster-fields.ts'
import { icmpTypeOf, namespaceText } from './calico-values.ts'
import { readPort } from './kubernetes-values.ts'
import { flowText, isMapping, itemsOfText, scalarText } from './shape-rewrites.ts'

/** Blanks that are none to YAML, and marks without a width. */
const INVISIBLE = /[\u00a0\u00ad\u2000-\u200f\u202f\u2060\u3000\ufeff]/g

/** Cure of a field that does not exist beside these, which do. */
export function unknownFieldHelp(fields: readonly string[], key: string, value: unknown): string | undefined {
  const cluster = clusterFieldHelp(fields, key, value)
  if (cluster !== undefined) return cluster
  if (fields.includes('podSelector') && /^match(?:Labels|Expressions)$/.test(key))
    return `write \`podSelector: ${flowText({ [key]: value })}\``
  const isPeerList = fields.includes('from') || fields.includes('to')
  if (key === 'action' && isPeerList)
    return 'a Kubernetes NetworkPolicy only allows: leave `action` out; a Calico NetworkPolicy can deny'
  if (key === 'to' && fields.includes('from')) return 'write `from`: ingress rules say where packets come from'
  if (key === 'from' && fields.includes('to')) return 'write `to`: egress rules say where packets go'
  if (fields.includes('matchLabels') && /^[\w./-]+$/.test(key) && typeof value === 'string' && !didYouMean(key, fields))
    return `write \`matchLabels: {${key}: ${value}}\` under it`
  if (fields.includes('nets') && /^(?:cidrs?|ips?|ipBlocks?|address(?:es)?|networks?|subnets?)$/i.test(key))
    return 'did you mean `nets`?'
  if (fields.includes('namespaces') && /^(?:namespace|pod)Selector$/.test(key))
    return `did you mean \`${key === 'podSelector' ? 'pods' : 'namespaces'}\`?`
  if (fields.includes('nets') && /^(?:(?:allowedEgress)?domain|fqdn|host|dns)(?:s|names?)?$/i.test(key))
    return 'names are not looked up: write the addresses as `nets`'
  if (key.startsWith('$')) return 'this is for kustomize: check what `kustomize build` prints'
  // Felix's environment counts seconds or milliseconds where resources have durations; those of its lock are gone.
  const [, bare, unit] = /^(.+)(s)ecs$/i.exec(key) ?? /^(.+)(m)illis$/i.exec(key) ?? []
  const duration = fields.find(field => field.toLowerCase() === bare?.toLowerCase() && !field.includes('Lock'))
  if (unit !== undefined && duration !== undefined)
    return `write \`${duration}: ${scalarText(value)}${unit.toLowerCase() === 'm' ? 'ms' : 's'}\``
  const visible = key.replaceAll(INVISIBLE, '').trim()
  if (visible !== key) return `write \`${visible}\`, without the character beside it that nobody sees`
  if (/^(?:description|comment|note)s?$/i.test(key)) return 'write it as a comment of YAML (`#`), or as an annotation'
  const meant = didYouMean(key, fields)
  return meant === undefined ? undefined : `did you mean \`${meant}\`?`
}

/** Cure of a selector of namespaces that is the name of one; undefined for any other. */
export function namespaceHelp(path: Path, value: unknown): string | undefined {
  const text = path.at(-1) === 'namespaceSelector' ? namespaceText(value) : undefined
  return text === undefined || /^(?:all|any|global|everything)$/.test(scalarText(value))
    ? undefined
    : `write \`${text}\``
}

/** `22`, `tcp:22,udp:53`, as Felix's environment has them: what `failsafeInboundHostPorts` takes; undefined for anything else. */
export function failsafePorts(value: unknown): readonly unknown[] | undefined {
  const read = itemsOfText(value).map(readPort)
  return read.some(one => typeof one?.['port'] !== 'number')
    ? undefined
    : read.map(one => ({ protocol: scalarText(one?.['protocol'] ?? 'tcp').toLowerCase(), port: one?.['port'] }))
}

/** Cure of a value that is text or a list where a mapping belongs, or a list where text does. @param expected zod's word for what belongs there */
export function wrongTypeHelp(path: Path, value: unknown, expected = 'text'): string | undefined {
  const field = path.findLast(step => typeof step === 'string')
  const isLabelSelector = /^(?:pod|namespace)Selector$/.test(String(field)) && expected === 'object'
  if (isLabelSelector && typeof value !== 'number') return 'its labels go under `matchLabels`, each with its value'
  if (Array.isArray(value)) {
    const [first] = value as readonly unknown[]
    if (field === 'cidr' && typeof first === 'string')
      return value.length === 1 ? `write \`cidr: ${first}\`` : 'write an `ipBlock` of its own for each net'
    if (path.at(-2) === 'matchLabels')
      return `one value is text; several are an item of \`matchExpressions\`: ${flowText({ key: field, operator: 'In', values: value })}`
    if (field === 'matchLabels' || field === 'source' || field === 'destination')
      return 'remove the `- ` in front of its fields'
    if (expected === 'object') return value.every(isMapping) ? 'remove the `- ` in front of its fields' : undefined
    if (value.length === 1 && typeof first !== 'object') return `write \`${field}: ${scalarText(first)}\``
    if (field === 'protocol' || field === 'notProtocol') return 'write a rule of its own for each protocol'
    if (field === 'interfaceName') return 'write a HostEndpoint of its own for each interface'
    return 'only one value can stand here'
  }
  if (/^failsafe/.test(String(field)) && typeof value !== 'object') {
    const ports = failsafePorts(value)
    if (ports?.length === 1) return `write \`${flowText(ports[0])}\``
  }
  if (typeof value === 'object' && value !== null && 'action' in value)
    return 'this is a rule: put it where the other rules begin'
  if (/^(?:type|code)$/.test(String(field)) && /^(?:any|all|\*)$/i.test(scalarText(value)))
    return `leave \`${field}\` out for any`
  if (typeof value === 'string' && field === 'type' && /icmp/i.test(String(path.at(-2)))) {
    const type = icmpTypeOf(value)
    return type === undefined ? 'write the number of the ICMP type' : `write \`${type}\``
  }
  return undefined
}

/** What to add where a field is missing. */
export function missingHelp(path: Path): string {
  const field = path.at(-1)
  if (typeof field === 'number') return 'write a value, or remove the empty item'
  return field === 'protocol' ? 'add `protocol: TCP`' : `add \`${String(field)}\``
}
