// What of a resource goes into a page that others will see: the fields that make rules, with names and addresses replaced.

import type { ConfigMaps } from '../parser/felix-environment/read-container.ts'
import { findDecoder } from '../parser/kinds.ts'
import { mappingIn, textIn } from '../parser/kubernetes/loose-fields.ts'
import type { Json, Replacements } from './replacements.ts'
import { environmentSpec, felixContainers, isRuleVariable, replaceVariable } from './redact-environment.ts'

type Mapping = Readonly<Record<string, Json>>

/** Of these kinds of Kubernetes only what makes rules is kept: the rest may hold anything. `*` stands for every key or item. */
const KEPT_FIELDS: Readonly<Record<string, readonly string[]>> = {
  Pod: [
    ...['nodeName', 'hostNetwork', 'serviceAccountName', 'serviceAccount'].map(name => `spec.${name}`),
    ...['containers', 'initContainers'].flatMap(list =>
      ['name', 'containerPort', 'hostPort', 'hostIP', 'protocol'].map(name => `spec.${list}.*.ports.*.${name}`),
    ),
    'spec.containers.*.name',
    ...['phase', 'podIP', 'hostIP', 'podIPs.*.ip', 'hostIPs.*.ip'].map(name => `status.${name}`),
  ],
  Node: ['spec.podCIDR', 'spec.podCIDRs.*', 'status.addresses.*.type', 'status.addresses.*.address'],
  Namespace: [],
  ServiceAccount: [],
}

const METADATA = new Set(['name', 'namespace', 'labels', 'node', 'deletionTimestamp'])

/** Kinds whose specs are settings: words of Felix, ports, durations, patterns of interfaces. */
const SETTINGS = new Set(['FelixConfiguration', 'KubeControllersConfiguration', 'Installation'])
const SETTING =
  /^(?:[A-Z][A-Za-z]*|[\d.]+[a-z]*(?:\/[a-z]+)?|[A-Z]+\d{0,2}|0x[\da-fA-F]+|insert|append|none|true|false|info|debug|warning|error|fatal|legacy|nft|iptables|cali)$/

/** Whoever has these annotations gets rules for them; all others are notes. */
const RULE_ANNOTATIONS = /^(?:(?:cni|qos|config)\.projectcalico\.org\/|projectcalico\.org\/IPv[46])/

/** Those whose texts are words and numbers: of DSCP, of rates, of Felix. */
const SETTING_ANNOTATION = /^(?:qos|config)\.projectcalico\.org\//

const LABEL_MAPS = new Set(['labels', 'matchLabels', 'labelsToApply', 'nodeSelector'])

/** Texts under these keys are words of the API. */
const API_WORDS = new Set(
  'apiVersion kind action dscp protocol notProtocol types policyTypes type phase operator addressType defaultAction effect flags operstate scope family table'.split(
    ' ',
  ),
)

const INTERFACES = new Set(['interfaceName', 'ifname', 'dev'])

/** Undefined for what makes no rules, or may hold anything. */
export function pruneResource(value: Mapping, configMaps: ConfigMaps): Mapping | undefined {
  const { apiVersion, kind, metadata, status: _, ...rest } = value
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined
  if (findDecoder(apiVersion, kind) === undefined) {
    const spec = environmentSpec(value, configMaps)
    const { labels: _labels, ...named } = prunedMetadata(metadata)
    return spec === undefined ? undefined : { apiVersion, kind, metadata: named, spec }
  }
  const paths = apiVersion === 'v1' && Object.hasOwn(KEPT_FIELDS, kind) ? KEPT_FIELDS[kind] : undefined
  const body = paths === undefined ? rest : pick(value, paths)
  const pruned = { apiVersion, kind, metadata: prunedMetadata(metadata), ...(isMapping(body) ? body : {}) }
  return kind === 'Pod' && apiVersion === 'v1' ? withEnvironment(pruned, value, configMaps) : pruned
}

