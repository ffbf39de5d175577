// The kinds of projectcalico.org/v3 as they stand in files, beside their rules (rule-schema.ts) and FelixConfiguration (felix-schema.ts).

import * as z from 'zod'
import { isPortName } from '../../net/port.ts'
import {
  address,
  boolean,
  Fault,
  field,
  integerBetween,
  list,
  looseNet,
  number,
  oneOf,
  optional,
  readText,
  selector,
  text,
  textMap,
} from '../fields.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { felixSpecSchema } from './felix-schema.ts'
import { ruleSchema } from './rule-schema.ts'

const policyTypes = list(oneOf(['Ingress', 'Egress'], 'bad-value', 'policy type'))
const performanceHints = list(oneOf(['AssumeNeededOnEveryNode'], 'bad-value', 'performance hint'))

const namespacedPolicySpec = {
  tier: optional(text),
  order: optional(number),
  selector: optional(selector),
  types: policyTypes,
  ingress: list(ruleSchema),
  egress: list(ruleSchema),
  serviceAccountSelector: optional(selector),
  performanceHints,
}

const globalPolicySpec = {
  ...namespacedPolicySpec,
  namespaceSelector: optional(selector),
  doNotTrack: optional(boolean),
  preDNAT: optional(boolean),
  applyOnForward: optional(boolean),
}

const stagedAction = optional(oneOf(['Set', 'Delete', 'Learn', 'Ignore'], 'bad-value', 'staged action'))

const interfaceName = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  if (read === '*' || read === '' || /^[a-zA-Z0-9_.-]{1,15}$/.test(read)) return read
  return new Fault('bad-value', `\`${read}\` is not an interface name`, {
    help: /[+:*]/.test(read)
      ? "no wildcards or aliases here; use one HostEndpoint per interface, or '*'"
      : "write '*', or 1-15 letters, digits, dots, dashes and underscores",
  })
})

const portName = field((value): string | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  if (isPortName(read)) return read
  return new Fault('bad-port', `\`${read}\` is not a port name`, {
    help: 'a port name has 1-15 lower-case letters, digits and single dashes, at least one letter, and no dash at either end',
  })
})

/** Endpoint ports take protocols by name in v3 spelling; lower case is let through, as the validator does. */
const endpointProtocol = field((value): 'tcp' | 'udp' | 'sctp' | Fault => {
  const read = readText(value)
  if (read instanceof Fault) return read
  switch (read) {
    case 'TCP':
    case 'tcp':
      return 'tcp'
    case 'UDP':
    case 'udp':
      return 'udp'
    case 'SCTP':
    case 'sctp':
      return 'sctp'
    default:
      return new Fault('bad-protocol', `protocol \`${read}\` has no ports`, { help: 'write `TCP`, `UDP` or `SCTP`' })
  }
})

const endpointPort = z.strictObject({
  name: portName,
  protocol: endpointProtocol,
  port: integerBetween(1, 65535, 'bad-port', 'port'),
})

const encapsulationMode = optional(oneOf(['Never', 'Always', 'CrossSubnet'], 'bad-value', 'mode'))

const cidrEntry = z.strictObject({ cidr: optional(text) })

const enabled = optional(oneOf(['Enabled', 'Disabled'], 'bad-value', 'setting'))

