// Who reaches whom through Services, node ports, host ports and floating IPs: against the walk of single packets.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { fromJSONSchema } from 'zod'
import { decidingLeg, type TraceResult } from '../src/trace/way.ts'
import type { World } from '../src/trace/world.ts'
import { isInSet, mustReach, reaches } from './helpers/reach.ts'
import { mustFollow, readWorld } from './helpers/read-world.ts'
import { isOutside, reachClusterSample, sendersOf } from './helpers/reach-clusters.ts'
import { runCommand as run } from './helpers/run-command.ts'
import { strictSchema } from './helpers/strict-schema.ts'
import { withFrontends } from './helpers/reach-frontends.ts'

const SAMPLES = 20

const PROTOCOLS = { tcp: 6, udp: 17 }

/** What single packets become: by new destination, how often they get there and how often they do not. */
interface Traced {
  readonly goals: ReadonlyMap<string, { readonly got: number; readonly lost: number }>
  /** Ways that end before the destination is new, or where nothing changes it. */
  readonly direct: readonly TraceResult['verdict'][]
  readonly isComplete: boolean
}

function traced(world: World, requests: readonly Record<string, string>[]): Traced {
  const goals = new Map<string, { got: number; lost: number }>()
  const direct: TraceResult['verdict'][] = []
  let isComplete = true
  for (const words of requests) {
    const result = mustFollow(words, world)
    if (!result.isComplete) isComplete = false
    for (const way of result.ways) {
      const { packet } = decidingLeg(way)?.walk ?? {}
      const isSentOn =
        packet !== undefined &&
        (packet.destination !== words['to'] || String(packet.destinationPort) !== words['dport'])
      if (!isSentOn) {
        direct.push(way.verdict)
        continue
      }
      const key = `${packet.destination} ${packet.destinationPort}`
      const counts = goals.get(key) ?? { got: 0, lost: 0 }
      if (way.verdict === 'accept') counts.got++
      else counts.lost++
      goals.set(key, counts)
    }
  }
  return { goals, direct, isComplete }
}

t.test('who gets a packet that is sent on is who gets it where it is traced', async t => {
  const counts = { sure: 0, no: 0, perhaps: 0, needless: 0 }
  const services = { yes: 0, no: 0, perhaps: 0 }
  const differences: string[] = []
  for (let seed = 1; seed <= SAMPLES; seed++) {
    const sample = withFrontends(reachClusterSample(seed, 'calico'), seed)
    const { text, nodes, frontends } = sample
    const senders = sendersOf(sample)
    const reach = mustReach(text).reach(4)
    const world = await readWorld({ filename: [join(t.testdir({ 'input.yaml': text }), 'input.yaml')] })
    for (const { address: written, isInside, protocol, port, service } of frontends) {
      const addresses = written === undefined ? nodes.map(({ address }) => address) : [written]
      for (const to of addresses) {
        const receiver = nodes.find(({ address }) => address === to)
        for (const { address, request } of senders) {
          const isFromOutside = isOutside(address)
          if (isFromOutside && isInside) continue
          // From outside it may come to any node, unless it is for one.
          const starts = !isFromOutside
            ? [{}]
            : receiver === undefined
              ? nodes.map(({ name }) => ({ node: name }))
              : [{ node: receiver.name }]
          const found = traced(
            world,
            starts.map(start => ({ ...request, ...start, to, proto: protocol, dport: String(port) })),
          )
          const probe = { from: address, to, protocol: PROTOCOLS[protocol], port }
          const words = `seed ${seed}: ${JSON.stringify(probe)}`
          const told = new Map<string, 'sure' | 'perhaps' | 'no'>()
          for (const way of reach.ways) {
            const key = `${way.goal.address} ${way.goal.port ?? port}`
            const how = isInSet(reach, way.sure, probe) ? 'sure' : isInSet(reach, way.may, probe) ? 'perhaps' : 'no'
            // One that keeps the port and one that sets the same lead to one end.
            const before = told.get(key) ?? 'no'
            told.set(key, before === 'no' ? how : before)
          }
          for (const [key, said] of told) {
            const { got, lost } = found.goals.get(key) ?? { got: 0, lost: 0 }
            if (said === 'no' && got + lost === 0) continue
            counts[said]++
            if (said === 'perhaps' && (got === 0 || (lost === 0 && found.direct.length === 0))) counts.needless++
            const isWrong = said === 'sure' ? got === 0 || lost > 0 : said === 'no' && got > 0
            if (isWrong) differences.push(`${words} to ${key}: ${got} get there, ${lost} do not, reach says ${said}`)
          }
          for (const [key, { got }] of found.goals)
            if (got > 0 && !told.has(key)) differences.push(`${words} to ${key}: reach does not know the way`)
          const party = reach.parties.findIndex(one => one.kind === 'service' && one.service.name === service)
          if (isInside && party >= 0) {
            const ends = [...found.goals.values()]
            const isReached = ends.some(({ got }) => got > 0)
            const isAlways = isReached && found.direct.length === 0 && ends.every(({ lost }) => lost === 0)
            const answer = reaches(reach, { ...probe, party })
            services[answer]++
            const isRight = { yes: isAlways, no: !isReached, perhaps: !isAlways }[answer]
            if (!isRight)
              differences.push(`${words}, service ${service}: ${JSON.stringify(ends)}, reach says ${answer}`)
          }
          // From outside to outside, and to itself, nobody asks.
          if ((isFromOutside && receiver === undefined) || address === to) continue
          const said = reaches(reach, probe)
          const arrives = found.direct.includes('accept')
          if (said === 'no' ? arrives : said === 'yes' && !found.direct.every(verdict => verdict === 'accept'))
            differences.push(`${words} itself: ${found.direct.join(' ')}, reach says ${said}`)
        }
      }
    }
  }
  const total = counts.sure + counts.no + counts.perhaps
  t.same(differences.slice(0, 10), [], `${differences.length} of ${total}`)
  t.ok(counts.sure > total / 10 && counts.no > total / 10 && counts.perhaps < total / 10, JSON.stringify(counts))
  t.ok(counts.needless < total / 20, JSON.stringify(counts))
  t.ok(services.yes > 50 && services.no > 50, JSON.stringify(services))
})

