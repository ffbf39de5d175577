// Services, host ports and floating IPs for the random clusters of `reach`: all that sends packets on to others than they are for.

import type { ReachClusterSample } from './reach-clusters.ts'
import { randomNumbers } from './sample-packets.ts'

/** Where packets are sent to, that are sent on. */
export interface SampleFrontend {
  /** `undefined`: every node's own. */
  readonly address: string | undefined
  /** Whether the outside has a way there. */
  readonly isInside: boolean
  readonly protocol: 'tcp' | 'udp'
  readonly port: number
  /** `NAMESPACE/NAME` of the Service; absent for others. */
  readonly service?: string
}

export interface FrontendSample extends ReachClusterSample {
  readonly frontends: readonly SampleFrontend[]
}

const APPS = ['web', 'db', 'job']

/** The same cluster with ways to its pods. */
export function withFrontends(sample: ReachClusterSample, seed: number): FrontendSample {
  const number = randomNumbers(seed + 7919)
  const random = (below: number): number => Math.floor(number() * below)
  const pick = <Value>(values: readonly Value[]): Value => values[random(values.length)] as Value
  const some = (percent: number): boolean => random(100) < percent
  const frontends: SampleFrontend[] = []
  const services = Array.from({ length: 1 + random(3) }, (_, i): object => {
    const namespace = pick(['red', 'blue'])
    const [isUdp, isOpen] = [some(20), some(60)]
    const [protocol, port] = isUdp ? (['udp', 53] as const) : (['tcp', pick([80, 443])] as const)
    const owner = { protocol, port, service: `${namespace}/s${i}` } as const
    const clusterIp = `10.96.0.${i + 1}`
    frontends.push({ ...owner, address: clusterIp, isInside: true })
    if (isOpen) frontends.push({ ...owner, address: undefined, port: 30080 + i, isInside: false })
    const externalIps = some(40) ? [`203.0.113.${100 + i}`] : []
    for (const address of externalIps) frontends.push({ ...owner, address, isInside: false })
    const balancer = isOpen && some(50) ? [`203.0.113.${200 + i}`] : []
    for (const address of balancer) frontends.push({ ...owner, address, isInside: false })
    return {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `s${i}`, namespace },
      spec: {
        type: balancer.length > 0 ? 'LoadBalancer' : isOpen ? 'NodePort' : 'ClusterIP',
        clusterIP: clusterIp,
        clusterIPs: [clusterIp],
        selector: { app: pick(APPS) },
        ports: [
          {
            port,
            protocol: protocol.toUpperCase(),
            targetPort: isUdp ? 53 : pick<number | string>([8080, 80, 'http']),
            ...(isOpen ? { nodePort: 30080 + i } : {}),
          },
        ],
        ...(externalIps.length > 0 ? { externalIPs: externalIps } : {}),
        ...(isOpen || externalIps.length > 0 ? { externalTrafficPolicy: pick(['Cluster', 'Local']) } : {}),
        internalTrafficPolicy: some(80) ? 'Cluster' : 'Local',
        ...(balancer.length > 0 && some(50) ? { loadBalancerSourceRanges: ['203.0.113.0/24'] } : {}),
      },
      ...(balancer.length > 0 ? { status: { loadBalancer: { ingress: [{ ip: balancer[0] }] } } } : {}),
    }
  })
  const [withHostPort, withFloating] = [
    some(50) ? pick(sample.pods) : undefined,
    some(50) ? pick(sample.pods) : undefined,
  ]
  if (withHostPort !== undefined) frontends.push({ address: undefined, isInside: false, protocol: 'tcp', port: 9080 })
  if (withFloating !== undefined)
    frontends.push({ address: '203.0.113.50', isInside: false, protocol: 'tcp', port: 8080 })
  const documents = sample.text.split('\n---\n').map(text => {
    const document = JSON.parse(text)
    if (document.kind !== 'Pod') return document
    if (document.metadata.name === withHostPort?.name)
      document.spec.containers[0].ports.push({ name: 'outer', containerPort: 80, hostPort: 9080 })
    if (document.metadata.name === withFloating?.name)
      document.metadata.annotations = { 'cni.projectcalico.org/floatingIPs': '["203.0.113.50"]' }
    return document
  })
  const settings = {
    apiVersion: 'projectcalico.org/v3',
    kind: 'FelixConfiguration',
    metadata: { name: 'default' },
    spec: { floatingIPs: 'Enabled' },
  }
  const text = [...documents, settings, ...services].map(document => JSON.stringify(document)).join('\n---\n')
  return { ...sample, text, frontends }
}
