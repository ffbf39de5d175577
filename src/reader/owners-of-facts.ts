// Whose the facts of nodes are: as somebody says, of the only node, or of the one whose address they have.

import { Report } from '../diagnostics/diagnostic.ts'
import { orList } from '../text/wording.ts'
import { nodeOf, nodesNamed, type Resource } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'
import { nearestName } from '../text/unknown-name.ts'
import { type HostFiles, parseHost } from './parse-host.ts'

export interface GivenFacts {
  /** Of nobody says which node. */
  readonly host?: HostFiles | undefined
  readonly hosts: ReadonlyMap<string, HostFiles>
  /** `host` was found where nobody asked for it: it may be left out, with a note. */
  readonly isHostFound: boolean
}

const MOST_NAMES = 5

/**
 * @param names of the nodes that are looked at, or one undefined where the input names none
 * @returns the facts of each node by its name, `''` where it has none; mistakes are reported
 */
export function ownersOfFacts(
  { host, hosts, isHostFound }: GivenFacts,
  names: readonly (string | undefined)[],
  resources: readonly Resource[],
  report: Report,
): ReadonlyMap<string, HostFiles> {
  const found = new Map(hosts)
  refuseUnknownNodes(
    '--host',
    hosts.keys(),
    [...names.filter(name => name !== undefined), ...nodesNamed(resources)],
    report,
  )
  if (host === undefined) return found
  const [only] = names
  const owners = names.length === 1 ? [only ?? ''] : ownersByAddress(host, resources)
  const [owner] = owners
  if (owner !== undefined && owners.length === 1) {
    if (!found.has(owner)) found.set(owner, host)
    return found
  }
  if (names.length === 0) return found
  const list = orList(names.flatMap(name => name ?? []).slice(0, MOST_NAMES), 'and')
  const message = `of which of ${names.length} nodes the facts of \`--host\` are is not clear`
  const help = `say so for each: --host NODE=FILE; the input names ${list}${names.length > MOST_NAMES ? ' and others' : ''}`
  if (isHostFound) report.note('host-unknown', `${message}: they are left out`, undefined, help)
  else report.error('ambiguous-node', message, undefined, help)
  return found
}

/**
 * @param option by which they are given; `--node` of text without resources
 * @param names of all nodes that somebody names; where there are none, each may be one
 */
export function refuseUnknownNodes(
  option: string,
  given: Iterable<string>,
  names: Iterable<string>,
  report: Report,
): void {
  const known = new Set(names)
  for (const name of given) {
    if (known.size === 0 || known.has(name)) continue
    const near = nearestName(name, [...known])
    const help = near === undefined ? undefined : `did you mean \`${near}\`?`
    const who = option === '--node' ? 'the text' : 'the input'
    report.error('unknown-node', `\`${option}\`: ${who} does not name a node \`${name}\``, undefined, help)
  }
}

/** Nodes that resources name, in byte order; one undefined where they name none: the planner says what that means. */
export function nodesToPlan(resources: readonly Resource[]): readonly (string | undefined)[] {
  const known = sortedUnique(nodesNamed(resources))
  return known.length === 0 ? [undefined] : known
}

/** Nodes of which an interface has an address. */
function ownersByAddress(host: HostFiles, resources: readonly Resource[]): readonly string[] {
  const facts = parseHost(host, new Report())
  const own = new Set(
    (facts?.interfaces ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => address.text)),
  )
  const owners = resources.flatMap(resource => {
    const addresses =
      resource.kind === 'node' ? resource.addresses : resource.kind === 'hostEndpoint' ? resource.expectedIps : []
    return addresses.some(({ text }) => own.has(text)) ? (nodeOf(resource) ?? []) : []
  })
  return [...new Set(owners)].filter(name => name !== '')
}
