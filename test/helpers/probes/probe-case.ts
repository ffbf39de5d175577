// One case in the kernel: its text loaded into a node of its own, probes sent, and every difference tracked down to single probes.

import type { CompileOutput } from '../../../src/compile.ts'
import { Report } from '../../../src/diagnostics/diagnostic.ts'
import { kernelTablesOf, type KernelTableName, type KernelTables } from '../../../src/netfilter/kernel-tables.ts'
import { IP_VERSIONS, type IpVersion } from '../../../src/net/cidr.ts'
import { readKernelTables } from '../../../src/reader/read-kernel-tables.ts'
import { witnessWishes } from '../analysis/witness-wishes.ts'
import type { Backend } from '../kernel.ts'
import { chooseProbes, type ForeseenProbe } from './batch.ts'
import { type ChosenWitnesses, chooseWitnesses } from './choose-witnesses.ts'
import { describeMismatch } from './describe.ts'
import { sumUp } from './counters.ts'
import { judge, type Judgement } from './judge.ts'
import { KernelNode, type Service } from './kernel-node.ts'
import type { Random } from './random.ts'
import { foreignRules, makeServices } from './services.ts'
import { type Topology, topologyOf } from './topology.ts'
import { valuesOf } from './values.ts'

export interface CaseOptions {
  readonly backend: Backend
  readonly random: Random
  /** For both IP versions together. */
  readonly probes: number
  /** The case's services are rules behind Calico's in the nat table, as kube-proxy writes them; otherwise the walker is told of them. */
  readonly servicesAreRules: boolean
  /** Draw probes from the borders of packet sets, too, and compare what the sets say of all of them. */
  readonly withSets?: boolean
  /** All probes are witnesses of packet sets; there are no services. */
  readonly areWitnesses?: boolean
}

export interface CaseResult {
  readonly probes: number
  /** In words. */
  readonly mismatches: readonly string[]
  /** `rule` where at least one probe met it. */
  readonly placesMet: number
  readonly tally: ReadonlyMap<string, number>
}

interface Version {
  readonly ipVersion: IpVersion
  readonly iptables: string
  readonly ipset: string
  readonly tableNames: readonly KernelTableName[]
  readonly foreseen: readonly ForeseenProbe[]
  readonly witnesses?: ChosenWitnesses | undefined
}

/** Single probes that are sent again to find the one behind a difference. */
const MOST_SUSPECTS = 24

/** So many of one case and IP version are told; it is wrong either way. */
const MOST_FOUND = 5

export async function probeCase(output: CompileOutput, options: CaseOptions): Promise<CaseResult> {
  const topology = topologyOf(output)
  const { random, areWitnesses = false } = options
  const services = areWitnesses
    ? []
    : IP_VERSIONS.flatMap(ipVersion => makeServices(random, topology.views[ipVersion], ipVersion))
  const versions = prepare(output, topology, services, options)
  const foreseen = versions.flatMap(version => version.foreseen)
  const node = new KernelNode(topology)
  try {
    const protocols = new Set(foreseen.map(({ probe }) => probe.journey.packet.protocol))
    await node.open(options.servicesAreRules ? [] : services, [...protocols])
    for (const { ipset } of versions) node.loadSets(ipset)
    const mismatches = versions.flatMap(({ witnesses }) => witnesses?.contradictions ?? [])
    for (const [index, judgement] of (await tryOut(node, versions, options.backend)).entries()) {
      const version = versions[index]
      if (version !== undefined) mismatches.push(...(await trackDown(node, version, judgement, options.backend)))
    }
    return {
      probes: foreseen.length,
      mismatches,
      placesMet: new Set(
        foreseen.flatMap(({ places, probe }) => places.map(place => `${probe.journey.packet.ipVersion} ${place}`)),
      ).size,
      tally: new Map([...tallyOf(foreseen), ...witnessTally(versions)]),
    }
  } finally {
    await node.close()
  }
}

function prepare(
  output: CompileOutput,
  topology: Topology,
  services: readonly Service[],
  { random, probes, servicesAreRules, withSets = false, areWitnesses = false }: CaseOptions,
): readonly Version[] {
  let first = 1
  const compiled = IP_VERSIONS.flatMap(ipVersion => {
    const version = output.versions[ipVersion]
    return version === undefined ? [] : [{ ipVersion, ...version }]
  })
  return compiled.map(({ ipVersion, ruleset, text }): Version => {
    const view = topology.views[ipVersion]
    const own = services.filter(service => service.ipVersion === ipVersion)
    const foreign = foreignRules(own, ipVersion, view.own.length > 0)
    const iptables = servicesAreRules ? text.iptables + foreign : text.iptables
    const tables = servicesAreRules ? readText(iptables, text.ipset, ipVersion) : kernelTablesOf(ruleset)
    const context = { ipVersion, view, values: valuesOf(tables), interfaces: topology.interfaces, services: own }
    const wanted = Math.ceil(probes / compiled.length)
    const names = topology.interfaces.map(({ name }) => name)
    const sets = withSets ? witnessWishes(tables, view, names) : undefined
    const witnesses = areWitnesses ? chooseWitnesses(random, tables, topology, { wanted, first }) : undefined
    const foreseen =
      witnesses?.foreseen ?? chooseProbes(random, tables, context, { wanted, first, servicesAreRules, sets })
    first += foreseen.length
    return {
      ipVersion,
      iptables,
      ipset: text.ipset,
      tableNames: tables.tables.map(({ name }) => name),
      foreseen,
      witnesses,
    }
  })
}

