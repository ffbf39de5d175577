// Lock-out on one page: plan and render the nodes that are meant, and ask of each host endpoint what is open by it.

import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import type { NodeLockout } from './answers/lockout/format-lockout.ts'
import { lockoutOf } from './answers/lockout/lockout.ts'
import { lockoutServices, type LockoutService } from './answers/lockout/services.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import { withoutRepeats } from './diagnostics/without-repeats.ts'
import type { CompileInput } from './compile.ts'
import { allHostEndpoints } from './model/plan.ts'
import { kernelTablesOf } from './netfilter/kernel-tables.ts'
import { Pipeline } from './pipeline.ts'
import { nodesToPlan, ownersOfFacts } from './reader/owners-of-facts.ts'
import { type HostFiles, parseHost } from './reader/parse-host.ts'
import { sortedUnique } from './text/bytes.ts'

export interface LockoutRequest extends CompileInput {
  /** As `host`, by the names of nodes. `host` itself is of the only node, or of the one whose address is in it. */
  readonly hosts?: ReadonlyMap<string, HostFiles> | undefined
  /** `host` lay among the resources: where nobody can say of which node it is, it is left out with a note. */
  readonly isHostFound?: boolean | undefined
  /** Rows of the user's own, behind the others. */
  readonly services?: readonly LockoutService[] | undefined
}

export type LockoutResult =
  | {
      readonly ok: true
      readonly nodes: readonly NodeLockout[]
      /** Names of all services that were asked about. */
      readonly names: readonly string[]
      readonly diagnostics: readonly Diagnostic[]
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/**
 * For `node` or, without one, for every node with a host endpoint; where none has any, for every node.
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function lockout(request: LockoutRequest): LockoutResult {
  const { node, services = [], host: given, hosts = new Map(), isHostFound = false, ...input } = request
  const pipeline = new Pipeline(input)
  const { report, sources } = pipeline
  pipeline.parse({ node })
  const resources = pipeline.resources()
  pipeline.lint()
  const nodes: NodeLockout[] = []
  const names = new Set<string>()
  const wanted = node === undefined ? nodesOf(pipeline) : [node]
  const facts = ownersOfFacts({ host: given, hosts, isHostFound }, wanted, resources, report)
  const found: Diagnostic<Place>[] = [...report.diagnostics]
  for (const nodeName of report.hasErrors ? [] : wanted) {
    const own = new Report({ sources })
    const files = facts.get(nodeName ?? '')
    const host = files === undefined ? undefined : parseHost(files, own)
    const plan = pipeline.plan(nodeName, { report: own, known: host })
    const rulesets = plan === undefined ? undefined : pipeline.render(plan, own)
    found.push(...own.diagnostics)
    if (plan === undefined || rulesets === undefined || own.hasErrors) continue
    const asked = [...lockoutServices(plan.config), ...services]
    for (const { name } of asked) names.add(name)
    const hasEndpoints = allHostEndpoints(plan).length > 0
    const versions = (hasEndpoints ? [rulesets[4], rulesets[6]] : []).flatMap(ruleset => {
      if (ruleset === undefined) return []
      const tables = kernelTablesOf(ruleset)
      return [lockoutOf({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources }, asked)]
    })
    nodes.push({ node: plan.nodeName, versions, hasEndpoints })
  }
  const diagnostics = pipeline.diagnostics(withoutRepeats(found, sources))
  if (diagnostics.some(({ severity }) => severity === 'error')) return { ok: false, diagnostics }
  return { ok: true, nodes, names: [...names], diagnostics }
}

/** Those that have a host endpoint; where none has, all. */
function nodesOf(pipeline: Pipeline): readonly (string | undefined)[] {
  const resources = pipeline.resources()
  const isForAll = resources.some(({ kind }) => kind === 'automaticHostEndpoints')
  const names = resources.flatMap(resource => {
    if (resource.kind === 'hostEndpoint') return resource.node === '' ? [] : [resource.node]
    return resource.kind === 'node' && isForAll ? [resource.name] : []
  })
  return names.length === 0 ? nodesToPlan(resources) : sortedUnique(names)
}
