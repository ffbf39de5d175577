// The steps from text to text in one order, for every command: parse, lint, gather, plan a node, render, accept, print.
// A step runs when something first asks for what it makes.

import type { Release } from './calico/releases/release.ts'
import { checkRulesets } from './acceptance/check-ruleset.ts'
import { warnOfReleaseQuirks } from './acceptance/release-quirks.ts'
import { checkSteeringText } from './acceptance/steering-text.ts'
import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import { inOrder } from './diagnostics/order.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { SourceIndex } from './diagnostics/source-index.ts'
import { type LintOptions, lintResources } from './lint/lint-resources.ts'
import type { Resource } from './model/ast/resources.ts'
import type { HostFacts } from './model/host.ts'
import type { NodePlan } from './model/plan.ts'
import type { RuleBackend } from './model/rule-backend.ts'
import type { Chain, IpSet, Ruleset } from './model/ruleset.ts'
import type { GivenEnvironment } from './parser/felix-environment/read-file.ts'
import { type ParsedInput, parseResources, type ParseOptions } from './parser/parse-resources.ts'
import { ParserMemory } from './parser/parser-memory.ts'
import { planNode } from './planner/plan-node.ts'
import { PlannerMemory } from './planner/planner-memory.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'
import { renderRuleset } from './renderer/render-ruleset.ts'

export interface PipelineInput {
  readonly files: readonly SourceFile[]
  /** What is wrong with files that could not be read. */
  readonly findings?: readonly Diagnostic[] | undefined
  /** What `ip -json addr show` and `ip -json route` print on the node; left out, guessed from the resources. */
  readonly host?: HostFiles | undefined
  /** Make text even of what Felix or the kernel would refuse; the refusals are warnings then. */
  readonly force?: boolean | undefined
  /** The release of Calico: `3.30`, `v3.30.7`; left out, the one that the input tells, or the newest. */
  readonly calicoVersion?: string | Release | undefined
  /** What is said of Felix's environment beside the resources: it wins over what they tell. */
  readonly environment?: GivenEnvironment | undefined
  readonly backend?: RuleBackend | undefined
  /** What is known of an earlier version of the input; without it nothing is kept. */
  readonly memory?: PipelineMemory | undefined
}

/** What is worth keeping between two versions of one input. Whoever has one hands it to each pipeline in turn. */
export class PipelineMemory {
  readonly parser = new ParserMemory()
  readonly planner = new PlannerMemory()
  printedSets = new Map<IpSet['members'], string>()
}

/** IPv6 is absent where FelixConfiguration switches it off. */
export interface Rulesets {
  readonly 4: Ruleset
  readonly 6?: Ruleset
}

/** Text of one IP version. */
export interface RulesetText {
  /** For `iptables-restore --noflush` or `ip6tables-restore --noflush`. */
  readonly iptables: string
  /** For `ipset restore`, to be loaded first. */
  readonly ipset: string
}

export class Pipeline {
  /** What has been found by the steps that ran. */
  readonly report: Report
  readonly backend: RuleBackend
  readonly #input: PipelineInput
  #parsed: ParsedInput | undefined
  #resources: readonly Resource[] | undefined
  #host: { readonly facts: HostFacts | undefined } | undefined
  readonly #planner: PlannerMemory

  constructor(input: PipelineInput) {
    const { force = false, backend = IPTABLES, memory } = input
    this.#input = input
    this.backend = backend
    // Planned for several nodes, a cluster is gathered and its sets are worked out once.
    this.#planner = memory?.planner ?? new PlannerMemory()
    this.report = new Report({ force, sources: new SourceIndex(memory?.parser.nextId) })
    this.report.take(input.findings ?? [])
  }

  get sources(): SourceIndex {
    return this.report.sources
  }

