// KubeControllersConfiguration: whether host endpoints are made of Nodes, and by which templates.

import { at } from '../../diagnostics/source.ts'
import type { Decoder } from '../context.ts'
import { decodeResource } from './decode-resource.ts'
import { SCHEMAS } from './schema.ts'

export const decodeKubeControllers: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.KubeControllersConfiguration, document, context)
  const {
    autoCreate,
    createDefaultHostEndpoint,
    templates = [],
  } = resource?.spec?.controllers?.node?.hostEndpoint ?? {}
  if (autoCreate !== 'Enabled') return
  const name = resource?.metadata?.name ?? ''
  if (name !== 'default') {
    context.report.warn(
      'felix-default',
      `kube-controllers ignores the KubeControllersConfiguration \`${name}\``,
      location,
      'name it `default`',
    )
    return
  }
  const place = at(location, 'spec', 'controllers', 'node', 'hostEndpoint')
  context.add({
    kind: 'automaticHostEndpoints',
    hasDefault: createDefaultHostEndpoint !== 'Disabled',
    templates: templates.map((template, index) => ({
      generateName: template.generateName ?? '',
      interfaceCidrs: template.interfaceCIDRs ?? [],
      interfacePattern: template.interfacePattern ?? '',
      labels: template.labels ?? {},
      nodeSelector: template.nodeSelector ?? '',
      location: at(place, 'templates', index),
    })),
    location: at(place, 'autoCreate'),
  })
}
