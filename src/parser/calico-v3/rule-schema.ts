// Rules of projectcalico.org/v3 policies and profiles, as they stand in files.

import * as z from 'zod'
import {
  atMost,
  emptyAsMissing,
  Fault,
  field,
  integerBetween,
  item,
  list,
  oneOf,
  optional,
  selector,
  subdomainName,
  text,
  textMap,
  uncheckedText,
} from '../fields.ts'
import { protocol, ruleNet, rulePort } from '../network-fields.ts'
import { once } from '../lazily.ts'

const icmp = once(() =>
  z.strictObject({
    type: optional(integerBetween(0, 254, 'bad-icmp', 'ICMP type')),
    code: optional(integerBetween(0, 255, 'bad-icmp', 'ICMP code')),
  }),
)

export type V3Icmp = z.infer<ReturnType<typeof icmp>>

const ipVersion = once(() =>
  field((value): 4 | 6 | Fault =>
    value === 4 || value === 6
      ? value
      : new Fault('bad-value', 'the IP version is 4 or 6', {
          help: `write \`${typeof value === 'string' && value.endsWith('6') ? 6 : 4}\``,
          replacement: typeof value === 'string' && /^(?:ip)?v?[46]$/i.test(value) ? value.slice(-1) : undefined,
        }),
  ),
)

const entity = once(() =>
  z.strictObject({
    nets: list(ruleNet),
    notNets: list(ruleNet),
    selector: optional(selector),
    notSelector: optional(selector),
    namespaceSelector: optional(selector),
    ports: list(rulePort),
    notPorts: list(rulePort),
    serviceAccounts: optional(z.strictObject({ names: list(uncheckedText), selector: optional(selector) })),
    services: optional(
      z.strictObject({ name: emptyAsMissing(subdomainName), namespace: emptyAsMissing(subdomainName) }),
    ),
  }),
)

export type V3Entity = z.infer<ReturnType<typeof entity>>

const pathText = once(() =>
  optional(text.refine(value => value.length <= 1024, { message: 'a path has at most 1024 characters' })),
)

const http = once(() =>
  z.strictObject({
    methods: atMost(20, uncheckedText),
    paths: atMost(20, item(z.strictObject({ exact: pathText(), prefix: pathText() }))),
  }),
)

/** An empty list item is an empty rule. */
export const ruleSchema = once(() =>
  z.preprocess(
    value => value ?? {},
    z.strictObject({
      action: oneOf(['Allow', 'Deny', 'Log', 'Pass'], 'bad-value', 'action'),
      ipVersion: optional(ipVersion()),
      protocol: optional(protocol),
      notProtocol: optional(protocol),
      icmp: optional(icmp()),
      notICMP: optional(icmp()),
      source: optional(entity()),
      destination: optional(entity()),
      http: optional(http()),
      metadata: optional(z.strictObject({ annotations: optional(textMap) })),
    }),
  ),
)

export type V3Rule = z.infer<ReturnType<typeof ruleSchema>>
