// An assertion whose words have been looked up in the cluster: who is meant, and which ports.

import type { Report } from '../../diagnostics/diagnostic.ts'
import type { Assertion, WrittenWords } from '../../model/assertion.ts'
import { type Party, type PartyCluster, portNamesOf } from '../parties/party.ts'
import { readParty } from '../parties/read-party.ts'
import { type PortWish, readPorts } from '../parties/read-ports.ts'

export interface Claim {
  readonly assertion: Assertion
  /** Its own name, or else what it says. */
  readonly title: string
  readonly from: readonly Party[]
  readonly to: readonly Party[]
  /** Undefined: all. */
  readonly ports: readonly PortWish[] | undefined
}

/** Undefined, with every mistake reported, where words mean nobody. */
export function readClaim(assertion: Assertion, cluster: PartyCluster, report: Report): Claim | undefined {
  const { kind } = assertion
  const parties = (field: 'from' | 'to'): readonly (Party | undefined)[] =>
    assertion[field].map(({ text, location }) =>
      readParty(text, cluster, { field: `${kind}.${field}`, place: location, isSender: field === 'from' }, report),
    )
  const names = portNamesOf(cluster)
  const [from, to] = [parties('from'), parties('to')]
  const ports = assertion.ports.map(({ text, location }) =>
    readPorts(text, { field: `${kind}.ports`, place: location, names }, report),
  )
  if ([...from, ...to, ...ports].includes(undefined)) return undefined
  return {
    assertion,
    title: assertion.name === '' ? titleOf(assertion) : assertion.name,
    from: from.flatMap(party => party ?? []),
    to: to.flatMap(party => party ?? []),
    ports: ports.length === 0 ? undefined : ports.flatMap(wishes => wishes ?? []),
  }
}

/** `deny from namespace/dev to namespace/prod, tcp/80` */
function titleOf({ kind, from, to, ports, others }: Assertion): string {
  const list = (words: readonly WrittenWords[]): string => words.map(({ text }) => text).join(', ')
  const [who, whom] = [list(from), list(to)]
  const said = kind === 'only' && others === 'receivers' ? `${who} to ${whom} only` : `${kind} ${who} to ${whom}`
  return `${said}${ports.length === 0 ? '' : `, ${list(ports)}`}`
}
