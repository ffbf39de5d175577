// The two sides of calitables diff: files, folders, a git revision, or the text of a node.

import { stat } from 'node:fs/promises'
import { IPTABLES } from '../backend/iptables/iptables-backend.ts'
import type { DiffSide } from '../answers/diff-tables.ts'
import type { SidesOf } from '../answers/node-diff.ts'
import { type Diagnostic, type Place, Report } from '../diagnostics/diagnostic.ts'
import { nodesNamed } from '../model/ast/resources.ts'
import type { NodePlan } from '../model/plan.ts'
import type { IpVersion } from '../net/cidr.ts'
import { type KernelTables, kernelTablesOf } from '../netfilter/kernel-tables.ts'
import { Pipeline, PipelineMemory, type Rulesets } from '../pipeline.ts'
import { pickNodes } from '../planner/pick-nodes.ts'
import { createScene } from '../trace/scene.ts'
import { sortedUnique } from '../text/bytes.ts'
import { isOfGit, parseRevision, readRevision } from './git-files.ts'
import { type InputOptions, readInput } from './input-options.ts'
import type { Io } from './io.ts'
import { isFolder } from './is-folder.ts'
import { refuse, writeDiagnostics, writeNote } from './messages.ts'
import { readNode } from './node-texts.ts'

export interface DiffOptions extends InputOptions {
  readonly rules?: readonly string[]
  readonly sets?: readonly string[]
  readonly output?: 'text' | 'json' | 'markdown'
  readonly most?: number
  readonly all?: true
}

/** A node that is compared. */
export interface ComparedNode {
  readonly node: string
  readonly sidesOf: SidesOf
}

/** Nodes that are compared without being asked for. */
const MOST_NODES = 50

/** Undefined, with messages written, when something cannot be read or compiled. */
export async function readSides(
  paths: readonly string[],
  options: DiffOptions,
  io: Io,
): Promise<readonly ComparedNode[] | undefined> {
  const [old, fresh] = paths
  const folder = await folderAmong(options.rules ?? [])
  if (folder !== undefined) {
    const cure = 'resources are given without it, and --rules takes the text of a node: diff OLD --rules v4.save'
    await refuse('usage-bad-value', `\`${folder}\` is a folder: ${cure}`, io)
    return undefined
  }
  if (old === undefined || (fresh === undefined) === (options.rules === undefined)) {
    const message = 'diff compares two things: give OLD and NEW, or OLD and --rules with the text of a node'
    await refuse('usage-missing-value', message, io)
    return undefined
  }
  // What is the same in both is read once.
  const memory = new PipelineMemory()
  const before = await openPipeline(old, options, memory, io)
  const after = fresh === undefined ? before : await openPipeline(fresh, options, memory, io)
  if (before === undefined || after === undefined) return undefined
  const stranger = holdsOthersOnly(old, before) ?? (fresh === undefined ? undefined : holdsOthersOnly(fresh, after))
  if (stranger !== undefined) {
    await refuse('not-a-resource', stranger, io)
    return undefined
  }
  const report = new Report()
  const read = options.rules === undefined ? undefined : await readNode(options, io, report)
  const pipelines = before === after ? [before] : [before, after]
  const found: Diagnostic<Place>[][] = pipelines.map(({ report }) => [...report.diagnostics])
  const nodes = await chooseNodes(pipelines, options, io)
  const known = new Set(pipelines.flatMap(pipeline => nodesNamed(pipeline.resources())))
  const planned = nodes.map(node => {
    const isNodeKnown = node !== undefined && known.has(node)
    return pipelines.map((pipeline, i) => planSide(pipeline, node, isNodeKnown, found[i] ?? []))
  })
  const isRefused = await writeDiagnostics([...report.placed(), ...messagesOf(pipelines, found)], io)
  const hasErrors = [...report.diagnostics, ...found.flat()].some(({ severity }) => severity === 'error')
  if (hasErrors || isRefused) return undefined
  for (const ipVersion of [4, 6] as const) {
    if (read !== undefined && !read.has(ipVersion))
      await writeNote(`IPv${ipVersion} is not compared: no text of the node has it`, io)
  }
  return planned.flatMap(([was, is = was]) => {
    if (was === undefined || is === undefined) return []
    const sidesOf: SidesOf = ipVersion => {
      const isThere = read === undefined ? (was.rulesets[ipVersion] ?? is.rulesets[ipVersion]) : read.get(ipVersion)
      return isThere && [sideOf(was, ipVersion), sideOf(is, ipVersion, read?.get(ipVersion))]
    }
    return [{ node: was.plan.nodeName, sidesOf }]
  })
}

