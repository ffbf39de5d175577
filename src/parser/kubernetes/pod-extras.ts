// What a pod asks for by annotations: floating IPs, further source addresses, DSCP and limits of traffic.

import { presence } from '../../calico/releases/history.ts'
import type { Release } from '../../calico/releases/release.ts'
import {
  ALLOWED_SOURCE_PREFIXES_ANNOTATION,
  DSCP_ANNOTATION,
  FLOATING_IPS_ANNOTATION,
  QOS_PREFIX,
} from '../../calico/labels.ts'
import { parseDscp } from '../../calico/dscp.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { MOST_CONNECTIONS, MOST_PACKETS, type TrafficLimits, type WorkloadExtras } from '../../model/ast/endpoint.ts'
import { type Address, type Cidr, parseAddress, parseCidr } from '../../net/cidr.ts'
import type { ParseContext } from '../context.ts'
import type { Mapping } from './loose-fields.ts'
import { parseQuantity } from './quantity.ts'

/** Packets that may come at once where a rate is set and no burst. */
const DEFAULT_BURST = 5

/** Tells the releases that read an annotation; undefined for one that all of them treat alike. */
function readersOf(key: string): ((release: Release) => boolean) | undefined {
  if (key === DSCP_ANNOTATION) return ({ hasDscp }) => hasDscp
  if (!key.startsWith(QOS_PREFIX)) return undefined
  if (/(PacketRate|MaxConnections)$/.test(key)) return ({ podLimits }) => podLimits !== 'none'
  return key.endsWith('PacketBurst') ? ({ podLimits }) => podLimits === 'withBurst' : undefined
}

interface AnnotatedPod {
  readonly annotations: Mapping
  readonly addresses: readonly Address[]
  /** Of the annotations. */
  readonly location: Location
  readonly context: ParseContext
}

/** Undefined where no annotation is of interest; `unreadable` where Calico's conversion gives up the pod for one, which is said. */
export function readExtras(
  annotations: Mapping,
  addresses: readonly Address[],
  location: Location,
  context: ParseContext,
): WorkloadExtras | 'unreadable' | undefined {
  const isOfInterest = Object.keys(annotations).some(
    key => key === FLOATING_IPS_ANNOTATION || key === ALLOWED_SOURCE_PREFIXES_ANNOTATION || key.startsWith(QOS_PREFIX),
  )
  if (!isOfInterest) return undefined
  const { report, release } = context
  const pod: AnnotatedPod = { annotations, addresses, location, context }
  const dscpText = release.hasDscp ? annotationText(pod, DSCP_ANNOTATION) : ''
  noteUnread(pod)
  const dscp = dscpText === '' ? undefined : parseDscp(dscpText)
  if (dscpText !== '' && dscp === undefined) {
    report.warn(
      'felix-default',
      `Felix ignores the DSCP value \`${dscpText}\``,
      at(location, DSCP_ANNOTATION),
      'write 0-63, or a name such as `EF` or `AF41`',
    )
  }
  const floating = readList(pod, FLOATING_IPS_ANNOTATION, FLOATING_IPS_ANNOTATION in annotations)
  const allowedSourcePrefixes = readPrefixes(pod)
  if (floating === undefined || allowedSourcePrefixes === undefined) return 'unreadable'
  return {
    floatingIps: floating.flatMap(written => readFloatingIp(pod, written)),
    allowedSourcePrefixes,
    ...(dscp === undefined ? {} : { dscp }),
    ingressLimits: readLimits(pod, 'ingress'),
    egressLimits: readLimits(pod, 'egress'),
  }
}

/** What other releases read is left out here without a word. */
function noteUnread({ annotations, location, context: { release, noteOnce } }: AnnotatedPod): void {
  for (const key of Object.keys(annotations)) {
    const has = readersOf(key)
    if (has === undefined || has(release)) continue
    const { since } = presence(release, has)
    noteOnce(
      'felix-default',
      `Calico ${release.name} ignores \`${key}\`, which is read since ${since}`,
      at(location, key),
    )
  }
}

function annotationText({ annotations }: AnnotatedPod, key: string): string {
  const value = annotations[key]
  return typeof value === 'string' ? value : ''
}

