// BGPConfiguration: of it, only the service CIDRs have to do with rules.

import * as z from 'zod'
import { boolean, emptyAsMissing, Fault, field, item, list, optional, readText, text } from '../fields.ts'
import { once } from '../lazily.ts'
import { ruleNet } from '../network-fields.ts'
import { resourceSchema } from '../metadata.ts'
import { isSubdomainName } from '../names.ts'
import { addressOf } from './address-schema.ts'
import { between, duration, logLevel, matching } from './setting-schema.ts'

/** A number of 32 bits, as such or in text, or two of 16 bits with a dot between. */
export const asNumber = once(() =>
  field((value): number | string | Fault => {
    const isNumber = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffffffff
    const parts = typeof value === 'string' && /^[0-9]+(?:\.[0-9]+)?$/.test(value) ? value.split('.').map(Number) : []
    const limit = parts.length === 1 ? 0xffffffff : 0xffff
    if (isNumber || (parts.length > 0 && parts.every(part => part <= limit))) return value as number | string
    return new Fault('bad-value', 'an AS number is between 0 and 4294967295, or two numbers of 16 bits with a dot', {
      isLoadFault: true,
    })
  }),
)

/** `64512:100`, or a large one of three numbers. */
function isCommunity(text: string): boolean {
  const parts = text.split(':')
  const limit = parts.length === 2 ? 0xffff : 0xffffffff
  return (
    (parts.length === 2 || parts.length === 3) &&
    parts.every(part => /^[0-9]{1,10}$/.test(part) && Number(part) <= limit)
  )
}

export const community = once(() =>
  field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    return isCommunity(read)
      ? read
      : new Fault('bad-value', `\`${read}\` is not a community`, { help: 'write `64512:100`' })
  }),
)

const communityName = once(() =>
  field((value): string | Fault => {
    const read = readText(value)
    if (read instanceof Fault) return read
    return isSubdomainName(read) ? read : new Fault('bad-name', `\`${read}\` is not a name`)
  }),
)

const cidrEntry = once(() => item(z.strictObject({ cidr: emptyAsMissing(ruleNet) })))

/** Text and nothing else: Calico's loader does not look into this one to make text of numbers. */
const exactText = once(() =>
  field((value): string | Fault =>
    typeof value === 'string' ? value : new Fault('wrong-type', 'expected text', { isLoadFault: true }),
  ),
)

/** Where the password of a peering is kept. */
export const password = once(() =>
  z.strictObject({
    secretKeyRef: optional(
      z.strictObject({ name: optional(exactText()), key: optional(text), optional: optional(boolean) }),
    ),
  }),
)

const spec = () =>
  z
    .strictObject({
      logSeverityScreen: logLevel,
      nodeToNodeMeshEnabled: optional(boolean),
      asNumber: optional(asNumber()),
      serviceLoadBalancerIPs: list(cidrEntry()),
      serviceExternalIPs: list(cidrEntry()),
      serviceClusterIPs: list(cidrEntry()),
      serviceLoadBalancerAggregation: optional(text),
      communities: list(item(z.strictObject({ name: communityName(), value: community() }))),
      prefixAdvertisements: list(item(z.strictObject({ cidr: ruleNet, communities: z.array(text).min(1) }))),
      listenPort: optional(between(0, 65535)),
      nodeMeshPassword: optional(password()),
      nodeMeshMaxRestartTime: optional(duration),
      bindMode: optional(text),
      ignoredInterfaces: list(
        matching(/^(?!\*$)[a-zA-Z0-9_.*-]{1,15}$/, 'an interface name, or a pattern narrower than `*`'),
      ),
      localWorkloadPeeringIPV4: addressOf(4, 'address'),
      localWorkloadPeeringIPV6: addressOf(6, 'address'),
      programClusterRoutes: optional(text),
      ipv4NormalRoutePriority: optional(between(1, 2147483646)),
      ipv6NormalRoutePriority: optional(between(1, 2147483646)),
    })
    .superRefine(({ communities = [], prefixAdvertisements = [] }, context) => {
      const known = communities.map(({ name }) => name)
      prefixAdvertisements.forEach((advertisement, index) => {
        advertisement.communities.forEach((written, position) => {
          if (isCommunity(written) || known.includes(written)) return
          const fault = new Fault('bad-value', `\`${written}\` is neither a community nor the name of one`)
          const path = ['prefixAdvertisements', index, 'communities', position]
          context.addIssue({ code: 'custom', path, message: fault.message, params: { fault } })
        })
      })
    })

export const bgpConfigurationSchema = () => resourceSchema({ spec: optional(spec()) })
