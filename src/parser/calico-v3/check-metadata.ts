// Names, namespaces, labels and annotations of Calico's kinds.

import { NAMESPACE_LABEL } from '../../calico/labels.ts'
import type { Path } from '../../diagnostics/source.ts'
import { utf8Length } from '../../text/bytes.ts'
import type { Metadata } from '../metadata.ts'
import {
  isLabelName,
  isSubdomainName,
  labelKeyFault,
  labelValueFault,
  MAX_LABEL_LENGTH,
  MAX_NAME_LENGTH,
  nameHelp,
} from '../names.ts'
import type { Checker } from './checker.ts'

/** Kinds that live in a namespace; all others are the cluster's. */
const NAMESPACED_KINDS = [
  'NetworkPolicy',
  'StagedNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
  'NetworkSet',
  'WorkloadEndpoint',
]

const POLICY_KINDS = ['GlobalNetworkPolicy', 'StagedGlobalNetworkPolicy', 'NetworkPolicy', 'StagedNetworkPolicy']

const MAX_ANNOTATIONS_SIZE = 262_144

export function checkMetadata(kind: string, metadata: Metadata | undefined, checker: Checker): void {
  const { name = '', namespace = '', labels, annotations } = metadata ?? {}
  if (!checker.isBroken('metadata', 'name')) checkName(kind, name, checker)
  if (namespace !== '' && !NAMESPACED_KINDS.includes(kind)) {
    checker.error('bad-name', ['metadata', 'namespace'], `a ${kind} belongs to no namespace`, 'remove `namespace`')
  }
  checkLabels(labels, ['metadata', 'labels'], checker)
  checkAnnotations(annotations, ['metadata', 'annotations'], checker)
  if ((kind === 'NetworkSet' || kind === 'GlobalNetworkSet') && Object.hasOwn(labels ?? {}, NAMESPACE_LABEL)) {
    checker.error(
      'bad-name',
      { path: ['metadata', 'labels'], entry: NAMESPACE_LABEL },
      `\`${NAMESPACE_LABEL}\` is not a valid label for a ${kind}`,
      'remove it: a NetworkSet gets it from its namespace',
    )
  }
}

function checkName(kind: string, name: string, { error, release }: Checker): void {
  const place = ['metadata', 'name']
  if (name === '') {
    error('missing-field', place, '`metadata.name` is missing', 'every resource needs a name')
    return
  }
  const longest = kind === 'Tier' ? MAX_LABEL_LENGTH : MAX_NAME_LENGTH
  const excess = utf8Length(name) - longest
  if (excess > 0) error('bad-name', place, `the name is ${excess} bytes too long: the limit is ${longest}`)
  if (!isSubdomainName(name)) {
    const help = nameHelp(kind === 'Tier' ? name.replaceAll('.', '-') : name)
    error('bad-name', place, `\`${name}\` is not a valid name`, help)
  } else if (kind === 'Tier' && !isLabelName(name)) {
    error('bad-name', place, `the name of a tier has no dot: \`${name}\``, `write \`${name.replaceAll('.', '-')}\``)
  } else if (release.policyNames !== 'oneLabel' && POLICY_KINDS.includes(kind) && !isPolicyName(kind, name)) {
    error('bad-name', place, `the name of a policy has at most one dot: \`${name}\``)
  }
}

/** Kubernetes policies keep a prefix of their own in Calico's store, and any name after it. */
function isPolicyName(kind: string, name: string): boolean {
  if (name.split('.').length <= 2) return true
  return !kind.includes('Global') && /^(?:knp|ossg)\.default\./.test(name)
}

/** Texts by key; a value of another type, which the reader of the field has reported, is undefined. */
type Texts = Readonly<Record<string, string | undefined>>

function checkLabels(labels: Texts | undefined, path: Path, checker: Checker): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    checkKey(key, key, 'label', path, checker)
    const fault = labelValueFault(value ?? '')
    if (fault !== undefined)
      checker.error('bad-name', [...path, key], `the value \`${value}\` of label \`${key}\` is not valid`, fault)
  }
}

/** Keys are compared in lower case, and all of it together has a limit. */
export function checkAnnotations(annotations: Texts | undefined, path: Path, checker: Checker): void {
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    checkKey(key, key.toLowerCase(), 'annotation', path, checker)
    size += utf8Length(key) + utf8Length(value ?? '')
  }
  if (size > MAX_ANNOTATIONS_SIZE) {
    const excess = size - MAX_ANNOTATIONS_SIZE
    checker.error('bad-value', path, `the annotations are ${excess} bytes too large: the limit is 256 KiB in all`)
  }
}

function checkKey(written: string, key: string, what: string, path: Path, { error }: Checker): void {
  const fault = labelKeyFault(key)
  if (fault !== undefined)
    error('bad-name', { path, entry: written }, `\`${written}\` is not a valid ${what} key`, fault)
}
