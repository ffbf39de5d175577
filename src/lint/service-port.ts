// A rule that names the port of a Service: packets reach policy with the address and port of a pod.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Labels, WorkloadEndpoint } from '../model/ast/endpoint.ts'
import { DIRECTIONS, type EntityRule, type Policy, type PolicyRule } from '../model/ast/policy.ts'
import type { PodTemplate } from '../model/ast/pod.ts'
import type { Resource } from '../model/ast/resources.ts'
import type { EndpointSlice, Service, ServicePort } from '../model/ast/service.ts'
import { portProtocol, type PortProtocol } from '../net/protocol.ts'
import type { Selector } from '../selector/ast.ts'
import { Matcher } from './endpoints.ts'
import { policiesOf, textOf } from './policies.ts'
import { placeOfWords } from './word-place.ts'

/** Services times rules that are compared. */
const MAX_PAIRS = 200_000

/** A pod, or what pods will be made of: repositories have no other. */
type Pod = WorkloadEndpoint | PodTemplate

/** A Service and the pods behind it. */
interface Backed {
  readonly service: Service
  readonly pods: readonly Pod[]
}

/** Only where the rule leaves the pod's own port out, and nothing behind the Service is known to listen on the other. */
export function warnOfServicePorts(resources: readonly Resource[], report: Report): void {
  const services = resources.filter(resource => resource.kind === 'service')
  if (services.length === 0) return
  const matcher = new Matcher(resources)
  const slices = resources.filter(resource => resource.kind === 'endpointSlice')
  const backed = withPods(services, matcher)
  let pairs = 0
  for (const policy of policiesOf(resources)) {
    for (const direction of DIRECTIONS) {
      const seen = new Set<string>()
      for (const rule of policy[direction]) {
        const { ports, selector } = rule.destination
        if (rule.action !== 'Allow' || ports.length === 0 || (pairs += backed.length) > MAX_PAIRS) continue
        const target = direction === 'egress' ? selector?.selector : policy.selector.selector
        if (target === undefined) continue
        const found = misnamedPort(rule, target, backed, matcher, slices)
        if (found === undefined || seen.has(found.key)) continue
        seen.add(found.key)
        say(found, policy, rule, report)
      }
    }
  }
}

interface Misnamed {
  readonly key: string
  readonly service: Service
  readonly port: ServicePort
  readonly targets: readonly number[]
}

function misnamedPort(
  { protocol, destination }: PolicyRule,
  target: Selector,
  backed: readonly Backed[],
  matcher: Matcher,
  slices: readonly EndpointSlice[],
): Misnamed | undefined {
  const wanted = protocol === undefined ? undefined : portProtocol(protocol)
  const candidates = backed.filter(({ pods }) => pods.length > 0 && matcher.isAmong(pods, target) === true)
  for (const { service, pods } of candidates) {
    for (const port of service.ports) {
      if (port.protocol !== wanted || !names(destination, port.port)) continue
      const targets = targetsOf(service, port, pods, slices)
      const isServed =
        targets.length === 0 ||
        targets.some(one => covers(destination, one)) ||
        pods.some(pod => pod.ports.some(own => own.port === port.port)) ||
        candidates.some(other => leadsTo(other, port.port, wanted, slices))
      if (isServed) continue
      return { key: `${service.namespace}/${service.name} ${port.port}`, service, port, targets }
    }
  }
  return undefined
}

/** Whether a rule has the number by itself: whoever allows a range did not copy the port of a Service. */
function names({ ports }: EntityRule, port: number): boolean {
  return ports.some(({ first, last }) => first === port && last === port)
}

function covers({ ports }: EntityRule, port: number): boolean {
  return ports.some(({ first, last }) => first <= port && port <= last)
}

function leadsTo(
  { service, pods }: Backed,
  port: number,
  protocol: PortProtocol,
  slices: readonly EndpointSlice[],
): boolean {
  return service.ports.some(one => one.protocol === protocol && targetsOf(service, one, pods, slices).includes(port))
}

/** Ports of the pods: a name is looked up in them, and in what the cluster made of it. */
function targetsOf(
  service: Service,
  { targetPort, protocol, name }: ServicePort,
  pods: readonly Pod[],
  slices: readonly EndpointSlice[],
): readonly number[] {
  if (typeof targetPort === 'number') return [targetPort]
  const named = pods.flatMap(pod => pod.ports.filter(port => port.name === targetPort && port.protocol === protocol))
  const made = slices
    .filter(slice => slice.namespace === service.namespace && slice.service === service.name)
    .flatMap(slice => slice.ports.filter(port => port.name === name && port.protocol === protocol))
  return [...new Set([...named, ...made].map(({ port }) => port))]
}

function withPods(services: readonly Service[], matcher: Matcher): readonly Backed[] {
  const all: readonly Pod[] = [...matcher.workloads, ...matcher.templates.filter(one => !one.isHostNetwork)]
  return services.flatMap(service => {
    const { namespace, selector } = service
    if (selector === undefined || Object.keys(selector).length === 0) return []
    const own = all.filter(pod => pod.namespace === namespace && hasAll(pod.labels, selector))
    return own.length === 0 ? [] : [{ service, pods: own }]
  })
}

function hasAll(labels: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
}

function say({ service, port, targets }: Misnamed, policy: Policy, rule: PolicyRule, report: Report): void {
  const side = { entity: rule.destination, location: at(rule.location ?? policy.location, 'destination'), rule }
  report.warn(
    'service-port',
    `\`${port.port}\` is the port of the Service \`${service.namespace}/${service.name}\`, whose pods have ${targets
      .map(one => `\`${one}\``)
      .join(', ')}: the rule allows nothing to it`,
    placeOfWords(report, textOf(policy, side), 'ports', String(port.port)),
    {
      help: `write the port of the pods: ${targets.map(one => `\`${one}\``).join(', ')}`,
      related: [{ message: 'the port of the Service', place: port.location }],
    },
  )
}
