// Whose a NetworkPolicy is, told by its body: Calico and Kubernetes have a kind of that name each.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Path } from '../diagnostics/source.ts'
import type { ResourceDocument } from './context.ts'
import { CALICO_V3 } from './kinds.ts'
import { asMapping, itemsIn, type Mapping } from './kubernetes/loose-fields.ts'

export const KUBERNETES_POLICY_API = 'networking.k8s.io/v1'

const KUBERNETES_BODY = ['podSelector', 'policyTypes']
const CALICO_BODY = ['selector', 'types', 'tier', 'order', 'serviceAccountSelector']

const KUBERNETES_RULE = ['from', 'to']
const CALICO_RULE = ['action', 'source', 'destination']

/** The first field of `names` that a mapping has. */
function fieldOf(mapping: Mapping, names: readonly string[]): string | undefined {
  return names.find(name => Object.hasOwn(mapping, name))
}

/** Where a body has a field of one API, in itself or in its first rules. */
function signOf(spec: unknown, body: readonly string[], rule: readonly string[]): Path | undefined {
  const mapping = asMapping(spec)
  const own = fieldOf(mapping, body)
  if (own !== undefined) return [own]
  for (const direction of ['ingress', 'egress']) {
    const found = fieldOf(asMapping(itemsIn(mapping, direction)[0]), rule)
    if (found !== undefined) return [direction, 0, found]
  }
  return undefined
}

const kubernetesSign = (spec: unknown): Path | undefined => signOf(spec, KUBERNETES_BODY, KUBERNETES_RULE)
const calicoSign = (spec: unknown): Path | undefined => signOf(spec, CALICO_BODY, CALICO_RULE)

/** A NetworkPolicy whose body is that of the other API: said once, and read as what it is. */
export function withRightApi(document: ResourceDocument, report: Report): ResourceDocument {
  const { apiVersion, kind, value, location } = document
  const spec = value['spec']
  if (kind !== 'NetworkPolicy' || typeof spec !== 'object' || spec === null) return document
  const isCalico = apiVersion === CALICO_V3
  if (!isCalico && apiVersion !== KUBERNETES_POLICY_API) return document
  const foreign = isCalico ? kubernetesSign(spec) : calicoSign(spec)
  const own = isCalico ? calicoSign(spec) : kubernetesSign(spec)
  if (foreign === undefined || own !== undefined) return document
  const right = isCalico ? KUBERNETES_POLICY_API : CALICO_V3
  report.error(
    'wrong-api',
    isCalico ? 'this body is that of a Kubernetes NetworkPolicy' : 'this body is that of a Calico NetworkPolicy',
    at(location, 'apiVersion'),
    {
      help: isCalico
        ? `set \`apiVersion: ${right}\`, or use \`selector\`, \`types\` and \`ingress.source\``
        : `set \`apiVersion: ${right}\`, or use \`podSelector\`, \`policyTypes\` and \`ingress.from\``,
      related: [
        {
          message: `\`${String(foreign.at(-1))}\` does not exist in \`${apiVersion}\``,
          place: { ...at(location, 'spec', ...foreign), target: 'key' },
        },
      ],
    },
  )
  return { ...document, apiVersion: right, value: { ...value, apiVersion: right } }
}

/** The one that has the body of a NetworkPolicy whose group or version is wrong. */
export function apiOfBody(spec: unknown): string | undefined {
  if (kubernetesSign(spec) !== undefined) return KUBERNETES_POLICY_API
  return calicoSign(spec) === undefined ? undefined : CALICO_V3
}
