// Addresses and keys as fields of endpoints and nodes: of one IP version, of a link, of a tunnel.

import { parseAddress, parseNet } from '../../net/cidr.ts'
import { emptyAsMissing, Fault, field, readText } from '../fields.ts'
import { once } from '../lazily.ts'
import { matching } from './setting-schema.ts'

/** An address, or a net, of one IP version; `form` says how much of it. */
export function addressOf(ipVersion: 4 | 6, form: 'address' | 'cidr') {
  return emptyAsMissing(
    field((value): string | Fault => {
      const read = readText(value)
      if (read instanceof Fault) return read
      const found = form === 'address' ? parseAddress(read) : parseNet(read)?.address
      if (found?.ipVersion === ipVersion) return read
      return new Fault(
        'bad-address',
        `\`${read}\` is not an IPv${ipVersion} address${form === 'cidr' ? ' or net' : ''}`,
        { help: addressHelp(read, ipVersion) },
      )
    }),
  )
}

/** What to write instead of a net where an address belongs. */
export function addressHelp(written: string, ipVersion: 4 | 6): string | undefined {
  return parseNet(written)?.address.ipVersion === ipVersion ? `write \`${written.split('/')[0]}\`` : undefined
}

/** Empty text is none. */
export const macAddress = once(() =>
  emptyAsMissing(
    field((value): string | Fault => {
      const read = readText(value)
      if (read instanceof Fault) return read
      return isMacAddress(read) ? read : new Fault('bad-address', `\`${read}\` is not a MAC address`)
    }),
  ),
)

/** 6, 8 or 20 bytes in hexadecimal: `00:00:5e:00:53:01`, `00-00-5e-00-53-01` or `0000.5e00.5301`, as Go reads them. */
function isMacAddress(text: string): boolean {
  const bytes = text.split(/[:-]/)
  const isBytes =
    !/:.*-|-.*:/.test(text) && [6, 8, 20].includes(bytes.length) && bytes.every(b => /^[0-9a-f]{2}$/i.test(b))
  const words = text.split('.')
  return isBytes || ([3, 4, 10].includes(words.length) && words.every(word => /^[0-9a-f]{4}$/i.test(word)))
}

/** 32 bytes in base64. */
export const wireguardKey = once(() => emptyAsMissing(matching(/^[A-Za-z0-9+/]{43}=$/, 'a WireGuard key')))
