// The walk through the compiled rules against the plain reading of policy, packet by packet.

import { compile } from '../../src/compile.ts'
import { kernelTablesOf } from '../../src/netfilter/kernel-tables.ts'
import { type IpVersion, parseNet } from '../../src/net/cidr.ts'
import type { Route } from '../../src/walk/packet.ts'
import { createWalker, type WalkResult } from '../../src/walk/walk-packet.ts'
import type { Case } from './cases.ts'
import { PolicyEvaluator, type PolicyVerdict } from './policy-evaluator.ts'
import { semanticsOf } from './release-semantics.ts'
import { createSampler, randomNumbers, type Sample } from './sample-packets.ts'

export interface Difference {
  readonly sample: Sample
  readonly policies: PolicyVerdict
  readonly rules: PolicyVerdict
  readonly decidedBy: string
}

export interface Comparison {
  readonly packets: number
  readonly verdicts: Readonly<Record<PolicyVerdict, number>>
  readonly differences: readonly Difference[]
}

/** Undefined for a case that the plain reading does not cover: IPVS, where service traffic takes other ways. */
export function compareVerdicts(
  { files, host, node, calicoVersion }: Case,
  packets: number,
  seed: number,
): Comparison | undefined {
  const result = compile({ files, host, node, calicoVersion })
  if (!result.ok) throw new Error(result.diagnostics.map(({ message }) => message).join('\n'))
  const { plan, resources, versions, host: facts = { interfaces: [] } } = result.output
  if (plan.network.isIpvs) return undefined
  const { config } = plan
  const names = new Map(plan.workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const locals = resources.flatMap(resource =>
    resource.kind === 'workloadEndpoint' && resource.node === plan.nodeName ? [resource] : [],
  )
  const evaluator = new PolicyEvaluator(
    {
      resources,
      nodeName: plan.nodeName,
      host: facts,
      config,
      semantics: semanticsOf(plan.release.name),
      hasVxlan: ipVersion => plan.network.vxlan[ipVersion] !== undefined,
      interfaceOf: ({ namespace, name }) => names.get(`${namespace}/${name}`),
    },
    config.serviceLoopPrevention === 'Disabled'
      ? []
      : resources.flatMap(resource =>
          resource.kind === 'bgpConfiguration' && resource.name === 'default'
            ? resource.serviceCidrs.flatMap(({ text }) => parseNet(text)?.cidr ?? [])
            : [],
        ),
  )
  const random = randomNumbers(seed)
  const sampler = createSampler(
    {
      resources,
      hostInterfaces: (facts.interfaces ?? []).map(({ name }) => name).filter(name => name !== 'lo'),
      workloadInterfaces: locals.flatMap(({ namespace, name, addresses }) => {
        const interfaceName = names.get(`${namespace}/${name}`)
        return interfaceName === undefined
          ? []
          : [{ name: interfaceName, addresses: addresses.map(({ text }) => text) }]
      }),
      hostAddresses: (facts.interfaces ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address.text)),
      failsafePorts: [...config.failsafeInboundHostPorts, ...config.failsafeOutboundHostPorts].map(({ port }) => port),
    },
    random,
  )
  let route: Route = { kind: 'local' }
  const view = { route: () => route, isLocal: () => false, isOnInterface: () => false }
  const walkers = new Map(
    ([4, 6] as const).flatMap(ipVersion => {
      const ruleset = versions[ipVersion]?.ruleset
      return ruleset === undefined ? [] : [[ipVersion, createWalker(kernelTablesOf(ruleset), view)] as const]
    }),
  )
  const verdicts = { accept: 0, drop: 0, none: 0 }
  const differences: Difference[] = []
  for (let count = 0; count < packets; count++) {
    const ipVersion: IpVersion = walkers.has(6) && count % 3 === 2 ? 6 : 4
    const sample = sampler(ipVersion)
    const { packet, path, state } = sample
    // Between the node and other nodes tunnels have rules of their own, which are no policy.
    const isTunnel = packet.protocol === 4 || (packet.protocol === 17 && packet.destinationPort === config.vxlanPort)
    if (path.kind !== 'forward' && isTunnel) continue
    route = path.kind === 'toHost' ? { kind: 'local' } : { kind: 'out', interfaceName: path.outInterface }
    const walked = walkers.get(ipVersion)?.walk({
      packet,
      state,
      ...(path.kind === 'fromHost' ? {} : { inInterface: path.inInterface }),
    })
    if (walked === undefined) throw new Error('there is no walker')
    const policies = evaluator.decide(packet, path, state)
    const rules = verdictOf(walked)
    verdicts[policies]++
    // Where Calico returns to the kernel's chain with its mark, "accepted" and "no word" look the same to the walk.
    const isSoft = config.iptablesFilterAllowAction === 'RETURN' && policies !== 'drop' && rules !== 'drop'
    if (policies !== rules && !isSoft) differences.push({ sample, policies, rules, decidedBy: decidingChain(walked) })
  }
  return { packets, verdicts, differences }
}

/** Accepted by a rule, or by nobody: the kernel's chain came to its end. */
function verdictOf({ verdict, walks: [walk] }: WalkResult): PolicyVerdict {
  if (verdict === 'unknown') throw new Error('a compiled rule is not known')
  if (verdict !== 'accept') return 'drop'
  return walk.decidedBy?.kind === 'rule' && walk.decidedBy.table === 'filter' ? 'accept' : 'none'
}

function decidingChain({ walks: [{ decidedBy }] }: WalkResult): string {
  if (decidedBy === undefined) return 'nothing'
  return decidedBy.kind === 'rule'
    ? `${decidedBy.table} ${decidedBy.chain}:${decidedBy.index}`
    : `policy of ${decidedBy.table} ${decidedBy.chain.name}`
}
