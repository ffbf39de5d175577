// crd.projectcalico.org/v1: the form in which Calico keeps its resources in Kubernetes, as `kubectl get -o yaml` prints it.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { ResourceDocument } from './context.ts'

const METADATA_ANNOTATION = 'projectcalico.org/metadata'

const POLICY_KINDS = [
  'GlobalNetworkPolicy',
  'NetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
]

type Mapping = Readonly<Record<string, unknown>>

function mapping(value: unknown): Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Mapping) : {}
}

/** The v3 resource that a stored one stands for: its real metadata is packed as JSON into an annotation. */
export function unpackStoredForm(document: ResourceDocument, report: Report): ResourceDocument {
  const metadata = mapping(document.value['metadata'])
  const annotations = mapping(metadata['annotations'])
  const packedText = annotations[METADATA_ANNOTATION]
  if (typeof packedText !== 'string') return document
  let packed: Mapping
  try {
    packed = mapping(JSON.parse(packedText))
  } catch {
    report.error(
      'bad-value',
      `the annotation \`${METADATA_ANNOTATION}\` is not JSON`,
      at(document.location, 'metadata', 'annotations', METADATA_ANNOTATION),
    )
    return document
  }
  const { [METADATA_ANNOTATION]: _, ...openAnnotations } = annotations
  return {
    ...document,
    value: {
      ...document.value,
      metadata: {
        ...metadata,
        name: storedName(document, metadata, packed),
        labels: { ...mapping(metadata['labels']), ...mapping(packed['labels']) },
        annotations: { ...openAnnotations, ...mapping(packed['annotations']) },
        creationTimestamp: packed['creationTimestamp'] ?? metadata['creationTimestamp'],
      },
    },
  }
}

/** Policies of the default tier are stored under `default.NAME`. */
function storedName({ kind, value }: ResourceDocument, metadata: Mapping, packed: Mapping): unknown {
  if (packed['name'] !== undefined) return packed['name']
  const name = metadata['name']
  const tier = mapping(value['spec'])['tier']
  const isDefaultTier = tier === undefined || tier === '' || tier === 'default'
  if (!POLICY_KINDS.includes(kind) || !isDefaultTier || typeof name !== 'string') return name
  return name.startsWith('default.') ? name.slice('default.'.length) : name
}
