// Kubernetes policies as they stand in files. Field names match exactly, as on the API server.

import * as z from 'zod'
import { readPort } from '../../hints/kubernetes-values.ts'
import { flowText } from '../../hints/shape-rewrites.ts'
import { isPortName } from '../../net/port.ts'
import { atMost, describe, Fault, field, integerBetween, list, oneOf, optional, readText, text } from '../fields.ts'
import { once } from '../lazily.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { labelKeyFault, labelValueFault } from '../names.ts'

/** Label keys and values end up between quotes of a Calico selector, so nothing but valid ones may pass. */
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** Text as the API server takes it: it makes none of numbers and booleans. */
function readExactText(value: unknown): string | Fault {
  if (typeof value !== 'number' && typeof value !== 'boolean') return readText(value)
  return new Fault('wrong-type', `expected text, found ${describe(value)}`)
}

const labelKey = once(() =>
  field((value): string | Fault => {
    const read = readExactText(value)
    if (read instanceof Fault) return read
    return LABEL_KEY.test(read)
      ? read
      : new Fault('bad-name', `\`${read}\` is not a label key`, { help: labelKeyFault(read) })
  }),
)

const labelValue = once(() =>
  field((value): string | Fault => {
    const read = readExactText(value ?? '') // Nothing at all is the empty value, as in labels.
    if (read instanceof Fault) return read
    return LABEL_VALUE.test(read)
      ? read
      : new Fault('bad-name', `\`${read}\` is not a label value`, { help: labelValueFault(read) })
  }),
)

export const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

/** An operator and as many values as it needs, as the API server counts them. */
const matchExpression = once(() =>
  z
    .strictObject({
      key: labelKey(),
      operator: oneOf(OPERATORS, 'bad-value', 'operator'),
      values: list(labelValue()),
    })
    .superRefine(({ operator, values = [] }, context) => {
      const needsValues = operator === 'In' || operator === 'NotIn'
      if (needsValues === values.length > 0) return
      const fault = needsValues
        ? new Fault('missing-field', `\`${operator}\` needs values`, { help: 'write `values: [...]` beside it' })
        : new Fault('bad-value', `\`${operator}\` takes no values`, {
            help: `remove \`values\`, or write \`operator: ${operator === 'Exists' ? 'In' : 'NotIn'}\``,
          })
      const path = [needsValues ? 'operator' : 'values']
      context.addIssue({ code: 'custom', path, message: fault.message, params: { fault } })
    }),
)

/** Keys are checked where they stand: zod has only text for them. */
const matchLabels = once(() =>
  z.record(z.string(), labelValue()).superRefine((labels, context) => {
    for (const key of Object.keys(labels)) {
      if (LABEL_KEY.test(key)) continue
      const fault = new Fault('bad-name', `\`${key}\` is not a label key`, { help: labelKeyFault(key) })
      context.addIssue({ code: 'custom', path: [key], message: fault.message, params: { fault } })
    }
  }),
)

const labelSelector = once(() =>
  z.strictObject({
    matchLabels: optional(matchLabels()),
    matchExpressions: list(matchExpression()),
  }),
)

export type LabelSelector = z.infer<ReturnType<typeof labelSelector>>

const portNumber = once(() => integerBetween(1, 65535, 'bad-port', 'port'))

const portNumberOrName = once(() =>
  field((value): number | string | Fault => {
    if (typeof value === 'number') {
      return Number.isInteger(value) && value >= 1 && value <= 65535
        ? value
        : new Fault('bad-port', `port \`${value}\` is not between 1 and 65535`)
    }
    if (Array.isArray(value)) {
      const [first] = value as readonly unknown[]
      return new Fault('wrong-type', 'expected one port, found a list', {
        help: portsHelp(flowText(readPort(first)?.port ?? first)),
      })
    }
    const read = readText(value)
    if (read instanceof Fault) return read
    return isPortName(read) ? read : new Fault('bad-port', `\`${read}\` is not a port name`, { help: portHelp(read) })
  }),
)

function portHelp(written: string): string {
  if (/^[0-9]+$/.test(written)) return 'remove the quotes: a number in quotes is taken for a name'
  const { port, endPort, protocol } = readPort(written) ?? {}
  if (endPort !== undefined) return `write \`port: ${String(port)}\` and \`endPort: ${String(endPort)}\``
  if (protocol !== undefined) return `write \`${String(port)}\` here and \`protocol: ${String(protocol)}\` beside it`
  const [, first] = /^\s*([\w-]+)\s*,/.exec(written) ?? []
  return first === undefined ? 'a port name has 1-15 lower-case letters, digits and dashes' : portsHelp(first)
}

function portsHelp(first: string): string {
  return `write \`${first}\` here, and an item of its own for each of the other ports`
}