export const SCHEMAS = {
  GlobalNetworkPolicy: resourceSchema({ spec: optional(z.strictObject(globalPolicySpec)) }),
  NetworkPolicy: resourceSchema({ spec: optional(z.strictObject(namespacedPolicySpec)) }),
  StagedGlobalNetworkPolicy: resourceSchema({ spec: optional(z.strictObject({ ...globalPolicySpec, stagedAction })) }),
  StagedNetworkPolicy: resourceSchema({ spec: optional(z.strictObject({ ...namespacedPolicySpec, stagedAction })) }),
  StagedKubernetesNetworkPolicy: resourceSchema({
    spec: optional(
      z.strictObject({
        stagedAction,
        podSelector: anything,
        ingress: anything,
        egress: anything,
        policyTypes: anything,
      }),
    ),
  }),
  Tier: resourceSchema({
    spec: optional(
      z.strictObject({
        order: optional(number),
        defaultAction: optional(oneOf(['Deny', 'Pass'], 'bad-value', 'default action')),
      }),
    ),
  }),
  HostEndpoint: resourceSchema({
    spec: optional(
      z.strictObject({
        node: optional(text),
        interfaceName: optional(interfaceName),
        expectedIPs: list(address),
        profiles: list(text),
        ports: list(endpointPort),
      }),
    ),
  }),
  WorkloadEndpoint: resourceSchema({
    spec: optional(
      z.strictObject({
        orchestrator: optional(text),
        workload: optional(text),
        node: optional(text),
        containerID: optional(text),
        pod: optional(text),
        endpoint: optional(text),
        serviceAccountName: optional(text),
        ipNetworks: list(looseNet),
        ipNATs: list(z.strictObject({ internalIP: optional(text), externalIP: optional(text) })),
        ipv4Gateway: optional(text),
        ipv6Gateway: optional(text),
        profiles: list(text),
        interfaceName: optional(interfaceName),
        mac: optional(text),
        ports: list(
          z.strictObject({
            name: optional(portName),
            protocol: endpointProtocol,
            port: integerBetween(1, 65535, 'bad-port', 'port'),
            hostPort: optional(integerBetween(0, 65535, 'bad-port', 'port')),
            hostIP: optional(text),
          }),
        ),
        allowSpoofedSourcePrefixes: list(looseNet),
        qosControls: anything,
      }),
    ),
  }),
  GlobalNetworkSet: resourceSchema({ spec: optional(z.strictObject({ nets: list(looseNet) })) }),
  NetworkSet: resourceSchema({ spec: optional(z.strictObject({ nets: list(looseNet) })) }),
  Profile: resourceSchema({
    spec: optional(
      z.strictObject({ ingress: list(ruleSchema), egress: list(ruleSchema), labelsToApply: optional(textMap) }),
    ),
  }),
  IPPool: resourceSchema({
    spec: optional(
      z.strictObject({
        cidr: optional(looseNet),
        vxlanMode: encapsulationMode,
        ipipMode: encapsulationMode,
        natOutgoing: optional(boolean),
        disabled: optional(boolean),
        disableBGPExport: optional(boolean),
        blockSize: anything,
        nodeSelector: optional(selector),
        namespaceSelector: optional(selector),
        allowedUses: list(text),
        assignmentMode: optional(oneOf(['Automatic', 'Manual'], 'bad-value', 'assignment mode')),
        ipip: anything,
        'nat-outgoing': anything,
      }),
    ),
  }),
  Node: resourceSchema({
    spec: optional(
      z.strictObject({
        bgp: optional(
          z.strictObject({
            asNumber: anything,
            ipv4Address: optional(text),
            ipv6Address: optional(text),
            ipv4IPIPTunnelAddr: optional(text),
            routeReflectorClusterID: optional(text),
          }),
        ),
        ipv4VXLANTunnelAddr: optional(text),
        ipv6VXLANTunnelAddr: optional(text),
        vxlanTunnelMACAddr: optional(text),
        vxlanTunnelMACAddrV6: optional(text),
        wireguard: optional(
          z.strictObject({ interfaceIPv4Address: optional(text), interfaceIPv6Address: optional(text) }),
        ),
        addresses: list(z.strictObject({ address: optional(text), type: optional(text) })),
        interfaces: list(z.strictObject({ name: optional(text), addresses: list(text) })),
        orchRefs: anything,
      }),
    ),
  }),
  BGPConfiguration: resourceSchema({
    spec: optional(
      z.looseObject({
        serviceClusterIPs: list(cidrEntry),
        serviceExternalIPs: list(cidrEntry),
        serviceLoadBalancerIPs: list(cidrEntry),
      }),
    ),
  }),
  KubeControllersConfiguration: resourceSchema({
    spec: optional(
      z.looseObject({
        controllers: optional(
          z.looseObject({
            node: optional(
              z.looseObject({
                hostEndpoint: optional(
                  z.looseObject({
                    autoCreate: enabled,
                    createDefaultHostEndpoint: enabled,
                    templates: anything,
                  }),
                ),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
  FelixConfiguration: resourceSchema({ spec: optional(felixSpecSchema) }),
} as const
