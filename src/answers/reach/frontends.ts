// By which addresses and ports others are reached than those that have them: Services, host ports, floating IPs.

import type { PartyHeaders } from '../../analysis/parties/party-headers.ts'
import type { Alias } from '../../analysis/parties/party-bits.ts'
import { partySet } from '../../analysis/parties/service-passing.ts'
import { ALL, type Bdd } from '../../analysis/sets/bdd.ts'
import type { Resource } from '../../model/ast/resources.ts'
import type { Service } from '../../model/ast/service.ts'
import type { IpVersion } from '../../net/cidr.ts'
import { assertNever } from '../../text/assert-never.ts'
import type { PartyService } from '../parties/party.ts'
import { type PortProtocol, PROTOCOL_NUMBERS } from '../../net/protocol.ts'

const FRONTEND_KINDS = ['clusterIp', 'externalIp', 'loadBalancer', 'nodePort', 'hostPort', 'floatingIp'] as const

export interface Frontend {
  readonly kind: (typeof FRONTEND_KINDS)[number]
  /** `NAMESPACE/NAME` of the Service, or of the pod. */
  readonly owner: string
  /** Absent: every address of the nodes. */
  readonly address?: string
  /** Absent: all. */
  readonly port?: { readonly protocol: PortProtocol; readonly number: number }
  /** Addresses of those who may be behind it, and perhaps of more. */
  readonly behind: ReadonlySet<string>
}

export function frontendsOf(
  resources: readonly Resource[],
  services: readonly PartyService[],
  ipVersion: IpVersion,
): readonly Frontend[] {
  const known = new Map(services.map(found => [found.service, found]))
  const isOurs = (address: { readonly ipVersion: IpVersion }): boolean => address.ipVersion === ipVersion
  return resources.flatMap((resource): readonly Frontend[] => {
    if (resource.kind === 'service') {
      const service = known.get(resource)
      return service === undefined ? [] : ofService(service, ipVersion)
    }
    if (resource.kind !== 'workloadEndpoint') return []
    const { namespace, name, addresses, hostPorts = [], extras } = resource
    const behind = new Set(addresses.filter(isOurs).map(({ text }) => text))
    const owner = `${namespace}/${name}`
    return [
      ...hostPorts.flatMap(({ hostPort, protocol, hostIp }): readonly Frontend[] =>
        hostIp !== undefined && !isOurs(hostIp)
          ? []
          : [
              {
                kind: 'hostPort',
                owner,
                ...(hostIp === undefined ? {} : { address: hostIp.text }),
                port: { protocol, number: hostPort },
                behind,
              },
            ],
      ),
      ...(extras?.floatingIps ?? []).flatMap(({ external, internal }): readonly Frontend[] =>
        external.includes(':') === (ipVersion === 6)
          ? [{ kind: 'floatingIp', owner, address: external, behind: new Set([internal]) }]
          : [],
      ),
    ]
  })
}

function ofService({ name: owner, service, behind: all }: PartyService, ipVersion: IpVersion): readonly Frontend[] {
  const behind = new Set([...all].filter(address => address.includes(':') === (ipVersion === 6)))
  const texts = (list: Service['clusterIps']): readonly string[] =>
    list.flatMap(address => (address.ipVersion === ipVersion ? [address.text] : []))
  const balancers = service.loadBalancerIps.flatMap(({ address, isProxied }) => (isProxied ? [] : [address]))
  return service.ports.flatMap(({ protocol, port: number, nodePort }): readonly Frontend[] => {
    const at = (kind: Frontend['kind'], list: Service['clusterIps']): readonly Frontend[] =>
      texts(list).map(address => ({ kind, owner, address, port: { protocol, number }, behind }))
    return [
      ...at('clusterIp', service.clusterIps),
      ...at('externalIp', service.externalIps),
      ...at('loadBalancer', balancers),
      ...(nodePort === undefined
        ? []
        : [{ kind: 'nodePort' as const, owner, port: { protocol, number: nodePort }, behind }]),
    ]
  })
}

/** Addresses of theirs that nobody else has. */
export function aliasesOf(frontends: readonly Frontend[], isTaken: (address: string) => boolean): readonly Alias[] {
  const found = new Map<string, boolean>()
  for (const { kind, address } of frontends) {
    if (address === undefined || isTaken(address)) continue
    found.set(address, (found.get(address) ?? true) && kind === 'clusterIp')
  }
  return [...found].map(([address, isInside]) => ({ address, isInside }))
}

/** Packets that are sent to it. */
export function sentTo({ address, port }: Frontend, headers: PartyHeaders): Bdd {
  const { bits, space } = headers
  const { store } = space
  const addresses = address === undefined ? bits.nodes.flatMap(node => node.addresses) : [address]
  const to = store.union(addresses.map(one => partySet(headers, 'destination', one)))
  const onPort =
    port === undefined
      ? ALL
      : store.and(
          headers.protocols([PROTOCOL_NUMBERS[port.protocol]]),
          headers.portField('destination', [{ first: port.number, last: port.number }]),
        )
  return store.and(to, onPort)
}

/** `node port TCP 30080 of service shop/web` */
export function frontendWords(frontend: Frontend): string {
  const { kind, owner } = frontend
  return `${entryWords(frontend)}${kind === 'hostPort' || kind === 'floatingIp' ? '' : ` of service ${owner}`}`
}

/** The same without whose it is. */
export function entryWords({ kind, address = '', port }: Frontend): string {
  const at = port === undefined ? '' : `${port.protocol.toUpperCase()} ${port.number}`
  switch (kind) {
    case 'clusterIp':
      return `cluster IP ${address}, ${at}`
    case 'externalIp':
      return `external IP ${address}, ${at}`
    case 'loadBalancer':
      return `load balancer ${address}, ${at}`
    case 'nodePort':
      return `node port ${at}`
    case 'hostPort':
      return `host port ${at}${address === '' ? '' : ` of ${address}`}`
    case 'floatingIp':
      return `floating IP ${address}`
    default:
      return assertNever(kind)
  }
}