export const portProtocol = once(() =>
  field((value): 'TCP' | 'UDP' | 'SCTP' | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    if (read === 'TCP' || read === 'UDP' || read === 'SCTP') return read
    const sameButForCase = ['TCP', 'UDP', 'SCTP'].find(name => name === read.toUpperCase())
    return new Fault('bad-protocol', `unknown protocol \`${read}\``, {
      help: sameButForCase === undefined ? 'write `TCP`, `UDP` or `SCTP`' : `write \`${sameButForCase}\`: case matters`,
      replacement: sameButForCase,
    })
  }),
)

const policyPort = once(() =>
  z.strictObject({
    protocol: optional(portProtocol()),
    port: optional(portNumberOrName()),
    endPort: optional(portNumber()),
  }),
)

export type PolicyPort = z.infer<ReturnType<typeof policyPort>>

const peer = once(() =>
  z.strictObject({
    podSelector: optional(labelSelector()),
    namespaceSelector: optional(labelSelector()),
    ipBlock: optional(z.strictObject({ cidr: text, except: list(text) })),
  }),
)

export type PolicyPeer = z.infer<ReturnType<typeof peer>>

const policyType = once(() => oneOf(['Ingress', 'Egress'], 'bad-value', 'policy type'))

export const networkPolicySpecSchema = once(() =>
  z.strictObject({
    podSelector: optional(labelSelector()),
    policyTypes: atMost(2, policyType()),
    ingress: list(optional(z.strictObject({ from: list(peer()), ports: list(policyPort()) }))),
    egress: list(optional(z.strictObject({ to: list(peer()), ports: list(policyPort()) }))),
  }),
)

export type NetworkPolicySpec = z.infer<ReturnType<typeof networkPolicySpecSchema>>

export const networkPolicySchema = once(() =>
  resourceSchema({ spec: optional(networkPolicySpecSchema()), status: anything }),
)

const clusterPort = once(() =>
  z.strictObject({
    number: optional(portNumber()),
    range: optional(z.strictObject({ start: portNumber(), end: portNumber() })),
  }),
)

const clusterPortMatch = once(() => optional(z.strictObject({ destinationPort: optional(clusterPort()) })))

const clusterProtocol = once(() =>
  z.strictObject({
    tcp: clusterPortMatch(),
    udp: clusterPortMatch(),
    sctp: clusterPortMatch(),
    destinationNamedPort: optional(portNumberOrName()),
  }),
)

export type ClusterProtocol = z.infer<ReturnType<typeof clusterProtocol>>

const namespacedPods = once(() =>
  z.strictObject({
    namespaceSelector: optional(labelSelector()),
    podSelector: optional(labelSelector()),
  }),
)

const clusterPeer = once(() =>
  z.strictObject({
    namespaces: optional(labelSelector()),
    pods: optional(namespacedPods()),
    networks: list(text),
    nodes: anything,
    domainNames: anything,
  }),
)

export type ClusterPeer = z.infer<ReturnType<typeof clusterPeer>>

const clusterRule = once(() =>
  z.strictObject({
    name: optional(text),
    action: oneOf(['Accept', 'Deny', 'Pass'], 'bad-value', 'action'),
    protocols: list(clusterProtocol()),
    from: list(clusterPeer()),
    to: list(clusterPeer()),
  }),
)

export type ClusterRule = z.infer<ReturnType<typeof clusterRule>>

const adminPort = once(() =>
  z.strictObject({
    portNumber: optional(z.strictObject({ protocol: optional(portProtocol()), port: portNumber() })),
    portRange: optional(z.strictObject({ protocol: optional(portProtocol()), start: portNumber(), end: portNumber() })),
    namedPort: optional(portNumberOrName()),
  }),
)

export type AdminPort = z.infer<ReturnType<typeof adminPort>>

const adminRule = once(() =>
  z.strictObject({
    name: optional(text),
    action: oneOf(['Allow', 'Deny', 'Pass'], 'bad-value', 'action'),
    ports: list(adminPort()),
    from: list(clusterPeer()),
    to: list(clusterPeer()),
  }),
)

export type AdminRule = z.infer<ReturnType<typeof adminRule>>

const subject = once(() => z.strictObject({ namespaces: optional(labelSelector()), pods: optional(namespacedPods()) }))

export type PolicySubject = z.infer<ReturnType<typeof subject>>

/** Of AdminNetworkPolicy; a BaselineAdminNetworkPolicy has the same fields without a priority. */
export const adminNetworkPolicySchema = once(() =>
  resourceSchema({
    spec: z.strictObject({
      priority: optional(integerBetween(0, 1000, 'bad-value', 'priority')),
      subject: optional(subject()),
      ingress: list(adminRule()),
      egress: list(adminRule()),
    }),
    status: anything,
  }),
)

export const clusterNetworkPolicySchema = once(() =>
  resourceSchema({
    spec: z.strictObject({
      tier: optional(oneOf(['Admin', 'Baseline'], 'bad-value', 'tier')),
      priority: optional(integerBetween(0, 1000, 'bad-value', 'priority')),
      subject: optional(subject()),
      ingress: list(clusterRule()),
      egress: list(clusterRule()),
    }),
    status: anything,
  }),
)