const NODE = (i: number): object => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: `w${i}` },
  status: { addresses: [{ type: 'InternalIP', address: `192.0.2.${i}` }] },
})

const POD = (name: string, node: string, podIP: string, others: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', labels: { app: name }, ...others },
  spec: { nodeName: node, containers: [{ name: 'c', image: 'x', ports: [{ name: 'http', containerPort: 8080 }] }] },
  status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
})

interface ShopOptions {
  readonly service?: object
  readonly felix?: object
}

/** The front end lets in the nodes and the job; a node port leads to it from everywhere, with the address of a node. */
function shop({ service, felix = {} }: ShopOptions = {}): string {
  const documents = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
    { apiVersion: 'projectcalico.org/v3', kind: 'FelixConfiguration', metadata: { name: 'default' }, spec: felix },
    NODE(1),
    NODE(2),
    POD('web', 'w1', '10.65.0.2'),
    POD('job', 'w2', '10.65.1.2', { annotations: { 'cni.projectcalico.org/floatingIPs': '["203.0.113.50"]' } }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        type: 'NodePort',
        selector: { app: 'web' },
        ...(service ?? {
          clusterIP: '10.96.0.10',
          clusterIPs: ['10.96.0.10'],
          ports: [{ port: 80, targetPort: 'http', nodePort: 30080 }],
        }),
      },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'web', namespace: 'shop' },
      spec: {
        podSelector: { matchLabels: { app: 'web' } },
        ingress: [
          {
            from: [
              { ipBlock: { cidr: '192.0.2.1/32' } },
              { ipBlock: { cidr: '192.0.2.2/32' } },
              { podSelector: { matchLabels: { app: 'job' } } },
            ],
            ports: [{ port: 8080 }],
          },
        ],
      },
    },
  ]
  return documents.map(document => JSON.stringify(document)).join('\n---\n')
}

const ask = async (input: string, ...args: readonly string[]): Promise<{ code: number; out: string; err: string }> =>
  run(['reach', '-f', '-', ...args], { input })

t.test('a pod that only a node port leads to is open, and a Service can be asked about', async t => {
  const input = shop()
  t.match(await ask(input, '--open'), {
    out: /^shop\/web\n {2}from the world: TCP 8080 through node port TCP 30080 of service shop\/web\n/m,
  })
  t.match(await ask(input, '--from', 'world', '--to', 'shop/web'), {
    out: /^ {2}a {2}TCP 8080 through node port TCP 30080 of service shop\/web\n/m,
  })
  t.match(await ask(input, '--to', 'service/shop/web', '-o', 'csv'), {
    out: /^from,to,ports,some,perhaps,through\nshop\/job,service\/shop\/web,TCP 80,,,\nworld,service\/shop\/web,,,TCP 30080,\n$/,
  })
  t.match(await ask(input, '--to', '10.96.0.0/16', '-o', 'csv'), { out: /^shop\/job,service\/shop\/web,TCP 80,,,$/m })
  t.match(await ask(input, '--from', 'service/shop/web'), { code: 2, err: /a Service opens no connections/ })
  t.match(await ask(input, '--to', 'service/shop/wbe'), { code: 2, err: /did you mean `service\/shop\/web`/ })
  const schema = fromJSONSchema(
    strictSchema(fileURLToPath(new URL('../docs/schemas/reach.schema.json', import.meta.url))),
  )
  for (const args of [[], ['--to', 'service/shop/web'], ['--from', 'world']]) {
    const found = schema.safeParse(JSON.parse((await ask(input, ...args, '-o', 'json')).out))
    t.ok(found.success, found.success ? args.join(' ') : found.error.message)
  }
  const { connections } = JSON.parse((await ask(input, '--from', 'world', '--to', 'shop/web', '-o', 'json')).out)
  t.match(connections, [
    { through: [{ kind: 'nodePort', service: 'shop/web', protocol: 'tcp', port: 30080, how: 'sure' }] },
  ])
})

