// The kinds of projectcalico.org/v3 as they stand in files, beside their rules (rule-schema.ts) and FelixConfiguration (felix-schema.ts).

import * as z from 'zod'
import { isPortName } from '../../net/port.ts'
import { portProtocol } from '../../net/protocol.ts'
import {
  atMost,
  boolean,
  emptyAsMissing,
  Fault,
  field,
  integer,
  integerBetween,
  item,
  list,
  number,
  oneOf,
  optional,
  readText,
  selector,
  subdomainName,
  text,
  textMap,
  uncheckedText,
} from '../fields.ts'
import { address, endpointNet, looseNet, poolNet, protocol, ruleNet } from '../network-fields.ts'
import { lazily, once } from '../lazily.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { asName } from '../names.ts'
import { addressOf, macAddress, wireguardKey } from './address-schema.ts'
import { asNumber, bgpConfigurationSchema } from './bgp-schema.ts'
import { felixSpecSchema } from './felix-schema.ts'
import { kubeControllersSchema } from './kube-controllers-schema.ts'
import { ruleSchema } from './rule-schema.ts'
import { qosControls } from './traffic-limits-schema.ts'

const policyTypes = once(() => atMost(2, oneOf(['Ingress', 'Egress'], 'bad-value', 'policy type')))
const performanceHints = once(() => list(oneOf(['AssumeNeededOnEveryNode'], 'bad-value', 'performance hint')))

const namespacedPolicySpec = once(() => ({
  tier: emptyAsMissing(subdomainName),
  order: optional(number),
  selector: optional(selector),
  types: policyTypes(),
  ingress: list(ruleSchema()),
  egress: list(ruleSchema()),
  serviceAccountSelector: optional(selector),
  performanceHints: performanceHints(),
}))

const globalPolicySpec = once(() => ({
  ...namespacedPolicySpec(),
  namespaceSelector: optional(selector),
  doNotTrack: optional(boolean),
  preDNAT: optional(boolean),
  applyOnForward: optional(boolean),
}))

const stagedAction = once(() =>
  emptyAsMissing(oneOf(['Set', 'Delete', 'Learn', 'Ignore'], 'bad-value', 'staged action')),
)

const interfaceName = once(() =>
  field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    if (read === '*' || read === '' || /^[a-zA-Z0-9_.-]{1,15}$/.test(read)) return read
    return new Fault('bad-value', `\`${read}\` is not an interface name`, {
      help: /[+:*]/.test(read)
        ? "no wildcards or aliases here; use one HostEndpoint per interface, or '*'"
        : "write '*', or 1-15 letters, digits, dots, dashes and underscores",
    })
  }),
)

const portName = once(() =>
  field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    if (isPortName(read)) return read
    const proposal = asName(read)
    return new Fault('bad-port', `\`${read}\` is not a port name`, {
      help: isPortName(proposal)
        ? `write \`${proposal}\``
        : 'a port name has 1-15 lower-case letters, digits and single dashes, at least one letter, and no dash at either end',
    })
  }),
)

/** Protocol of an endpoint's port: one that has ports, by name or number. */
const endpointProtocol = once(() =>
  protocol.transform((value, context): 'tcp' | 'udp' | 'sctp' => {
    const found = portProtocol(value)
    if (found !== undefined) return found
    const fault = new Fault('bad-protocol', `protocol \`${value}\` has no ports`, {
      help: 'write `TCP`, `UDP` or `SCTP`',
    })
    context.issues.push({ code: 'custom', input: value, message: fault.message, params: { fault } })
    return z.NEVER
  }),
)

const endpointPort = once(() =>
  item(
    z.strictObject({
      name: portName(),
      protocol: endpointProtocol(),
      port: integerBetween(1, 65535, 'bad-port', 'port'),
    }),
  ),
)

const containerId = once(() =>
  emptyAsMissing(
    field((value): string | Fault => {
      const read = readText(value)
      if (read instanceof Fault) return read
      return /^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(read)
        ? read
        : new Fault('bad-name', `\`${read}\` is not a container id`)
    }),
  ),
)

const encapsulationMode = once(() => emptyAsMissing(oneOf(['Never', 'Always', 'CrossSubnet'], 'bad-value', 'mode')))

const nodeStatus = once(() =>
  z.strictObject({
    wireguardPublicKey: wireguardKey(),
    wireguardPublicKeyV6: wireguardKey(),
    podCIDRs: list(uncheckedText),
  }),
)

/** A net of a network set; the empty text is none. */
const setNet = once(() => emptyAsMissing(looseNet))

