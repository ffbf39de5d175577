// Kinds that change no rule: each is checked, and nothing becomes of it.

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

function checkedOnly(kind: 'IPReservation' | 'ClusterInformation' | 'IPAMConfiguration'): Decoder {
  return (document, context) => {
    decodeResource<{ readonly metadata?: Metadata | undefined }>(SCHEMAS[kind], document, context)
  }
}

export const ROUTING_DECODERS: Readonly<Record<keyof typeof SCHEMAS, Decoder>> = {
  BGPPeer: decodePeer,
  BGPFilter: decodeFilter,
  IPReservation: checkedOnly('IPReservation'),
  CalicoNodeStatus: decodeNodeStatus,
  ClusterInformation: checkedOnly('ClusterInformation'),
  IPAMConfiguration: checkedOnly('IPAMConfiguration'),
}
