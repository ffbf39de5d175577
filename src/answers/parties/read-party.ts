// The words for a party -> who is meant. Mistakes are reported with what was probably meant.

import type { Place, Report } from '../../diagnostics/diagnostic.ts'
import { andMore, mayBe, orList } from '../../text/wording.ts'
import { describeSelectorFault } from '../../hints/selector-faults.ts'
import { type Cidr, formatCidr, parseNet, withoutFullLength } from '../../net/cidr.ts'
import { evaluateSelector } from '../../selector/evaluate.ts'
import { parseSelector } from '../../selector/parse.ts'
import { findNamed, type Named, podSpellings, qualifiedSpellings } from '../../text/find-named.ts'
import { nearestName } from '../../text/unknown-name.ts'
import { podWithoutAddress } from '../../trace/pods-without-address.ts'
import { ADD_SERVICE } from '../../trace/service-target.ts'
import type { Party, PartyCluster, PartyHost, PartyPod, PartyService } from './party.ts'

export interface PartyAsking {
  /** What the words are for, as messages have it: `from`, `--to`. */
  readonly field: string
  readonly place?: Place | undefined
  /** Whether they are to open connections. */
  readonly isSender?: boolean
  /** Of names that are written without one. */
  readonly namespace?: string | undefined
}

const PARTY_FORMS =
  '`pod/NAMESPACE/NAME`, `namespace/NAME`, `selector EXPRESSION`, `host/NODE`, `service/NAMESPACE/NAME`, `networkset/NAME`, a net or address, `world` or `anywhere`'

const HELP = `write ${PARTY_FORMS}`

/** Every address there is. */
const ANYWHERE: readonly Cidr[] = ['0.0.0.0/0', '::/0'].flatMap(net => parseNet(net)?.cidr ?? [])

