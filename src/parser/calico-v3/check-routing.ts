// Fields that contradict each other in kinds of BGP and of status: `libcalico-go/lib/validator/v3`.

import type { Path } from '../../diagnostics/source.ts'
import type { Checker } from './checker.ts'

interface Peer {
  readonly node?: string | undefined
  readonly nodeSelector?: string | undefined
  readonly peerIP?: string | undefined
  readonly asNumber?: number | string | undefined
  readonly peerSelector?: string | undefined
  readonly localWorkloadSelector?: string | undefined
  readonly keepOriginalNextHop?: boolean | undefined
  readonly nextHopMode?: string | undefined
  readonly reachableBy?: { readonly ipVersion: 4 | 6 } | undefined
}

/** An AS number of 0 is none, however it is written. */
function isSet(value: unknown): boolean {
  return value !== undefined && value !== '' && value !== false && !/^0+(?:\.0+)?$/.test(String(value))
}

/** Reports bad-value for fields that exclude each other, and missing-field for what they need. */
export function checkPeer(peer: Peer, { error, isBroken }: Checker): void {
  const exclude = (field: keyof Peer, other: keyof Peer): void => {
    if (isSet(peer[field]) && isSet(peer[other]))
      error('bad-value', ['spec', field], `\`${field}\` and \`${other}\` exclude each other`, `remove one of them`)
  }
  exclude('node', 'nodeSelector')
  exclude('peerIP', 'peerSelector')
  exclude('asNumber', 'peerSelector')
  exclude('peerIP', 'localWorkloadSelector')
  exclude('peerSelector', 'localWorkloadSelector')
  exclude('keepOriginalNextHop', 'nextHopMode')
  if (isSet(peer.localWorkloadSelector) && !isSet(peer.asNumber) && !isBroken('spec', 'asNumber'))
    error('missing-field', ['spec', 'asNumber'], '`localWorkloadSelector` needs an `asNumber`', 'add `asNumber`')
  if (peer.reachableBy === undefined) return
  const place = ['spec', 'reachableBy']
  if (peer.peerIP === undefined || peer.peerIP === '')
    error('missing-field', place, '`reachableBy` needs a `peerIP`', 'add `peerIP`, or remove `reachableBy`')
  else if (peer.reachableBy.ipVersion !== (/^\[|:.*:/.test(peer.peerIP) ? 6 : 4))
    error('bad-value', place, '`reachableBy` and `peerIP` are of different IP versions', 'write both of one IP version')
}

interface FilterRule {
  readonly cidr?: string | undefined
  readonly matchOperator?: string | undefined
  readonly prefixLength?: object | undefined
}

type FilterRules = readonly (FilterRule | undefined)[] | undefined

const FILTER_LISTS = ['exportV4', 'importV4', 'exportV6', 'importV6'] as const

/** Reports missing-field: a net and how it is compared go together, and lengths need a net. */
export function checkFilter(
  spec: { readonly [List in (typeof FILTER_LISTS)[number]]?: FilterRules },
  checker: Checker,
): void {
  for (const list of FILTER_LISTS) {
    spec[list]?.forEach((rule, index) => {
      if (rule !== undefined) checkFilterRule(rule, ['spec', list, index], checker)
    })
  }
}

function checkFilterRule(
  { cidr, matchOperator, prefixLength }: FilterRule,
  path: Path,
  { error, isBroken }: Checker,
): void {
  const hasOperator = matchOperator !== undefined || isBroken(...path, 'matchOperator')
  const hasCidr = cidr !== undefined || isBroken(...path, 'cidr')
  if (hasCidr && !hasOperator)
    error('missing-field', [...path, 'matchOperator'], '`cidr` needs a `matchOperator`', 'add `matchOperator: In`')
  if (hasCidr) return
  for (const [field, value] of [['matchOperator', matchOperator] as const, ['prefixLength', prefixLength] as const]) {
    if (value !== undefined)
      error('missing-field', [...path, 'cidr'], `\`${field}\` needs a \`cidr\``, `add \`cidr\`, or remove \`${field}\``)
  }
}

/** Reports bad-value for a class that is given twice. */
export function checkNodeStatus({ classes = [] }: { readonly classes?: readonly unknown[] }, { error }: Checker): void {
  const repeated = classes.findIndex((word, index) => word !== undefined && classes.indexOf(word) !== index)
  if (repeated >= 0)
    error(
      'bad-value',
      { path: ['spec', 'classes'], entry: repeated },
      `the class \`${String(classes[repeated])}\` is given more than once`,
    )
}

interface BgpSettings {
  readonly communities?: readonly unknown[] | undefined
  readonly prefixAdvertisements?: readonly unknown[] | undefined
  readonly nodeToNodeMeshEnabled?: boolean | undefined
  readonly nodeMeshPassword?: object | undefined
  readonly nodeMeshMaxRestartTime?: string | undefined
}

/** Reports bad-value for communities that nothing uses, and for settings of a mesh that is off. */
export function checkBgpConfiguration(spec: BgpSettings, { error, isBroken }: Checker): void {
  const { communities = [], prefixAdvertisements = [] } = spec
  if (communities.length > 0 && prefixAdvertisements.length === 0 && !isBroken('spec', 'prefixAdvertisements'))
    error('bad-value', ['spec', 'communities'], 'no `prefixAdvertisements` use the communities', 'remove `communities`')
  if (spec.nodeToNodeMeshEnabled !== false) return
  for (const field of ['nodeMeshPassword', 'nodeMeshMaxRestartTime'] as const) {
    if (spec[field] !== undefined)
      error('bad-value', ['spec', field], `\`${field}\` is of a mesh that is off`, 'remove it, or enable the mesh')
  }
}
