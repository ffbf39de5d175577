// The target of a rule in plain words, as the end of "then …".

import { assertNever } from '../text/assert-never.ts'
import { formatPortRange } from '../net/port.ts'
import type { Rule, Target } from '../model/ruleset.ts'
import { describeChainShort } from './chain.ts'
import { describeMark } from './mark.ts'
import type { DescribeContext } from './match.ts'

/** "drop it": a clause without a full stop. A rule without target only carries a comment. */
export function describeTarget(target: Rule['target'], context: DescribeContext): string {
  return target === undefined ? 'do nothing: the rule only carries a comment' : describe(target, context)
}

function describe(target: Target, { marks }: DescribeContext): string {
  switch (target.kind) {
    case 'jump':
      return `go through the chain ${target.chain} (${describeChainShort(target.chain)}) and come back`
    case 'goto':
      return `go on in the chain ${target.chain} (${describeChainShort(target.chain)}); where that ends, this chain's caller takes over`
    case 'accept':
      return 'accept it: no more rules of this table, the packet goes on'
    case 'drop':
      return 'drop it'
    case 'return':
      return 'leave this chain and go on in the one that called it'
    case 'notrack':
      return 'take it out of connection tracking'
    case 'reject':
      return target.with === undefined
        ? 'reject it: the sender gets an ICMP error'
        : target.with === 'tcp-reset'
          ? 'reject it: the sender gets a TCP reset'
          : `reject it: the sender gets ${target.with}`
    case 'log':
      return `write a line to the kernel log that starts with "${target.prefix}"; the packet goes on with the next rule`
    case 'setMark':
      if (target.value === 0) return `clear the marks ${describeMark(target.mask, marks)}`
      if (target.value === target.mask) return `set mark ${describeMark(target.value, marks)}`
      return `set the mark under the mask 0x${target.mask.toString(16)} to ${describeMark(target.value, marks)}`
    case 'xorMark':
      return `${target.mask === 0 ? '' : `clear the mark under the mask 0x${target.mask.toString(16)}, then `}turn over ${describeMark(target.value, marks)}`
    case 'unknown':
      return `${target.text}, a target that is not known here`
    case 'clearMark':
      return `clear ${isOneBit(target.mask) ? 'mark' : 'the marks'} ${describeMark(target.mask, marks)}`
    case 'dnat':
      return `change its destination to ${target.to.written}`
    case 'snat':
      return `change its source to ${target.to.written}`
    case 'masquerade': {
      const ports = target.ports === undefined ? '' : `, with a port of ${formatPortRange(target.ports)}`
      return `change its source to the address of the interface it leaves by${ports}`
    }
    case 'nflog':
      return `report it to Felix for flow logs (NFLOG group ${target.group}): ${describeNflog(target.prefix)}`
    case 'dscp':
      return `set its DSCP value to ${target.value}`
    default:
      return assertNever(target)
  }
}

function isOneBit(mask: number): boolean {
  return (mask & (mask - 1)) === 0
}

const VERDICTS: Readonly<Record<string, string>> = { A: 'allowed', D: 'denied', P: 'passed' }

/** `APE0|gnp/web`: verdict, policy or profile, direction, rule, owner (felix/rules: CalculateNFLOGPrefixStr). */
function describeNflog(prefix: string): string {
  const [, verdict = '', owner, direction, index, name] = /^([ADP])([PR])([IE])(\d*)\|?([^]*)$/.exec(prefix) ?? []
  if (owner === undefined) return prefix
  const where = direction === 'I' ? 'ingress' : 'egress'
  const said = VERDICTS[verdict] ?? verdict
  if (name === '') return `${where}, ${said} because no profile matched`
  if (index === '') return `${where}, ${said} at the end of tier ${name}`
  return `${where}, ${said} by rule ${Number(index) + 1} of ${owner === 'P' ? 'policy' : 'profile'} ${name}`
}
