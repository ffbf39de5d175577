// Pod templates of workloads. They make no rules, since nobody knows the addresses: what does not fit is left unread.

import { at, type Location } from '../../diagnostics/source.ts'
import type { ParseContext, SideDecoder } from '../context.ts'
import { decodeFelixContainer } from '../felix-environment/decode-container.ts'
import { asMapping, itemsIn, type Mapping, mappingIn, textIn, textMapIn } from './loose-fields.ts'
import { readPodTraits } from './pod-traits.ts'

const IN_SPEC = ['spec', 'template']
const IN_JOB = ['spec', 'jobTemplate', 'spec', 'template']

/** Where the template stands, by kind, and the API groups that have the kind. */
const TEMPLATES: Readonly<Record<string, { readonly groups: readonly string[]; readonly path: readonly string[] }>> = {
  Deployment: { groups: ['apps', 'extensions'], path: IN_SPEC },
  StatefulSet: { groups: ['apps'], path: IN_SPEC },
  DaemonSet: { groups: ['apps', 'extensions'], path: IN_SPEC },
  ReplicaSet: { groups: ['apps', 'extensions'], path: IN_SPEC },
  ReplicationController: { groups: [''], path: IN_SPEC },
  PodTemplate: { groups: [''], path: ['template'] },
  Job: { groups: ['batch'], path: IN_SPEC },
  CronJob: { groups: ['batch'], path: IN_JOB },
  Rollout: { groups: ['argoproj.io'], path: IN_SPEC },
}

/** Whether a kind has a pod template that is read. */
export function hasPodTemplate(apiVersion: string, kind: string): boolean {
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  return Object.hasOwn(TEMPLATES, kind) && TEMPLATES[kind]?.groups.includes(group) === true
}

/** True for the DaemonSet that runs Felix and for kube-controllers that makes host endpoints: their environment decides about rules. */
export const decodePodTemplate: SideDecoder = ({ kind, value, location }, context) => {
  const path = TEMPLATES[kind]?.path ?? []
  const template = path.reduce(mappingIn, value)
  // A Rollout may point at a Deployment instead.
  if (Object.keys(template).length === 0) return false
  const metadata = mappingIn(value, 'metadata')
  const spec = mappingIn(template, 'spec')
  const namespace = textIn(metadata, 'namespace') || 'default'
  const name = textIn(metadata, 'name')
  context.add({
    kind: 'podTemplate',
    ownerKind: kind,
    ...readPodTraits(namespace, textMapIn(mappingIn(template, 'metadata'), 'labels'), spec),
    name,
    isHostNetwork: spec['hostNetwork'] === true,
    location,
  })
  if (kind === 'Deployment') return addAutomaticEndpoints(spec, at(location, ...path, 'spec'), context)
  if (kind !== 'DaemonSet') return false
  return decodeFelixContainer({ source: 'daemonSet', namespace, name }, spec, at(location, ...path, 'spec'), context)
}

/** The variable switches on what a KubeControllersConfiguration may say too. */
function addAutomaticEndpoints(spec: Mapping, location: Location, { add }: ParseContext): boolean {
  for (const [index, container] of itemsIn(spec, 'containers').map(asMapping).entries()) {
    const variables = itemsIn(container, 'env').map(asMapping)
    const entry = variables.findIndex(
      one => textIn(one, 'name') === 'AUTO_HOST_ENDPOINTS' && textIn(one, 'value').toLowerCase() === 'enabled',
    )
    if (entry < 0) continue
    const place = at(location, 'containers', index, 'env', entry)
    add({ kind: 'automaticHostEndpoints', hasDefault: true, templates: [], location: place })
    return true
  }
  return false
}
