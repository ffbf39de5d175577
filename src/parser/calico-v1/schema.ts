// The kinds of the v1 format (Calico 2.x) as they stand in files.

import * as z from 'zod'
import { lazily, once } from '../lazily.ts'
import { orList } from '../../text/wording.ts'
import type { ParsedCidr } from '../../net/cidr.ts'
import { PROTOCOL_NAMES, type Protocol } from '../../net/protocol.ts'
import {
  boolean,
  Fault,
  field,
  integerBetween,
  list,
  number,
  oneOf,
  optional,
  readText,
  selector,
  text,
  textMap,
} from '../fields.ts'
import { address, looseNet, rulePort } from '../network-fields.ts'
import { anything } from '../metadata.ts'

function nameOfForm(pattern: RegExp, help: string) {
  return field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    return pattern.test(read) ? read : new Fault('bad-name', `\`${read}\` is not a name of the v1 format`, { help })
  })
}

const NAME = once(() =>
  nameOfForm(/^[a-zA-Z0-9_.-]{1,128}$/, 'write 1-128 letters, digits, dots, dashes and underscores'),
)
const PATH_NAME = once(() =>
  nameOfForm(/^[a-zA-Z0-9_./-]{1,128}$/, 'write 1-128 letters, digits, dots, dashes, underscores and slashes'),
)

const LABEL_KEY = /^[a-zA-Z0-9_./-]{1,512}$/
const LABEL_VALUE = /^[a-zA-Z0-9]?([a-zA-Z0-9_.-]{0,61}[a-zA-Z0-9])?$/

const labels = once(() =>
  textMap.superRefine((map, context) => {
    for (const [key, value] of Object.entries(map)) {
      const message = !LABEL_KEY.test(key)
        ? `\`${key}\` is not a label key`
        : !LABEL_VALUE.test(value)
          ? `\`${value}\` is not a label value`
          : undefined
      if (message === undefined) continue
      context.addIssue({ code: 'custom', path: [key], message, params: { fault: new Fault('bad-name', message) } })
    }
  }),
)

const ACTIONS = ['allow', 'deny', 'log', 'pass'] as const

const action = once(() =>
  field((value): (typeof ACTIONS)[number] | Fault => {
    if (value === undefined || value === null) return new Fault('missing-field', `is missing; write ${orList(ACTIONS)}`)
    const read = readText(value)
    if (read instanceof Fault) return read
    const found = ACTIONS.find(word => word === read)
    if (found !== undefined) return found
    const lower = read.toLowerCase()
    const meant = lower === 'next-tier' ? 'pass' : ACTIONS.find(word => word === lower)
    return new Fault('bad-value', `unknown action \`${read}\``, {
      help: meant === undefined ? `write ${orList(ACTIONS)}` : `the v1 format writes \`${meant}\``,
    })
  }),
)

const protocol = once(() =>
  field((value): Protocol | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    const found = PROTOCOL_NAMES.find(name => name === read)
    if (found !== undefined) return found
    if (/^[0-9]+$/.test(read) && Number(read) >= 1 && Number(read) <= 255) return Number(read)
    const meant = PROTOCOL_NAMES.find(name => name === read.toLowerCase())
    return new Fault('bad-protocol', `unknown protocol \`${read}\``, {
      help:
        meant === undefined
          ? `write ${orList(PROTOCOL_NAMES)}, or a number 1-255`
          : `the v1 format writes \`${meant}\``,
    })
  }),
)

const icmp = once(() =>
  z.strictObject({
    type: optional(integerBetween(0, 254, 'bad-icmp', 'ICMP type')),
    code: optional(integerBetween(0, 255, 'bad-icmp', 'ICMP code')),
  }),
)

const entity = once(() =>
  z.strictObject({
    tag: optional(NAME()),
    notTag: optional(NAME()),
    net: optional(looseNet),
    notNet: optional(looseNet),
    nets: list(looseNet),
    notNets: list(looseNet),
    selector: optional(selector),
    notSelector: optional(selector),
    ports: list(rulePort),
    notPorts: list(rulePort),
  }),
)

export type V1Entity = z.infer<ReturnType<typeof entity>>

