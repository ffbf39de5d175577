// What the text of a node does not show: rules of Calico, or the members of sets.

import { ipSetName } from '../calico/names.ts'
import { hasCalicoChain } from '../netfilter/kernel-tables.ts'
import { type MissingTables, missingTables } from './missing-tables.ts'
import type { Scene } from './scene.ts'
import type { TraceNote, Way } from './way.ts'

/** What the text of a node leaves open for every packet. */
export interface TextGaps {
  readonly lacksCalico: boolean
  readonly missing: MissingTables
}

export function textGaps(scene: Scene): TextGaps {
  return { lacksCalico: lacksCalico(scene), missing: missingTables(scene) }
}

/**
 * Whether there is nothing of Calico in the text of a node: its Felix keeps its rules elsewhere (nftables, eBPF), or does not run.
 * Sets of Calico's are a sign that it did keep them in iptables.
 */
function lacksCalico({ tables, isText, ruleset, ipVersion }: Scene): boolean {
  // Compiled rules are Calico's; with both, the text is what counts.
  if (ruleset !== undefined && !isText) return false
  const hasChains = tables.tables.some(hasCalicoChain)
  const prefix = ipSetName(ipVersion, '').slice(0, -1)
  return !hasChains && ![...tables.ipSets.keys()].some(name => name.startsWith(prefix))
}

export function lacksCalicoNote(node: string | undefined): TraceNote {
  const whose = node === undefined ? "this node's Calico" : `Calico of node ${node}`
  const text = `${whose} is not in this text: Felix keeps its rules elsewhere (nftables or eBPF), or is not there; what it does to the packet is not known`
  return { kind: 'not-in-this-text', text }
}

/** Where the members of all sets are missing, said once; ways differ by nothing else then, so one of each end is enough. */
export function withoutSets(ways: readonly Way[]): { readonly ways: readonly Way[]; readonly note?: TraceNote } {
  const isBySets = ({ legs }: Way): boolean =>
    legs.some(({ scene, walk }) => scene.tables.ipSets.size === 0 && walk.guesses.some(isAboutSet))
  if (!ways.some(isBySets)) return { ways }
  const seen = new Set<string>()
  const kept = ways.filter(way => {
    if (!isBySets(way)) return true
    const isNew = !seen.has(way.verdict)
    seen.add(way.verdict)
    return isNew
  })
  const text = 'the members of IP sets are not known: give the output of `ipset save` with --sets'
  return { ways: kept, note: { kind: 'sets-missing', text } }
}

function isAboutSet({ rule }: Way['legs'][number]['walk']['guesses'][number]): boolean {
  return rule.matches.some(({ kind }) => kind === 'ipSet')
}