const NAMESPACE = /^(?:namespaces?|ns)[/ ]\s*(?<name>[^\s]+)(?:\s+(?:selector\s+)?(?<selector>.+))?$/s
const SELECTOR = /^selector[ :]\s*(?<selector>.+)$/s
const HOST = /^(?:host|node)(?:[/ ]\s*(?<node>[^/\s]+)(?:\/(?<interfaceName>[^\s]+))?)?$/
const NETWORK_SET = /^(?:global)?networksets?[/ ]\s*(?<name>[^\s]+)$/i
const SERVICE = /^(?:services?|svc)[/ ]\s*(?<name>[^\s]+)$/
const ADDRESS = /^[0-9a-f]*[.:][0-9a-f.:]*(?:\/[0-9]*)?$/i
const EXPRESSION = /[=!&|(){}'"]|\shas\b|\s(?:in|not in|contains)\s/

/** Undefined, with an error reported, where the words stand for nobody. */
export function readParty(text: string, cluster: PartyCluster, asking: PartyAsking, report: Report): Party | undefined {
  return new PartyReader(text.trim(), cluster, asking, report).read()
}

class PartyReader {
  readonly #text: string
  readonly #cluster: PartyCluster
  readonly #asking: PartyAsking
  readonly #report: Report

  constructor(text: string, cluster: PartyCluster, asking: PartyAsking, report: Report) {
    this.#text = text
    this.#cluster = cluster
    this.#asking = asking
    this.#report = report
  }

  read(): Party | undefined {
    const text = this.#text
    if (text === '') return this.#error('bad-value', 'nobody is named', HELP)
    if (text === 'world') return { kind: 'world', text }
    if (text === 'anywhere') return { kind: 'nets', text, nets: ANYWHERE }
    const namespace = NAMESPACE.exec(text)?.groups
    if (namespace !== undefined) return this.#namespace(namespace['name'] ?? '', namespace['selector'])
    const selector = SELECTOR.exec(text)?.groups?.['selector']
    if (selector !== undefined) return this.#selected(selector, this.#cluster.pods, 'pod')
    const networkSet = NETWORK_SET.exec(text)?.groups?.['name']
    if (networkSet !== undefined) return this.#networkSet(networkSet)
    const service = SERVICE.exec(text)?.groups?.['name']
    if (service !== undefined) return this.#service(service)
    const host = HOST.exec(text)?.groups
    if (HOST.test(text)) return this.#host(host?.['node'], host?.['interfaceName'])
    const net = parseNet(text)
    if (net !== undefined) return this.#net(net.cidr)
    if (ADDRESS.test(text)) return this.#error('bad-address', `\`${text}\` is no IP address and no net`, HELP)
    if (EXPRESSION.test(text)) return this.#selected(text, this.#cluster.pods, 'pod')
    return this.#pods()
  }

  #error(code: Parameters<Report['error']>[0], message: string, help?: string): undefined {
    this.#report.error(code, `\`${this.#asking.field}\`: ${message}`, this.#asking.place, help)
  }

  #net(net: Cidr): Party | undefined {
    const owner = this.#cluster.floatingIps.get(withoutFullLength(formatCidr(net)))
    // Who reaches it reaches a pod, which is asked about by its name.
    return owner === undefined
      ? { kind: 'nets', text: this.#text, nets: [net] }
      : this.#error('bad-value', `\`${this.#text}\` is a floating IP`, `name who has it: \`pod/${owner.name}\``)
  }

  #namespace(name: string, selector: string | undefined): Party | undefined {
    const { pods, namespaces } = this.#cluster
    if (!namespaces.includes(name)) {
      const names = namespaces.map(one => `namespace/${one}`)
      const near = nearestName(`namespace/${name}`, names)
      return this.#error(
        'bad-value',
        `the input has no namespace \`${name}\``,
        near === undefined ? HELP : `did you mean \`${near}\`?`,
      )
    }
    const own = pods.filter(({ endpoint }) => endpoint.namespace === name)
    if (selector !== undefined) return this.#selected(selector, own, `pod of namespace \`${name}\``)
    return { kind: 'pods', text: this.#text, pods: own }
  }

  #selected(selector: string, among: readonly PartyPod[], what: string): Party | undefined {
    const parsed = parseSelector(selector)
    if (!parsed.ok) {
      const { message, help } = describeSelectorFault(parsed.fault, selector)
      return this.#error('selector-syntax', message, help)
    }
    const pods = among.filter(({ labelOf }) => evaluateSelector(parsed.selector, labelOf))
    if (pods.length > 0) return { kind: 'pods', text: this.#text, pods }
    return this.#error('bad-value', `\`${selector}\` selects no ${what} of the input`)
  }

  #networkSet(name: string): Party | undefined {
    const { networkSets } = this.#cluster
    const found = findNamed(name, networkSets, qualifiedSpellings, this.#asking.namespace)
    const [set] = found
    if (set !== undefined && found.length === 1) return { kind: 'nets', text: this.#text, nets: set.nets }
    const names = (set === undefined ? networkSets : found).map(one => qualifiedSpellings(one).spellings[0] ?? '')
    if (set !== undefined) return this.#ambiguous(names.map(one => `networkset/${one}`))
    const words = names.flatMap(one => [`networkset/${one}`, `networkset/${one.replace(/^.*\//, '')}`])
    const near = nearestName(`networkset/${name}`, words)
    const help = near === undefined ? 'add it to the input' : `did you mean \`${near}\`?`
    return this.#error('bad-value', `the input has no network set \`${name}\``, help)
  }

  #service(name: string): Party | undefined {
    const { services, servicesLeftOut, pods } = this.#cluster
    if (servicesLeftOut !== undefined) return this.#error('bad-value', servicesLeftOut, 'name the pods behind it')
    const nameOf = ({ service }: PartyService): Named => qualifiedSpellings(service)
    if (this.#asking.isSender === true)
      return this.#error('bad-value', 'a Service opens no connections', 'name the pods behind it')
    const found = findNamed(name, services, nameOf, this.#asking.namespace)
    const [service] = found
    if (service === undefined || found.length > 1) {
      if (service !== undefined) return this.#ambiguous(found.map(one => `service/${one.name}`))
      const near = nearestName(
        `service/${name}`,
        services.flatMap(one => nameOf(one).spellings.map(spelling => `service/${spelling}`)),
      )
      const help = near === undefined ? ADD_SERVICE : `did you mean \`${near}\`?`
      return this.#error('bad-value', `the input has no Service \`${name}\``, help)
    }
    if (service.service.clusterIps.length > 0) return { kind: 'service', text: this.#text, service }
    const own = pods.filter(({ endpoint }) => endpoint.addresses.some(({ text }) => service.behind.has(text)))
    if (own.length > 0) return { kind: 'pods', text: this.#text, pods: own }
    return this.#error('bad-value', `Service \`${service.name}\` has no address, and no pod is behind it`)
  }

  #host(node: string | undefined, interfaceName: string | undefined): Party | undefined {
    const { hosts } = this.#cluster
    const found = node === undefined ? hosts : hosts.filter(host => host.node === node)
    const [host] = found
    if (host === undefined || found.length > 1) {
      const names = hosts.map(one => `host/${one.node}`)
      if (node === undefined && names.length > 1) return this.#ambiguous(names)
      const near = node === undefined ? undefined : nearestName(`host/${node}`, names)
      const help =
        near === undefined
          ? names.length === 0
            ? HELP
            : `it has ${orList(names.slice(0, 5), 'and')}`
          : `did you mean \`${near}\`?`
      return this.#error('unknown-node', `the input has no node${node === undefined ? '' : ` \`${node}\``}`, help)
    }
    if (interfaceName === undefined) return { kind: 'host', text: this.#text, host }
    return this.#interface(host, interfaceName)
  }

  #interface(host: PartyHost, interfaceName: string): Party | undefined {
    const { node, interfaces } = host
    if (interfaces.includes(interfaceName)) return { kind: 'host', text: this.#text, host, interfaceName }
    const near = nearestName(interfaceName, interfaces)
    const known = interfaces.length === 0 ? undefined : `resources name ${andMore(interfaces)}`
    return this.#error(
      'bad-value',
      `nothing in the input names an interface \`${interfaceName}\` of node \`${node}\``,
      near === undefined ? known : `did you mean \`host/${node}/${near}\`?`,
    )
  }

  #pods(): Party | undefined {
    const text = this.#text
    const { pods } = this.#cluster
    const nameOf = ({ endpoint: { namespace, name } }: PartyPod): Named => podSpellings(namespace, name)
    const wanted = text.includes('*') ? matcher(text) : undefined
    const found =
      wanted === undefined
        ? findNamed(text, pods, nameOf, this.#asking.namespace)
        : pods.filter(pod => nameOf(pod).spellings.some(wanted))
    const names = [...new Set(found.map(({ name }) => name))]
    if (names.length === 1 || (names.length > 1 && wanted !== undefined)) return { kind: 'pods', text, pods: found }
    if (names.length > 1) return this.#ambiguous(names.map(name => `pod/${name}`))
    const bare = podWithoutAddress(text, this.#cluster.resources, this.#asking.namespace)
    if (bare !== undefined) return this.#error('bad-value', bare.message, HELP)
    const near = nearestName(text, this.#everyName())
    const help = near === undefined ? HELP : `did you mean \`${near}\`?`
    return this.#error('bad-value', `the input has no pod \`${text.replace(/^pod\//, '')}\``, help)
  }

  #everyName(): readonly string[] {
    const { pods, namespaces, hosts, networkSets, services } = this.#cluster
    return [
      'world',
      'anywhere',
      ...pods.flatMap(({ name }) => [`pod/${name}`, name, name.replace(/^.*\//, '')]),
      ...namespaces.map(name => `namespace/${name}`),
      ...hosts.map(({ node }) => `host/${node}`),
      ...services.map(({ name }) => `service/${name}`),
      ...networkSets.map(({ namespace, name }) => `networkset/${namespace === '' ? name : `${namespace}/${name}`}`),
    ]
  }

  #ambiguous(names: readonly string[]): undefined {
    return this.#error('bad-value', mayBe(this.#text, names), HELP)
  }
}

/** `shop/web-*`: a star stands for any characters but a slash. */
function matcher(pattern: string): (name: string) => boolean {
  const parts = pattern.split('*')
  return name => {
    let rest = name
    for (const [index, part] of parts.entries()) {
      const at = index === 0 ? (rest.startsWith(part) ? 0 : -1) : rest.indexOf(part)
      if (at < 0 || rest.slice(0, at).includes('/')) return false
      rest = rest.slice(at + part.length)
    }
    const last = parts.at(-1) ?? ''
    return last === '' ? !rest.includes('/') : name.endsWith(last) && !rest.includes('/')
  }
}