const rule = once(() =>
  z.preprocess(
    value => value ?? {},
    z.strictObject({
      action: action(),
      ipVersion: optional(
        field((value): 4 | 6 | Fault =>
          value === 4 || value === 6 ? value : new Fault('bad-value', 'the IP version is 4 or 6'),
        ),
      ),
      protocol: optional(protocol()),
      notProtocol: optional(protocol()),
      icmp: optional(icmp()),
      notICMP: optional(icmp()),
      source: optional(entity()),
      destination: optional(entity()),
    }),
  ),
)

export type V1Rule = z.infer<ReturnType<typeof rule>>

const endpointPort = once(() =>
  z.strictObject({
    name: text,
    protocol: oneOf(['tcp', 'udp', 'sctp'], 'bad-protocol', 'protocol'),
    port: integerBetween(1, 65535, 'bad-port', 'port'),
  }),
)

/** A net of exactly one address. */
const singleAddress = once(() =>
  field((value): ParsedCidr | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    const parsed = looseNet.safeParse(read)
    if (!parsed.success) return new Fault('bad-net', `\`${read}\` is not an address`)
    const { prefixLength, ipVersion } = parsed.data.cidr
    return prefixLength === (ipVersion === 4 ? 32 : 128)
      ? parsed.data
      : new Fault('bad-net', `\`${read}\` holds several addresses`, { help: 'write /32 or /128' })
  }),
)

function resource<M extends z.ZodRawShape, S extends z.ZodRawShape>(metadata: M, spec: S) {
  return z.strictObject({
    apiVersion: anything,
    kind: anything,
    metadata: z.preprocess(value => value ?? {}, z.strictObject(metadata)),
    spec: z.preprocess(value => value ?? {}, z.strictObject(spec)),
  })
}

export const V1_SCHEMAS = lazily({
  policy: () =>
    resource(
      { name: PATH_NAME(), tier: optional(NAME()), annotations: optional(textMap) },
      {
        order: optional(number),
        selector: optional(selector),
        ingress: list(rule()),
        egress: list(rule()),
        doNotTrack: optional(boolean),
        preDNAT: optional(boolean),
        types: list(oneOf(['ingress', 'egress'], 'bad-value', 'policy type')),
      },
    ),
  profile: () =>
    resource(
      { name: NAME(), tags: list(NAME()), labels: optional(labels()) },
      { ingress: list(rule()), egress: list(rule()) },
    ),
  hostEndpoint: () =>
    resource(
      { name: PATH_NAME(), node: NAME(), labels: optional(labels()) },
      {
        interfaceName: optional(text),
        expectedIPs: list(address),
        profiles: list(NAME()),
        ports: list(endpointPort()),
      },
    ),
  workloadEndpoint: () =>
    resource(
      {
        name: PATH_NAME(),
        workload: PATH_NAME(),
        orchestrator: PATH_NAME(),
        node: NAME(),
        activeInstanceID: optional(text),
        labels: optional(labels()),
      },
      {
        ipNetworks: list(singleAddress()),
        ipNATs: list(z.strictObject({ internalIP: address, externalIP: address })),
        ipv4Gateway: optional(address),
        ipv6Gateway: optional(address),
        profiles: list(NAME()),
        interfaceName: optional(text),
        mac: optional(text),
        ports: list(endpointPort()),
        allow_spoofed_source_prefixes: list(looseNet),
      },
    ),
  ipPool: () =>
    resource(
      { cidr: looseNet },
      {
        ipip: optional(
          z.strictObject({
            enabled: optional(boolean),
            mode: optional(oneOf(['always', 'cross-subnet'], 'bad-value', 'mode')),
          }),
        ),
        'nat-outgoing': optional(boolean),
        disabled: optional(boolean),
      },
    ),
  node: () =>
    resource(
      { name: NAME() },
      {
        bgp: optional(z.strictObject({ asNumber: anything, ipv4Address: optional(text), ipv6Address: optional(text) })),
        orchRefs: anything,
      },
    ),
})

export type V1Kind = keyof typeof V1_SCHEMAS
export type V1Resource<K extends V1Kind> = z.infer<(typeof V1_SCHEMAS)[K]>
