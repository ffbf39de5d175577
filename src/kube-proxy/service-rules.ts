// The rules of one port of a Service, on one node, as kube-proxy in iptables mode makes them
// (kubernetes: pkg/proxy/iptables/proxier.go: syncProxyRules).

import type { Service, ServicePort } from '../model/ast/service.ts'
import { cidrCovers, formatCidr, singleAddressCidr, type Address } from '../net/cidr.ts'
import type { Match, Rule, Target } from '../model/ruleset.ts'
import { readNatAddress } from '../netfilter/nat-address.ts'
import { endpointsOfPort, isExternal, textOf, type EndpointInput, type ServiceEndpoint } from './service-endpoints.ts'
import {
  type Because,
  chainOf,
  destinationPort,
  isLocalAddress,
  jump,
  MARK_MASQ_CHAIN,
  net,
  protocol,
  ruleOf,
} from './rules.ts'
import { addTo } from '../text/group-by.ts'

export interface ServiceInput extends EndpointInput {
  /** Nets that pods have their addresses from: what comes from them need not be masqueraded. Empty: kube-proxy is not told. */
  readonly clusterCidrs: readonly string[]
  readonly nodeAddresses: readonly Address[]
}

/** What is added to chains, by table and name. */
export interface ChainRules {
  readonly nat: Map<string, Rule[]>
  readonly filter: Map<string, Rule[]>
}

/** A rule of the filter table: what it does, its comment, and why it is there. */
interface Refusal {
  readonly target: Target
  readonly comment: string
  readonly because: string
}

export function addServiceRules(service: Service, input: ServiceInput, rules: ChainRules): void {
  if (service.isHeadless || service.type === 'ExternalName') return
  const clusterIp = service.clusterIps.find(({ ipVersion }) => ipVersion === input.ipVersion)
  if (clusterIp === undefined) return
  for (const port of service.ports) new PortRules(service, port, clusterIp, input, rules).add()
}

class PortRules {
  readonly #service: Service
  readonly #port: ServicePort
  readonly #clusterIp: Address
  readonly #input: ServiceInput
  readonly #rules: ChainRules
  /** `web/shop:http` */
  readonly #name: string
  readonly #why: Because

  constructor(service: Service, port: ServicePort, clusterIp: Address, input: ServiceInput, rules: ChainRules) {
    this.#service = service
    this.#port = port
    this.#clusterIp = clusterIp
    this.#input = input
    this.#rules = rules
    this.#name = `${service.namespace}/${service.name}${port.name === '' ? '' : `:${port.name}`}`
    this.#why = { because: `service ${this.#name}`, location: port.location }
  }

