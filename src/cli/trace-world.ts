// The nodes that calitables trace knows: compiled from the resources, or read from the text of each, with what the input says
// of addresses and Services beside them.

import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import { compile, type CompileOutput } from '../compile.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { renderKubeProxy } from '../kube-proxy/render-kube-proxy.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { HostFacts } from '../model/host.ts'
import { nodesNamed } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Ruleset } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { kernelTablesOf, type KernelTables } from '../netfilter/kernel-tables.ts'
import { planNode } from '../planner/plan-node.ts'
import { PlannerMemory } from '../planner/planner-memory.ts'
import { parseHost } from '../reader/parse-host.ts'
import { renderRuleset } from '../renderer/render-ruleset.ts'
import { nodeAddressesOf, nodesByAddress } from '../trace/cluster-addresses.ts'
import { createHashProof } from '../trace/hash-proof.ts'
import { createScene, createSharedScene, type Scene, type SharedScene } from '../trace/scene.ts'
import { createWorld, type World } from '../trace/world.ts'
import { checkOwners, chooseHome, chooseText, filesOfHome, otherFacts } from './trace-nodes.ts'
import { readHostFiles, splitHostPaths } from './host-options.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { refuse, writeDiagnostics, writeUnknownEnvironment } from './messages.ts'
import { unknownNamespace } from './one-named.ts'
import { writeLeftOut } from './read-summary.ts'
import { type NodeText, readNodeTexts } from './node-texts.ts'

export interface WorldOptions extends Partial<InputOptions> {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly routes?: readonly string[]
  readonly ipv6?: true
  readonly from?: string
  readonly to?: string
  readonly packets?: string
  readonly namespace?: string
}

/** Undefined where there are no rules of the IP version. */
export type WorldOf = (ipVersion: IpVersion) => World | undefined

/**
 * Undefined, with messages written, when something cannot be read or compiled.
 *
 * @param extra resources beside those that the options name
 */
export async function readWorlds(
  options: WorldOptions,
  io: Io,
  extra: readonly SourceFile[] = [],
): Promise<WorldOf | undefined> {
  const { filename = [], rules } = options
  if (filename.length === 0 && rules === undefined) {
    const message = 'nothing says which rules: give resources with -f, or text of a node with --rules'
    await refuse('usage-missing-option', message, io)
    return undefined
  }
  const paths = splitHostPaths([...(options.host ?? []), ...(options.routes ?? [])])
  const hostOption = paths.unnamed === undefined ? {} : { host: paths.unnamed }
  const { host: _, ...others } = options
  const read = await readInput({ ...others, ...hostOption, filename }, io)
  if (read === undefined) return undefined
  const input = { ...read, files: [...read.files, ...extra] }
  const report = new Report()
  const texts = await readNodeTexts(options, io, report)
  const given = { unnamed: read.host, named: await readHostFiles(paths, io, report) }
  const isText = filename.length === 0
  const { node: home, isGuessed } = isText ? chooseText(options.node, texts, given, report) : chooseHome(input, options)
  const host = filesOfHome(given, home)
  // Without resources nothing is compiled, and the node's facts are all there is.
  const result = isText ? undefined : compile({ ...input, host, node: home })
  const output = result?.ok === true ? result.output : undefined
  const bareHost = isText && host !== undefined ? parseHost(host, report) : undefined
  const hosts = otherFacts(given, home, report)
  const facts = bareHost === undefined ? hosts : new Map([...hosts, [home ?? '', bareHost] as const])
  const nowhere = unknownNamespace(options.namespace, output?.resources ?? [])
  if (nowhere !== undefined) report.error('bad-value', nowhere)
  if (isText || output !== undefined) checkOwners(given, facts, output?.resources ?? [], texts, report)
  const isRefused = await writeDiagnostics([...report.placed(), ...(result?.diagnostics ?? [])], io)
  if (report.hasErrors || result?.ok === false || isRefused) return undefined
  if (output !== undefined) {
    await writeLeftOut(output.skipped, input, io)
    // The rules of a node were made with its environment, whatever it is.
    if (texts.size === 0) await writeUnknownEnvironment(output.plan, io)
  }
  const maker = new WorldMaker(output, texts, hosts, output?.host ?? bareHost, home, isGuessed)
  return memoize(ipVersion => maker.make(ipVersion))
}

