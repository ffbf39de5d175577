// Chains, sets and members under the names of the input.

import type { NamedChainKind } from '../calico/names.ts'
import { readChainName } from '../calico/read-chain-name.ts'
import type { Location } from '../diagnostics/source.ts'
import type { SourceIndex } from '../diagnostics/source-index.ts'
import type { Resource } from '../model/ast/resources.ts'
import { allHostEndpoints, type NodePlan } from '../model/plan.ts'
import type { Ruleset } from '../model/ruleset.ts'
import { formatCidr, withoutFullLength } from '../net/cidr.ts'
import { addressOfMember } from '../netfilter/set-member.ts'
import { describeChainShort } from '../words/chain.ts'
import { describeOrigin } from '../words/origin.ts'
import { type LinePlace, linePlace } from '../words/place.ts'
import { describeSetSource } from '../words/set.ts'
import { locationOf } from '../model/origin.ts'

/** With the object of the input that it is made from, where it lies. */
interface ChainName {
  readonly words: string
  readonly at?: LinePlace
  readonly yaml?: string
}

export interface PlaceNames {
  readonly chain: (name: string) => ChainName
  readonly set: (name: string) => string
  /** Whose a member is; undefined for a stranger. */
  readonly member: (member: string) => string | undefined
}

interface Known {
  readonly plan: NodePlan
  readonly resources: readonly Resource[]
  readonly sources: SourceIndex
}

/** What the chain of an interface is for. */
const INTERFACE_CHAINS: Readonly<Partial<Record<NamedChainKind, (endpoint: string) => string>>> = {
  toHostEndpointForward: name => `what is forwarded out by ${name}`,
  fromHostEndpointForward: name => `what is forwarded from ${name}`,
  toWorkload: name => `what goes to ${name}`,
  fromWorkload: name => `what ${name} sends`,
  toHostEndpoint: name => `what the node sends by ${name}`,
  fromHostEndpoint: name => `what comes in by ${name}`,
}

export function namePlaces(ruleset: Ruleset, { plan, resources, sources }: Known): PlaceNames {
  const endpoints = new Map<string, string>()
  for (const { interfaceName, name } of plan.workloads) endpoints.set(interfaceName, `pod ${name}`)
  for (const { interfaceName, name } of allHostEndpoints(plan)) endpoints.set(interfaceName, `host endpoint ${name}`)
  const origins = new Map(
    ruleset.tables.flatMap(({ chains }) => chains.map(({ name, origin }) => [name, origin] as const)),
  )
  const sets = new Map(ruleset.ipSets.map(set => [set.name, set.source] as const))
  const owners = memberOwners(resources)
  return {
    chain: name => {
      const origin = origins.get(name)
      const known = readChainName(name)
      const words = known === undefined ? undefined : INTERFACE_CHAINS[known.kind]
      const located = locationOf(origin)
      const place = located === undefined ? {} : { at: linePlace(located, sources), yaml: textAt(located, sources) }
      if (known !== undefined && words !== undefined) {
        const { subject } = known
        return {
          words: words(endpoints.get(subject) ?? `interface ${subject}, which the input does not know`),
          ...place,
        }
      }
      const isOwn = origin?.kind === 'policy' || origin?.kind === 'profile' || origin?.kind === 'policyGroup'
      if (isOwn) return { words: describeOrigin(origin), ...place }
      return { words: /^[A-Z]+$/.test(name) ? "the kernel's own chain" : describeChainShort(name) }
    },
    set: name => {
      const source = sets.get(name)
      return source === undefined ? 'a set that nothing in the input asks for' : describeSetSource(source)
    },
    member: member => owners.get(addressOfMember(member)),
  }
}

/** Lines of an object of the input are shown up to here. */
const MOST_LINES = 60

/** The object that begins there: every line as deep as its first one, up to the next document. */
function textAt(location: Location, sources: SourceIndex): string {
  const { file, start } = sources.spanOf(location)
  const from = file.text.lastIndexOf('\n', start - 1) + 1
  const depth = start - from
  // More than this is not shown, so it need not be cut into lines.
  const [first = '', ...rest] = file.text.slice(from, from + MOST_LINES * 1000).split('\n')
  const end = rest.findIndex(
    line => /^(---|\.\.\.)( |$)/.test(line) || (line.trim() !== '' && line.search(/\S/) < depth),
  )
  const lines = [first, ...(end < 0 ? rest : rest.slice(0, end))].map(line => line.trimEnd())
  while (lines.at(-1) === '') lines.pop()
  // JSON on one line would be the whole file.
  const shown = lines.slice(0, MOST_LINES).map(line => (line.length > 200 ? `${line.slice(0, 200)} …` : line))
  return [...shown, ...(lines.length > MOST_LINES ? ['…'] : [])].join('\n')
}

function memberOwners(resources: readonly Resource[]): ReadonlyMap<string, string> {
  const owners = new Map<string, string>()
  const add = (address: string, owner: string): void => {
    if (!owners.has(address)) owners.set(address, owner)
  }
  for (const resource of resources) {
    if (resource.kind === 'workloadEndpoint') {
      for (const { text } of resource.addresses) add(text, `pod ${resource.namespace}/${resource.name}`)
    } else if (resource.kind === 'networkSet') {
      const name = resource.namespace === '' ? resource.name : `${resource.namespace}/${resource.name}`
      for (const net of resource.nets) add(withoutFullLength(formatCidr(net)), `network set ${name}`)
    } else if (resource.kind === 'hostEndpoint') {
      for (const { text } of resource.expectedIps) add(text, `host endpoint ${resource.name}`)
    }
  }
  return owners
}
