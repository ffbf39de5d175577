// What a group of pods is called: a pod by its name, several by what they have in common, as long as nobody else has it.

import type { Side } from '../../model/ruleset.ts'
import type { PartyCluster, PartyPod } from '../parties/party.ts'
import type { ReachGroup } from './reach-matrix.ts'

/** Parts of a name that are written out. */
const MOST_PARTS = 2

export class GroupNames {
  readonly #byNamespace = new Map<string, Set<string>>()
  readonly #all: number

  constructor({ pods }: PartyCluster) {
    for (const { name, endpoint } of pods) {
      const own = this.#byNamespace.get(endpoint.namespace)
      if (own === undefined) this.#byNamespace.set(endpoint.namespace, new Set([name]))
      else own.add(name)
    }
    this.#all = new Set(pods.map(({ name }) => name)).size
  }

  /** @param side left out: both */
  nameOf({ kind, node, pods, service, outside }: ReachGroup, side?: Side): string {
    if (kind === 'world') return outsideName(outside, side)
    if (kind === 'service') return `service/${service ?? ''}`
    return kind === 'node' ? `host/${node ?? ''}` : this.podsName(pods)
  }

  podsName(pods: readonly PartyPod[]): string {
    const names = [...new Set(pods.map(({ name }) => name))]
    if (names.length === 1) return names[0] ?? ''
    if (names.length === this.#all) return `all ${names.length} pods`
    const parts = this.partsOf(pods)
    const left = names.length - parts.slice(0, MOST_PARTS).reduce((sum, part) => sum + part.size, 0)
    const shown = parts.slice(0, MOST_PARTS).map(({ text }) => text)
    const hasCount = parts.some(({ size }) => size > 1)
    if (left > 0) return `${shown.join(', ')} and ${left} more`
    return hasCount ? `${shown.join(', ')} (${names.length} pods)` : shown.join(', ')
  }

  /** Namespaces that are there as a whole, names that begin alike, single names; the largest first. */
  partsOf(pods: readonly PartyPod[]): readonly { readonly text: string; readonly size: number }[] {
    const byNamespace = new Map<string, Set<string>>()
    for (const { name, endpoint } of pods) {
      const own = byNamespace.get(endpoint.namespace)
      if (own === undefined) byNamespace.set(endpoint.namespace, new Set([name]))
      else own.add(name)
    }
    const parts = [...byNamespace].flatMap(([namespace, names]) => {
      if (names.size > 1 && names.size === this.#byNamespace.get(namespace)?.size)
        return [{ text: `namespace ${namespace}`, size: names.size }]
      return this.#beginnings(namespace, names)
    })
    return parts.sort((a, b) => b.size - a.size)
  }

  #beginnings(namespace: string, names: ReadonlySet<string>): readonly { text: string; size: number }[] {
    const all = [...(this.#byNamespace.get(namespace) ?? [])]
    const rest = new Set(names)
    const parts: { text: string; size: number }[] = []
    for (const name of names) {
      if (!rest.has(name)) continue
      const found = beginningsOf(name).find(beginning => {
        const alike = all.filter(other => other.startsWith(beginning))
        return alike.length > 1 && alike.every(other => rest.has(other))
      })
      const alike = found === undefined ? [name] : all.filter(other => other.startsWith(found))
      for (const one of alike) rest.delete(one)
      parts.push({ text: found === undefined ? name : `${found}*`, size: alike.length })
    }
    return parts
  }
}

function outsideName(outside: ReachGroup['outside'], side: Side | undefined): string {
  const { source, destination } = outside ?? { source: 'world', destination: 'world' }
  if (side !== undefined) return side === 'source' ? source : destination
  return source === destination ? source : `${source} (from), ${destination} (to)`
}

/** `shop/web-5d9c-x2b1`: `shop/web-`, `shop/web-5d9c-`. */
function beginningsOf(name: string): readonly string[] {
  const slash = name.indexOf('/')
  return [...name].flatMap((letter, index) => (letter === '-' && index > slash ? [name.slice(0, index + 1)] : []))
}
