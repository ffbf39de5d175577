// `ip -json route` -> routes of the node.

import * as z from 'zod'
import { type HostRoute, type NextHop, ROUTE_KINDS, type RouteKind } from '../model/host.ts'
import { type Address, type Cidr, type IpVersion, parseAddress, parseNet } from '../net/cidr.ts'

const nextHopSchema = () =>
  z.looseObject({
    gateway: z.string().optional(),
    via: z.looseObject({ host: z.string() }).optional(),
    dev: z.string().optional(),
    flags: z.array(z.string()).default([]),
  })

export const routeSchema = () =>
  nextHopSchema().extend({
    type: z.string().optional(),
    dst: z.string(),
    metric: z.number().optional(),
    prefsrc: z.string().optional(),
    pref: z.string().optional(),
    table: z.union([z.string(), z.number()]).optional(),
    nexthops: z.array(nextHopSchema()).default([]),
  })

type RouteJson = z.infer<ReturnType<typeof routeSchema>>
type NextHopJson = z.infer<ReturnType<typeof nextHopSchema>>

/** What is wrong with one of the routes: a word of the text, and why. */
export interface RouteFault {
  readonly word: string
  readonly message: string
}

export interface ParsedRoutes {
  readonly routes: readonly HostRoute[]
  /** The IP version of the text: one call of `ip route` prints one, and `ip -6 route` of a node without IPv6 nothing. */
  readonly ipVersion: IpVersion
  readonly faults: readonly RouteFault[]
}

/** Routes of one call of the command. Without any, or with nothing but `default dev X`, they are taken for IPv4's. */
export function parseRoutes(items: readonly RouteJson[]): ParsedRoutes {
  const ipVersion = ipVersionOf(items)
  const faults: RouteFault[] = []
  const fault = (word: string, message: string): undefined => {
    faults.push({ word, message })
  }
  const address = (text: string | undefined): Address | undefined => {
    if (text === undefined) return undefined
    return parseAddress(text) ?? fault(text, `\`${text}\` is not an IP address`)
  }
  const routes = items.flatMap((item): readonly HostRoute[] => {
    const kind = kindOf(item.type)
    if (kind === undefined) return fault(item.type ?? '', `\`${item.type ?? ''}\` is not a type of route`) ?? []
    const destination = netOf(item.dst, ipVersion)
    if (destination === undefined) return fault(item.dst, `\`${item.dst}\` is not a net`) ?? []
    const hops = item.nexthops.length > 0 ? item.nexthops : [item]
    const source = address(item.prefsrc)
    return [
      {
        kind,
        destination,
        nextHops: hops.flatMap(hop => nextHopOf(hop, address)),
        ...(source === undefined ? {} : { source }),
        metric: item.metric ?? 0,
        table: String(item.table ?? 'main'),
      },
    ]
  })
  return { routes, ipVersion, faults }
}

function nextHopOf(hop: NextHopJson, address: (text: string | undefined) => Address | undefined): readonly NextHop[] {
  const { dev, flags } = hop
  if (dev === undefined) return []
  // A route of IPv4 may lead over a gateway of IPv6 (RFC 5549): `ip` prints that as `via`.
  const gateway = address(hop.gateway ?? hop.via?.host)
  const isDead = flags.includes('dead') || flags.includes('linkdown')
  return [{ interfaceName: dev, ...(gateway === undefined ? {} : { gateway }), isDead }]
}

/** `ip` leaves the type away where it is the usual one. */
function kindOf(type: string | undefined): RouteKind | undefined {
  return type === undefined ? 'unicast' : ROUTE_KINDS.find(kind => kind === type)
}

function netOf(text: string, ipVersion: IpVersion): Cidr | undefined {
  if (text === 'default') return { ipVersion, address: ipVersion === 4 ? '0.0.0.0' : '::', prefixLength: 0 }
  return parseNet(text)?.cidr
}

/** By the first net or gateway; `pref` is printed of IPv6 routes alone. */
function ipVersionOf(items: readonly RouteJson[]): IpVersion {
  for (const { dst, gateway, prefsrc, pref } of items) {
    if (pref !== undefined) return 6
    const net = parseNet(dst)?.cidr ?? parseAddress(gateway ?? prefsrc ?? '')
    if (net !== undefined) return net.ipVersion
  }
  return 4
}
