// Which node calitables trace begins at, and what each node says of itself.

import type { CompileInput } from '../compile.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { nodesNamed } from '../model/ast/resources.ts'
import type { HostFacts } from '../model/host.ts'
import { parseNet } from '../net/cidr.ts'
import { ipSetName } from '../calico/names.ts'
import { Pipeline } from '../pipeline.ts'
import { type AddressedNode, warnOfForeignFacts } from '../planner/foreign-facts.ts'
import { refuseUnknownNodes } from '../reader/owners-of-facts.ts'
import { parseHost } from '../reader/parse-host.ts'
import { podSpellings } from '../text/find-named.ts'
import { nodeNamed } from '../trace/request-parties.ts'
import { nodesByAddress } from '../trace/cluster-addresses.ts'
import type { NodeText } from './node-texts.ts'

export interface HomeChoice {
  /** Undefined: whoever plans finds out, or nobody says whose the text is. */
  readonly node: string | undefined
  /** Nobody asked for it: addresses say where a packet comes to. */
  readonly isGuessed: boolean
}

/** What the options say of the node and of the packet. */
interface HomeOptions {
  readonly node?: string | undefined
  readonly from?: string
  readonly to?: string
  readonly packets?: string
}

/** Facts in files, of the node that is meant and of others. */
export interface GivenHosts {
  readonly unnamed: readonly SourceFile[] | undefined
  readonly named: ReadonlyMap<string, readonly SourceFile[]>
}

/** Of text without resources: as somebody says, the only node with text, or the one whose facts are given. */
export function chooseText(
  node: string | undefined,
  texts: ReadonlyMap<string, NodeText>,
  { unnamed, named }: GivenHosts,
  report: Report,
): HomeChoice {
  const isUnnamed = texts.has('')
  if (node !== undefined) {
    if (!isUnnamed) refuseUnknownNodes('--node', [node], texts.keys(), report)
    return { node, isGuessed: false }
  }
  const names = [...(isUnnamed ? named : texts).keys()]
  if (names.length < 2) return { node: names[0], isGuessed: false }
  if (isUnnamed) {
    const message = `of which of ${names.length} nodes the text of \`--rules\` is, is not clear`
    report.error('ambiguous-node', message, undefined, 'say so: --rules NODE=FILE, or --node NODE')
  } else if (unnamed !== undefined) {
    const message = `of which of ${names.length} nodes the facts of \`--host\` are is not clear`
    report.error('ambiguous-node', message, undefined, 'say so: --host NODE=FILE')
  }
  return { node: undefined, isGuessed: false }
}

/** Left out, the only node that the input names; of several, the sender's or the receiver's, else whichever a packet names. */
export function chooseHome(input: CompileInput, { node, from, to, packets }: HomeOptions): HomeChoice {
  if (node !== undefined) return { node, isGuessed: false }
  const pipeline = new Pipeline(input)
  pipeline.parse()
  const resources = pipeline.resources()
  const names = [...nodesNamed(resources)].sort()
  const pods = new Map<string, string>()
  for (const resource of resources) {
    if (resource.kind !== 'workloadEndpoint') continue
    for (const spelling of podSpellings(resource.namespace, resource.name).spellings) {
      if (!pods.has(spelling)) pods.set(spelling, resource.node)
    }
  }
  if (names.length < 2) return { node: names[0], isGuessed: false }
  const addresses = nodesByAddress(resources)
  for (const party of [from, to]) {
    const found = nodeNamed(party) ?? (party === undefined ? undefined : (pods.get(party) ?? addresses.get(party)))
    if (found !== undefined) return { node: found, isGuessed: true }
  }
  // Of a name that means nothing the message is that, and not which node is meant.
  if ([from, to].some(party => party !== undefined && /^(?!host$)[a-z0-9/.-]*[a-z][a-z0-9/.-]*$/i.test(party)))
    return { node: names[0], isGuessed: true }
  // A file of packets names nodes line by line.
  return packets === undefined ? { node: undefined, isGuessed: false } : { node: names[0], isGuessed: true }
}

/** All that is given for the node that is meant: one file may hold its addresses and another one its routes. */
export function filesOfHome(
  { unnamed, named }: GivenHosts,
  home: string | undefined,
): readonly SourceFile[] | undefined {
  const files = [...(unnamed ?? []), ...(named.get(home ?? '') ?? [])]
  return files.length === 0 ? undefined : files
}

/** Facts of other nodes than the one that is meant. */
export function otherFacts(
  { named }: GivenHosts,
  home: string | undefined,
  report: Report,
): ReadonlyMap<string, HostFacts> {
  const found = new Map<string, HostFacts>()
  for (const [node, files] of named) {
    const facts = node === home ? undefined : parseHost(files, report)
    if (facts !== undefined) found.set(node, facts)
  }
  return found
}

/** Reports facts of nodes that nobody names, and those that are not of the node they are given for. */
export function checkOwners(
  { named }: GivenHosts,
  facts: ReadonlyMap<string, HostFacts>,
  resources: readonly Resource[],
  texts: ReadonlyMap<string, NodeText>,
  report: Report,
): void {
  const read = [...texts].map(([name, text]) => nodeOfText(name, text))
  const names = [...nodesNamed(resources), ...read.map(({ name }) => name)].filter(name => name !== '')
  refuseUnknownNodes('--host', named.keys(), names, report)
  // Without Nodes, there may be others than those that pods and host endpoints name.
  if (resources.some(({ kind }) => kind === 'node')) {
    const given = [...texts.keys()].filter(name => name !== '')
    refuseUnknownNodes('--rules', given, nodesNamed(resources), report)
  }
  const nodes = [...resources.flatMap(found => (found.kind === 'node' ? [found] : [])), ...read]
  for (const [name, host] of facts) {
    const own = nodes.find(node => node.name === name) ?? nodes.find(node => node.name === '')
    warnOfForeignFacts(host, own, nodes, report)
  }
}

/** With the addresses that Felix has put into its set of them. */
function nodeOfText(name: string, { tables }: NodeText): AddressedNode {
  const addresses = [...tables].flatMap(([ipVersion, { ipSets }]) =>
    (ipSets.get(ipSetName(ipVersion, 'this-host'))?.members ?? []).flatMap(member => {
      const cidr = parseNet(member)?.cidr
      return cidr === undefined ? [] : [{ ipVersion, text: cidr.address }]
    }),
  )
  return { name, addresses }
}
