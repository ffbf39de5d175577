// Rules of projectcalico.org/v3 policies and profiles, as they stand in files.

import * as z from 'zod'
import {
  Fault,
  field,
  integerBetween,
  list,
  oneOf,
  optional,
  protocol,
  ruleNet,
  rulePort,
  selector,
  text,
  textMap,
} from '../fields.ts'

const icmp = z.strictObject({
  type: optional(integerBetween(0, 254, 'bad-icmp', 'ICMP type')),
  code: optional(integerBetween(0, 255, 'bad-icmp', 'ICMP code')),
})

export type V3Icmp = z.infer<typeof icmp>

const ipVersion = field((value): 4 | 6 | Fault =>
  value === 4 || value === 6 ? value : new Fault('bad-value', 'the IP version is 4 or 6'),
)

const entity = z.strictObject({
  nets: list(ruleNet),
  notNets: list(ruleNet),
  selector: optional(selector),
  notSelector: optional(selector),
  namespaceSelector: optional(selector),
  ports: list(rulePort),
  notPorts: list(rulePort),
  serviceAccounts: optional(z.strictObject({ names: list(text), selector: optional(selector) })),
  services: optional(z.strictObject({ name: optional(text), namespace: optional(text) })),
})

export type V3Entity = z.infer<typeof entity>

const http = z.strictObject({
  methods: list(text),
  paths: list(z.strictObject({ exact: optional(text), prefix: optional(text) })),
})

/** An empty list item is an empty rule. */
export const ruleSchema = z.preprocess(
  value => value ?? {},
  z.strictObject({
    action: oneOf(['Allow', 'Deny', 'Log', 'Pass'], 'bad-value', 'action'),
    ipVersion: optional(ipVersion),
    protocol: optional(protocol),
    notProtocol: optional(protocol),
    icmp: optional(icmp),
    notICMP: optional(icmp),
    source: optional(entity),
    destination: optional(entity),
    http: optional(http),
    metadata: optional(z.strictObject({ annotations: optional(textMap) })),
  }),
)

export type V3Rule = z.infer<typeof ruleSchema>
