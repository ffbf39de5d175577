// Members of sets as ipset prints them: an address or a net, and behind a comma protocol and port.

import { withoutFullLength } from '../net/cidr.ts'

/** `10.65.0.10/32` and `tcp:8080` of `10.65.0.10/32,tcp:8080`; the service is '' where there is none. */
export function splitMember(member: string): readonly [net: string, service: string] {
  const [net = '', service = ''] = member.split(',')
  return [net, service]
}

/** `10.65.0.10` of `10.65.0.10,tcp:8080` and of `10.65.0.10/32`. */
export function addressOfMember(member: string): string {
  return withoutFullLength(splitMember(member)[0])
}
