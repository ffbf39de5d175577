// What a node says of itself, given for another one: its addresses tell.

import type { Report } from '../diagnostics/diagnostic.ts'
import { orList } from '../text/wording.ts'
import { addressesOfFacts, type HostFacts, isOnEveryNode } from '../model/host.ts'
import type { Address } from '../net/cidr.ts'

/** A node with the addresses that somebody else than the node itself knows of. */
export interface AddressedNode {
  /** Empty where nobody says whose they are. */
  readonly name: string
  readonly addresses: readonly Address[]
}

/** Warns where no interface has an address that the node is known by: it is the wrong file, or what is known is out of date. */
export function warnOfForeignFacts(
  host: HostFacts | undefined,
  node: AddressedNode | undefined,
  nodes: Iterable<AddressedNode>,
  report: Report,
): void {
  const facts = addressesOfFacts(host)
  const own = ownAddresses(node)
  if (node === undefined || own.length === 0 || facts.size === 0 || own.some(({ text }) => facts.has(text))) return
  const found = foreignOwner(facts, node, nodes)
  const whose = found === undefined ? '' : `: ${nameOf(found)} has \`${found.text}\``
  const list = orList([...new Set(own.map(({ text }) => text))].slice(0, MOST_ADDRESSES))
  report.warn(
    'host-unknown',
    `no interface of what \`--host\` gives for ${nameOf(node)} has its address ${list}${whose}`,
    undefined,
    `give the output of \`ip -json addr show\` on ${nameOf(node)}`,
  )
}

/** The node that has one of the addresses, and which, where the given one is known by others; undefined where there is none. */
export function foreignOwner(
  present: ReadonlySet<string>,
  node: AddressedNode | undefined,
  nodes: Iterable<AddressedNode>,
): { readonly name: string; readonly text: string } | undefined {
  const own = ownAddresses(node)
  if (own.length === 0 || own.some(({ text }) => present.has(text))) return undefined
  const all = [...nodes].flatMap(one => ownAddresses(one).map(({ text }) => ({ name: one.name, text })))
  return all.find(({ text }) => present.has(text))
}

function ownAddresses(node: AddressedNode | undefined): readonly Address[] {
  return (node?.addresses ?? []).filter(({ text }) => !isOnEveryNode(text))
}

const MOST_ADDRESSES = 4

function nameOf({ name }: Pick<AddressedNode, 'name'>): string {
  return name === '' ? 'the node' : `node \`${name}\``
}
