// Under IPVS service traffic shows up in INPUT and OUTPUT without its interface, so mark bits carry the endpoint's identity.

import { SET_ENDPOINT_MARK, FROM_ENDPOINT_MARK } from '../../calico/chains.ts'
import { chainName } from '../../calico/names.ts'
import type { Origin } from '../../model/origin.ts'
import type { Chain, Match, Rule, Target } from '../../model/ruleset.ts'
import { compareBytes, utf8 } from '../../text/bytes.ts'
import { bySetting, byDefault, denyTarget, type RenderContext } from '../context.ts'
import { setBits } from '../../calico/marks.ts'
import { type DispatchEntry, renderDispatchTree } from './dispatch-chain.ts'

export interface MarkedEndpoint {
  readonly interfaceName: string
  readonly isWorkload: boolean
  readonly isWildcard: boolean
  /** Chain for packets that carry the mark. */
  readonly fromChain: string
  readonly origin: Origin
}

const BECAUSE_IPVS = 'kube-proxy runs in IPVS mode: the node has an interface kube-ipvs0'

/** Endpoints with the marks that they have. */
interface Marked {
  readonly endpoints: readonly MarkedEndpoint[]
  /** Those with an interface of their own, by its name. */
  readonly named: readonly MarkedEndpoint[]
  /** By interface; absent where the mask has no number left. */
  readonly marks: ReadonlyMap<string, number>
}

/** Marks are given out in the order of the endpoints, so that a collision always ends the same way. */
export function renderEndpointMarkChains(
  endpoints: readonly MarkedEndpoint[],
  context: RenderContext,
): readonly Chain[] {
  const marks = allocateEndpointMarks(
    endpoints.map(({ interfaceName }) => interfaceName),
    context.marks.endpointMask,
  )
  const named = endpoints
    .filter(({ isWildcard }) => !isWildcard)
    .sort((a, b) => compareBytes(a.interfaceName, b.interfaceName))
  const marked = { endpoints, named, marks }
  return [...setMarkChains(marked, context), fromMarkChain(marked, context)]
}

function setChain(interfaceName: string): string {
  return chainName('setEndpointMark', interfaceName)
}

/** By the interface that a packet comes in by it gets a mark: a chain for each endpoint, and those that find it. */
function setMarkChains({ endpoints, named, marks }: Marked, context: RenderContext): readonly Chain[] {
  const { endpointMask, nonCaliEndpoint } = context.marks
  const setMark = ({ interfaceName, origin }: MarkedEndpoint): readonly Rule[] => {
    const value = marks.get(interfaceName)
    if (value === undefined) return []
    const target: Target = { kind: 'setMark', value, mask: endpointMask }
    return [{ comments: [], matches: [], target, origin }]
  }
  const tree = (isWorkload: boolean, suffix: string): ReturnType<typeof renderDispatchTree> =>
    renderDispatchTree({
      root: SET_ENDPOINT_MARK,
      childPrefix:
        context.release.endpointMarkChains === 'byKind' ? `${SET_ENDPOINT_MARK}-${suffix}` : SET_ENDPOINT_MARK,
      side: 'inInterface',
      entries: named
        .filter(endpoint => endpoint.isWorkload === isWorkload)
        .map(({ interfaceName, origin }): DispatchEntry => ({ interfaceName, chain: setChain(interfaceName), origin })),
      endRules: [],
      origin: byDefault(BECAUSE_IPVS),
    })
  const workloads = tree(true, 'wep')
  const hosts = tree(false, 'hep')
  return [
    ...endpoints.map((endpoint): Chain => ({
      name: setChain(endpoint.interfaceName),
      rules: setMark(endpoint),
      origin: endpoint.origin,
    })),
    {
      name: SET_ENDPOINT_MARK,
      rules: [
        ...workloads.rootRules,
        ...hosts.rootRules,
        ...context.config.interfacePrefix.map((prefix): Rule => ({
          comments: ['Unknown endpoint'],
          matches: [{ kind: 'inInterface', name: `${prefix}+` }],
          target: denyTarget(context),
          origin: bySetting(context, 'interfacePrefix', 'a workload interface without an endpoint'),
        })),
        {
          comments: ['Non-Cali endpoint mark'],
          matches: [],
          target: { kind: 'setMark', value: nonCaliEndpoint, mask: endpointMask },
          origin: byDefault(BECAUSE_IPVS),
        },
      ],
      origin: byDefault(BECAUSE_IPVS),
    },
    ...workloads.children,
    ...hosts.children,
  ]
}

/** By its mark a packet gets to the chain of its endpoint. */
function fromMarkChain({ named, marks }: Marked, context: RenderContext): Chain {
  const fromMark = ({ interfaceName, fromChain, origin }: MarkedEndpoint): readonly Rule[] => {
    const value = marks.get(interfaceName)
    if (value === undefined) return []
    const match: Match = { kind: 'mark', value, mask: context.marks.endpointMask, negated: false }
    return [{ comments: [], matches: [match], target: { kind: 'goto', chain: fromChain }, origin }]
  }
  return {
    name: FROM_ENDPOINT_MARK,
    rules: [
      ...named.filter(({ isWorkload }) => isWorkload).flatMap(fromMark),
      ...named.filter(({ isWorkload }) => !isWorkload).flatMap(fromMark),
      { comments: ['Unknown interface'], matches: [], target: denyTarget(context), origin: byDefault(BECAUSE_IPVS) },
    ],
    origin: byDefault(BECAUSE_IPVS),
  }
}

/**
 * A mark for each name: its hash, or the next number that is free. 0 is no mark, 1 stands for "no endpoint of Calico's".
 * Where the mask has no number left an endpoint goes without, and nothing tells its packets.
 */
function allocateEndpointMarks(names: readonly string[], mask: number): ReadonlyMap<string, number> {
  const bits = setBits(mask)
  const slots = 2 ** bits.length
  const used = new Set([0, 1])
  const marks = new Map<string, number>()
  for (const name of names) {
    const start = fnv1(name)
    for (let step = 0; step < slots; step++) {
      const number = (start + step) % slots
      if (used.has(number)) continue
      used.add(number)
      marks.set(name, spread(number, bits))
      break
    }
  }
  return marks
}

/** 32-bit FNV-1: multiply, then xor. */
function fnv1(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8(text)) hash = (Math.imul(hash, 0x01000193) ^ byte) >>> 0
  return hash
}

/** Lays the bits of a number over the bits of a mask, lowest to lowest. */
function spread(number: number, bits: readonly number[]): number {
  return bits.reduce((mark, bit, position) => ((number >>> position) & 1 ? (mark | bit) >>> 0 : mark), 0)
}
