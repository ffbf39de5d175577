// Who reaches whom, over all packets: against the words of the API, a plain reading of policy, and the walk of single packets.

import { join } from 'node:path'
import t from 'tap'
import { readWorlds } from '../src/cli/trace-world.ts'
import { Report } from '../src/diagnostics/diagnostic.ts'
import type { Resource } from '../src/model/ast/resources.ts'
import type { NodePlan } from '../src/model/plan.ts'
import { followRequest } from '../src/trace/follow.ts'
import { PolicyEvaluator } from './helpers/policy-evaluator.ts'
import { semanticsOf } from './helpers/release-semantics.ts'
import { mustReach, reaches } from './helpers/reach.ts'
import { OUTSIDE, PROBED, reachClusterSample } from './helpers/reach-clusters.ts'
import { isAllowed, PODS, PORTS, shapeInput, SHAPES } from './helpers/network-policy-shapes.ts'

t.test('every shape of a Kubernetes policy means what the API says', async t => {
  let [connections, allowed] = [0, 0]
  const differences: string[] = []
  for (const { title, policies } of SHAPES) {
    const reach = mustReach(shapeInput(policies)).reach(4)
    for (const from of PODS) {
      for (const to of PODS) {
        if (from === to) continue
        for (const { port, protocol, number } of PORTS) {
          const found = reaches(reach, { from: from.address, to: to.address, protocol: number, port })
          const isRight = isAllowed(policies, from, to, port, protocol)
          connections++
          if (isRight) allowed++
          if (found !== (isRight ? 'yes' : 'no'))
            differences.push(
              `${title}: ${from.namespace}/${from.name} to ${to.namespace}/${to.name}, ${protocol} ${port}: ${found}`,
            )
        }
      }
    }
  }
  t.same(differences.slice(0, 10), [], `${differences.length} of ${connections}`)
  t.ok(SHAPES.length >= 230, `${SHAPES.length} shapes`)
  t.equal(connections, SHAPES.length * 72 * 6)
  t.ok(allowed > connections / 10 && allowed < (connections * 9) / 10, `${allowed} of ${connections} are allowed`)
})

const SILENT = {
  writeOut: async () => {},
  writeError: async () => {},
  readInput: async () => new Uint8Array(),
  isErrorTerminal: false,
  isOutTerminal: false,
}

/** As many as show something: more find no more. */
const SAMPLES = 30

t.test('pods reach each other exactly where a plain reading of the policies lets them', async t => {
  let [connections, allowed] = [0, 0]
  const differences: string[] = []
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const { text, pods } = reachClusterSample(seed, 'kubernetes')
    const answer = mustReach(text)
    const reach = answer.reach(4)
    const evaluators = new Map(answer.plans.map(plan => [plan.nodeName, plainReading(plan, answer.resources)]))
    for (const from of pods) {
      for (const to of pods) {
        if (from === to) continue
        for (const { protocol, port } of PROBED) {
          const packet = {
            ipVersion: 4,
            source: from.address,
            destination: to.address,
            protocol,
            sourcePort: 40000,
            destinationPort: port,
          } as const
          const passes = (node: string, inInterface: string, outInterface: string): boolean =>
            evaluators.get(node)?.evaluator.decide(packet, { kind: 'forward', inInterface, outInterface }, 'NEW') !==
            'drop'
          const [sender, receiver] = [interfaceOf(evaluators, from), interfaceOf(evaluators, to)]
          const isRight =
            from.node === to.node
              ? passes(from.node, sender, receiver)
              : passes(from.node, sender, 'eth0') && passes(to.node, 'eth0', receiver)
          const found = reaches(reach, { from: from.address, to: to.address, protocol, port })
          connections++
          if (isRight) allowed++
          if (found !== (isRight ? 'yes' : 'no'))
            differences.push(`seed ${seed}: ${from.name} to ${to.name}, ${protocol}/${port}: ${found}`)
        }
      }
    }
  }
  t.same(differences.slice(0, 10), [], `${differences.length} of ${connections}`)
  t.ok(allowed > connections / 10 && allowed < (connections * 9) / 10, `${allowed} of ${connections} are allowed`)
})

interface PlainReading {
  readonly evaluator: PolicyEvaluator
  readonly interfaces: ReadonlyMap<string, string>
}

function plainReading(plan: NodePlan, resources: readonly Resource[]): PlainReading {
  const interfaces = new Map(plan.workloads.map(({ name, interfaceName }) => [name, interfaceName]))
  const evaluator = new PolicyEvaluator(
    {
      resources,
      nodeName: plan.nodeName,
      host: { interfaces: [] },
      config: plan.config,
      semantics: semanticsOf(plan.release.name),
      hasVxlan: () => false,
      interfaceOf: ({ namespace, name }) => interfaces.get(`${namespace}/${name}`),
    },
    [],
  )
  return { evaluator, interfaces }
}

function interfaceOf(
  readings: ReadonlyMap<string, PlainReading>,
  { namespace, name, node }: { readonly namespace: string; readonly name: string; readonly node: string },
): string {
  const found = readings.get(node)?.interfaces.get(`${namespace}/${name}`)
  if (found === undefined) throw new Error(`${name} has no interface`)
  return found
}

t.test('a connection that is traced ends as the sets say', async t => {
  const counts = { yes: 0, no: 0, perhaps: 0 }
  const differences: string[] = []
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const { text, pods, nodes } = reachClusterSample(seed, 'calico')
    const reach = mustReach(text).reach(4)
    const worldOf = await readWorlds(
      { filename: [join(t.testdir({ 'input.yaml': text }), 'input.yaml')], packets: 'all of them' },
      SILENT,
    )
    const world = worldOf?.(4)
    if (world === undefined) throw new Error('the input does not compile')
    const senders = [
      ...pods.map(({ namespace, name, address }) => ({ address, request: { from: `pod/${namespace}/${name}` } })),
      ...nodes.map(({ name, address }) => ({ address, request: { from: 'host', node: name } })),
      ...OUTSIDE.map(address => ({ address, request: { from: address } })),
    ]
    const receivers = [...pods, ...nodes, ...OUTSIDE.map(address => ({ address }))].map(({ address }) => address)
    for (const { address, request } of senders) {
      for (const to of receivers) {
        if (address === to || (isOutside(address) && isOutside(to))) continue
        for (const { protocol, name, port } of PROBED) {
          const receiver = nodes.find(node => node.address === to)?.name
          const start = isOutside(address) && receiver !== undefined ? { node: receiver } : {}
          const words = { ...request, ...start, to, proto: name, dport: String(port) }
          const report = new Report()
          const result = followRequest(words, world, {}, undefined, report)
          if (result === undefined)
            throw new Error(
              report
                .placed()
                .map(({ message }) => message)
                .join('; '),
            )
          const found = reaches(reach, { from: address, to, protocol, port })
          counts[found]++
          const isRight = { yes: ['accept'], no: ['drop', 'reject'], perhaps: [result.verdict] }[found]
          if (!isRight.includes(result.verdict))
            differences.push(`seed ${seed}: ${JSON.stringify(words)}: trace says ${result.verdict}, reach ${found}`)
        }
      }
    }
  }
  const total = counts.yes + counts.no + counts.perhaps
  t.same(differences.slice(0, 10), [], `${differences.length} of ${total}`)
  const shares = JSON.stringify(counts)
  t.ok(counts.yes > total / 10 && counts.no > total / 10 && counts.perhaps < total / 10, shares)
})

function isOutside(address: string): boolean {
  return OUTSIDE.some(one => one === address)
}
