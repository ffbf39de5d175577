// An input with names and addresses replaced, the same one always by the same other, so that it makes the same rules but for
// them. What has a meaning of its own stays: names of kinds and fields, `default`, labels of Kubernetes and Calico.

import { sha256 } from '@noble/hashes/sha2.js'
import { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { parseResources } from '../parser/parse-resources.ts'
import { createAddressRedactor } from './redact-address.ts'
import type { PageInput } from './view.ts'

/** Names that say nothing of anybody. */
const KEPT = new Set([
  'default',
  'kube-system',
  'kube-public',
  'calico-system',
  'calico-apiserver',
  'k8s',
  'all',
  'global',
  'true',
  'false',
  'adminnetworkpolicy',
  'baselineadminnetworkpolicy',
  'kube-admin',
  'kube-baseline',
  'cluster',
  'eth0',
  'name',
  'namespace',
  'spec',
  'kind',
  'metadata',
  'labels',
])

/** Words as names are made of: letters, digits, `-`, `_` and `.` inside. */
const WORD = /[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?/g
const IPV4 = /(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?:\/(\d{1,2}))?(?![\w.])/g
const IPV6 = /(?<![\w:])((?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})(?:\/(\d{1,3}))?(?![\w:])/g

export function redactInput(input: PageInput): PageInput {
  const key = sha256(new TextEncoder().encode(JSON.stringify(input)))
  const names = namesOf(input)
  const address = createAddressRedactor(key)
  const replaceAddress = (_: string, text: string, length: string | undefined): string => {
    const replaced = address(text, length === undefined ? undefined : Number(length))
    return length === undefined ? replaced : `${replaced}/${length}`
  }
  const redact = (text: string): string =>
    text
      .replace(IPV4, replaceAddress)
      .replace(IPV6, replaceAddress)
      .replace(WORD, word => names.get(word) ?? word)
  return {
    files: input.files.map(({ text }, index) => ({ name: `file-${index + 1}.yaml`, text: redact(text) })),
    host: redact(input.host),
    node: names.get(input.node) ?? input.node,
    release: input.release,
  }
}

/** Each name of the input and what stands for it: `pod-1`, `namespace-2`, `value-3`. */
function namesOf({ files }: PageInput): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const counts = new Map<string, number>()
  const add = (what: string, name: string): void => {
    if (name === '' || KEPT.has(name) || names.has(name) || /^[0-9.]+$/.test(name)) return
    const count = (counts.get(what) ?? 0) + 1
    counts.set(what, count)
    names.set(name, `${what}-${count}`)
  }
  const { resources } = parseResources(files, new Report())
  for (const resource of resources) addNames(resource, add)
  return names
}

type Add = (what: string, name: string) => void

function addNames(resource: Resource, add: Add): void {
  switch (resource.kind) {
    case 'policy':
      add('namespace', resource.id.namespace)
      add('policy', bareName(resource.id.name))
      add('tier', resource.tier)
      break
    case 'workloadEndpoint':
      add('namespace', resource.namespace)
      add('node', resource.node)
      add('pod', resource.name)
      addLabels(resource.labels, add)
      break
    case 'hostEndpoint':
      add('host-endpoint', resource.name)
      add('node', resource.node)
      addLabels(resource.labels, add)
      break
    default:
      if ('namespace' in resource && typeof resource.namespace === 'string') add('namespace', resource.namespace)
      if ('name' in resource && typeof resource.name === 'string')
        add(resource.kind.toLowerCase(), bareName(resource.name))
      if ('labels' in resource && typeof resource.labels === 'object') addLabels(resource.labels, add)
  }
}

/** Profiles of namespaces and service accounts are named after them. */
function bareName(name: string): string {
  return name.replace(/^(kns|ksa)\./, '').replace(/^.*\//, '')
}

function addLabels(labels: Readonly<Record<string, string>>, add: Add): void {
  for (const [key, value] of Object.entries(labels)) {
    // Labels that Kubernetes and Calico set: what they say is said elsewhere too.
    if (
      /(^|\.)(kubernetes|k8s|projectcalico)\.(io|org)\//.test(key) ||
      key.startsWith('pcns.') ||
      key.startsWith('pcsa.')
    )
      continue
    add('label', key)
    add('value', value)
  }
}
