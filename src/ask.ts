// Questions about a compiled node: why a rule is there, who is selected by what, what becomes of a packet.

import { IPTABLES } from './backend/iptables/iptables-backend.ts'
import type { CompileOutput } from './compile.ts'
import { type Diagnostic, Report } from './diagnostics/diagnostic.ts'
import type { SourceFile } from './diagnostics/source.ts'
import { createSelectionExplainer, type Selection } from './explain/explain-selection.ts'
import { findSets } from './explain/find-sets.ts'
import { explainPlace } from './explain/explain-place.ts'
import {
  explainChainNamed,
  explainEndpoint,
  explainMarkValue,
  explainPolicy,
  explainRuleHash,
  explainSetNamed,
} from './explain/explain-subject.ts'
import { createExplainer } from './explain/explainer.ts'
import type { Explanation } from './explain/explanation.ts'
import { allEndpoints, allPolicies, findEndpoints, findPolicies } from './explain/names.ts'
import { type MetChain, policiesOf } from './explain/which.ts'
import { kernelTablesOf } from './netfilter/kernel-tables.ts'
import type { IpVersion } from './net/cidr.ts'
import { walkWithin } from './trace/bounded-walk.ts'
import { traceOfWalks } from './trace/one-node.ts'
import { describeTrace } from './trace/describe-trace.ts'
import { readRequest, requestedIpVersion } from './trace/packet-request.ts'
import type { PacketRequest } from './trace/request-fields.ts'
import { createScene } from './trace/scene.ts'
import { traceToJson } from './trace/trace-json.ts'
import type { TraceResult as WayResult } from './trace/way.ts'

/** What `explain` can be asked about. Names are written as for the command. */
export type Question =
  | { readonly chain: string }
  /** A hash, with or without `cali:` in front. */
  | { readonly rule: string }
  | { readonly set: string }
  /** Bits of the packet mark. */
  | { readonly mark: number }
  | { readonly policy: string }
  | { readonly endpoint: string }
  /** A line of the input, from 1; without a column the first thing on it. */
  | { readonly file: SourceFile; readonly line: number; readonly column?: number }

/** Undefined where there is no such thing, or more than one of the name, or no rules of the IP version. */
export function explain(output: CompileOutput, question: Question, ipVersion: IpVersion = 4): Explanation | undefined {
  const { plan, resources, sources } = output
  const ruleset = output.versions[ipVersion]?.ruleset
  if (ruleset === undefined) return undefined
  const explainer = createExplainer({ plan, resources, ruleset, sources }, IPTABLES)
  if ('chain' in question) return explainChainNamed(question.chain, explainer)
  if ('rule' in question) return explainRuleHash(question.rule, explainer)
  if ('set' in question) {
    const set = onlyOne(findSets(question.set, explainer.context.sets))
    return set && explainSetNamed(set.name, explainer)
  }
  if ('mark' in question) return explainMarkValue(question.mark, explainer)
  if ('file' in question) return explainPlace(question.file, question.line, question.column, explainer)
  if ('policy' in question) {
    const policy = onlyOne(findPolicies(question.policy, allPolicies(plan)))
    return policy && explainPolicy(policy, explainer)
  }
  const endpoint = onlyOne(findEndpoints(question.endpoint, explainer.endpoints))
  return endpoint && explainEndpoint(endpoint, explainer)
}

/** The policies of an endpoint, in the order in which packets meet them; undefined for a name that is not one endpoint's. */
export function whichPolicies(output: CompileOutput, endpoint: string): readonly MetChain[] | undefined {
  const { plan, sources } = output
  const found = onlyOne(findEndpoints(endpoint, allEndpoints(plan)))
  return found && policiesOf(found, plan, createSelectionExplainer(plan, sources), sources)
}

/** Whether and why a policy selects each endpoint of the input; undefined for a name that is not one policy's. */
export function whichEndpoints(output: CompileOutput, policy: string): readonly Selection[] | undefined {
  const { plan, sources } = output
  const found = onlyOne(findPolicies(policy, allPolicies(plan)))
  const explainSelection = createSelectionExplainer(plan, sources)
  return found && allEndpoints(plan).map(endpoint => explainSelection(found, endpoint))
}

export type TraceResult =
  | {
      readonly ok: true
      readonly verdict: WayResult['verdict']
      /** What `calitables trace` prints. */
      readonly text: string
      /** What it prints with `-o json`, as a value. */
      readonly json: object
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }

/** Follows one packet through the rules of the node. @param request fields as the options of the command have them */
export function trace(output: CompileOutput, request: PacketRequest): TraceResult {
  const report = new Report()
  const { plan, resources, host, sources } = output
  const ruleset = output.versions[requestedIpVersion(request)]?.ruleset
  if (ruleset === undefined) {
    report.error('bad-value', 'there are no rules of this IP version')
    return { ok: false, diagnostics: report.placed() }
  }
  const tables = kernelTablesOf(ruleset)
  const scene = createScene({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources })
  const journey = readRequest(request, scene, undefined, report)
  const result = journey && walkWithin(scene, journey, { withMisses: false }, undefined, report)
  if (journey === undefined || result === undefined) return { ok: false, diagnostics: report.placed() }
  const found = traceOfWalks(journey, result, scene)
  return { ok: true, verdict: found.verdict, text: describeTrace(found), json: traceToJson(found) }
}

function onlyOne<T>(found: readonly T[]): T | undefined {
  return found.length === 1 ? found[0] : undefined
}