  add(): void {
    const { internalTrafficPolicy, externalTrafficPolicy } = this.#service
    const { cluster, local, hasAny } = endpointsOfPort(this.#service, this.#port, this.#input)
    const chains = { cluster: this.#chain('KUBE-SVC-'), local: this.#chain('KUBE-SVL-') }
    const isInside = internalTrafficPolicy === 'Local'
    const isOutside = externalTrafficPolicy === 'Local'
    const inside = isInside ? local : cluster
    const outside = isOutside ? local : cluster
    this.#addClusterIp(isInside ? chains.local : chains.cluster, inside.length > 0, hasAny)
    if (isExternal(this.#service, this.#port)) {
      this.#addExternal(hasAny, outside.length > 0)
      if (hasAny) {
        const target = outside.length > 0 ? (isOutside ? chains.local : chains.cluster) : undefined
        this.#addExternalChain(target, cluster.length > 0 ? chains.cluster : undefined)
      }
    }
    if (cluster.length > 0) this.#addEndpoints(chains.cluster, cluster)
    if (local.length > 0) this.#addEndpoints(chains.local, local)
    for (const endpoint of new Map(
      [...cluster, ...local].map(found => [textOf(found.address, found.port), found]),
    ).values())
      this.#addEndpoint(endpoint)
  }

  #chain(prefix: string, endpoint = ''): string {
    return chainOf(prefix, this.#name, this.#port.protocol, endpoint)
  }

  #nat(chain: string, matches: readonly Match[], target: Target | undefined, comment?: string): void {
    addTo(this.#rules.nat, chain, ruleOf(matches, target, this.#why, comment))
  }

  #filter(chain: string, matches: readonly Match[], { target, comment, because }: Refusal): void {
    const why = { ...this.#why, because: `${this.#why.because} ${because}` }
    addTo(this.#rules.filter, chain, ruleOf(matches, target, why, comment))
  }

  #toPort(address: string, port: number): readonly Match[] {
    return [net('destination', address), protocol(this.#port.protocol), destinationPort(port)]
  }

  #addClusterIp(chain: string, hasEndpoints: boolean, hasAny: boolean): void {
    const { port } = this.#port
    const match = this.#toPort(this.#clusterIp.text, port)
    if (!hasEndpoints) {
      this.#filter('KUBE-SERVICES', match, this.#refusal(hasAny))
      return
    }
    this.#nat('KUBE-SERVICES', match, jump(chain), `${this.#name} cluster IP`)
    const { clusterCidrs } = this.#input
    if (clusterCidrs.length === 0) return
    const elsewhere = clusterCidrs.map(cidr => net('source', cidr, true))
    this.#nat(chain, [...elsewhere, ...match], jump(MARK_MASQ_CHAIN), `${this.#name} cluster IP`)
  }

  /** Without any endpoint the sender is told so; where there are only some elsewhere, it waits. */
  #refusal(hasAny: boolean): Refusal {
    const comment = `${this.#name} has no ${hasAny ? 'local ' : ''}endpoints`
    return hasAny
      ? { target: { kind: 'drop' }, comment, because: 'has no endpoints on this node' }
      : { target: { kind: 'reject' }, comment, because: 'has no endpoints' }
  }

  #addExternal(hasAny: boolean, hasEndpoints: boolean): void {
    const { externalIps, loadBalancerIps, loadBalancerSourceRanges } = this.#service
    const { port, nodePort, protocol: name } = this.#port
    const isOurs = ({ ipVersion }: Address): boolean => ipVersion === this.#input.ipVersion
    const external = this.#chain('KUBE-EXT-')
    const balancers = loadBalancerIps.filter(({ address, isProxied }) => isOurs(address) && !isProxied)
    const firewall =
      hasAny && loadBalancerSourceRanges.length > 0 && balancers.length > 0 ? this.#chain('KUBE-FW-') : undefined
    const addresses = [
      ...externalIps.filter(isOurs).map(({ text }) => ({ text, what: 'external IP', chain: external })),
      ...balancers.map(({ address }) => ({ text: address.text, what: 'loadbalancer IP', chain: firewall ?? external })),
    ]
    for (const { text, what, chain } of addresses) {
      const match = this.#toPort(text, port)
      if (hasAny) this.#nat('KUBE-SERVICES', match, jump(chain), `${this.#name} ${what}`)
      if (!hasEndpoints) this.#filter('KUBE-EXTERNAL-SERVICES', match, this.#refusal(hasAny))
      if (chain === firewall) {
        const comment = `${this.#name} traffic not accepted by ${firewall}`
        const because = 'lets only its loadBalancerSourceRanges in'
        this.#filter('KUBE-PROXY-FIREWALL', match, { target: { kind: 'drop' }, comment, because })
      }
    }
    if (nodePort !== undefined) {
      const match = [protocol(name), destinationPort(nodePort)]
      if (hasAny) this.#addNodePort(match, external)
      if (!hasEndpoints)
        this.#filter('KUBE-EXTERNAL-SERVICES', [...match, isLocalAddress('dst')], this.#refusal(hasAny))
    }
    if (firewall !== undefined)
      this.#addFirewall(
        firewall,
        external,
        balancers.map(({ address }) => address),
      )
  }

  #addNodePort(match: readonly Match[], chain: string): void {
    if (this.#input.ipVersion === 4) {
      const counted: Match = { kind: 'accounting', name: 'localhost_nps_accepted_pkts' }
      this.#nat('KUBE-NODEPORTS', [net('destination', '127.0.0.0/8'), ...match, counted], jump(chain), this.#name)
    }
    this.#nat('KUBE-NODEPORTS', match, jump(chain), this.#name)
  }

