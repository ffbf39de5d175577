// PHASE 1: source files -> resources. The door of the parser.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type SourceFile } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { SelectorCache } from './compose-selectors.ts'
import type { ParseContext, ResourceDocument } from './context.ts'
import { readDocuments } from './documents.ts'
import { describe } from './fields.ts'
import { CALICO_CRD, CALICO_V3, findDecoder, isOwnGroup, REMOVED_KINDS } from './kinds.ts'
import { unpackStoredForm } from './stored-form.ts'

export interface ParsedInput {
  readonly resources: readonly Resource[]
  /** Kinds that have nothing to do with policy, and how often each was met: `apps/v1 Deployment`. */
  readonly skipped: ReadonlyMap<string, number>
}

/**
 * Reads every document of every file; mistakes go to the report and reading goes on.
 * @param visit is shown each document that is a resource, before it is read
 */
export function parseResources(
  files: readonly SourceFile[],
  report: Report,
  visit?: (document: ResourceDocument) => void,
): ParsedInput {
  const resources: Resource[] = []
  const skipped = new Map<string, number>()
  const context: ParseContext = {
    report,
    selectors: new SelectorCache(),
    add: resource => resources.push(resource),
    visit,
  }
  for (const file of files) {
    for (const { value, source, list } of readDocuments(file, report)) {
      parseValue(value, { document: source, path: [] }, itemDefaults(list), context, skipped)
    }
  }
  return { resources, skipped }
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
  skipped: Map<string, number>,
): void {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) parseValue(item, at(location, index), undefined, context, skipped)
    return
  }
  if (typeof value !== 'object' || value === null) {
    context.report.error('not-a-resource', `expected a resource, found ${describe(value)}`, location)
    return
  }
  const mapping = value as Readonly<Record<string, unknown>>
  const apiVersion = readTypeField(mapping, 'apiVersion', defaults?.apiVersion)
  const kind = readTypeField(mapping, 'kind', defaults?.kind)
  if (apiVersion === undefined || kind === undefined) {
    const missing = apiVersion === undefined ? 'apiVersion' : 'kind'
    context.report.error(
      'not-a-resource',
      `\`${missing}\` is missing: the document is not a resource`,
      location,
      missing === 'apiVersion' ? `Calico resources need \`apiVersion: ${CALICO_V3}\`` : undefined,
    )
    return
  }
  const items = mapping['items']
  if (Array.isArray(items) && kind.endsWith('List')) {
    const own = itemDefaults(mapping)
    for (const [index, item] of items.entries()) parseValue(item, at(location, 'items', index), own, context, skipped)
    return
  }
  parseResource({ apiVersion, kind, value: mapping, location }, context, skipped)
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

function parseResource(document: ResourceDocument, context: ParseContext, skipped: Map<string, number>): void {
  const { apiVersion, kind, location } = document
  context.visit?.(document)
  const decoder = findDecoder(apiVersion, kind)
  if (decoder !== undefined) {
    decoder(apiVersion === CALICO_CRD ? unpackStoredForm(document, context.report) : document, context)
    return
  }
  const type = `${apiVersion} ${kind}`
  const removed = Object.hasOwn(REMOVED_KINDS, type) ? REMOVED_KINDS[type] : undefined
  if (removed !== undefined) {
    context.report.error(
      'unsupported-kind',
      `\`${kind}\` of \`${apiVersion}\` is not supported`,
      at(location, 'kind'),
      removed,
    )
  } else if (isOwnGroup(apiVersion)) {
    context.report.error('unknown-kind', `\`${apiVersion}\` has no kind \`${kind}\``, at(location, 'kind'))
  } else {
    skipped.set(type, (skipped.get(type) ?? 0) + 1)
  }
}