t.test('what is not counted of Services is said', async t => {
  const plain = shop({ service: { ports: [{ port: 80, targetPort: 'http' }] } })
  for (const what of ['cluster IP', 'node port'])
    t.match(await ask(plain), {
      code: 0,
      err: new RegExp(`note: 1 Service has no ${what} in the input \\(shop/web\\)`),
    })
  const { servicesLeftOut } = JSON.parse((await ask(plain, '-o', 'json')).out)
  t.equal(servicesLeftOut.length, 2)
  t.match(await ask(plain, '--to', 'service/shop/web', '-o', 'csv'), { out: /^shop\/job,shop\/web,TCP 8080/m })
  t.notMatch(await ask(shop()), { err: /left out/ })
  const interfaces = [
    { ifname: 'eth0', flags: ['UP'], addr_info: [{ local: '192.0.2.1', prefixlen: 24 }] },
    { ifname: 'kube-ipvs0', flags: [], addr_info: [] },
  ]
  const host = join(t.testdir({ 'addr.json': JSON.stringify(interfaces) }), 'addr.json')
  const ipvs = ['--host', `w1=${host}`]
  t.match(await ask(shop(), ...ipvs), { code: 0, err: /note: nodes use IPVS, and no rule tells where Services lead/ })
  t.match(await ask(shop(), ...ipvs, '--to', 'service/shop/web'), { code: 2, out: '', err: /`--to`: nodes use IPVS/ })
})

t.test('floating IPs lead to pods where Felix is told so, and are addresses of the outside elsewhere', async t => {
  const on = shop({ felix: { floatingIPs: 'Enabled' } })
  t.match(await ask(on, '--from', 'world', '--to', 'shop/job', '-o', 'json'), { out: /"kind": "floatingIp"/ })
  t.match(await ask(on, '--to', '203.0.113.50'), {
    code: 2,
    err: /is a floating IP \(name who has it: `pod\/shop\/job`\)/,
  })
  t.match(await ask(shop(), '--to', '203.0.113.50'), { code: 0 })
})

t.test('assertions count whom packets are sent on to', async t => {
  const claims = [
    [
      'deny: {from: world, to: pod/shop/web}',
      /gets through: TCP from .* to node w2 \(192.0.2.2\), port 30080, sent on to pod shop\/web \(10.65.0.2\), port 8080/,
    ],
    ['only: {from: pod/shop/job, to: pod/shop/web}', /sent on to pod shop\/web/],
    ['allow: {from: world, to: pod/shop/web}', /does not get through/],
    ['allow: {from: pod/shop/job, to: service/shop/web}', undefined],
    [
      'allow: {from: pod/shop/job, to: service/shop/web, ports: tcp/81}',
      /no connection, service shop\/web has no such port, only cluster IP 10\.96\.0\.10, TCP 80/,
    ],
    [
      'allow: {from: world, to: service/shop/web, ports: tcp/80}',
      /no connection, service shop\/web has no such port to the outside, only .*node port TCP 30080/,
    ],
    [
      'deny: {from: pod/shop/job, to: service/shop/web}',
      /gets through: TCP from pod shop\/job .* to service shop\/web \(10.96.0.10\), port 80/,
    ],
    ['deny: {from: pod/shop/job, to: 10.96.0.10}', /to service shop\/web \(10.96.0.10\), port 80/],
    ['deny: {from: world, to: service/shop/web}', /cannot be proved: .*\n.*by which packets from outside come in/],
    ['only: {from: pod/shop/job, to: [service/shop/web, world], others: receivers}', /to pod shop\/web .*, port 8080/],
  ] as const
  for (const [claim, wanted] of claims) {
    const folder = t.testdir({ 'input.yaml': shop(), 'claims.yaml': `version: 1\nassertions:\n- ${claim}\n` })
    const { code, out, err } = await run([
      'assert',
      '-q',
      join(folder, 'claims.yaml'),
      '-f',
      join(folder, 'input.yaml'),
    ])
    if (wanted === undefined) t.match({ code, out }, { code: 0, out: /all are proved/ }, claim + out + err)
    else t.match({ code, out }, { code: 1, out: wanted }, claim + out + err)
  }
})
