// Today's state as assertions: what namespaces and the world reach of each other, and what they do not.

import { ALL, type Bdd, NONE } from '../../analysis/sets/bdd.ts'
import { project } from '../../analysis/sets/bdd-operations.ts'
import { PROTOCOL_NUMBERS } from '../../net/protocol.ts'
import type { ClaimKind } from '../../model/assertion.ts'
import type { Party, PartyCluster } from '../parties/party.ts'
import { isAllButTunnels, portGroups, tunnels, withoutAddresses } from '../reach/port-words.ts'
import type { ReachCluster } from '../reach/reach-cluster.ts'
import { claimedPackets, type ClaimedPackets } from './prove.ts'

/** More ports than these in one line are left out: nobody keeps them by hand. */
const MOST_PORTS = 12

const HEAD = `# What the rules let through today, namespace by namespace. \`calitables assert\` proves each of these; keep what you mean.
version: 1
assertions:
`

/** YAML. What is not the same for all pods of two namespaces is left out. */
export function writeAssertions(versions: readonly ReachCluster[], cluster: PartyCluster): string {
  const names = cluster.namespaces.filter(name => cluster.pods.some(({ endpoint }) => endpoint.namespace === name))
  const parties: readonly Party[] = [
    ...names.map((name): Party => ({
      kind: 'pods',
      text: `namespace/${name}`,
      pods: cluster.pods.filter(({ endpoint }) => endpoint.namespace === name),
    })),
    { kind: 'world', text: 'world' },
  ]
  const claimed = versions.map(reach => ({
    reach,
    claimedBy: claimedPackets(reach, cluster),
    words: new Map<Bdd, readonly string[]>(),
  }))
  const lines = parties.flatMap(from => parties.flatMap(to => linesOf(from, to, claimed)))
  return `${HEAD}${lines.length === 0 ? '  []\n' : lines.map(line => `  - ${line}\n`).join('')}`
}

interface OneVersion {
  readonly reach: ReachCluster
  readonly claimedBy: ClaimedPackets
  /** Of sets of ports: many pairs have the same. */
  readonly words: Map<Bdd, readonly string[]>
}

function linesOf(from: Party, to: Party, versions: readonly OneVersion[]): readonly string[] {
  const found = versions.flatMap(version => portsOf(from, to, version) ?? [])
  if (found.length === 0) return []
  const line = (kind: ClaimKind, ports: readonly string[]): string =>
    `${kind}: {from: ${JSON.stringify(from.text)}, to: ${JSON.stringify(to.text)}${ports.length === 0 ? '' : `, ports: ${JSON.stringify(ports)}`}}`
  if (found.every(({ denied }) => denied === 'all')) return [line('deny', [])]
  if (found.every(({ allowed }) => allowed === 'all')) return [line('allow', [])]
  return (['allow', 'deny'] as const).flatMap(kind => {
    const lists = found.map(({ allowed, denied }) => new Set(kind === 'allow' ? listed(allowed) : listed(denied)))
    const [first = new Set<string>()] = lists
    const common = [...first].filter(port => lists.every(list => list.has(port)))
    return common.length === 0 || common.length > MOST_PORTS ? [] : [line(kind, common)]
  })
}

type Ports = 'all' | readonly string[]

function listed(ports: Ports): readonly string[] {
  return ports === 'all' ? PORTED.map(([name]) => name) : ports
}

const PORTED = Object.entries(PROTOCOL_NUMBERS).filter(([name]) => ['tcp', 'udp', 'sctp'].includes(name))

/** Ports on which all of them get through, and on which none does; undefined where there is nobody. */
function portsOf(
  from: Party,
  to: Party,
  version: OneVersion,
): { readonly allowed: Ports; readonly denied: Ports } | undefined {
  const { reach, claimedBy } = version
  const { space } = reach.headers
  const { store } = space
  const claimed = claimedBy({ kind: 'deny', from: [from], to: [to] })
  if (claimed === NONE) return undefined
  const ports = (set: Bdd): Bdd => withoutAddresses(space, partiesAway(reach, set))
  const allowed = store.not(ports(store.minus(claimed, reach.passing.sure)))
  const denied = store.not(ports(store.and(claimed, store.or(reach.passing.may, reach.through.may))))
  // Tunnels are denied to every pod: nobody has to say so.
  const isOnlyTunnels = store.isSubset(denied, tunnels(space))
  return {
    allowed: allowed === ALL || isAllButTunnels(space, allowed) ? 'all' : wordsOf(version, allowed),
    denied: denied === ALL ? 'all' : wordsOf(version, isOnlyTunnels ? NONE : denied),
  }
}

function partiesAway({ headers: { bits, space } }: ReachCluster, set: Bdd): Bdd {
  return project(space.store, set, bit => bit >= bits.firstBit)
}

/** `tcp/80`, `udp`: of the protocols that have ports. */
function wordsOf({ reach: { headers }, words }: OneVersion, set: Bdd): readonly string[] {
  const { space } = headers
  let found = words.get(set)
  if (found === undefined) {
    found = PORTED.flatMap(([name, number]) =>
      portGroups(space, space.store.and(set, headers.protocols([number]))).flatMap(({ ports }) =>
        ports === undefined ? [name] : ports.map(port => `${name}/${port}`),
      ),
    )
    words.set(set, found)
  }
  return found
}
