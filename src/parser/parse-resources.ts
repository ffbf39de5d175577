// PHASE 1: source files -> resources. The door of the parser.

import { mayTellRelease, type RawDocument, releaseNamed, releaseTold } from './choose-release.ts'
import type { Release } from '../calico/releases/release.ts'
import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type SourceFile } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { SelectorCache } from './compose-selectors.ts'
import type { ParseContext, ResourceDocument } from './context.ts'
import { type ReadDocument, readDocuments } from '../documents/documents.ts'
import { findDecoder } from './kinds.ts'
import { makeHostEndpoints } from './automatic-host-endpoints.ts'
import { chartFolders, describeForeign } from '../hints/foreign-files.ts'
import type { ParserMemory } from './parser-memory.ts'
import { type GivenEnvironment, readGivenEnvironment } from './felix-environment/read-file.ts'
import { parseResource } from './parse-resource.ts'
import { createRepeats, type Made, nameOf } from './repeated-resources.ts'
import { reportUntyped } from './type-hints.ts'

export interface ParsedInput {
  /** The release that it was read for. */
  readonly release: Release
  readonly resources: readonly Resource[]
  /** Of `resources`, those that do not count because another of the same name does. */
  readonly superseded: ReadonlySet<Resource>
  /** Kinds that have nothing to do with policy, and how often each was met: `apps/v1 Deployment`. */
  readonly skipped: ReadonlyMap<string, number>
}

export interface ParseOptions {
  /** The release of Calico as a user names it; left out, the one that the input tells, or the newest. */
  readonly calicoVersion?: string | Release | undefined
  /** The node that is asked for: its own calico-node tells the release first. */
  readonly node?: string | undefined
  /** Note what is accepted here and refused by Calico's own loader: Kubernetes kinds and lists. */
  readonly noteBeyondCalico?: boolean
  /** What is said of Felix's environment beside the resources. */
  readonly environment?: GivenEnvironment | undefined
  /** How to take the same resource twice in one input: left out, as an error. */
  readonly repeats?: 'error' | 'warning'
  /** Is shown each document that is a resource, before it is read. */
  readonly visit?: ((document: ResourceDocument) => void) | undefined
  /** What is known of an earlier version of the input: parts that did not change are not read again. */
  readonly memory?: ParserMemory | undefined
}

/** Reads every document of every file; mistakes go to the report and reading goes on. */
export function parseResources(files: readonly SourceFile[], report: Report, options: ParseOptions = {}): ParsedInput {
  const { calicoVersion, node, environment, memory } = options
  for (const file of files) report.sources.addFile(file)
  // Where a document may tell the release, all are read before one is decoded.
  const documents = calicoVersion === undefined && mayTellRelease(files) ? [...documentsOf(files, report)] : undefined
  const release = releaseOf(calicoVersion, documents, node, report)
  if (release === undefined)
    return { release: LATEST_RELEASE, resources: [], superseded: new Set(), skipped: new Map() }
  const resources: Resource[] = []
  const skipped: string[] = []
  const late: ((resources: readonly Resource[]) => void)[] = []
  const maps = countedMaps()
  const context: ParseContext = {
    report,
    release,
    selectors: memory?.selectors ?? new SelectorCache(),
    notesBeyondCalico: options.noteBeyondCalico ?? false,
    noteOnce: notingOnce(report),
    add: resource => resources.push(resource),
    configMaps: maps.configMaps,
    later: finish => late.push(finish),
    visit: options.visit,
    charts: chartFolders(files),
  }
  const repeats = createRepeats(report, options.repeats ?? 'error')
  const made: Made[] = []
  const add = (one: Made): void => {
    made.push(one)
    repeats.add(one)
  }
  const decode = ({ value, location, list, layer }: LocatedDocument): void => {
    if (list !== undefined) noteList(list, location, context)
    const read = (document: ResourceDocument): void => {
      const before = resources.length
      parseResource(document, context, skipped)
      const name = nameOf(document)
      if (name !== undefined) add({ name, location: document.location, resources: resources.slice(before), layer })
    }
    parseValue(value, location, itemDefaults(list), context, read)
  }
  if (documents !== undefined) for (const document of documents) decode(document)
  else if (memory === undefined) for (const document of documentsOf(files, report)) decode(document)
  else {
    const reading = { resources, skipped, made, add, shared: () => late.length + maps.count, release, report }
    for (const file of files) memory.read(file, reading, document => decode(located(document, file, report)))
  }
  for (const finish of late) finish(resources)
  const counting = resources.filter(resource => !repeats.superseded.has(resource))
  for (const endpoint of makeHostEndpoints(counting, report)) resources.push(endpoint)
  if (environment !== undefined) resources.push(...readGivenEnvironment(environment, report))
  return { release, resources, superseded: repeats.superseded, skipped: counted(skipped) }
}