/** Why a side has nothing to compare: what it holds is for another command or tool, which a change to it would hide. */
function holdsOthersOnly(path: string, pipeline: Pipeline): string | undefined {
  const other = pipeline.report.diagnostics.find(({ code }) => code === 'other-file')
  if (other === undefined || pipeline.resources().length > 0) return undefined
  return `\`${path}\` holds no resources to compare: ${other.message.replace(/: it is left out$/, '')}`
}

interface PlannedSide {
  readonly pipeline: Pipeline
  readonly plan: NodePlan
  readonly rulesets: Rulesets
}

async function openPipeline(
  path: string,
  options: DiffOptions,
  memory: PipelineMemory,
  io: Io,
): Promise<Pipeline | undefined> {
  const revision = parseRevision(path)
  const isHere = await isThere(path)
  if (revision !== undefined && isHere && (await isOfGit(revision))) {
    const help = 'write `./` before what is here, or `refs/heads/` before a branch'
    await refuse('usage-conflict', `\`${path}\` is here and in git, too: ${help}`, io)
    return undefined
  }
  if (revision === undefined && !isHere && !path.startsWith('-') && (await isOfGit({ revision: path, path: '' }))) {
    await refuse('usage-bad-value', `\`${path}\` is a revision of git: write \`${path}:\`, or \`${path}:PATH\``, io)
    return undefined
  }
  const isRevision = revision !== undefined && !isHere
  const { recursive = false, exclude = [] } = options
  const input = await readInput(
    { ...options, filename: [path] },
    io,
    isRevision ? report => readRevision(revision, { recursive, exclude }, report) : undefined,
  )
  if (input === undefined) return undefined
  const pipeline = new Pipeline({ ...input, memory })
  pipeline.parse({ node: options.node })
  pipeline.lint()
  return pipeline
}

/** Those that have something of their own on one of the sides; the node's text, and what `ip` prints, is of one node. */
async function chooseNodes(
  pipelines: readonly Pipeline[],
  { node, rules, host }: DiffOptions,
  io: Io,
): Promise<readonly (string | undefined)[]> {
  if (node !== undefined || rules !== undefined || host !== undefined) return [node]
  const picked = pipelines.map(pipeline => pickNodes(pipeline.resources(), MOST_NODES))
  const leftOut = Math.max(...picked.map(found => found.leftOut))
  if (leftOut > 0) await writeNote(`${leftOut} nodes more have something of their own: --node NAME compares one`, io)
  const names = sortedUnique(picked.flatMap(found => found.picked))
  return names.length === 0 ? [undefined] : names
}

/** @param isNodeKnown one of the sides has the node: the other one may be before it came, or after it went */
function planSide(
  pipeline: Pipeline,
  node: string | undefined,
  isNodeKnown: boolean,
  found: Diagnostic<Place>[],
): PlannedSide | undefined {
  if (pipeline.report.hasErrors) return undefined
  const report = new Report({ sources: pipeline.sources })
  const plan = pipeline.plan(node, { report, isNodeKnown })
  const rulesets = plan === undefined ? undefined : pipeline.render(plan, report)
  found.push(...report.diagnostics)
  return plan === undefined || rulesets === undefined ? undefined : { pipeline, plan, rulesets }
}

/** Tables of an IP version that a side switches off hold nothing. */
function sideOf({ pipeline, plan, rulesets }: PlannedSide, ipVersion: IpVersion, read?: KernelTables): DiffSide {
  const ruleset = rulesets[ipVersion]
  const compiled = ruleset === undefined ? { ipVersion, tables: [], ipSets: new Map() } : kernelTablesOf(ruleset)
  const [resources, host] = [pipeline.resources(), pipeline.host()]
  const { sources } = pipeline
  const scene = createScene({ tables: read ?? compiled, ruleset, plan, resources, host, sources, backend: IPTABLES })
  return { scene, resources, host }
}

/** Of both sides, what is found for several nodes and what has no place in the files once. */
function messagesOf(
  pipelines: readonly Pipeline[],
  found: readonly (readonly Diagnostic<Place>[])[],
): readonly Diagnostic[] {
  const seen = new Set<string>()
  return pipelines.flatMap((pipeline, i) =>
    pipeline.diagnostics(found[i] ?? []).filter(({ code, message, place }) => {
      const key = JSON.stringify([code, message, place === undefined ? '' : [place.file.name, place.start, place.end]])
      if (seen.has(key)) return false
      seen.add(key)
      return true
    }),
  )
}

async function folderAmong(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isFolder(path)) return path
  return undefined
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
