// Mark bits, taken from the mask in Felix's fixed order (felix/dataplane/driver.go).

import { FELIX_PARAMETERS } from './felix-config.ts'
import type { Release } from './releases/release.ts'

export interface Marks {
  /** Policy or profile said Allow. Survives from table to table. */
  readonly accept: number
  /** Policy said Pass: go on with the next tier. */
  readonly pass: number
  /** Set by the match of a Deny rule, tested by the drop that follows. Never cleared. 0 where the release has none. */
  readonly drop: number
  /** All match blocks so far match; in raw PREROUTING, the packet comes from a workload. */
  readonly scratch0: number
  /** The current match block matches. */
  readonly scratch1: number
  /** Only with WireGuard. */
  readonly wireguard: number
  /** What is left: identity of endpoints under IPVS. */
  readonly endpointMask: number
  /** Lowest bit of the endpoint mask: "no endpoint of Calico's". */
  readonly nonCaliEndpoint: number
}

/** Undefined when the mask has too few bits for Felix to start. */
export function allocateMarks(
  mask: number,
  withWireguard: boolean,
  { hasDropMark }: Pick<Release, 'hasDropMark'>,
): Marks | undefined {
  const [accept, pass, ...others] = setBits(mask)
  const drop = hasDropMark ? others.shift() : 0
  const [scratch0, scratch1, ...free] = others
  const wireguard = withWireguard ? (free[0] ?? 0) : 0
  const rest = withWireguard ? free.slice(1) : free
  const [nonCaliEndpoint] = rest
  if (accept === undefined || pass === undefined || drop === undefined || scratch0 === undefined) return undefined
  if (scratch1 === undefined || nonCaliEndpoint === undefined) return undefined
  return { accept, pass, drop, scratch0, scratch1, wireguard, endpointMask: combine(...rest), nonCaliEndpoint }
}

/** Those of the mask that Felix has unless it is told another. */
export function defaultMarks(withWireguard: boolean, release: Pick<Release, 'hasDropMark'>): Marks {
  const marks = allocateMarks(FELIX_PARAMETERS.iptablesMarkMask.default, withWireguard, release)
  if (marks === undefined) throw new Error('the default mark mask has enough bits')
  return marks
}

/** Single bits of a mask from the lowest upward. */
export function setBits(mask: number): readonly number[] {
  const bits: number[] = []
  for (let i = 0; i < 32; i++) {
    const bit = (1 << i) >>> 0
    if ((mask & bit) !== 0) bits.push(bit)
  }
  return bits
}

/** Union of mark bits as an unsigned number: JavaScript's `|` would make 0x80000000 negative. */
export function combine(...marks: readonly number[]): number {
  return marks.reduce((sum, mark) => (sum | mark) >>> 0, 0)
}