/** The release that is named, or that the input tells; undefined, with an error, for one that is not here. */
function releaseOf(
  calicoVersion: string | Release | undefined,
  documents: readonly LocatedDocument[] | undefined,
  node: string | undefined,
  report: Report,
): Release | undefined {
  if (typeof calicoVersion === 'string') return releaseNamed(calicoVersion, report)
  if (calicoVersion !== undefined) return calicoVersion
  return documents === undefined ? LATEST_RELEASE : releaseTold(documents.map(withTypeOfList), node, report)
}

function notingOnce(report: Report): ParseContext['noteOnce'] {
  const said = new Set<string>()
  return (code, message, location) => {
    if (said.has(message)) return
    said.add(message)
    report.note(code, message, location)
  }
}

/** Also tells how often one was put in: the part that it stands in has to be read each time. */
function countedMaps(): { readonly configMaps: ParseContext['configMaps']; readonly count: number } {
  let count = 0
  const configMaps: ParseContext['configMaps'] = new Map()
  const set = configMaps.set.bind(configMaps)
  configMaps.set = (name, value) => {
    count++
    return set(name, value)
  }
  return {
    configMaps,
    get count() {
      return count
    },
  }
}

function counted(types: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1)
  return counts
}

/** One after another: nothing is kept of a document once the next is asked for. */
function* documentsOf(files: readonly SourceFile[], report: Report): Generator<LocatedDocument> {
  for (const file of files) for (const document of readDocuments(file, report)) yield located(document, file, report)
}

function located(
  { value, source, list }: ReadDocument,
  { layer = 0 }: SourceFile,
  { sources }: Report,
): LocatedDocument {
  return { value, list, layer, location: { document: sources.add(source), path: [] } }
}

/** A document, or an item of a list, and where it stands. */
interface LocatedDocument extends RawDocument {
  /** The fields of the list. */
  readonly list: unknown
  readonly layer: number
}

function withTypeOfList({ value, location, list }: LocatedDocument): RawDocument {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value)
  return { value: isMapping ? { ...itemDefaults(list), ...value } : value, location }
}

/** Kind and version that the items of a typed list may leave out. */
interface ItemDefaults {
  readonly apiVersion: string
  readonly kind: string
}

function parseValue(
  value: unknown,
  location: Location,
  defaults: ItemDefaults | undefined,
  context: ParseContext,
  read: (document: ResourceDocument) => void,
): void {
  const { report, charts } = context
  const { file } = report.sources.document(location.document)
  const foreign = describeForeign(value, file.name, charts)
  if (foreign !== undefined) {
    report.note('other-file', `this is ${foreign}: it is left out`, location)
    return
  }
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) parseValue(item, at(location, index), undefined, context, read)
    return
  }
  if (typeof value !== 'object' || value === null) {
    reportUntyped(value, undefined, location, report)
    return
  }
  const mapping = value as Readonly<Record<string, unknown>>
  const apiVersion = readTypeField(mapping, 'apiVersion', defaults?.apiVersion)
  const kind = readTypeField(mapping, 'kind', defaults?.kind)
  if (apiVersion === undefined || kind === undefined) {
    const mended = reportUntyped(mapping, { apiVersion, kind }, location, report)
    if (mended !== undefined) parseValue(mended, location, defaults, context, read)
    return
  }
  const items = mapping['items'] ?? (isListOfKnown(apiVersion, kind) ? [] : undefined)
  if (Array.isArray(items) && kind.endsWith('List')) {
    const own = itemDefaults(mapping)
    noteList(mapping, location, context)
    for (const [index, item] of items.entries()) parseValue(item, at(location, 'items', index), own, context, read)
    return
  }
  if (items !== undefined && isListOfKnown(apiVersion, kind)) {
    report.error('wrong-type', '`items` is not a list', at(location, 'items'), 'put `- ` before each resource')
    return
  }
  read({ apiVersion, kind, value: mapping, location })
}

function noteList(list: unknown, location: Location, { noteOnce, notesBeyondCalico }: ParseContext): void {
  if (notesBeyondCalico && (list as { readonly kind?: unknown } | null)?.kind === 'List')
    noteOnce('beyond-calico', "the generic `List` is unpacked; Calico's own loader refuses it", at(location, 'kind'))
}

/** A list of nothing may leave `items` out, as Go prints it. */
function isListOfKnown(apiVersion: string, kind: string): boolean {
  return kind.endsWith('List') && findDecoder(apiVersion, kind.slice(0, -'List'.length)) !== undefined
}

/** `PodList` makes its items Pods; the generic `List` leaves it to them. */
function itemDefaults(list: unknown): ItemDefaults | undefined {
  if (typeof list !== 'object' || list === null) return undefined
  const { apiVersion, kind } = list as { readonly apiVersion?: unknown; readonly kind?: unknown }
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || kind === 'List') return undefined
  return { apiVersion, kind: kind.slice(0, -'List'.length) }
}

function readTypeField(
  mapping: Readonly<Record<string, unknown>>,
  key: string,
  fallback: string | undefined,
): string | undefined {
  const value = Object.hasOwn(mapping, key) ? mapping[key] : undefined
  return typeof value === 'string' && value !== '' ? value : fallback
}
