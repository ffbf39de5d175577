// A line that names a chain: `:INPUT ACCEPT [0:0]`, `:cali-INPUT - [0:0]`.

import type { Counters } from '../model/origin.ts'
import { countersOf } from './rule-lines.ts'

export type ChainLineResult =
  | {
      readonly ok: true
      readonly name: string
      /** Undefined where the line leaves it as it is, and for chains that have none. */
      readonly policy: 'ACCEPT' | 'DROP' | undefined
      readonly counters: Counters | undefined
    }
  | { readonly ok: false; readonly message: string; readonly help?: string }

export function readChainLine(text: string, isKernels: (name: string) => boolean): ChainLineResult {
  const parts = /^:(\S+)\s+(\S+)(?:\s+(?:\[([0-9]{1,20}):([0-9]{1,20})\]|-))?\s*$/.exec(text)
  if (parts === null) return { ok: false, message: 'a chain line that is not `:CHAIN POLICY [PACKETS:BYTES]`' }
  const [, name = '', written = '', packets, bytes] = parts
  if (written !== '-' && written !== 'ACCEPT' && written !== 'DROP') {
    return { ok: false, message: `\`${written}\` as the policy of a chain`, help: 'write `ACCEPT`, `DROP` or `-`' }
  }
  const policy = written === '-' ? undefined : written
  if (policy !== undefined && !isKernels(name)) {
    return { ok: false, message: `a policy for \`${name}\`, which is not a chain of the kernel's`, help: 'write `-`' }
  }
  return { ok: true, name, policy, counters: packets === undefined ? undefined : countersOf(packets, bytes) }
}
