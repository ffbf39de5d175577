// Values of Calico's resources in the wrong shape: what they would be in the right one.

import { NAME_LABEL } from '../calico/labels.ts'
import { parseNet } from '../net/cidr.ts'
import { isPortName } from '../net/port.ts'
import { parseSelector } from '../selector/parse.ts'
import { readPort, withLength } from './kubernetes-values.ts'
import { mendSelector } from './mend-selector.ts'
import type { Shape } from './shape.ts'
import { isMapping, labelSelectorText, listOf, type Mapping, scalarText, single } from './shape-rewrites.ts'

/** The name of a namespace, or several, in words of its labels. */
export function namespaceText(value: unknown): string | undefined {
  const names = listOf(value)
  if (names.length === 0 || !names.every(name => typeof name === 'string' && /^[a-z0-9][-a-z0-9]*$/.test(name)))
    return undefined
  const written = names.map(name => `'${scalarText(name)}'`)
  return `${NAME_LABEL} ${names.length === 1 ? `== ${written[0]}` : `in {${written.join(', ')}}`}`
}

/** Labels, a selector of Kubernetes, or names of namespaces, in Calico's language. */
export function readSelectorText(value: unknown, field: string): string | undefined {
  if (field === 'namespaceSelector') {
    const names = isMapping(value) ? (value['matchNames'] ?? value['matchName'] ?? value['name']) : value
    const text = namespaceText(names)
    if (text !== undefined) return text
  }
  const one = single(value)
  return typeof one === 'string' ? one : labelSelectorText(one)
}

/** `{cidr: 10.0.0.0/8}` or an address: a net of a rule. */
export function readRuleNet(value: unknown): string | undefined {
  const net = isMapping(value) && Object.keys(value).length === 1 ? Object.values(value)[0] : value
  return typeof net === 'string' && parseNet(net) !== undefined ? withLength(net) : undefined
}

/** An address without its length. */
export function readAddress(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\/(?:32|128)$/, '') : undefined
}

/** `{port: 80, protocol: TCP}`, `{from: 80, to: 90}`: a port of a rule. */
export function readRulePort(value: unknown): number | string | undefined {
  if (!isMapping(value)) {
    const { port, endPort } = readPort(value) ?? {}
    return endPort === undefined ? (port as number | string | undefined) : `${scalarText(port)}:${scalarText(endPort)}`
  }
  const numbers = [
    'port',
    'from',
    'start',
    'first',
    'min',
    'number',
    'containerPort',
    'targetPort',
    'name',
    'endPort',
    'to',
    'end',
    'last',
    'max',
  ]
    .map(key => value[key])
    .filter(one => typeof one === 'number' || (typeof one === 'string' && isPortName(one)))
  const [first, last] = numbers
  return typeof first === 'number' && typeof last === 'number'
    ? `${first}:${last}`
    : (first as number | string | undefined)
}

/** A net or selector where its side of the rule belongs. */
export function readEntity(value: unknown): Mapping | undefined {
  const one = single(value)
  if (isMapping(one)) return one
  const nets = listOf(value).map(readRuleNet)
  if (nets.length > 0 && !nets.includes(undefined)) return { nets }
  if (typeof one !== 'string') return undefined
  const selector = mendSelector(one)?.text ?? one
  return parseSelector(selector).ok && selector.trim() !== '' ? { selector } : undefined
}

/** Names of service accounts. */
export function readAccounts(value: unknown): Mapping | undefined {
  const names = listOf(value)
  return names.length > 0 && names.every(name => typeof name === 'string') ? { names } : undefined
}

/** `api`, `shop/api`: a service. */
export function readService(value: unknown, _: string, shape: Shape): Mapping | undefined {
  const one = single(value)
  if (isMapping(one)) return one
  if (typeof one !== 'string') return undefined
  const [first = '', second] = one.split('/')
  const isGlobal = scalarText(shape.root['kind']).includes('Global')
  return second === undefined
    ? { name: first, ...(isGlobal ? { namespace: 'default' } : {}) }
    : { name: second, namespace: first }
}

/** What ICMP calls its messages; the numbers are those of IPv4. */
const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  pong: 0,
  'destination-unreachable': 3,
  redirect: 5,
  'echo-request': 8,
  echo: 8,
  ping: 8,
  'time-exceeded': 11,
}

/** The type of ICMP that goes by a name, however it is written. */
export function icmpTypeOf(written: string): number | undefined {
  const name = written.toLowerCase().replaceAll(/[_ ]/g, '-')
  return Object.hasOwn(ICMP_TYPES, name) ? ICMP_TYPES[name] : undefined
}

/** `8`, `echo-request`: a type of ICMP alone. */
export function readIcmp(value: unknown): Mapping | undefined {
  const one = single(value)
  if (isMapping(one)) return one
  if (typeof one === 'number') return { type: one }
  const type = icmpTypeOf(scalarText(one))
  return type === undefined ? undefined : { type }
}

const ACTION = /^(?:allow|deny|pass|log)$/i

/** `80`, `UDP/53`: a port of an endpoint, which needs a name. */
export function readEndpointPort(value: unknown): Mapping | undefined {
  const { port, protocol = 'TCP', endPort } = readPort(value) ?? {}
  return typeof port === 'number' && endPort === undefined ? { name: `port-${port}`, protocol, port } : undefined
}

/** A rule that is nothing but an action. */
export function readRule(value: unknown): Mapping | undefined {
  const text = scalarText(value)
  return ACTION.test(text) ? { action: text.charAt(0).toUpperCase() + text.slice(1).toLowerCase() } : undefined
}
