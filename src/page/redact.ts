// An input for others to see: what makes its rules and nothing else, names and addresses replaced, the same one always by the
// same other, so that it makes the same rules but for them, and in the same order.

import { sha256 } from '@noble/hashes/sha2.js'
import { Report } from '../diagnostics/diagnostic.ts'
import { convertV1 } from '../parser/calico-v1/convert.ts'
import { v1KindOf } from '../parser/calico-v1/decoders.ts'
import { mayTellRelease } from '../parser/choose-release.ts'
import { type Mapping, mappingIn, textIn } from '../parser/kubernetes/loose-fields.ts'
import { readJsonValues } from '../reader/json-values.ts'
import { createEngine } from './engine/engine.ts'
import { createAddressRedactor } from './redact-address.ts'
import { createRenamer } from './redact-names.ts'
import { isMapping, namesIn, pruneResource, replaceNames } from './redact-values.ts'
import { parseAlone, printResource, withWords } from './redact-words.ts'
import type { Json, Replacements } from './replacements.ts'
import type { Model, PageInput, RulesView } from './view.ts'

export interface Redacted {
  readonly input: PageInput
  /** What has become of a name. */
  readonly rename: (text: string) => string
}

export function redactInput(input: PageInput): Redacted {
  const key = sha256(new TextEncoder().encode(JSON.stringify(input)))
  const read = input.files.map(file => documentsOf(file, input.release))
  const configMaps = new Map(read.flatMap(documents => documents.flatMap(configMapOf)))
  const files = read.map(documents => documents.flatMap(document => pruneResource(document, configMaps) ?? []))
  // An image or an Installation may tell it, which are left out.
  const release =
    input.release === '' && mayTellRelease(input.files)
      ? (createEngine(input).view.model?.release ?? '')
      : input.release
  const host = hostValues(input.host)
  const rename = createRenamer([input.node, ...[...files.flat(), ...host].flatMap(namesIn)])
  const by: Replacements = { name: rename, address: addressReplacer(key), interfaceName: interfaceRenamer(key, rename) }
  return {
    rename,
    input: {
      files: files.map((resources, index) => ({
        name: `file-${index + 1}.yaml`,
        text: resources
          .map(resource => printResource(withWords(resource, replaceNames(resource, by), release)))
          .join('---\n'),
      })),
      host: host.map(value => `${JSON.stringify(replaceNames(value, by))}\n`).join(''),
      node: rename(input.node),
      release,
    },
  }
}

/** The resources of a file, in the form of v3 where they were written for Calico 2.x. */
function documentsOf(file: PageInput['files'][number], release: string): readonly Readonly<Record<string, Json>>[] {
  const found: Readonly<Record<string, Json>>[] = []
  const report = new Report()
  parseAlone(file, release, report, document => {
    const { apiVersion, kind, value } = document
    const v1Kind = v1KindOf(document)
    const read =
      v1Kind === undefined
        ? { ...value, apiVersion, kind }
        : convertV1(v1Kind, document, new Report({ sources: report.sources }))?.value
    if (isMapping(read)) found.push(read)
  })
  return found
}

/** What variables may be taken from. */
function configMapOf(value: Readonly<Record<string, Json>>): readonly (readonly [name: string, data: Mapping])[] {
  if (value['apiVersion'] !== 'v1' || value['kind'] !== 'ConfigMap') return []
  const metadata = mappingIn(value, 'metadata')
  return [[`${textIn(metadata, 'namespace') || 'default'}/${textIn(metadata, 'name')}`, mappingIn(value, 'data')]]
}

/** Of what the node says: names and addresses of interfaces, and routes; no hardware addresses. */
function hostValues(text: string): readonly Json[] {
  const read = (value: unknown): Json => {
    if (Array.isArray(value)) return value.map(read)
    if (!isMapping(value)) return value as Json
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, own]) => (HOST_FIELDS.has(key) ? [[key, read(own)]] : [])),
    )
  }
  return (readJsonValues(text) ?? []).map(({ value }) => read(value))
}

const HOST_FIELDS = new Set(
  'ifname flags operstate addr_info family local prefixlen scope dst gateway dev protocol prefsrc type table metric'.split(
    ' ',
  ),
)

