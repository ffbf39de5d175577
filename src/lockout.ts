// Lock-out on one page: plan and render the nodes that are meant, and ask of each host endpoint what is open by it.

import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import type { NodeLockout } from './answers/lockout/format-lockout.ts'
import { lockoutOf } from './answers/lockout/lockout.ts'
import { lockoutServices, type LockoutService } from './answers/lockout/services.ts'
import { type Diagnostic, type Place, Report } from './diagnostics/diagnostic.ts'
import { withoutRepeats } from './diagnostics/without-repeats.ts'
import type { CompileInput } from './compile.ts'
import { kernelTablesOf } from './netfilter/kernel-tables.ts'
import { Pipeline } from './pipeline.ts'
import { sortedUnique } from './text/bytes.ts'

export interface LockoutRequest extends CompileInput {
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
 * For `node` or, without one, for every node with a host endpoint.
 * @throws TooManyNodesError where the sets grow over all bounds
 */
export function lockout({ node, services = [], ...input }: LockoutRequest): LockoutResult {
  const pipeline = new Pipeline(input)
  const { report, sources } = pipeline
  pipeline.parse({ node })
  const resources = pipeline.resources()
  const host = pipeline.host()
  pipeline.lint()
  const found: Diagnostic<Place>[] = [...report.diagnostics]
  const nodes: NodeLockout[] = []
  const names = new Set<string>()
  const wanted = node !== undefined || host !== undefined ? [node] : nodesOf(pipeline)
  for (const nodeName of report.hasErrors ? [] : wanted) {
    const own = new Report({ sources })
    const plan = pipeline.plan(nodeName, { report: own })
    const rulesets = plan === undefined ? undefined : pipeline.render(plan, own)
    found.push(...own.diagnostics)
    if (plan === undefined || rulesets === undefined || own.hasErrors) continue
    const asked = [...lockoutServices(plan.config), ...services]
    for (const { name } of asked) names.add(name)
    const hasEndpoints = plan.hostEndpoints.length > 0 || plan.wildcardHostEndpoint !== undefined
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

/** Those that have a host endpoint; without any, the only one that the input names. */
function nodesOf(pipeline: Pipeline): readonly (string | undefined)[] {
  const resources = pipeline.resources()
  const isForAll = resources.some(({ kind }) => kind === 'automaticHostEndpoints')
  const names = resources.flatMap(resource => {
    if (resource.kind === 'hostEndpoint') return resource.node === '' ? [] : [resource.node]
    return resource.kind === 'node' && isForAll ? [resource.name] : []
  })
  return names.length === 0 ? [undefined] : sortedUnique(names)
}