function memoize(make: WorldOf): WorldOf {
  const made = new Map<IpVersion, World | undefined>()
  return ipVersion => {
    if (!made.has(ipVersion)) made.set(ipVersion, make(ipVersion))
    return made.get(ipVersion)
  }
}

class WorldMaker {
  readonly #output: CompileOutput | undefined
  readonly #texts: ReadonlyMap<string, NodeText>
  readonly #hosts: ReadonlyMap<string, HostFacts>
  readonly #host: HostFacts | undefined
  readonly #home: string | undefined
  readonly #isGuessed: boolean
  /** Planned for several nodes, a cluster is gathered and its sets are worked out once. */
  readonly #memory = new PlannerMemory()
  readonly #shared: SharedScene

  constructor(
    output: CompileOutput | undefined,
    texts: ReadonlyMap<string, NodeText>,
    hosts: ReadonlyMap<string, HostFacts>,
    host: HostFacts | undefined,
    home: string | undefined,
    isGuessed: boolean,
  ) {
    this.#output = output
    this.#shared = createSharedScene(output?.resources ?? [])
    this.#texts = texts
    this.#hosts = hosts
    this.#host = host
    this.#home = home ?? output?.plan.nodeName
    this.#isGuessed = isGuessed
  }

  make(ipVersion: IpVersion): World | undefined {
    const named = [...this.#texts.keys()].filter(name => name !== '')
    const homeName = this.#home ?? (this.#texts.has('') ? undefined : named[0])
    const scenes = new Map(this.#names().map(name => [name, () => this.#scene(name, ipVersion)]))
    const home = this.#scene(homeName ?? '', ipVersion)
    if (home === undefined) return undefined
    const rest = {
      ...(this.#isGuessed || (this.#home === undefined && named.length > 1) ? { isHomeGuessed: true as const } : {}),
      notes: [...this.#texts.values()].flatMap(({ notes }) => notes),
    }
    return createWorld(home, homeName, scenes, nodesByAddress(this.#output?.resources ?? []), rest, named)
  }

  #names(): readonly string[] {
    const names = nodesNamed(this.#output?.resources ?? [])
    return [...new Set([...names, ...this.#texts.keys()])].filter(name => name !== '')
  }

  #scene(node: string, ipVersion: IpVersion): Scene | undefined {
    const isHome = node === (this.#home ?? '')
    const text = this.#texts.get(node) ?? (isHome ? this.#texts.get('') : undefined)
    const host = isHome ? this.#host : this.#hosts.get(node)
    const compiled = this.#output === undefined ? undefined : this.#compiled(node, host, ipVersion)
    const tables = text === undefined ? compiled?.tables : text.tables.get(ipVersion)
    if (tables === undefined) return undefined
    return createScene({
      backend: IPTABLES,
      tables,
      isText: text !== undefined,
      proof: text === undefined ? undefined : createHashProof(tables, IPTABLES),
      node: node === '' ? undefined : node,
      ruleset: compiled?.ruleset,
      plan: compiled?.plan,
      resources: this.#output?.resources,
      host,
      sources: this.#output?.sources,
      shared: this.#shared,
    })
  }

  #compiled(
    node: string,
    host: HostFacts | undefined,
    ipVersion: IpVersion,
  ): { readonly plan: NodePlan; readonly ruleset: Ruleset; readonly tables: KernelTables } | undefined {
    const output = this.#output
    if (output === undefined) return undefined
    const { resources } = output
    const isHome = node === output.plan.nodeName
    const release = output.plan.release
    const plan = isHome
      ? output.plan
      : planNode({ resources, release, nodeName: node, host, memory: this.#memory }, new Report())
    if (plan === undefined) return undefined
    if (ipVersion === 6 && !plan.config.ipv6Support) return undefined
    const ruleset = isHome ? output.versions[ipVersion]?.ruleset : renderRuleset(plan, ipVersion, new Map())
    if (ruleset === undefined) return undefined
    const nodeAddresses = nodeAddressesOf(resources, node, host)
    const beside = plan.network.isIpvs ? undefined : renderKubeProxy({ resources, node, nodeAddresses, ipVersion })
    return { plan, ruleset, tables: kernelTablesOf(ruleset, beside) }
  }
}
