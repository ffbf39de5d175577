// What the bits of the packet mark stand for.

import { type Marks, setBits } from '../calico/marks.ts'

export interface MarkBit {
  readonly bit: number
  /** One or two words: "accepted". */
  readonly name: string
  readonly meaning: string
}

/** Every bit that has a meaning of its own, lowest first as Calico gives them out. */
export function markBits(marks: Marks): readonly MarkBit[] {
  return [
    {
      bit: marks.accept,
      name: 'accepted',
      meaning: 'policy or a profile said Allow; it stays on the packet from table to table until a chain clears it',
    },
    {
      bit: marks.pass,
      name: 'passed',
      meaning:
        'a policy said Pass: the rest of this tier is skipped; cleared at the start of each tier, after the last tier the profiles decide',
    },
    ...(marks.drop === 0
      ? []
      : [
          {
            bit: marks.drop,
            name: 'denied',
            meaning: 'a Deny rule matched: the rule right behind it drops or rejects the packet',
          },
        ]),
    {
      bit: marks.scratch0,
      name: 'scratch0',
      meaning:
        'a helper: inside a policy, every list of alternatives so far matches; in raw PREROUTING, the packet comes from a workload; in a rate limit, the packet is within it',
    },
    {
      bit: marks.scratch1,
      name: 'scratch1',
      meaning: 'a helper inside a policy: the list of alternatives at hand (nets, ports) matches',
    },
    ...(marks.wireguard === 0
      ? []
      : [
          {
            bit: marks.wireguard,
            name: 'came in outside WireGuard',
            meaning: 'the packet came in outside the tunnel: routing sends the answer into it',
          },
        ]),
  ]
}

/** "0x10000 (accepted)", "0x30000 (accepted, passed)": hexadecimal, with the names of the bits where they are known. */
export function describeMark(mark: number, marks: Marks | undefined): string {
  const text = `0x${mark.toString(16)}`
  if (marks === undefined) return text
  const known = markBits(marks).filter(({ bit }) => (mark & bit) !== 0)
  const names = known.map(({ name }) => name)
  const hasEndpoint = (mark & marks.endpointMask) !== 0
  if (mark !== 0 && hasEndpoint)
    names.push(mark === marks.nonCaliEndpoint ? 'no endpoint of Calico' : 'endpoint number')
  return names.length === 0 ? text : `${text} (${names.join(', ')})`
}

/** The meaning of each bit of a mark, foreign bits included. */
export function explainMark(mark: number, marks: Marks): readonly MarkBit[] {
  const known = markBits(marks)
  return setBits(mark).map(bit => {
    const found = known.find(entry => entry.bit === bit)
    if (found !== undefined) return found
    if ((marks.endpointMask & bit) !== 0) {
      return {
        bit,
        name: bit === marks.nonCaliEndpoint ? 'endpoint number, lowest bit' : 'endpoint number',
        meaning:
          'under IPVS these bits together carry the number of the endpoint by which the packet came in; unused otherwise',
      }
    }
    return { bit, name: 'not Calico', meaning: 'outside iptablesMarkMask: Calico neither sets nor reads it' }
  })
}
