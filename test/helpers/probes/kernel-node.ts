// The node of a case in a kernel: a network namespace with its interfaces, addresses and routes, a second one for the other
// ends of the veth pairs, and a helper that sends packets into the one and sees what comes out at the other.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { KERNEL_CHAINS, type KernelTableName } from '../../../src/netfilter/kernel-tables.ts'
import { TABLE_NAMES } from '../../../src/model/ruleset.ts'
import type { IpVersion } from '../../../src/net/cidr.ts'
import { GOLDEN_FOLDER } from '../golden.ts'
import { type Backend, whyNoKernel } from '../kernel.ts'
import { type Counts, readCounts } from './counters.ts'
import { PROBE_TTL } from './packet-bytes.ts'
import { LINK_LOCAL_NODE, type Topology } from './topology.ts'

/** Where a packet goes in: by an interface of the node, or sent by the node itself. */
export interface Sending {
  /** Name of an interface, or `host`. */
  readonly via: string
  readonly bytes: Buffer
}

/** What came out: at a peer as it was on the wire, or at a raw socket of the node (`host6`: without its IP header). */
export interface Seen {
  /** Name of an interface, `host4` or `host6`. */
  readonly at: string
  readonly bytes: Buffer
}

/** A service's address and what it is translated to. */
export interface Service {
  readonly ipVersion: IpVersion
  readonly protocol: 'tcp' | 'udp'
  readonly address: string
  readonly port: number
  readonly toAddress: string
  readonly toPort: number
}

/** Why nothing can be probed here; undefined when it can. */
export function whyNoProbes(): string | undefined {
  const why = whyNoKernel()
  if (why !== undefined) return why
  for (const [tool, ...args] of [
    ['ip', 'netns', 'list'],
    ['nft', '--version'],
    ['python3', '--version'],
  ] as const) {
    if (spawnSync(tool, args).status !== 0) return `${tool} does not run`
  }
  return undefined
}

const AGENT = join(GOLDEN_FOLDER, '../test/helpers/probes/agent.py')

/** Other people's tests may hold the usual lock. */
const LOCK = `/run/calitables-${process.pid}.lock`
const ENVIRONMENT = { ...process.env, XTABLES_LOCKFILE: LOCK }

