// crd.projectcalico.org/v1: the form in which Calico keeps its resources in Kubernetes, as `kubectl get -o yaml` prints it.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { ResourceDocument } from './context.ts'
import { asMapping, type Mapping } from './kubernetes/loose-fields.ts'

const METADATA_ANNOTATION = 'projectcalico.org/metadata'

/** Felix knows a policy by the name of the stored object, whatever is packed into it. */
const POLICY_KINDS = [
  'GlobalNetworkPolicy',
  'NetworkPolicy',
  'StagedGlobalNetworkPolicy',
  'StagedNetworkPolicy',
  'StagedKubernetesNetworkPolicy',
]

/** The v3 resource that a stored one stands for: its real metadata is packed as JSON into an annotation. */
export function unpackStoredForm(document: ResourceDocument, report: Report): ResourceDocument {
  const metadata = asMapping(document.value['metadata'])
  const annotations = asMapping(metadata['annotations'])
  const packedText = annotations[METADATA_ANNOTATION]
  const stored = { ...document, isStored: true }
  if (typeof packedText !== 'string') return stored
  let packed: Mapping
  try {
    packed = asMapping(JSON.parse(packedText))
  } catch {
    report.error(
      'bad-value',
      `the annotation \`${METADATA_ANNOTATION}\` is not JSON`,
      at(document.location, 'metadata', 'annotations', METADATA_ANNOTATION),
    )
    return stored
  }
  const { [METADATA_ANNOTATION]: _, ...openAnnotations } = annotations
  return {
    ...stored,
    value: {
      ...document.value,
      metadata: {
        ...metadata,
        name: POLICY_KINDS.includes(document.kind) ? metadata['name'] : (packed['name'] ?? metadata['name']),
        labels: { ...asMapping(metadata['labels']), ...asMapping(packed['labels']) },
        annotations: { ...openAnnotations, ...asMapping(packed['annotations']) },
        creationTimestamp: packed['creationTimestamp'] ?? metadata['creationTimestamp'],
      },
    },
  }
}
