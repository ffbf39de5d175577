// The state that a link carries: the input, the packet and what is chosen, as compressed JSON in the fragment of the address.
// A link may come from a stranger: what it says is checked field by field and taken as text, never as anything that acts.

import { REQUEST_FIELDS } from '../trace/request-fields.ts'
import type { PacketFields, PageFile, PageInput } from './view.ts'

export interface Shared {
  readonly input: PageInput
  readonly packet: PacketFields
  readonly endpoint: string
  readonly direction: 'ingress' | 'egress'
  readonly ipVersion: 4 | 6
}

/** Longer texts are not unpacked: a link must not be able to fill the memory. In UTF-16 units. */
export const MAX_SHARED = 4_000_000

/** The page says itself which node and namespace are meant. */
const PACKET_FIELDS = REQUEST_FIELDS.filter(name => name !== 'namespace' && name !== 'node')

/** Undefined for anything that is not of this shape. */
export function readShared(json: string): Shared | undefined {
  if (json.length > MAX_SHARED) return undefined
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch {
    return undefined
  }
  if (!isRecord(value) || !isRecord(value['input'])) return undefined
  const { files } = value['input']
  if (!Array.isArray(files)) return undefined
  const read = files.flatMap(file => readFile(file) ?? [])
  if (read.length === 0 || read.length !== files.length || read.length > 200) return undefined
  const input = value['input']
  const packet = isRecord(value['packet']) ? value['packet'] : {}
  return {
    input: { files: read, host: text(input['host']), node: text(input['node']), release: text(input['release']) },
    packet: Object.fromEntries(
      PACKET_FIELDS.flatMap(name => (text(packet[name]) === '' ? [] : [[name, text(packet[name])]])),
    ),
    endpoint: text(value['endpoint']),
    direction: value['direction'] === 'egress' ? 'egress' : 'ingress',
    ipVersion: value['ipVersion'] === 6 ? 6 : 4,
  }
}

function readFile(value: unknown): PageFile | undefined {
  if (!isRecord(value) || typeof value['name'] !== 'string' || typeof value['text'] !== 'string') return undefined
  return { name: value['name'].slice(0, 200), text: value['text'] }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
