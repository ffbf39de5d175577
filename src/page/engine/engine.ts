// The engine of the page: an input -> what is shown of it, and packets through it. Pure: the worker is a shell around it.

import type { DiffSide } from '../../answers/diff-tables.ts'
import { type CompiledRules, compileRules } from '../../compile.ts'
import { IPTABLES } from '../../backend/iptables/iptables-backend.ts'
import { lastPatches } from '../../calico/releases/releases.ts'
import { check } from '../../check.ts'
import type { Diagnostic } from '../../diagnostics/diagnostic.ts'
import { PipelineMemory } from '../../pipeline.ts'
import { nodesNamed } from '../../model/ast/resources.ts'
import type { Span } from '../../diagnostics/source.ts'
import { SourceIndex } from '../../diagnostics/source-index.ts'
import { fullPolicyName } from '../../explain/names.ts'
import { kernelTablesOf } from '../../netfilter/kernel-tables.ts'
import { createScene, type Scene } from '../../trace/scene.ts'
import type {
  Finding,
  IpVersion,
  MetView,
  Model,
  PacketFailure,
  PacketFields,
  PacketView,
  PageInput,
  PageView,
  Place,
  RuleWords,
} from '../view.ts'
import { createFacts, type Facts } from './facts.ts'
import { buildPacket } from './packet-view.ts'
import { createPlaceList, type PlaceList, PlaceMemory, placeOf } from './places.ts'
import { buildEndpoints, buildLabels, buildMet, buildPolicies, buildTiers } from './plan-view.ts'
import { setField, type WhatIfValue } from './what-if.ts'
import { buildRules, PrintedChains, type RuleTable, wordsOf } from './rules-view.ts'

export interface Engine {
  readonly view: PageView
  /** Undefined while the input has errors. */
  readonly packet: (fields: PacketFields, ipVersion: IpVersion) => PacketView | PacketFailure
  /** What an endpoint meets, in order; empty for one that is not here. */
  readonly met: (endpointId: string) => readonly MetView[]
  readonly words: (ruleId: string, ipVersion: IpVersion) => RuleWords | undefined
  /** What is compared with another input; undefined while this one has errors. */
  readonly side: (ipVersion: IpVersion) => DiffSide | undefined
  /** The input with one field of a policy changed; `tier default` is that of its tier. */
  readonly change: (policyId: string, field: string, value: WhatIfValue) => PageInput
}

/** What is known of earlier versions of the input: what did not change is not read, planned and looked up again. */
export interface EngineMemory {
  readonly pipeline: PipelineMemory
  readonly places: PlaceMemory
  readonly printed: PrintedChains
}

export function createEngineMemory(): EngineMemory {
  return { pipeline: new PipelineMemory(), places: new PlaceMemory(), printed: new PrintedChains() }
}

export function createEngine(input: PageInput, memory = createEngineMemory()): Engine {
  const { host, node, release } = input
  const request = {
    files: input.files,
    host: host.trim() === '' ? undefined : [{ name: 'host.json', text: host }],
    node: node === '' ? undefined : node,
    calicoVersion: release === '' ? undefined : release,
    memory: memory.pipeline,
  }
  const { rules, diagnostics } = compileRules(request)
  if (rules !== undefined) return engineOf(input, rules, { diagnostics, memory })
  return {
    view: { findings: findingsOf(check(request).diagnostics), nodes: [], releases: RELEASES, labels: [] },
    packet: () => ({ messages: ['the input has errors'] }),
    met: () => [],
    words: () => undefined,
    side: () => undefined,
    change: () => input,
  }
}

const RELEASES = lastPatches()
  .map(({ name }) => name)
  .reverse()

function engineOf(
  input: PageInput,
  output: CompiledRules,
  { diagnostics, memory }: { readonly diagnostics: readonly Diagnostic[]; readonly memory: EngineMemory },
): Engine {
  const places = createPlaceList(output.sources, memory.places)
  const { facts, tables } = rulesOf(output, places, memory.printed)
  const four = facts.get(4)
  const rulesOf4 = tables.get(4)
  if (four === undefined || rulesOf4 === undefined) throw new Error('no IPv4 rules were made')
  const six = tables.get(6)
  const policies = buildPolicies(four, places)
  const endpoints = buildEndpoints(four, places)
  const model: Model = {
    node: output.plan.nodeName,
    release: output.release.name,
    endpoints,
    policies,
    tiers: buildTiers(four),
    rules: { 4: rulesOf4.view, ...(six === undefined ? {} : { 6: six.view }) },
    places: places.places,
  }
  const sceneOf = createScenes(output)
  return {
    view: {
      findings: findingsOf(diagnostics),
      nodes: nodesOf(output),
      releases: RELEASES,
      labels: buildLabels(four),
      model,
    },
    packet: (fields, ipVersion) => {
      const scene = sceneOf(ipVersion)
      return scene === undefined ? { messages: ['there are no rules of this IP version'] } : buildPacket(fields, scene)
    },
    met: id => buildMet(id, four),
    words: (id, ipVersion) => {
      const rule = tables.get(ipVersion)?.byId.get(id)
      const own = facts.get(ipVersion)
      return rule === undefined || own === undefined ? undefined : wordsOf(id, rule, own)
    },
    side: ipVersion => {
      const scene = sceneOf(ipVersion)
      const { resources, host } = output
      return scene === undefined ? undefined : { scene, resources, host }
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

/** What is shown of the rules, by IP version. */
function rulesOf({ rulesets, plan, resources, sources }: CompiledRules, places: PlaceList, printed: PrintedChains) {
  const facts = new Map<IpVersion, Facts>()
  printed.startVersion()
  const tables = new Map<IpVersion, RuleTable>()
  for (const ipVersion of [4, 6] as const) {
    const ruleset = rulesets[ipVersion]
    if (ruleset === undefined) continue
    const own = createFacts({ plan, resources, ruleset, sources })
    facts.set(ipVersion, own)
    tables.set(ipVersion, buildRules(own, places, printed))
  }
  return { facts, tables }
}

/** The scene of each IP version, made when a packet is first asked about. */
function createScenes({ rulesets, plan, resources, host, sources }: CompiledRules) {
  const scenes = new Map<IpVersion, Scene>()
  return (ipVersion: IpVersion): Scene | undefined => {
    let scene = scenes.get(ipVersion)
    const ruleset = rulesets[ipVersion]
    if (scene === undefined && ruleset !== undefined) {
      const tables = kernelTablesOf(ruleset)
      scene = createScene({ backend: IPTABLES, tables, ruleset, plan, resources, host, sources })
      scenes.set(ipVersion, scene)
    }
    return scene
  }
}

function nodesOf({ resources, plan }: CompiledRules): readonly string[] {
  return [...new Set([plan.nodeName, ...nodesNamed(resources)])].filter(name => name !== '').sort()
}

function findingsOf(diagnostics: readonly Diagnostic[]): readonly Finding[] {
  const sources = new SourceIndex()
  // Edits need every character: nothing is trimmed.
  const exactPlace = (place: Span): Place => placeOf(place, sources)
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