function withEnvironment(pruned: Mapping, value: Mapping, configMaps: ConfigMaps): Mapping {
  const namespace = textIn(mappingIn(value, 'metadata'), 'namespace') || 'default'
  const containers = felixContainers(mappingIn(value, 'spec'), namespace, configMaps)
  if (containers.length === 0 || !isMapping(pruned['spec'])) return pruned
  return { ...pruned, spec: { ...pruned['spec'], containers } }
}

function prunedMetadata(metadata: Json | undefined): Mapping {
  const entries = isMapping(metadata) ? Object.entries(metadata) : []
  const kept = entries.filter(([key, own]) => METADATA.has(key) && own !== null)
  const annotations = entries.flatMap(([key, own]) => (key === 'annotations' && isMapping(own) ? [own] : []))
  const ruling = annotations.flatMap(own => Object.entries(own).filter(([key]) => RULE_ANNOTATIONS.test(key)))
  return Object.fromEntries([
    ...kept,
    ...(ruling.length === 0 ? [] : [['annotations', Object.fromEntries(ruling)] as const]),
  ])
}

/** What stands at the paths, and nothing else. */
function pick(value: Json, paths: readonly string[]): Json | undefined {
  if (paths.includes('')) return value
  const below = (key: string): readonly string[] =>
    paths.flatMap(path => {
      const [first, ...rest] = path.split('.')
      return first === key || first === '*' ? [rest.join('.')] : []
    })
  if (Array.isArray(value)) return (value as readonly Json[]).flatMap(item => pick(item, below('*')) ?? [])
  if (!isMapping(value)) return undefined
  const entries = Object.entries(value).flatMap(([key, own]) => {
    const next = below(key)
    const found = next.length === 0 ? undefined : pick(own, next)
    return found === undefined ? [] : [[key, found] as const]
  })
  return Object.fromEntries(entries)
}

/** Every text that is a name: what the renamer has to know. */
export function namesIn(value: Json): readonly string[] {
  const found: string[] = []
  const note: Replacements = {
    name: text => (found.push(text), text),
    address: () => undefined,
    interfaceName: text => text,
  }
  replaceNames(value, note)
  return found
}

/** @param key under which it stands; '' for a whole resource @param kind of the resource whose spec it is in */
export function replaceNames(value: Json, by: Replacements, key = '', kind = ''): Json {
  if (typeof value === 'string') return replaceText(value, key, kind, by)
  if (Array.isArray(value)) return (value as readonly Json[]).map(item => replaceNames(item, by, key, kind))
  if (!isMapping(value)) return value
  // Whatever their keys are called, labels are nobody's words but the user's.
  if (LABEL_MAPS.has(key)) {
    const labels = Object.entries(value).map(([name, own]) => [by.name(name), replaceNames(own, by, 'label')] as const)
    return Object.fromEntries(labels)
  }
  const { name, value: own } = value
  if (key === 'env' && typeof name === 'string' && typeof own === 'string' && isRuleVariable(name))
    return { ...replaceVariable({ name, value: own }, by) }
  // Notes of a rule or a resource; those that make rules were kept apart.
  const entries = Object.entries(value).filter(([name]) => key !== 'annotations' || RULE_ANNOTATIONS.test(name))
  const kindOf = (name: string): string =>
    key === '' && name === 'spec' && typeof value['kind'] === 'string' ? value['kind'] : kind
  return Object.fromEntries(entries.map(([name, own]) => [name, replaceNames(own, by, name, kindOf(name))] as const))
}

function replaceText(text: string, key: string, kind: string, by: Replacements): string {
  if (API_WORDS.has(key)) return text
  const isSetting = (SETTINGS.has(kind) || SETTING_ANNOTATION.test(key)) && !/logPrefix$/i.test(key)
  if (isSetting && (SETTING.test(text) || /interface|iface/i.test(key))) return text
  if (INTERFACES.has(key)) return by.interfaceName(text)
  // Ports, ranges of them, releases.
  if (/^\d{1,5}(:\d{1,5})?$|^v\d+\.\d+\.\d+$/.test(text)) return text
  return by.address(text) ?? by.name(text)
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