  /** Clients that may use the load balancer's address; what comes back from here is dropped in the filter table. */
  #addFirewall(chain: string, external: string, balancers: readonly Address[]): void {
    const { ipVersion, nodeAddresses } = this.#input
    const ranges = this.#service.loadBalancerSourceRanges.filter(range => range.ipVersion === ipVersion)
    const comment = `${this.#name} loadbalancer IP`
    for (const range of ranges) this.#nat(chain, [net('source', formatCidr(range))], jump(external), comment)
    const holdsNode = nodeAddresses.some(address => ranges.some(range => cidrCovers(range, singleAddressCidr(address))))
    // The node itself sends to the balancer's address with that address as its source.
    if (holdsNode) for (const { text } of balancers) this.#nat(chain, [net('source', text)], jump(external), comment)
    this.#nat(chain, [], undefined, `other traffic to ${this.#name} will be dropped by KUBE-PROXY-FIREWALL`)
  }

  /** @param toCluster where traffic of the cluster itself goes although traffic from outside stays on the node */
  #addExternalChain(target: string | undefined, toCluster: string | undefined): void {
    const chain = this.#chain('KUBE-EXT-')
    if (this.#service.externalTrafficPolicy === 'Cluster') {
      const comment = `masquerade traffic for ${this.#name} external destinations`
      this.#nat(chain, [], jump(MARK_MASQ_CHAIN), comment)
    } else if (toCluster !== undefined) {
      const local = [isLocalAddress('src')]
      for (const cidr of this.#input.clusterCidrs) {
        const comment = `pod traffic for ${this.#name} external destinations`
        this.#nat(chain, [net('source', cidr)], jump(toCluster), comment)
      }
      const masquerade = `masquerade LOCAL traffic for ${this.#name} external destinations`
      this.#nat(chain, local, jump(MARK_MASQ_CHAIN), masquerade)
      this.#nat(chain, local, jump(toCluster), `route LOCAL traffic for ${this.#name} external destinations`)
    }
    if (target !== undefined) this.#nat(chain, [], jump(target))
  }

  /** Each endpoint is drawn with the same chance; a client that has been here before keeps its endpoint where the Service says so. */
  #addEndpoints(chain: string, endpoints: readonly ServiceEndpoint[]): void {
    const { sessionAffinity } = this.#service
    const goesTo = ({ address, port }: ServiceEndpoint): readonly [Target, string] => [
      jump(this.#chain('KUBE-SEP-', textOf(address, port))),
      `${this.#name} -> ${textOf(address, port)}`,
    ]
    if (sessionAffinity !== undefined) {
      for (const endpoint of endpoints) {
        const name = this.#chain('KUBE-SEP-', textOf(endpoint.address, endpoint.port))
        const options = `--rcheck --seconds ${sessionAffinity.timeoutSeconds} --reap --name ${name} ${this.#mask()} --rsource`
        this.#nat(chain, [{ kind: 'recent', options, isSetting: false, hits: 1 }], ...goesTo(endpoint))
      }
    }
    endpoints.forEach((endpoint, index) => {
      const rest = endpoints.length - index
      const written = (1 / rest).toFixed(10)
      const chance: Match = { kind: 'statistic', probability: 1 / rest, written, negated: false }
      this.#nat(chain, rest === 1 ? [] : [chance], ...goesTo(endpoint))
    })
  }

  #mask(): string {
    return `--mask ${this.#input.ipVersion === 4 ? '255.255.255.255' : 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'}`
  }

  #addEndpoint({ address, port }: ServiceEndpoint): void {
    const text = textOf(address, port)
    const chain = this.#chain('KUBE-SEP-', text)
    // A pod that comes back to itself over its Service would not take its own answer.
    this.#nat(chain, [net('source', address)], jump(MARK_MASQ_CHAIN), this.#name)
    const noted: readonly Match[] =
      this.#service.sessionAffinity === undefined
        ? []
        : [{ kind: 'recent', options: `--set --name ${chain} ${this.#mask()} --rsource`, isSetting: true, hits: 1 }]
    const matches = [protocol(this.#port.protocol), ...noted]
    this.#nat(chain, matches, { kind: 'dnat', to: readNatAddress(text) }, this.#name)
  }
}
