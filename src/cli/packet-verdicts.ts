// The verdicts of a file of packets, a byte each: a million of them take no more room than a page.

import type { Expectation } from '../trace/packets-file.ts'
import type { TraceResult } from '../trace/way.ts'

type PacketVerdict = TraceResult['verdict']

/** What is kept of each packet: a byte for what was found, and one for what was expected of it. */
export class Verdicts {
  #found = new Uint8Array(2 ** 10)
  #expected = new Uint8Array(2 ** 10)
  length = 0
  /** Packets of which something is expected. */
  compared = 0
  differing = 0

  add(found: PacketVerdict, expect: Expectation | undefined): void {
    if (this.length === this.#found.length) {
      this.#found = grown(this.#found)
      this.#expected = grown(this.#expected)
    }
    this.#found[this.length] = CODES.indexOf(found)
    this.#expected[this.length] = expect === undefined ? 0 : CODES.indexOf(expect)
    if (expect !== undefined) this.compared++
    if (expect !== undefined && expect !== found) this.differing++
    this.length++
  }

  found(index: number): PacketVerdict {
    return CODES[this.#found[index] ?? 0] ?? 'unknown'
  }

  expected(index: number): Expectation | undefined {
    const code = this.#expected[index] ?? 0
    return code === 0 ? undefined : (CODES[code] as Expectation)
  }

  isDifferent(index: number): boolean {
    const code = this.#expected[index] ?? 0
    return code !== 0 && code !== this.#found[index]
  }
}

/** 0 stands for none. */
const CODES: readonly (PacketVerdict | undefined)[] = [
  undefined,
  'accept',
  'drop',
  'reject',
  'unknown',
  'no connection',
]

function grown(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  return larger
}