function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: ENVIRONMENT,
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`)
  return stdout
}

export class KernelNode {
  readonly #node = `calitables-${process.pid}-node`
  readonly #peers = `calitables-${process.pid}-peers`
  readonly #topology: Topology
  #agent: ChildProcessWithoutNullStreams | undefined
  #lines: AsyncIterator<string> | undefined
  #reader: Interface | undefined
  #complaints = ''

  constructor(topology: Topology) {
    this.#topology = topology
  }

  /** @param protocols whose delivery to the node is watched */
  async open(services: readonly Service[], protocols: readonly number[]): Promise<void> {
    process.once('exit', this.#remove)
    run('ip', ['-batch', '-'], `netns add ${this.#node}\nnetns add ${this.#peers}\n`)
    this.#inside(this.#peers, 'sh', ['-c', 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6'])
    this.#inside(this.#node, 'sh', ['-e'], NODE_SETTINGS)
    this.#inside(this.#node, 'ip', ['-batch', '-'], this.#links())
    this.#inside(this.#peers, 'ip', ['-batch', '-'], this.#peerLinks())
    this.#inside(this.#node, 'nft', ['-f', '-'], probeTable(services))
    const agent = spawn('python3', ['-u', AGENT, this.#node, this.#peers])
    agent.stderr.setEncoding('utf8').on('data', (text: string) => (this.#complaints += text))
    this.#agent = agent
    this.#reader = createInterface(agent.stdout)
    this.#lines = this.#reader[Symbol.asyncIterator]()
    const ends = Object.fromEntries(this.#topology.interfaces.map(({ name, peer }) => [peer, name]))
    await this.#ask({ op: 'open', ends, protocols })
  }

  /** Also after a failure; forgets everything. */
  async close(): Promise<void> {
    this.#reader?.close()
    const agent = this.#agent
    if (agent !== undefined && agent.exitCode === null) {
      const ended = new Promise(resolve => agent.once('exit', resolve))
      agent.kill()
      await ended
    }
    process.off('exit', this.#remove)
    this.#remove()
  }

  /** Nothing stays behind when the process ends in the middle of it, either. */
  readonly #remove = (): void => {
    this.#agent?.kill()
    for (const name of [this.#node, this.#peers]) spawnSync('ip', ['netns', 'del', name])
    rmSync(LOCK, { force: true })
  }

  loadSets(text: string): void {
    this.#inside(this.#node, 'ipset', ['restore'], text)
  }

  /** The kernel's own chains of these tables come first, since the nft back end makes them without counters otherwise. */
  loadRules(backend: Backend, ipVersion: IpVersion, text: string, tables: readonly KernelTableName[]): void {
    const chains = tables.map(table => {
      const lines = KERNEL_CHAINS[table].map(chain => `:${chain} ACCEPT [0:0]\n`)
      return `*${table}\n${lines.join('')}COMMIT\n`
    })
    this.#inside(this.#node, `${tool(ipVersion)}-${backend}-restore`, ['-c', '-w', '60'], chains.join(''))
    this.#inside(this.#node, `${tool(ipVersion)}-${backend}-restore`, ['--noflush', '-w', '60'], text)
  }

  /** Takes away all rules and chains of a back end. */
  clearRules(backend: Backend, ipVersion: IpVersion): void {
    const nothing = TABLE_NAMES.map(table => `*${table}\nCOMMIT\n`).join('')
    this.#inside(this.#node, `${tool(ipVersion)}-${backend}-restore`, ['-w', '60'], nothing)
  }

  savedRules(backend: Backend, ipVersion: IpVersion): string {
    return this.#inside(this.#node, `${tool(ipVersion)}-${backend}-save`, ['-c'])
  }

  counts(backend: Backend, ipVersion: IpVersion): Counts {
    return readCounts(this.savedRules(backend, ipVersion))
  }

  async forgetConnections(): Promise<void> {
    await this.#ask({ op: 'flush' })
  }

  /** Sends one packet after the other and waits until all of them are through. */
  async send(sendings: readonly Sending[]): Promise<readonly Seen[]> {
    const { interfaces } = this.#topology
    const peers = new Map(interfaces.map(({ name, peer }) => [name, peer]))
    const names = new Map(interfaces.map(({ name, peer }) => [peer, name]))
    const packets = sendings.map(({ via, bytes }) => [peers.get(via) ?? 'host', bytes.toString('hex')])
    const { seen } = (await this.#ask({ op: 'send', packets })) as { seen: readonly (readonly [string, string])[] }
    return seen.map(([at, hex]) => ({ at: names.get(at) ?? at, bytes: Buffer.from(hex, 'hex') }))
  }

  #inside(namespace: string, command: string, args: readonly string[], input?: string): string {
    return run('ip', ['netns', 'exec', namespace, command, ...args], input)
  }

  async #ask(command: object): Promise<unknown> {
    this.#agent?.stdin.write(`${JSON.stringify(command)}\n`)
    const answer = await this.#lines?.next()
    if (answer === undefined || answer.done === true) throw new Error(`the sender has ended: ${this.#complaints}`)
    return JSON.parse(answer.value)
  }

  /** Without ARP nobody asks for neighbours, and packets leave at once. */
  #links(): string {
    const lines = ['link set lo up']
    for (const { name, peer, addresses, routes } of this.#topology.interfaces) {
      lines.push(
        `link add ${name} address 02:00:00:00:00:01 type veth peer name ${peer} netns ${this.#peers}`,
        `link set ${name} arp off addrgenmode none up`,
        ...addresses.map(address => `address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`),
        `address add ${LINK_LOCAL_NODE}/64 dev ${name} nodad`,
        ...routes.map(address => `route add ${address} dev ${name}`),
      )
    }
    lines.push(`route add 0.0.0.0/0 dev ${this.#topology.outside}`, `route add ::/0 dev ${this.#topology.outside}`)
    return lines.join('\n')
  }

  #peerLinks(): string {
    return this.#topology.interfaces.map(({ peer }) => `link set ${peer} arp off up`).join('\n')
  }
}

function tool(ipVersion: IpVersion): string {
  return ipVersion === 4 ? 'iptables' : 'ip6tables'
}

/**
 * Felix sets `route_localnet` for workloads and kube-proxy for everybody. Without `tcp_loose` a TCP packet in the middle of nothing is INVALID. Checksums are right but not verified, since the kernel
 * verifies those of UDPLite with the protocol number of UDP (udplite_error in nf_conntrack_proto_udp.c).
 */
const NODE_SETTINGS = `cd /proc/sys/net
for conf in ipv6/conf/all ipv6/conf/default; do
  echo 0 > $conf/accept_dad; echo 0 > $conf/accept_ra; echo 1 > $conf/addr_gen_mode; echo 1 > $conf/forwarding
done
for conf in ipv4/conf/all ipv4/conf/default; do
  echo 0 > $conf/rp_filter; echo 1 > $conf/forwarding; echo 1 > $conf/route_localnet
done
echo 0 > netfilter/nf_conntrack_tcp_loose
echo 0 > netfilter/nf_conntrack_checksum
`

/**
 * A table of our own that turns connection tracking on, drops what the kernel itself sends (answers, errors, reports) before
 * any rule under test sees it, and translates services after the rules of the nat table, as kube-proxy's would.
 */
function probeTable(services: readonly Service[]): string {
  const translations = services
    .map(({ ipVersion, protocol, address, port, toAddress, toPort }) => {
      const family = ipVersion === 4 ? 'ip' : 'ip6'
      const to = ipVersion === 4 ? toAddress : `[${toAddress}]`
      return `    ${family} daddr ${address} ${protocol} dport ${port} dnat ${family} to ${to}:${toPort}\n`
    })
    .join('')
  return `table inet probes {
  chain own {
    type filter hook output priority -450; policy accept;
    ip ttl != ${PROBE_TTL} drop
    ip6 hoplimit != ${PROBE_TTL} drop
  }
  chain tracking {
    type filter hook prerouting priority 300; policy accept;
    ct state new
  }
  chain arriving {
    type nat hook prerouting priority -95; policy accept;
${translations}  }
  chain leaving {
    type nat hook output priority -95; policy accept;
${translations}  }
}
`
}
