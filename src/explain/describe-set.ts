// What an IP set holds, and why.

import type { IpSetSource } from '../model/plan.ts'
import type { IpSet } from '../model/ruleset.ts'

/** "endpoints that `run == "nginx"` selects; 1 member: 10.65.0.20/32" */
export function describeSetShort({ source, members }: IpSet): string {
  return `${describeSetSource(source)}; ${describeMembers(members)}`
}

/** Where the members come from. */
export function describeSetSource(source: IpSetSource): string {
  switch (source.kind) {
    case 'selector':
      return `addresses of the endpoints and network sets that ${source.selector} selects`
    case 'namedPort': {
      const protocol = source.protocol === 'any' ? '' : `${source.protocol} `
      return `the ${protocol}ports named ${source.port} of the endpoints that ${source.selector} selects`
    }
    case 'service': {
      const what = source.withPorts ? 'addresses and ports' : 'addresses'
      return `${what} behind the service ${source.namespace}/${source.name}, from its EndpointSlices`
    }
    case 'read':
      return 'read from a node: what it is made of is not said there'
    case 'static':
      return source.meaning
  }
}

const SHOWN = 3

/** "2 members: 10.0.0.1/32, 10.0.0.2/32"; of many only the first few. */
export function describeMembers(members: readonly string[], shown = SHOWN): string {
  if (members.length === 0) return 'no members'
  const list = members.slice(0, shown).join(', ')
  const more = members.length > shown ? ', …' : ''
  return `${members.length} ${members.length === 1 ? 'member' : 'members'}: ${list}${more}`
}
