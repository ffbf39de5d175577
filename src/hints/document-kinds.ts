// What a document is that is none of the kinds that are read: another program's file, a part of a resource, a kind nearly named.

import { didYouMean } from '../text/did-you-mean.ts'

/** What a file is that is found among policies and is none; undefined for anything else. */
const OTHER_FILES: readonly (readonly [apiVersion: RegExp, kind: RegExp, what: string])[] = [
  [/^(v1|projectcalico\.org\/v3)$/, /^calicoApiConfig$/i, 'the configuration of calicoctl'],
  [/^v1$/, /^Config$/, 'a kubeconfig'],
  [
    /^kustomize\.config\.k8s\.io\//,
    /^(Kustomization|Component)$/,
    'a kustomization; `kustomize build` makes resources of it',
  ],
  [/^apiextensions\.k8s\.io\//, /^CustomResourceDefinition$/, 'the definition of a kind, not a resource of it'],
  [/^operator\.tigera\.io\//, /./, 'configuration of the Calico operator'],
]

export function describeOtherFile(apiVersion: string, kind: string): string | undefined {
  return OTHER_FILES.find(([version, name]) => version.test(apiVersion) && name.test(kind))?.[2]
}

/** What a mapping without apiVersion or kind may be. */
export function describeUntyped(value: Readonly<Record<string, unknown>>): string | undefined {
  if ('image' in value || 'replicaCount' in value || 'global' in value)
    return 'this looks like the values of a Helm chart; check what `helm template` prints instead'
  if ('Name' in value && 'Labels' in value)
    return 'this looks like what `kubectl describe` prints; give what `kubectl get -o yaml` prints'
  return undefined
}

/** What to do with a document that is text and no more. */
export function textHelp(value: unknown): string | undefined {
  const isTable = typeof value === 'string' && /(?:^|\s)NAME +[A-Z]/.test(value)
  return isTable ? 'add `-o yaml` to the command that printed this' : undefined
}

/** The text ends inside a block scalar (`key: |`), so the separator behind it cut the scalar in two. */
export function isInsideTextBlock(text: string): boolean {
  const lines = text.slice(-4000).trimEnd().split('\n')
  const indent = (line: string): number => /^ */.exec(line)?.[0].length ?? 0
  const last = indent(lines.at(-1) ?? '')
  if (last === 0) return false
  const parent = lines.findLast(line => line.trim() !== '' && indent(line) < last)
  return parent !== undefined && /:\s*[|>][+-]?\d?\s*$/.test(parent)
}

/** Kinds that command lines abbreviate. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  gnp: 'GlobalNetworkPolicy',
  np: 'NetworkPolicy',
  netpol: 'NetworkPolicy',
  hep: 'HostEndpoint',
  wep: 'WorkloadEndpoint',
  gns: 'GlobalNetworkSet',
  ns: 'Namespace',
  netset: 'NetworkSet',
  felixconfig: 'FelixConfiguration',
  ippools: 'IPPool',
}

export function suggestKind(kind: string, kinds: readonly string[]): string | undefined {
  const short = kind.toLowerCase()
  const known = Object.hasOwn(SHORT_NAMES, short) ? SHORT_NAMES[short] : undefined
  if (known !== undefined && kinds.includes(known)) return known
  const singular = kinds.find(one => [`${one}s`, one.replace(/y$/, 'ies')].includes(kind) && one !== kind)
  return singular ?? didYouMean(kind, kinds)
}