function readText(iptables: string, ipset: string, ipVersion: IpVersion): KernelTables {
  const report = new Report()
  const tables = readKernelTables(
    { iptables: { name: 'iptables', text: iptables }, ipset: { name: 'ipset', text: ipset }, ipVersion },
    report,
  )
  if (report.hasErrors) throw new Error(report.diagnostics.map(({ message }) => message).join('\n'))
  return tables
}

/** Connections first, then the rules, so that nothing but the probes is counted. */
async function tryOut(node: KernelNode, versions: readonly Version[], backend: Backend): Promise<readonly Judgement[]> {
  const probes = versions.flatMap(({ foreseen }) => foreseen.map(({ probe }) => probe))
  await node.send(probes.flatMap(({ before }) => before))
  for (const { ipVersion, iptables, tableNames } of versions) node.loadRules(backend, ipVersion, iptables, tableNames)
  const seen = await node.send(probes.map(({ sending }) => sending))
  return versions.map(({ ipVersion, foreseen }) => judge(foreseen, node.counts(backend, ipVersion), seen))
}

async function trackDown(
  node: KernelNode,
  version: Version,
  { counts, outcomes }: Judgement,
  backend: Backend,
): Promise<readonly string[]> {
  if (counts.length === 0 && outcomes.size === 0) return []
  const places = new Set(counts.map(({ place }) => place))
  const passing = sumUp(version.foreseen.map(({ places }) => places))
  // Those first that meet what few others meet.
  const weigh = ({ probe, places: met }: ForeseenProbe): number =>
    met.reduce((sum, place) => sum + (places.has(place) ? 1 / (passing.get(place) ?? 1) : 0), 0) +
    (outcomes.has(probe.number) ? 1000 : 0)
  const suspects = version.foreseen
    .map(foreseen => ({ foreseen, weight: weigh(foreseen) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ foreseen }) => foreseen)
  const found: string[] = []
  for (const suspect of suspects.slice(0, MOST_SUSPECTS)) {
    if (found.length >= MOST_FOUND) break
    node.clearRules(backend, version.ipVersion)
    await node.forgetConnections()
    const [single] = await tryOut(node, [{ ...version, foreseen: [suspect] }], backend)
    if (single === undefined || (single.counts.length === 0 && single.outcomes.size === 0)) continue
    found.push(describeMismatch(suspect, single))
  }
  // A difference that no single probe shows stays one.
  if (found.length > 0) return found
  const all = [...counts.map(({ place, expected, counted }) => `${place}: foreseen ${expected}, counted ${counted}`)]
  for (const [number, text] of outcomes) all.push(`probe ${number}: ${text}`)
  return [`IPv${version.ipVersion}, only all probes together (${suspects.length} suspects):\n    ${all.join('\n    ')}`]
}

function witnessTally(versions: readonly Version[]): ReadonlyMap<string, number> {
  const tally = new Map<string, number>()
  for (const { witnesses } of versions) {
    for (const [what, number] of witnesses?.tally ?? []) tally.set(what, (tally.get(what) ?? 0) + number)
  }
  return tally
}

/** How many probes there were of each kind, for the report. */
function tallyOf(foreseen: readonly ForeseenProbe[]): ReadonlyMap<string, number> {
  const tally = new Map<string, number>()
  const count = (what: string): void => void tally.set(what, (tally.get(what) ?? 0) + 1)
  for (const { probe, walk } of foreseen) {
    const { journey } = probe
    count(walk.verdict)
    count(`IPv${journey.packet.ipVersion}`)
    count(`protocol ${journey.packet.protocol}`)
    const tracked = walk.steps.find(step => step.kind === 'conntrack')
    count(tracked === undefined ? 'ends before conntrack' : tracked.state)
    const route = walk.steps.findLast(step => step.kind === 'route')?.route.kind
    const isOwn = journey.inInterface === undefined
    count(
      isOwn
        ? route === 'local'
          ? 'to itself'
          : 'from host'
        : route === 'local'
          ? 'to host'
          : route === 'out'
            ? 'forwarded'
            : 'ends before routing',
    )
    if (journey.hasReversePath === false) count('no reverse path')
    if (walk.steps.some(step => step.kind === 'dnat' || (step.kind === 'rule' && step.rule.target?.kind === 'dnat')))
      count('translated')
  }
  return tally
}
