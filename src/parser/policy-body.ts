// Whose a NetworkPolicy is, told by its body: Calico and Kubernetes have a kind of that name each.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { ResourceDocument } from './context.ts'
import { CALICO_V3 } from './kinds.ts'

export const KUBERNETES_POLICY_API = 'networking.k8s.io/v1'

const KUBERNETES_BODY = ['podSelector', 'policyTypes']
const CALICO_BODY = ['selector', 'types', 'tier', 'order', 'serviceAccountSelector']

export function isKubernetesBody(spec: unknown): boolean {
  return typeof spec === 'object' && spec !== null && KUBERNETES_BODY.some(name => Object.hasOwn(spec, name))
}

/** A NetworkPolicy whose body is that of the other API: said once, and read as what it is. */
export function withRightApi(document: ResourceDocument, report: Report): ResourceDocument {
  const { apiVersion, kind, value, location } = document
  const spec = value['spec']
  if (kind !== 'NetworkPolicy' || typeof spec !== 'object' || spec === null) return document
  const isCalico = apiVersion === CALICO_V3
  if (!isCalico && apiVersion !== KUBERNETES_POLICY_API) return document
  const [foreign, own] = isCalico ? [KUBERNETES_BODY, CALICO_BODY] : [CALICO_BODY, KUBERNETES_BODY]
  const field = foreign.find(name => Object.hasOwn(spec, name))
  if (field === undefined || own.some(name => Object.hasOwn(spec, name))) return document
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
          message: `\`${field}\` does not exist in \`${apiVersion}\``,
          place: { ...at(location, 'spec', field), target: 'key' },
        },
      ],
    },
  )
  return { ...document, apiVersion: right, value: { ...value, apiVersion: right } }
}

/** The one that has the body of a NetworkPolicy whose group or version is wrong. */
export function apiOfBody(spec: unknown): string | undefined {
  if (isKubernetesBody(spec)) return KUBERNETES_POLICY_API
  const isMapping = typeof spec === 'object' && spec !== null
  return isMapping && CALICO_BODY.some(name => Object.hasOwn(spec, name)) ? CALICO_V3 : undefined
}
