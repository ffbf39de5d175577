// Field names of the v1 format: they match without regard to case, and those of v3 are none of them.

import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'

/** All fields of all kinds; none differs from another only in case. */
const FIELDS: ReadonlyMap<string, string> = new Map(
  `apiVersion kind metadata spec name tier annotations labels tags node workload orchestrator activeInstanceID cidr
  order selector ingress egress doNotTrack preDNAT types action ipVersion protocol notProtocol icmp notICMP source destination
  type code tag notTag net notNet nets notNets notSelector ports notPorts interfaceName expectedIPs profiles port
  ipNetworks ipNATs internalIP externalIP ipv4Gateway ipv6Gateway mac allow_spoofed_source_prefixes
  ipip enabled mode nat-outgoing disabled bgp asNumber ipv4Address ipv6Address orchRefs`
    .split(/\s+/)
    .map(name => [name.toLowerCase(), name] as const),
)

/** Fields of v3 that v1 lacks, and what v1 has instead. */
const V3_ONLY: Readonly<Record<string, string>> = {
  applyOnForward: 'it is added by itself where `doNotTrack` or `preDNAT` is true',
  namespaceSelector: 'the label `calico/k8s_ns` holds the namespace of a pod',
  serviceAccountSelector: '',
  serviceAccounts: '',
  services: '',
  http: '',
  performanceHints: '',
  labelsToApply: 'they are `metadata.labels` here',
  natOutgoing: 'it is `nat-outgoing` here',
  ipipMode: 'it is `ipip: {enabled, mode}` here',
  vxlanMode: '',
  blockSize: '',
  nodeSelector: '',
  allowedUses: '',
  containerID: 'it is `metadata.activeInstanceID` here',
}

/** Keys below these are the user's own. */
const FREE = ['labels', 'annotations', 'orchRefs']

/** The value with every field name in its exact spelling and without fields of v3, which are reported. */
export function readFieldNames(value: unknown, location: Location, report: Report): unknown {
  if (Array.isArray(value)) return value.map((item, index) => readFieldNames(item, at(location, index), report))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).flatMap(([key, entry]): readonly (readonly [string, unknown])[] => {
    const name = FIELDS.get(key.toLowerCase()) ?? key
    // Where both spellings are there, the exact one wins.
    if (name !== key && Object.hasOwn(value, name)) return []
    if (Object.hasOwn(V3_ONLY, name)) {
      const instead = V3_ONLY[name] ?? ''
      report.error(
        'unknown-field',
        `\`${key}\` is a field of \`projectcalico.org/v3\`, which the v1 format does not have`,
        { ...at(location, key), target: 'key' },
        instead === '' ? 'write the whole resource in one format' : `${instead}; or write the whole resource in v3`,
      )
      return []
    }
    return [[name, FREE.includes(name) ? entry : readFieldNames(entry, at(location, key), report)]]
  })
  return Object.fromEntries(entries)
}
