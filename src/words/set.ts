// What an IP set holds, and why.

import { assertNever } from '../text/assert-never.ts'
import type { IpSetSource } from '../model/plan.ts'
import { describeSelected } from './selector.ts'

/** Where the members come from: "addresses of pods in namespace shop with role == "db"". */
export function describeSetSource(source: IpSetSource): string {
  switch (source.kind) {
    case 'selector':
      return `addresses of ${describeSelected(source.selector.selector)}`
    case 'namedPort': {
      const protocol = source.protocol === 'any' ? '' : `${source.protocol} `
      return `${protocol}ports named ${source.port} of ${describeSelected(source.selector.selector, 'endpoints')}`
    }
    case 'service': {
      const what = source.withPorts ? 'addresses and ports' : 'addresses'
      return `${what} behind ${serviceWords(source)}, from its EndpointSlices`
    }
    case 'read':
      return 'read from a node: what it is made of is not said there'
    case 'static':
      return source.meaning
    default:
      return assertNever(source)
  }
}

/** `the service shop/web`. One without a namespace has nothing behind it. */
export function serviceWords({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `the service ${namespace === '' ? `${name} of no namespace` : `${namespace}/${name}`}`
}

const SHOWN = 20

/** "2 members: 10.0.0.1/32, 10.0.0.2/32"; of many only the first few. */
export function describeMembers(members: readonly string[]): string {
  if (members.length === 0) return 'no members'
  const list = members.slice(0, SHOWN).join(', ')
  const more = members.length > SHOWN ? ', …' : ''
  return `${members.length} ${members.length === 1 ? 'member' : 'members'}: ${list}${more}`
}