/** Which address of the pod is meant is told by a colon in the text, before it is read; of several the last is taken. */
function readFloatingIp(
  { addresses, location, context: { report } }: AnnotatedPod,
  written: string,
): readonly { readonly external: string; readonly internal: string }[] {
  const isIpv6 = written.includes(':')
  const internal = addresses.findLast(({ ipVersion }) => (ipVersion === 6) === isIpv6)
  const external = parseAddress(written)
  if (external === undefined) {
    report.warn(
      'felix-default',
      `Calico ignores the floating IP \`${written}\`, which is no IP address`,
      at(location, FLOATING_IPS_ANNOTATION),
      'write addresses without prefix length: \'["192.0.2.10"]\'',
    )
  }
  return internal === undefined || external === undefined ? [] : [{ external: external.text, internal: internal.text }]
}

function readPrefixes(pod: AnnotatedPod): readonly Cidr[] | undefined {
  const texts = readList(
    pod,
    ALLOWED_SOURCE_PREFIXES_ANNOTATION,
    annotationText(pod, ALLOWED_SOURCE_PREFIXES_ANNOTATION) !== '',
  )
  const parsed = texts?.map(text => ({ text, cidr: parseCidr(text)?.cidr }))
  const bad = parsed?.find(({ cidr }) => cidr === undefined)
  if (bad === undefined) return parsed?.flatMap(({ cidr }) => (cidr === undefined ? [] : [cidr]))
  warnUnreadable(pod, ALLOWED_SOURCE_PREFIXES_ANNOTATION, `\`${bad.text}\` is not a CIDR`)
  return undefined
}

/** A JSON list of texts, as Go reads it: null is an empty list, and an empty text in one. */
function readList(pod: AnnotatedPod, key: string, isThere: boolean): readonly string[] | undefined {
  if (!isThere) return []
  const written = annotationText(pod, key)
  try {
    const parsed: unknown = JSON.parse(written) ?? []
    if (Array.isArray(parsed) && parsed.every(item => typeof item === 'string' || item === null))
      return parsed.map(item => item ?? '')
  } catch {
    // reported below
  }
  warnUnreadable(pod, key, `\`${written}\` is not a JSON list of texts`)
  return undefined
}

function warnUnreadable({ location, context: { report } }: AnnotatedPod, key: string, what: string): void {
  report.warn(
    'endpoint-ignored',
    `Calico cannot read the annotation \`${key}\` and ignores the pod: ${what}`,
    at(location, key),
    key === FLOATING_IPS_ANNOTATION ? 'write it as: \'["192.0.2.10"]\'' : 'write it as: \'["192.0.2.0/24"]\'',
  )
}

function readLimits(pod: AnnotatedPod, direction: 'ingress' | 'egress'): TrafficLimits {
  const { release } = pod.context
  if (release.podLimits === 'none') return {}
  const rate = readQuantity(pod, `${QOS_PREFIX}${direction}PacketRate`, MOST_PACKETS)
  const isBurstRead = release.podLimits === 'withBurst'
  const burst = isBurstRead
    ? (readQuantity(pod, `${QOS_PREFIX}${direction}PacketBurst`, MOST_PACKETS) ?? DEFAULT_BURST)
    : 0
  const connections = readQuantity(pod, `${QOS_PREFIX}${direction}MaxConnections`, MOST_CONNECTIONS)
  return {
    ...(rate === undefined ? {} : { packetRate: { perSecond: rate, burst } }),
    ...(connections === undefined ? {} : { maxConnections: connections }),
  }
}

/** Out of range means the nearest limit, unreadable means not set; both as Calico's conversion has it. */
function readQuantity(pod: AnnotatedPod, key: string, max: number): number | undefined {
  const { report } = pod.context
  const { location } = pod
  const written = annotationText(pod, key)
  if (written === '') return undefined
  const value = parseQuantity(written)
  if (value === undefined) {
    report.warn('felix-default', `Calico ignores \`${written}\`, which is no quantity`, at(location, key))
    return undefined
  }
  if (value >= 1 && value <= max) return value
  const taken = value < 1 ? 1 : max
  report.warn(
    'felix-default',
    `Calico takes \`${taken}\` instead of \`${written}\`, which is out of range`,
    at(location, key),
  )
  return taken
}
