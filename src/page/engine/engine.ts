// The engine of the page: an input -> what is shown of it, and packets through it. Pure: the worker is a shell around it.

import { compile, type CompileOutput } from '../../compile.ts'
import { IPTABLES } from '../../backend/iptables/iptables-backend.ts'
import { check } from '../../check.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import type { Span } from '../../diagnostics/source.ts'
import { SourceIndex } from '../../diagnostics/source-index.ts'
import { createExplainer, type Explainer } from '../../explain/explainer.ts'
import { fullPolicyName } from '../../explain/names.ts'
import { kernelTablesOf } from '../../netfilter/kernel-tables.ts'
import { createScene, type Scene } from '../../trace/scene.ts'
import type {
  Finding,
  IpVersion,
  Model,
  PacketFailure,
  PacketFields,
  PacketView,
  PageInput,
  PageView,
  Place,
  RuleWords,
} from '../view.ts'
import { buildPacket } from './packet-view.ts'
import { createPlaceList, placeOf } from './places.ts'
import { buildEndpoints, buildLabels, buildPolicies, buildTiers } from './plan-view.ts'
import { setField, type WhatIfValue } from './what-if.ts'
import { buildRules, type RuleTable, wordsOf } from './rules-view.ts'

export interface Engine {
  readonly view: PageView
  /** Undefined while the input has errors. */
  readonly packet: (fields: PacketFields, ipVersion: IpVersion) => PacketView | PacketFailure
  readonly words: (ruleId: string, ipVersion: IpVersion) => RuleWords | undefined
  /** The input with one field of a policy changed; `tier default` is that of its tier. */
  readonly change: (policyId: string, field: string, value: WhatIfValue) => PageInput
}

export function createEngine(input: PageInput): Engine {
  const files = input.files
  const host = input.host.trim() === '' ? undefined : { name: 'host.json', text: input.host }
  const request = { files, host, node: input.node === '' ? undefined : input.node }
  const result = compile(request)
  if (!result.ok) {
    return {
      view: { findings: findingsOf(check(request).diagnostics), nodes: [], labels: [] },
      packet: () => ({ messages: ['the input has errors'] }),
      words: () => undefined,
      change: () => input,
    }
  }
  return engineOf(input, result.output, result.diagnostics)
}

function engineOf(input: PageInput, output: CompileOutput, diagnostics: readonly Diagnostic[]): Engine {
  const places = createPlaceList(output.sources)
  const explainers = new Map<IpVersion, Explainer>()
  const tables = new Map<IpVersion, RuleTable>()
  const scenes = new Map<IpVersion, Scene>()
  for (const ipVersion of [4, 6] as const) {
    const ruleset = output.versions[ipVersion]?.ruleset
    if (ruleset === undefined) continue
    const { plan, resources, sources } = output
    const explainer = createExplainer({ plan, resources, ruleset, sources }, IPTABLES)
    explainers.set(ipVersion, explainer)
    tables.set(ipVersion, buildRules(explainer, places))
  }
  const four = explainers.get(4)
  const rulesOf4 = tables.get(4)
  if (four === undefined || rulesOf4 === undefined) throw new Error('no IPv4 rules were made')
  const six = tables.get(6)
  const policies = buildPolicies(four, places)
  const endpoints = buildEndpoints(four, places)
  const model: Model = {
    node: output.plan.nodeName,
    endpoints,
    policies,
    tiers: buildTiers(four),
    rules: { 4: rulesOf4.view, ...(six === undefined ? {} : { 6: six.view }) },
    places: places.places,
  }
  const sceneOf = (ipVersion: IpVersion): Scene | undefined => {
    let scene = scenes.get(ipVersion)
    const ruleset = output.versions[ipVersion]?.ruleset
    if (scene === undefined && ruleset !== undefined) {
      const { plan, resources, host, sources } = output
      scene = createScene({
        backend: IPTABLES,
        tables: kernelTablesOf(ruleset),
        ruleset,
        plan,
        resources,
        host,
        sources,
      })
      scenes.set(ipVersion, scene)
    }
    return scene
  }
  return {
    view: { findings: findingsOf(diagnostics), nodes: nodesOf(output), labels: buildLabels(four), model },
    packet: (fields, ipVersion) => {
      const scene = sceneOf(ipVersion)
      return scene === undefined ? { messages: ['there are no rules of this IP version'] } : buildPacket(fields, scene)
    },
    words: (id, ipVersion) => {
      const rule = tables.get(ipVersion)?.byId.get(id)
      const explainer = explainers.get(ipVersion)
      return rule === undefined || explainer === undefined ? undefined : wordsOf(id, rule, explainer)
    },
    change: (policyId, field, value) => {
      const tiers = output.plan.matching.tiers
      const own = tiers.find(({ policies: list }) => list.some(({ id }) => fullPolicyName(id) === policyId))
      const policy = own?.policies.find(({ id }) => fullPolicyName(id) === policyId)
      const location = field === 'tier default' ? own?.tier?.location : policy?.location
      if (location === undefined) return input
      const { sources } = output
      return setField(input, location, { field: field === 'tier default' ? 'defaultAction' : field, value, sources })
    },
  }
}

function nodesOf({ resources, plan }: CompileOutput): readonly string[] {
  const names = new Set([plan.nodeName])
  for (const resource of resources) {
    if (resource.kind === 'node') names.add(resource.name)
    if (resource.kind === 'workloadEndpoint' || resource.kind === 'hostEndpoint') names.add(resource.node)
  }
  return [...names].filter(name => name !== '').sort()
}

function findingsOf(diagnostics: readonly Diagnostic[]): readonly Finding[] {
  return diagnostics.map(({ severity, code, message, help, place, fix }) => ({
    severity,
    code,
    message,
    ...(help === undefined ? {} : { help }),
    ...(place === undefined ? {} : { place: exactPlace(place) }),
    ...(fix === undefined
      ? {}
      : {
          fix: {
            title: fix.title,
            edits: fix.edits.map(edit => ({ place: exactPlace(edit.place), text: edit.text })),
          },
        }),
  }))
}

/** Edits need every character: nothing is trimmed. */
function exactPlace(place: Span): Place {
  return placeOf(place, new SourceIndex())
}
