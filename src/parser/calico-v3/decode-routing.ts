// Kinds that change no rule: each is checked, and nothing becomes of it.

import type { Decoder } from '../context.ts'
import type { Metadata } from '../metadata.ts'
import { decodeResource } from './decode-resource.ts'
import { checkPeer, ROUTING_SCHEMAS } from './routing-schema.ts'
import { lazily } from '../lazily.ts'

const SCHEMAS = lazily(ROUTING_SCHEMAS)

const decodePeer: Decoder = (document, context) => {
  decodeResource(SCHEMAS.BGPPeer, document, context, ({ spec }, checker) => checkPeer(spec ?? {}, checker))
}

function checkedOnly(kind: Exclude<keyof typeof SCHEMAS, 'BGPPeer'>): Decoder {
  return (document, context) => {
    decodeResource<{ readonly metadata?: Metadata | undefined }>(SCHEMAS[kind], document, context)
  }
}

export const ROUTING_DECODERS: Readonly<Record<keyof typeof SCHEMAS, Decoder>> = {
  BGPPeer: decodePeer,
  BGPFilter: checkedOnly('BGPFilter'),
  IPReservation: checkedOnly('IPReservation'),
  CalicoNodeStatus: checkedOnly('CalicoNodeStatus'),
  ClusterInformation: checkedOnly('ClusterInformation'),
  IPAMConfiguration: checkedOnly('IPAMConfiguration'),
}
