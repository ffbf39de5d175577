// Whether files of interfaces can be of one node, as `ip -json -4 addr` and `ip -json -6 addr` print them.

import { Report } from '../diagnostics/diagnostic.ts'
import type { SourceFile } from '../diagnostics/source.ts'
import { parseHost } from './parse-host.ts'

/** They have addresses of different IP versions, and nothing in them contradicts. Two nodes have addresses of the same version. */
export function canBeOfOneNode(files: readonly SourceFile[]): boolean {
  const versions = files.flatMap(file => {
    const { interfaces = [] } = parseHost(file, new Report()) ?? {}
    return [...new Set(interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address.ipVersion)))]
  })
  return new Set(versions).size === versions.length && parseHost(files, new Report()) !== undefined
}