const ADDRESS = /^([\da-fA-F.:]+)(?:\/(\d{1,3}))?$/
/** Addresses in a list, as annotations have them. */
const LISTED = /"([\da-fA-F.:]+)(?:\/(\d{1,3}))?"/g

function addressReplacer(key: Uint8Array): (text: string) => string | undefined {
  const replace = createAddressRedactor(key)
  const one = (address: string, length: string | undefined): string | undefined => {
    if (!/[.:]/.test(address)) return undefined
    const found = replace(address, length === undefined ? undefined : Number(length))
    return found === undefined || length === undefined ? found : `${found}/${length}`
  }
  return text => {
    const [, address, length] = ADDRESS.exec(text) ?? []
    if (address !== undefined) return one(address, length)
    if (!text.startsWith('[')) return undefined
    return text.replace(LISTED, (whole, listed: string, bits: string | undefined) => {
      const found = one(listed, bits)
      return found === undefined ? whole : `"${found}"`
    })
  }
}

/** As Linux, Calico and container engines call them: these say nothing of anybody. */
const COMMON_INTERFACE =
  /^(?:\*|(?:lo|(?:eth|eno|em|bond|br|dummy|docker|cni)\d+|ens\d+|enp\d+s\d+|tunl0|vxlan(?:-v6)?\.calico|wireguard\.cali|wg-v6\.cali|kube-ipvs0|nodelocaldns)(?:\.\d+)?)$/

/** Interfaces of pods are called after a hash of the pod's name, by which it could be guessed. */
function interfaceRenamer(key: Uint8Array, rename: (text: string) => string): (text: string) => string {
  return text => {
    if (COMMON_INTERFACE.test(text)) return text
    const prefix = /^(?:cali|tap)(?=[\da-f]+$)/.exec(text)?.[0]
    if (prefix === undefined) return rename(text)
    const hash = sha256(new Uint8Array([...key, ...new TextEncoder().encode(text)]))
    return (
      prefix +
      [...hash.slice(0, 6)]
        .map(byte => byte.toString(16).padStart(2, '0'))
        .join('')
        .slice(0, 11)
    )
  }
}

/**
 * Whether a redacted input is the same but for its names: the same policies in the same order, and the same rules but for names,
 * nets and hashes. It is not where a selector looks into names (`starts with`), which are other ones now, or where something
 * that was left out had a say.
 */
export function isSameButForNames(before: PageInput, { input, rename }: Redacted): boolean {
  const [old, fresh] = [createEngine(before).view.model, createEngine(input).view.model]
  if (old === undefined || fresh === undefined) return false
  return JSON.stringify(shapeOf(old, rename)) === JSON.stringify(shapeOf(fresh, text => text))
}

/** How these chains branch, and what they mark, is a matter of what interfaces are called. */
const DISPATCH = /^cali-(?:(?:from|to|set)-(?:wl-dispatch|host-endpoint|hep|endpoint-mark)|sm-)/

/** Notes of a policy's rule are left out. */
const COMMENT = / -m comment --comment "(?:[^"\\]|\\.)*"/g

/** Names of chains, sets and interfaces, addresses, and what stands between quotes. */
const NAMES = /"(?:[^"\\]|\\.)*"|\bcali[\w/:.-]+|(?<=(?:-interface|-A|--(?:to-)?(?:source|destination)) )\S+/g

function shapeOf({ policies, endpoints, rules }: Model, rename: (text: string) => string): unknown {
  return {
    policies: policies.map(({ title, tier, flags }) => [title.replace(/^\w+/, ''), tier].map(rename).concat(flags)),
    endpoints: endpoints.length,
    rules: ([4, 6] as const).flatMap(version => (rules[version] === undefined ? [] : [shapeOfRules(rules[version])])),
  }
}

function shapeOfRules({ tables, sets }: RulesView): unknown {
  const shapes = tables.map(({ name, chains }) => [
    name,
    ...chains
      .filter(chain => !DISPATCH.test(chain.name))
      .map(chain => chain.rules.map(({ text }) => text.replace(COMMENT, '').replace(NAMES, '…')).join('\n'))
      .sort(),
  ])
  return [...shapes, sets.map(({ members }) => members.length).sort((a, b) => a - b)]
}
