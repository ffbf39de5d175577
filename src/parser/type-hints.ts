// apiVersion and kind: what is missing or misspelt, and bodies that belong to the other API.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type Span } from '../diagnostics/source.ts'
import type { ResourceDocument } from './context.ts'
import {
  describeOtherFile,
  describeUntyped,
  isInsideTextBlock,
  suggestKind,
  textHelp,
} from '../hints/document-kinds.ts'
import { describe } from './fields.ts'
import { CALICO_V3, isOwnGroup, knownKinds } from './kinds.ts'
import { didYouMean, editDistance } from '../text/did-you-mean.ts'
import { apiOfBody, KUBERNETES_POLICY_API } from './policy-body.ts'
import { TOP_FIELDS } from '../hints/vocabulary.ts'

/** Kinds whose name leaves no doubt whose they are. */
const CALICO_ONLY = [
  'GlobalNetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'HostEndpoint',
  'WorkloadEndpoint',
  'GlobalNetworkSet',
  'NetworkSet',
  'FelixConfiguration',
  'IPPool',
  'BGPConfiguration',
  'KubeControllersConfiguration',
]

/** A document that is no resource, or does not say which. Returns it with the field that says so where that is misspelt. */
export function reportUntyped(
  value: unknown,
  type: { readonly apiVersion: string | undefined; readonly kind: string | undefined } | undefined,
  location: Location,
  report: Report,
): Readonly<Record<string, unknown>> | undefined {
  const separator = separatorInText(location, report)
  if (separator !== undefined) {
    report.error('separator-in-text', 'a document separator inside a text block', separator, {
      help: 'the file is cut here; indent the `---`, or write it in another way',
    })
    return undefined
  }
  if (type === undefined || typeof value !== 'object' || value === null) {
    report.error('not-a-resource', `expected a resource, found ${describe(value)}`, location, textHelp(value))
    return undefined
  }
  const mapping = value as Readonly<Record<string, unknown>>
  const missing = type.apiVersion === undefined ? 'apiVersion' : 'kind'
  const comment = Object.keys(mapping).find(key => /^\s*\/[/*]/.test(key))
  if (comment !== undefined) {
    const place: Location = { ...at(location, comment), target: 'key' }
    report.error('yaml-syntax', '`//` begins no comment: JSON has none', place, 'remove it, or write YAML with `#`')
    return undefined
  }
  const misspelt = Object.keys(mapping).find(key => !TOP_FIELDS.includes(key) && didYouMean(key, [missing]) === missing)
  if (misspelt !== undefined) {
    const place: Location = { ...at(location, misspelt), target: 'key' }
    const isCase = misspelt.toLowerCase() === missing.toLowerCase()
    report.error('unknown-field', `unknown field \`${misspelt}\``, place, {
      help: isCase ? `field names are case-sensitive here; write \`${missing}\`` : `did you mean \`${missing}\`?`,
      fix: isCase ? { title: `write \`${missing}\``, edits: [{ place, text: missing }] } : undefined,
    })
    const { [misspelt]: meant, ...rest } = mapping
    return { ...rest, [missing]: meant }
  }
  const lacksBoth = type.apiVersion === undefined && type.kind === undefined
  report.error(
    'not-a-resource',
    lacksBoth
      ? '`apiVersion` and `kind` are missing: the document is not a resource'
      : `\`${missing}\` is missing: the document is not a resource`,
    at(location, missing),
    describeUntyped(mapping) ?? typeHelp(mapping, type.kind, lacksBoth),
  )
  return undefined
}

/** What to write in a document that lacks its apiVersion, its kind, or both. */
function typeHelp(mapping: Readonly<Record<string, unknown>>, kind: string | undefined, lacksBoth: boolean): string {
  if (lacksBoth)
    return `a Calico policy starts with \`apiVersion: ${CALICO_V3}\` and \`kind: GlobalNetworkPolicy\` or \`kind: NetworkPolicy\``
  if (Array.isArray(mapping['items'])) return 'write `kind: List`'
  if (kind === undefined) return 'write which kind of resource it is, for example `kind: GlobalNetworkPolicy`'
  const told = kind === 'NetworkPolicy' ? apiOfBody(mapping['spec']) : undefined
  if (told !== undefined) return `write \`apiVersion: ${told}\``
  const known = knownKinds().find(({ kind: name, apiVersion }) => name === kind && apiVersion !== CALICO_V3)
  return known === undefined || kind === 'NetworkPolicy' || CALICO_ONLY.includes(kind)
    ? `Calico resources need \`apiVersion: ${CALICO_V3}\``
    : `write \`apiVersion: ${known.apiVersion}\``
}

/** The separator in front of a document, where it stands inside a block scalar. */
function separatorInText({ document }: Location, { sources }: Report): Span | undefined {
  const { file, start } = sources.document(document)
  const separator = file.text.lastIndexOf('\n---', start)
  if (separator < 0 || !isInsideTextBlock(file.text.slice(0, separator))) return undefined
  return { file, start: separator + 1, end: separator + 4 }
}

/** Says what is wrong with a type that nothing here reads; false where it is simply none of our business. */
export function reportUnknownType({ apiVersion, kind, value, location }: ResourceDocument, report: Report): boolean {
  const other = describeOtherFile(apiVersion, kind)
  if (other !== undefined) {
    // Definitions of kinds come by the dozen, and what is skipped is listed anyway.
    if (kind !== 'CustomResourceDefinition')
      report.note('other-file', `this is ${other}: it is left out`, at(location, 'kind'))
    return kind !== 'CustomResourceDefinition'
  }
  const kinds = [...new Set(knownKinds().map(known => known.kind))]
  const sameApi = knownKinds().filter(known => known.apiVersion === apiVersion)
  const exact = kinds.includes(kind)
  if (isOwnGroup(apiVersion) || /^(extensions|projectcalico|networking|net\.alpha)\b/.test(apiVersion)) {
    const rightApi = knownKinds().find(known => known.kind === kind)?.apiVersion
    // The kinds of Calico 2 under the name of its successor.
    if (rightApi === 'v1' && apiVersion === CALICO_V3 && /^policy$/i.test(kind)) {
      reportKind(apiVersion, kind, 'GlobalNetworkPolicy', location, report)
      return true
    }
    const inOwnCase = sameApi.find(known => known.kind.toLowerCase() === kind.toLowerCase())
    if (inOwnCase !== undefined) {
      reportKind(apiVersion, kind, inOwnCase.kind, location, report)
      return true
    }
    if (exact && rightApi !== undefined) {
      reportApiVersion(apiVersion, kind, rightApi, location, report, apiOfBody(value['spec']))
      return true
    }
    const kindMeant = suggestKind(kind, sameApi.length > 0 ? sameApi.map(known => known.kind) : kinds)
    reportKind(apiVersion, kind, kindMeant, location, report)
    return true
  }
  const meantGroup = similarGroup(apiVersion)
  if (meantGroup !== undefined) {
    const right = knownKinds().find(known => known.kind === kind && groupOf(known.apiVersion) === meantGroup)
    reportMisspeltGroup(apiVersion, kind, right?.apiVersion ?? `${meantGroup}/…`, location, report)
    return true
  }
  if (CALICO_ONLY.includes(kind)) {
    reportApiVersion(apiVersion, kind, CALICO_V3, location, report)
    return true
  }
  if (kind === 'NetworkPolicy' && !apiVersion.includes('.')) {
    reportApiVersion(apiVersion, kind, CALICO_V3, location, report, apiOfBody(value['spec']))
    return true
  }
  const meant = kind.length > 3 || !apiVersion.includes('/') ? suggestKind(kind, CALICO_ONLY) : undefined
  if (meant === undefined || apiVersion.includes('.')) return false
  reportKind(apiVersion, kind, meant, location, report)
  return true
}

function groupOf(apiVersion: string): string {
  return apiVersion.slice(0, Math.max(0, apiVersion.indexOf('/')))
}

/** API groups that a misspelt one may stand for, and groups of others that look like one of them. */
const GROUPS = ['networking.k8s.io', 'policy.networking.k8s.io', 'discovery.k8s.io', 'projectcalico.org']
const OTHER_GROUPS = ['resource.k8s.io', 'node.k8s.io', 'storage.k8s.io', 'scheduling.k8s.io', 'metrics.k8s.io']

/** The group that was meant by one that nobody has; kinds of other groups are somebody else's business. */
function similarGroup(apiVersion: string): string | undefined {
  const group = groupOf(apiVersion)
  if (!group.includes('.') || GROUPS.includes(group) || OTHER_GROUPS.includes(group)) return undefined
  return GROUPS.find(known => editDistance(group, known) <= 3)
}

function reportMisspeltGroup(
  apiVersion: string,
  kind: string,
  right: string,
  location: Location,
  report: Report,
): void {
  const isWhole = !right.endsWith('…')
  report.error('unknown-kind', `no API group is called \`${groupOf(apiVersion)}\``, at(location, 'apiVersion'), {
    help: isWhole ? `for \`${kind}\` write \`${right}\`` : `did you mean \`${groupOf(right)}\`?`,
    fix: isWhole
      ? { title: `write \`${right}\``, edits: [{ place: at(location, 'apiVersion'), text: right }] }
      : undefined,
  })
}

function reportApiVersion(
  apiVersion: string,
  kind: string,
  right: string,
  location: Location,
  report: Report,
  told?: string,
): void {
  const place = at(location, 'apiVersion')
  const wanted = kind === 'NetworkPolicy' ? told : right
  report.error('unknown-kind', `\`${apiVersion}\` has no kind \`${kind}\``, place, {
    help:
      wanted === undefined
        ? `write \`${CALICO_V3}\` for a Calico policy, or \`${KUBERNETES_POLICY_API}\` for a Kubernetes one`
        : apiVersion === 'v1' && wanted === CALICO_V3
          ? `\`v1\` is the format of Calico 2, which has kind \`policy\`; for \`${kind}\` write \`${CALICO_V3}\``
          : `write \`${wanted}\``,
    fix: wanted === undefined ? undefined : { title: `write \`${wanted}\``, edits: [{ place, text: wanted }] },
  })
}

function reportKind(
  apiVersion: string,
  kind: string,
  meant: string | undefined,
  location: Location,
  report: Report,
): void {
  const isCase = meant !== undefined && meant.toLowerCase() === kind.toLowerCase()
  report.error('unknown-kind', `\`${apiVersion}\` has no kind \`${kind}\``, at(location, 'kind'), {
    help:
      meant === undefined
        ? undefined
        : isCase
          ? `kinds are case-sensitive; write \`${meant}\``
          : `did you mean \`${meant}\`?`,
    fix: isCase ? { title: `write \`${meant}\``, edits: [{ place: at(location, 'kind'), text: meant }] } : undefined,
  })
}

export { withRightApi } from './policy-body.ts'
