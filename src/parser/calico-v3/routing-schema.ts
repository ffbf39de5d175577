// Kinds that change no rule: routes, reserved addresses, status. Calico's validator looks at them all the same.

import * as z from 'zod'
import { parseAddress, parseNet } from '../../net/cidr.ts'
import {
  boolean,
  emptyAsMissing,
  Fault,
  field,
  integerBetween,
  item,
  list,
  optional,
  readText,
  selector,
  subdomainName,
  text,
  uncheckedText,
} from '../fields.ts'
import { address, hostBits } from '../network-fields.ts'
import { once } from '../lazily.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { asNumber, community, password } from './bgp-schema.ts'
import { between, duration, looseNetText, matching, strictWord, word } from './setting-schema.ts'

/** An address, with a port behind it or not: `192.0.2.9`, `192.0.2.9:179`, `[2001:db8::9]:179`. */
const addressAndPort = once(() =>
  emptyAsMissing(
    field((value): string | Fault => {
      const read = readText(value)
      if (read instanceof Fault) return read
      const [, six, four, port] = /^(?:\[(.*)\]|([0-9.]+)):([0-9]+)$/.exec(read) ?? []
      const isPort = port === undefined || (Number(port) >= 1 && Number(port) <= 65535)
      if (isPort && parseAddress(six ?? four ?? read) !== undefined) return read
      return new Fault('bad-address', `\`${read}\` is not an address, with or without a port`, {
        help: /\//.test(read) ? 'write the address without prefix' : 'write `192.0.2.9:179` or `[2001:db8::9]:179`',
      })
    }),
  ),
)

const bgpPeerSpec = () =>
  z.strictObject({
    node: emptyAsMissing(subdomainName),
    nodeSelector: optional(selector),
    peerIP: addressAndPort(),
    asNumber: optional(asNumber()),
    localASNumber: optional(asNumber()),
    peerSelector: optional(selector),
    keepOriginalNextHop: optional(boolean),
    nextHopMode: optional(strictWord('Auto', 'Self', 'Keep')),
    password: optional(password()),
    sourceAddress: word('UseNodeIP', 'None'),
    maxRestartTime: optional(duration),
    keepaliveTime: optional(duration),
    numAllowedLocalASNumbers: optional(integerBetween(-2147483648, 2147483647, 'bad-value', 'value')),
    ttlSecurity: optional(between(0, 255)),
    reachableBy: emptyAsMissing(address),
    filters: list(uncheckedText),
    localWorkloadSelector: optional(selector),
    reversePeering: optional(strictWord('Auto', 'Manual')),
  })

const netOf = (ipVersion: 4 | 6) =>
  emptyAsMissing(
    field((value): string | Fault => {
      const read = readText(value)
      if (read instanceof Fault) return read
      const parsed = read.includes('/') ? parseNet(read) : undefined
      if (parsed?.address.ipVersion !== ipVersion)
        return new Fault('bad-net', `\`${read}\` is not an IPv${ipVersion} net`, {
          help: `write an address and a length: ${ipVersion === 4 ? '10.0.0.0/8' : '2001:db8::/32'}`,
        })
      return hostBits(read, parsed) ?? read
    }),
  )

const filterRule = (ipVersion: 4 | 6) => {
  const length = optional(between(0, ipVersion === 4 ? 32 : 128))
  return item(
    z.strictObject({
      action: strictWord('Accept', 'Reject'),
      cidr: netOf(ipVersion),
      prefixLength: optional(z.strictObject({ min: length, max: length })),
      matchOperator: word('Equal', 'NotEqual', 'In', 'NotIn'),
      source: word('RemotePeers'),
      interface: emptyAsMissing(matching(/^[a-zA-Z0-9_.*-]{1,15}$/, 'an interface name or pattern')),
      peerType: word('eBGP', 'iBGP'),
      communities: optional(z.strictObject({ values: z.array(community()).min(1) })),
      asPathPrefix: list(asNumber()),
      priority: optional(between(1, 2147483646)),
      operations: anything,
    }),
  )
}

const statusClass = once(() => strictWord('Agent', 'BGP', 'Routes'))

export const ROUTING_SCHEMAS = {
  BGPPeer: () => resourceSchema({ spec: optional(bgpPeerSpec()) }),
  BGPFilter: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          exportV4: list(filterRule(4)),
          importV4: list(filterRule(4)),
          exportV6: list(filterRule(6)),
          importV6: list(filterRule(6)),
        }),
      ),
    }),
  IPReservation: () => resourceSchema({ spec: optional(z.strictObject({ reservedCIDRs: list(looseNetText) })) }),
  CalicoNodeStatus: () =>
    resourceSchema({
      status: anything,
      spec: optional(
        z.strictObject({
          node: subdomainName,
          classes: z.array(statusClass()).min(1, { message: 'at least one class is needed' }),
          updatePeriodSeconds: between(0, 86400),
        }),
      ),
    }),
  ClusterInformation: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          clusterGUID: optional(text),
          clusterType: optional(text),
          calicoVersion: optional(text),
          datastoreReady: optional(boolean),
          variant: optional(text),
        }),
      ),
    }),
  IPAMConfiguration: () =>
    resourceSchema({
      spec: optional(
        z.strictObject({
          strictAffinity: optional(boolean),
          autoAllocateBlocks: optional(boolean),
          maxBlocksPerHost: optional(between(0, 2147483647)),
          kubeVirtVMAddressPersistence: optional(text),
        }),
      ),
    }),
} as const
