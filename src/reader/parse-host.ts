// `ip -json addr show` -> facts of the node. A second door of the parser, for the one input that is not a resource.

import * as z from 'zod'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import type { HostFacts } from '../model/host.ts'
import { parseAddress } from '../net/cidr.ts'

const schema = z.array(
  z.looseObject({
    ifname: z.string().optional(),
    flags: z.array(z.string()).default([]),
    addr_info: z.array(z.looseObject({ local: z.string().optional(), prefixlen: z.number().optional() })).default([]),
  }),
)

/** Undefined, with an error, when the text is not what the command prints. */
export function parseHost(file: SourceFile, report: Report): HostFacts | undefined {
  const fail = (): undefined => {
    report.error(
      'bad-value',
      'this is not what `ip -json addr show` prints',
      { file, start: 0, end: Math.min(1, file.text.length) },
      'run `ip -json addr show > host.json` on the node',
    )
    return undefined
  }
  let value: unknown
  try {
    value = JSON.parse(file.text)
  } catch {
    return fail()
  }
  const result = schema.safeParse(value)
  if (!result.success) return fail()
  return {
    interfaces: result.data.flatMap(({ ifname, flags, addr_info }) =>
      // `ip` prints an empty object for each interface that a filter left out.
      ifname === undefined
        ? []
        : [
            {
              name: ifname,
              isUp: flags.includes('UP'),
              isLoopback: flags.includes('LOOPBACK'),
              addresses: addr_info.flatMap(({ local, prefixlen }) => {
                const address = local === undefined ? undefined : parseAddress(local)
                return address === undefined || prefixlen === undefined ? [] : [{ address, prefixLength: prefixlen }]
              }),
            },
          ],
    ),
  }
}
