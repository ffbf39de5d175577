// Decoders of the v1 format (Calico 2.x): converted to projectcalico.org/v3, then read as that.

import { CALICO_V3_DECODERS } from '../calico-v3/decoders.ts'
import type { Decoder, ResourceDocument } from '../context.ts'
import { CALICO_V3_VERSION } from './conversion.ts'
import { convertV1 } from './convert.ts'
import type { V1Kind } from './schema.ts'

/** Kinds of `apiVersion: v1` that are Calico's, in their own spelling and in capitals. `Node` is of Kubernetes. */
const KINDS: Readonly<Record<string, V1Kind>> = {
  policy: 'policy',
  profile: 'profile',
  hostEndpoint: 'hostEndpoint',
  workloadEndpoint: 'workloadEndpoint',
  ipPool: 'ipPool',
  node: 'node',
  Policy: 'policy',
  Profile: 'profile',
  HostEndpoint: 'hostEndpoint',
  WorkloadEndpoint: 'workloadEndpoint',
  IpPool: 'ipPool',
  IPPool: 'ipPool',
}

/** The kind of a document of the v1 format; undefined for everything else. */
export function v1KindOf({ apiVersion, kind }: Pick<ResourceDocument, 'apiVersion' | 'kind'>): V1Kind | undefined {
  return apiVersion === 'v1' && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined
}

function v1Decoder(kind: V1Kind): Decoder {
  return (document, context) => {
    const converted = convertV1(kind, document, context.report)
    if (converted === undefined) return
    const { changes, value } = converted
    context.report.note(
      'converted-v1',
      `converted from the v1 format: ${changes.length === 0 ? 'only spelling changed' : changes.join('; ')}`,
      document.location,
      `\`calitables convert\` prints it as ${CALICO_V3_VERSION}`,
    )
    const location = { document: context.report.sources.add(converted.document), path: [] }
    CALICO_V3_DECODERS[converted.kind]?.(
      { apiVersion: CALICO_V3_VERSION, kind: converted.kind, value, location },
      context,
    )
  }
}

const ignore: Decoder = () => undefined

export const CALICO_V1_DECODERS: Readonly<Record<string, Decoder>> = {
  ...Object.fromEntries(Object.entries(KINDS).map(([written, kind]) => [written, v1Decoder(kind)])),
  bgpPeer: ignore,
  BgpPeer: ignore,
  BGPPeer: ignore,
}