export const SCHEMAS = lazily({
  GlobalNetworkPolicy: () => resourceSchema({ spec: optional(z.strictObject(globalPolicySpec())) }),
  NetworkPolicy: () => resourceSchema({ spec: optional(z.strictObject(namespacedPolicySpec())) }),
  StagedGlobalNetworkPolicy: () =>
    resourceSchema({ spec: optional(z.strictObject({ ...globalPolicySpec(), stagedAction: stagedAction() })) }),
  StagedNetworkPolicy: () =>
    resourceSchema({ spec: optional(z.strictObject({ ...namespacedPolicySpec(), stagedAction: stagedAction() })) }),
  StagedKubernetesNetworkPolicy: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          stagedAction: stagedAction(),
          podSelector: anything,
          ingress: anything,
          egress: anything,
          policyTypes: anything,
        }),
      ),
    }),
  Tier: () =>
    resourceSchema({
      status: anything,
      spec: optional(
        z.strictObject({
          order: optional(number),
          defaultAction: optional(oneOf(['Deny', 'Pass'], 'bad-value', 'default action')),
        }),
      ),
    }),
  HostEndpoint: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          node: emptyAsMissing(subdomainName),
          interfaceName: optional(interfaceName()),
          expectedIPs: list(address),
          profiles: list(subdomainName),
          ports: list(endpointPort()),
        }),
      ),
    }),
  WorkloadEndpoint: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          orchestrator: emptyAsMissing(subdomainName),
          workload: emptyAsMissing(subdomainName),
          node: emptyAsMissing(subdomainName),
          containerID: containerId(),
          pod: emptyAsMissing(subdomainName),
          endpoint: emptyAsMissing(subdomainName),
          serviceAccountName: emptyAsMissing(subdomainName),
          ipNetworks: list(endpointNet),
          ipNATs: list(item(z.strictObject({ internalIP: address, externalIP: address }))),
          ipv4Gateway: addressOf(4, 'address'),
          ipv6Gateway: addressOf(6, 'address'),
          profiles: list(subdomainName),
          interfaceName: optional(interfaceName()),
          mac: macAddress(),
          ports: list(
            item(
              z.strictObject({
                name: emptyAsMissing(portName()),
                protocol: endpointProtocol(),
                port: integerBetween(1, 65535, 'bad-port', 'port'),
                hostPort: optional(integerBetween(0, 65535, 'bad-port', 'port')),
                hostIP: emptyAsMissing(ruleNet),
              }),
            ),
          ),
          allowSpoofedSourcePrefixes: list(looseNet),
          qosControls: optional(qosControls()),
        }),
      ),
    }),
  GlobalNetworkSet: () => resourceSchema({ spec: optional(z.strictObject({ nets: list(setNet()) })) }),
  NetworkSet: () => resourceSchema({ spec: optional(z.strictObject({ nets: list(setNet()) })) }),
  Profile: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({ ingress: list(ruleSchema()), egress: list(ruleSchema()), labelsToApply: optional(textMap) }),
      ),
    }),
  IPPool: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          cidr: emptyAsMissing(poolNet),
          vxlanMode: encapsulationMode(),
          ipipMode: encapsulationMode(),
          natOutgoing: optional(boolean),
          disabled: optional(boolean),
          disableBGPExport: optional(boolean),
          blockSize: optional(integer),
          nodeSelector: optional(selector),
          namespaceSelector: optional(selector),
          allowedUses: list(uncheckedText),
          assignmentMode: optional(oneOf(['Automatic', 'Manual'], 'bad-value', 'assignment mode')),
          ipip: anything,
          'nat-outgoing': anything,
        }),
      ),
    }),
  Node: () =>
    resourceSchema({
      status: optional(nodeStatus()),
      spec: optional(
        z.strictObject({
          bgp: optional(
            z.strictObject({
              asNumber: optional(asNumber()),
              ipv4Address: addressOf(4, 'cidr'),
              ipv6Address: addressOf(6, 'cidr'),
              ipv4IPIPTunnelAddr: addressOf(4, 'address'),
              routeReflectorClusterID: addressOf(4, 'address'),
            }),
          ),
          ipv4VXLANTunnelAddr: addressOf(4, 'address'),
          ipv6VXLANTunnelAddr: addressOf(6, 'address'),
          vxlanTunnelMACAddr: macAddress(),
          vxlanTunnelMACAddrV6: macAddress(),
          wireguard: optional(
            z.strictObject({
              interfaceIPv4Address: addressOf(4, 'address'),
              interfaceIPv6Address: addressOf(6, 'address'),
            }),
          ),
          addresses: list(item(z.strictObject({ address: optional(text), type: optional(text) }))),
          interfaces: list(item(z.strictObject({ name: optional(text), addresses: list(uncheckedText) }))),
          orchRefs: list(item(z.strictObject({ nodeName: optional(text), orchestrator: optional(text) }))),
        }),
      ),
    }),
  BGPConfiguration: () => bgpConfigurationSchema(),
  KubeControllersConfiguration: () => kubeControllersSchema(),
  FelixConfiguration: () => resourceSchema({ spec: optional(felixSpecSchema()) }),
})
