// Kubernetes policies as they stand in files. Field names match exactly, as on the API server.

import * as z from 'zod'
import { isPortName } from '../../net/port.ts'
import { describe, Fault, field, integerBetween, list, oneOf, optional, readText, text } from '../fields.ts'
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

const labelKey = field((value): string | Fault => {
  const read = readExactText(value)
  if (read instanceof Fault) return read
  return LABEL_KEY.test(read)
    ? read
    : new Fault('bad-name', `\`${read}\` is not a label key`, { help: labelKeyFault(read) })
})

const labelValue = field((value): string | Fault => {
  const read = readExactText(value)
  if (read instanceof Fault) return read
  return LABEL_VALUE.test(read)
    ? read
    : new Fault('bad-name', `\`${read}\` is not a label value`, { help: labelValueFault(read) })
})

export const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

/** An operator and as many values as it needs, as the API server counts them. */
const matchExpression = z
  .strictObject({
    key: labelKey,
    operator: oneOf(OPERATORS, 'bad-value', 'operator'),
    values: list(labelValue),
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
  })

/** Keys are checked where they stand: zod has only text for them. */
const matchLabels = z.record(z.string(), labelValue).superRefine((labels, context) => {
  for (const key of Object.keys(labels)) {
    if (LABEL_KEY.test(key)) continue
    const fault = new Fault('bad-name', `\`${key}\` is not a label key`, { help: labelKeyFault(key) })
    context.addIssue({ code: 'custom', path: [key], message: fault.message, params: { fault } })
  }
})

const labelSelector = z.strictObject({
  matchLabels: optional(matchLabels),
  matchExpressions: list(matchExpression),
})

export type LabelSelector = z.infer<typeof labelSelector>

const portNumber = integerBetween(1, 65535, 'bad-port', 'port')

const portNumberOrName = field((value): number | string | Fault => {
  if (typeof value === 'number') {
    return Number.isInteger(value) && value >= 1 && value <= 65535
      ? value
      : new Fault('bad-port', `port \`${value}\` is not between 1 and 65535`)
  }
  const read = readText(value)
  if (read instanceof Fault) return read
  if (isPortName(read)) return read
  const range = /^([0-9]+)\s*[-:]\s*([0-9]+)$/.exec(read)
  return new Fault('bad-port', `\`${read}\` is not a port name`, {
    help: /^[0-9]+$/.test(read)
      ? 'remove the quotes: a number in quotes is taken for a name'
      : range !== null
        ? `write \`port: ${range[1]}\` and \`endPort: ${range[2]}\``
        : 'a port name has 1-15 lower-case letters, digits and dashes',
  })
})

const portProtocol = field((value): 'TCP' | 'UDP' | 'SCTP' | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  if (read === 'TCP' || read === 'UDP' || read === 'SCTP') return read
  const sameButForCase = ['TCP', 'UDP', 'SCTP'].find(name => name === read.toUpperCase())
  return new Fault('bad-protocol', `unknown protocol \`${read}\``, {
    help: sameButForCase === undefined ? 'write `TCP`, `UDP` or `SCTP`' : `write \`${sameButForCase}\`: case matters`,
    replacement: sameButForCase,
  })
})

const policyPort = z.strictObject({
  protocol: optional(portProtocol),
  port: optional(portNumberOrName),
  endPort: optional(portNumber),
})

export type PolicyPort = z.infer<typeof policyPort>

const peer = z.strictObject({
  podSelector: optional(labelSelector),
  namespaceSelector: optional(labelSelector),
  ipBlock: optional(z.strictObject({ cidr: text, except: list(text) })),
})

export type PolicyPeer = z.infer<typeof peer>

const policyType = oneOf(['Ingress', 'Egress'], 'bad-value', 'policy type')

export const networkPolicySpecSchema = z.strictObject({
  podSelector: optional(labelSelector),
  policyTypes: list(policyType),
  ingress: list(optional(z.strictObject({ from: list(peer), ports: list(policyPort) }))),
  egress: list(optional(z.strictObject({ to: list(peer), ports: list(policyPort) }))),
})

export type NetworkPolicySpec = z.infer<typeof networkPolicySpecSchema>

export const networkPolicySchema = resourceSchema({ spec: optional(networkPolicySpecSchema), status: anything })

const clusterPort = z.strictObject({
  number: optional(portNumber),
  range: optional(z.strictObject({ start: portNumber, end: portNumber })),
})

const clusterPortMatch = optional(z.strictObject({ destinationPort: optional(clusterPort) }))

const clusterProtocol = z.strictObject({
  tcp: clusterPortMatch,
  udp: clusterPortMatch,
  sctp: clusterPortMatch,
  destinationNamedPort: optional(portNumberOrName),
})

export type ClusterProtocol = z.infer<typeof clusterProtocol>

const namespacedPods = z.strictObject({
  namespaceSelector: optional(labelSelector),
  podSelector: optional(labelSelector),
})

const clusterPeer = z.strictObject({
  namespaces: optional(labelSelector),
  pods: optional(namespacedPods),
  networks: list(text),
  nodes: anything,
  domainNames: anything,
})

export type ClusterPeer = z.infer<typeof clusterPeer>

const clusterRule = z.strictObject({
  name: optional(text),
  action: optional(text),
  protocols: list(clusterProtocol),
  from: list(clusterPeer),
  to: list(clusterPeer),
})

export type ClusterRule = z.infer<typeof clusterRule>

const adminPort = z.strictObject({
  portNumber: optional(z.strictObject({ protocol: optional(portProtocol), port: portNumber })),
  portRange: optional(z.strictObject({ protocol: optional(portProtocol), start: portNumber, end: portNumber })),
  namedPort: optional(portNumberOrName),
})

export type AdminPort = z.infer<typeof adminPort>

const adminRule = z.strictObject({
  name: optional(text),
  action: optional(text),
  ports: list(adminPort),
  from: list(clusterPeer),
  to: list(clusterPeer),
})

export type AdminRule = z.infer<typeof adminRule>

const subject = z.strictObject({ namespaces: optional(labelSelector), pods: optional(namespacedPods) })

export type PolicySubject = z.infer<typeof subject>

/** Of AdminNetworkPolicy; a BaselineAdminNetworkPolicy has the same fields without a priority. */
export const adminNetworkPolicySchema = resourceSchema({
  spec: z.strictObject({
    priority: optional(integerBetween(0, 1000, 'bad-value', 'priority')),
    subject,
    ingress: list(adminRule),
    egress: list(adminRule),
  }),
  status: anything,
})

export const clusterNetworkPolicySchema = resourceSchema({
  spec: z.strictObject({
    tier: optional(text),
    priority: integerBetween(0, 1000, 'bad-value', 'priority'),
    subject,
    ingress: list(clusterRule),
    egress: list(clusterRule),
  }),
  status: anything,
})