  /** The resources of all files. */
  parse(options: Pick<ParseOptions, 'node' | 'visit' | 'noteBeyondCalico' | 'repeats'> = {}): ParsedInput {
    if (this.#parsed !== undefined) return this.#parsed
    const { files, calicoVersion, environment, memory } = this.#input
    this.#parsed = parseResources(files, this.report, {
      ...options,
      calicoVersion,
      environment,
      memory: memory?.parser,
    })
    if (memory !== undefined) {
      memory.parser.nextId = this.sources.nextId
      memory.parser.retain(files)
    }
    return this.#parsed
  }

  /** The resources that count: of two with one name, one does. */
  resources(): readonly Resource[] {
    const { resources, superseded } = this.parse()
    this.#resources ??= superseded.size === 0 ? resources : resources.filter(resource => !superseded.has(resource))
    return this.#resources
  }

  /** What the node says of itself; undefined where it was not asked, or where that cannot be read. */
  host(): HostFacts | undefined {
    const { host } = this.#input
    this.#host ??= { facts: host === undefined ? undefined : parseHost(host, this.report) }
    return this.#host.facts
  }

  lint(options: LintOptions = {}): void {
    const { resources, release } = this.parse()
    lintResources(resources, release, this.report, options)
  }

  /**
   * What applies on a node; undefined, with errors, when that cannot be said.
   *
   * @param nodeName left out: the only node that the input names
   * @param options.withHost whether the node is the one that says something of itself
   * @param options.isNodeKnown see `PlanInput`
   * @param options.known what a node says of itself that is not the input's
   * @param options.report where to say what is found, if not among the rest
   */
  plan(
    nodeName: string | undefined,
    {
      withHost = true,
      report = this.report,
      known,
      isNodeKnown,
    }: {
      readonly withHost?: boolean
      readonly report?: Report
      readonly known?: HostFacts | undefined
      readonly isNodeKnown?: boolean
    } = {},
  ): NodePlan | undefined {
    const { release } = this.parse()
    const resources = this.resources()
    const host = known ?? (withHost ? this.host() : undefined)
    return planNode({ resources, release, nodeName, isNodeKnown, host, memory: this.#planner }, report)
  }

  /** The rules of a plan; what Felix or the kernel would refuse of them is reported. */
  render(plan: NodePlan, report = this.report): Rulesets {
    const shared = new Map<string, Chain>()
    const four = renderRuleset(plan, 4, shared)
    const six = plan.config.ipv6Support ? renderRuleset(plan, 6, shared) : undefined
    const rulesets = six === undefined ? [four] : [four, six]
    warnOfReleaseQuirks(rulesets, plan, report)
    checkRulesets(rulesets, plan, this.backend.printLongestLine, report)
    checkSteeringText(rulesets, plan, report)
    return { 4: four, ...(six === undefined ? {} : { 6: six }) }
  }

  /** The text of each IP version, printed when it is first read: who asks for one table does not want the sets, nor the other version. */
  print({ 4: four, 6: six }: Rulesets): { readonly 4: RulesetText; readonly 6?: RulesetText } {
    const { backend } = this
    const { memory } = this.#input
    const chains = new Map<Chain, string>()
    // Only what this version has is kept for the next.
    const sets = new Map<IpSet['members'], string>()
    const print = ({ tables, ipSets }: Ruleset): RulesetText => {
      for (const { members } of memory === undefined ? [] : ipSets) {
        const known = memory?.printedSets.get(members)
        if (known !== undefined) sets.set(members, known)
      }
      let iptables: string | undefined
      let ipset: string | undefined
      return {
        get iptables() {
          return (iptables ??= backend.printTables(tables, chains))
        },
        get ipset() {
          return (ipset ??= backend.printSets(ipSets, memory === undefined ? undefined : sets))
        },
      }
    }
    const texts = { 4: print(four), ...(six === undefined ? {} : { 6: print(six) }) }
    if (memory !== undefined) memory.printedSets = sets
    return texts
  }

  /** What has been found, in the order in which somebody reads the files. @param found left out: everything */
  diagnostics(found: readonly Diagnostic<Place>[] = this.report.diagnostics): readonly Diagnostic[] {
    return inOrder(found, this.sources)
  }
}
