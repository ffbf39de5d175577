// The host endpoints that kube-controllers makes of the Nodes, where a KubeControllersConfiguration asks for them.

import { CREATED_BY_LABEL } from '../calico/labels.ts'
import { automaticHostEndpointName } from '../calico/names.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { HostEndpoint } from '../model/ast/endpoint.ts'
import { labelValue } from '../model/ast/endpoint.ts'
import type { AutomaticHostEndpoints, HostEndpointTemplate, Node, Resource } from '../model/ast/resources.ts'
import { type Address, type Cidr, cidrCovers, parseNet, singleAddressCidr } from '../net/cidr.ts'
import { evaluateSelector } from '../selector/evaluate.ts'
import { parseSelector } from '../selector/parse.ts'
import { parseRegularExpression } from '../text/regular-expression.ts'

/**
 * One that the input has under the same name was made already, and is taken as it is. Reports unsupported-field for what in a
 * template cannot be read, and notes what is made (kube-controllers: controllers/node, auto host endpoints).
 */
export function makeHostEndpoints(resources: readonly Resource[], report: Report): readonly HostEndpoint[] {
  const nodes = resources.filter(({ kind }) => kind === 'node') as readonly Node[]
  const known = new Set(resources.flatMap(it => (it.kind === 'hostEndpoint' ? [it.name] : [])))
  const made: HostEndpoint[] = []
  for (const automatic of resources) {
    if (automatic.kind !== 'automaticHostEndpoints' || nodes.length === 0) continue
    const templates = automatic.templates.flatMap(template => readTemplate(template, report) ?? [])
    const before = made.length
    for (const endpoint of nodes.flatMap(node => endpointsOf(node, automatic, templates))) {
      if (known.has(endpoint.name)) continue
      known.add(endpoint.name)
      made.push(endpoint)
    }
    const count = made.length - before
    if (count === 0) continue
    const message = `taken to have ${count} host ${count === 1 ? 'endpoint' : 'endpoints'} that kube-controllers makes of the Nodes in the input`
    report.note('assumed-resource', message, automatic.location)
  }
  return made
}

interface ReadTemplate {
  readonly template: HostEndpointTemplate
  readonly cidrs: readonly Cidr[]
  readonly isForNode: (node: Node) => boolean
  /** Absent: one endpoint that is found by its addresses. */
  readonly isInterface?: (name: string) => boolean
}

function readTemplate(template: HostEndpointTemplate, report: Report): ReadTemplate | undefined {
  const { interfaceCidrs, interfacePattern, nodeSelector, location } = template
  const unreadable = (what: string, place: Location): undefined => {
    report.error('unsupported-field', `${what}: kube-controllers makes no host endpoint of it`, place)
    return undefined
  }
  const cidrs: Cidr[] = []
  for (const [index, written] of interfaceCidrs.entries()) {
    const cidr = parseNet(written)?.cidr
    if (cidr === undefined) return unreadable(`\`${written}\` is not a CIDR`, at(location, 'interfaceCIDRs', index))
    cidrs.push(cidr)
  }
  const selector = parseSelector(nodeSelector === '' ? 'all()' : nodeSelector)
  if (!selector.ok) return unreadable(`\`${nodeSelector}\` is not a selector`, at(location, 'nodeSelector'))
  const pattern = interfacePattern === '' ? undefined : parseRegularExpression(interfacePattern)
  if (interfacePattern !== '' && pattern === undefined)
    return unreadable(`\`${interfacePattern}\` is not a regular expression`, at(location, 'interfacePattern'))
  return {
    template,
    cidrs,
    isForNode: ({ labels }) => evaluateSelector(selector.selector, key => labelValue(labels, key)),
    ...(pattern === undefined ? {} : { isInterface: pattern.matches }),
  }
}

function endpointsOf(
  node: Node,
  { hasDefault, location }: AutomaticHostEndpoints,
  templates: readonly ReadTemplate[],
): readonly HostEndpoint[] {
  const { addresses, interfaces } = node.forHostEndpoints
  const all = withoutRepeats([...addresses, ...interfaces.flatMap(it => it.addresses)])
  const whole = { node, part: '', interfaceName: '*', expectedIps: all, labels: {}, location }
  return [
    ...(hasDefault ? [endpoint(whole)] : []),
    ...templates.filter(it => it.isForNode(node)).flatMap(it => fromTemplate(node, all, it)),
  ]
}

/** Without a pattern the endpoint is found by its addresses, and is not made without any. */
function fromTemplate(
  node: Node,
  addresses: readonly Address[],
  { template, cidrs, isInterface }: ReadTemplate,
): readonly HostEndpoint[] {
  const { generateName, labels, location } = template
  const inside = addresses.filter(address => cidrs.some(cidr => cidrCovers(cidr, singleAddressCidr(address))))
  if (isInterface === undefined) {
    if (inside.length === 0) return []
    return [endpoint({ node, part: `-${generateName}`, interfaceName: '', expectedIps: inside, labels, location })]
  }
  return node.forHostEndpoints.interfaces
    .filter(({ name }) => isInterface(name))
    .map(({ name, addresses: own }) => {
      const expectedIps = withoutRepeats([...inside, ...own])
      return endpoint({ node, part: `-${generateName}-${name}`, interfaceName: name, expectedIps, labels, location })
    })
}

function endpoint({
  node,
  part,
  interfaceName,
  expectedIps,
  labels,
  location,
}: Pick<HostEndpoint, 'interfaceName' | 'expectedIps' | 'labels' | 'location'> & {
  readonly node: Node
  /** Between the node's name and the end of the endpoint's. */
  readonly part: string
}): HostEndpoint {
  return {
    kind: 'hostEndpoint',
    name: automaticHostEndpointName(node.name + part),
    node: node.name,
    interfaceName,
    // In the order of all host endpoints.
    expectedIps: [...expectedIps.filter(ip => ip.ipVersion === 4), ...expectedIps.filter(ip => ip.ipVersion === 6)],
    labels: { ...node.labels, ...labels, [CREATED_BY_LABEL]: 'calico-kube-controllers' },
    profiles: ['projectcalico-default-allow'],
    ports: [],
    location,
  }
}

function withoutRepeats(addresses: readonly Address[]): readonly Address[] {
  return [...new Map(addresses.map(address => [address.text, address] as const)).values()]
}
