// Kinds that change no rule: each is checked, and nothing becomes of it, but for the cluster type, which may name OpenStack.

import { at } from '../../diagnostics/source.ts'
import type { Decoder } from '../context.ts'
import type { Metadata } from '../metadata.ts'
import { decodeResource } from './decode-resource.ts'
import { checkFilter, checkNodeStatus, checkPeer } from './check-routing.ts'
import { ROUTING_SCHEMAS } from './routing-schema.ts'
import { lazily } from '../lazily.ts'

const SCHEMAS = lazily(ROUTING_SCHEMAS)

const decodePeer: Decoder = (document, context) => {
  decodeResource(SCHEMAS.BGPPeer, document, context, ({ spec }, checker) => checkPeer(spec ?? {}, checker))
}

const decodeFilter: Decoder = (document, context) => {
  decodeResource(SCHEMAS.BGPFilter, document, context, ({ spec }, checker) => checkFilter(spec ?? {}, checker))
}

const decodeNodeStatus: Decoder = (document, context) => {
  decodeResource(SCHEMAS.CalicoNodeStatus, document, context, ({ spec }, checker) =>
    checkNodeStatus(spec ?? {}, checker),
  )
}

/** Felix looks for OpenStack in the type; the rest of it is for people. */
const decodeClusterInformation: Decoder = (document, context) => {
  const resource = decodeResource(SCHEMAS.ClusterInformation, document, context)
  const text = resource?.spec?.clusterType ?? ''
  if (resource?.metadata?.name !== 'default' || !/openstack/i.test(text)) return
  const location = at(document.location, 'spec', 'clusterType')
  context.add({
    kind: 'felixEnvironment',
    source: 'cluster',
    name: 'ClusterInformation default',
    settings: new Map([['clusterType', { text, location }]]),
    location: document.location,
  })
}

function checkedOnly(kind: 'IPReservation' | 'IPAMConfiguration'): Decoder {
  return (document, context) => {
    decodeResource<{ readonly metadata?: Metadata | undefined }>(SCHEMAS[kind], document, context)
  }
}

export const ROUTING_DECODERS: Readonly<Record<keyof typeof SCHEMAS, Decoder>> = {
  BGPPeer: decodePeer,
  BGPFilter: decodeFilter,
  IPReservation: checkedOnly('IPReservation'),
  CalicoNodeStatus: decodeNodeStatus,
  ClusterInformation: decodeClusterInformation,
  IPAMConfiguration: checkedOnly('IPAMConfiguration'),
}
