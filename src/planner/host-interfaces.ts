// The node's interfaces, which host endpoint governs which of them, and which addresses are the node's own.

import { patternMatcher } from '../calico/interface-patterns.ts'
import type { FelixConfig } from '../calico/felix-config.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { HostEndpoint } from '../model/ast/endpoint.ts'
import type { Node } from '../model/ast/resources.ts'
import type { HostFacts, HostInterface } from '../model/host.ts'
import { type Address, maskAddress } from '../net/cidr.ts'
import { compareBytes } from '../text/bytes.ts'

/** Interface of kube-proxy in IPVS mode: where it exists, Felix renders for IPVS. */
const IPVS_INTERFACE = 'kube-ipvs0'

const HELP_HOST = 'give the output of `ip -json addr show` on the node: --host FILE'

export interface NodeInterfaces {
  /** A host endpoint for each interface that has one, in byte order of interface name. */
  readonly governed: readonly { readonly interfaceName: string; readonly endpoint: HostEndpoint }[]
  readonly wildcard: HostEndpoint | undefined
  /** Addresses that the kernel's local routing table has. */
  readonly localAddresses: readonly Address[]
  readonly isIpvs: boolean
}

export function planInterfaces(
  endpoints: readonly HostEndpoint[],
  host: HostFacts | undefined,
  node: Node | undefined,
  config: FelixConfig,
  report: Report,
): NodeInterfaces {
  const isHostInterface = hostInterfaceTest(config)
  const interfaces = (host?.interfaces ?? guessInterfaces(endpoints)).filter(({ name }) => isHostInterface(name))
  const governed = interfaces
    .flatMap(({ name, addresses }) => {
      const endpoint = findEndpoint(
        name,
        addresses.map(({ address }) => address.text),
        endpoints,
      )
      return endpoint === undefined ? [] : [{ interfaceName: name, endpoint }]
    })
    .sort((a, b) => compareBytes(a.interfaceName, b.interfaceName))
  if (host?.interfaces === undefined) warnOfGuess(endpoints, report)
  else
    warnOfUnused(
      endpoints,
      governed.map(({ endpoint }) => endpoint),
      report,
    )
  const nodeAddresses = host?.interfaces === undefined ? (node?.addresses ?? []) : []
  return {
    governed,
    wildcard: smallest(endpoints.filter(({ interfaceName }) => interfaceName === '*')),
    localAddresses: [...interfaces.flatMap(localAddressesOf), ...nodeAddresses],
    isIpvs: host?.interfaces?.some(({ name }) => name === IPVS_INTERFACE) ?? false,
  }
}

/** Interfaces of workloads and those that FelixConfiguration excludes are never the host's. */
function hostInterfaceTest({ interfacePrefix, interfaceExclude }: FelixConfig): (name: string) => boolean {
  const isExcluded = patternMatcher(interfaceExclude)
  return name => !interfacePrefix.some(prefix => name.startsWith(prefix)) && !isExcluded(name)
}

/** By name, or by an expected address where the endpoint has no interface name; a name match has no precedence. */
function findEndpoint(
  interfaceName: string,
  addresses: readonly string[],
  endpoints: readonly HostEndpoint[],
): HostEndpoint | undefined {
  return smallest(
    endpoints.filter(endpoint =>
      endpoint.interfaceName === ''
        ? endpoint.expectedIps.some(({ text }) => addresses.includes(text))
        : endpoint.interfaceName === interfaceName,
    ),
  )
}

function smallest(endpoints: readonly HostEndpoint[]): HostEndpoint | undefined {
  return [...endpoints].sort((a, b) => compareBytes(a.name, b.name))[0]
}

/** Without the kernel's word: loopback, and each interface that a host endpoint names, with the addresses it expects there. */
function guessInterfaces(endpoints: readonly HostEndpoint[]): readonly HostInterface[] {
  const lo: HostInterface = {
    name: 'lo',
    isUp: true,
    isLoopback: true,
    addresses: [
      { address: { ipVersion: 4, text: '127.0.0.1' }, prefixLength: 8 },
      { address: { ipVersion: 6, text: '::1' }, prefixLength: 128 },
    ],
  }
  const byName = new Map<string, HostInterface>([['lo', lo]])
  for (const { interfaceName, expectedIps } of endpoints) {
    if (interfaceName === '' || interfaceName === '*') continue
    const known = byName.get(interfaceName)?.addresses ?? []
    const added = expectedIps.map(address => ({ address, prefixLength: address.ipVersion === 4 ? 32 : 128 }))
    byName.set(interfaceName, {
      name: interfaceName,
      isUp: true,
      isLoopback: interfaceName === 'lo',
      addresses: [...known, ...added],
    })
  }
  return [...byName.values()]
}

/** A loopback address makes its whole net local, whose first address is what Felix reads from the routing table. */
function localAddressesOf({ isUp, isLoopback, addresses }: HostInterface): readonly Address[] {
  if (!isUp) return []
  return addresses.flatMap(({ address, prefixLength }) => {
    if (!isLoopback || address.ipVersion === 6 || prefixLength >= 32) return [address]
    const { cidr } = maskAddress(address, prefixLength)
    return [address, { ipVersion: cidr.ipVersion, text: cidr.address }]
  })
}

function warnOfGuess(endpoints: readonly HostEndpoint[], report: Report): void {
  report.warn(
    'host-unknown',
    'the addresses of the node are taken from its Node and HostEndpoint resources: the set `this-host` may be incomplete',
    undefined,
    HELP_HOST,
  )
  for (const { name, interfaceName, location } of endpoints) {
    if (interfaceName !== '') continue
    report.warn(
      'host-unknown',
      `which interface carries the expectedIPs of \`${name}\` is not known, so it gets no chains`,
      at(location, 'spec', 'expectedIPs'),
      HELP_HOST,
    )
  }
}

function warnOfUnused(endpoints: readonly HostEndpoint[], used: readonly HostEndpoint[], report: Report): void {
  for (const endpoint of endpoints) {
    if (endpoint.interfaceName === '*' || used.includes(endpoint)) continue
    report.warn(
      'endpoint-ignored',
      `host endpoint \`${endpoint.name}\` governs no interface of the node, so it gets no chains`,
      at(endpoint.location, 'spec', endpoint.interfaceName === '' ? 'expectedIPs' : 'interfaceName'),
    )
  }
}
