// What somebody may say of a packet that is asked about: on the command line, in a file of packets, in a link.

import type { Span } from '../diagnostics/source.ts'

/** Field names are those of the command's options. */
export const REQUEST_FIELDS = [
  'from',
  'to',
  'proto',
  'dport',
  'sport',
  'icmp-type',
  'icmp-code',
  'in-interface',
  'out-interface',
  'state',
  'dnat',
  'ipv6',
  'namespace',
  'node',
] as const

export type RequestField = (typeof REQUEST_FIELDS)[number]

/** Text as it was written; empty text counts as left out. */
export type PacketRequest = { readonly [Field in RequestField]?: string }

/** Where a request was written. */
export interface RequestPlace extends Span {
  /** Where one of its fields was; left out where they have no places of their own. */
  readonly ofField?: (field: string) => Span
}

export function fieldPlace(place: RequestPlace | undefined, field: RequestField): Span | undefined {
  return place?.ofField?.(field) ?? place
}
