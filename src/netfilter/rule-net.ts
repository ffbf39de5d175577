// Nets of rules: from text, as text, and what they hold.

import type { RuleNet } from '../model/rule-values.ts'
import { type Cidr, formatCidr, type IpVersion, parseNet } from '../net/cidr.ts'

/** Text that a rule takes over as it is: a CIDR, an address, or neither. */
export function readRuleNet(text: string): RuleNet {
  const cidr = parseNet(text)?.cidr
  if (cidr === undefined) return { written: text }
  return formatCidr(cidr) === text ? cidr : { written: text, cidr }
}

/** Several joined by commas. */
export function readRuleNets(text: string): readonly RuleNet[] {
  return text.split(',').map(readRuleNet)
}

export function netText(net: RuleNet): string {
  return 'written' in net ? net.written : formatCidr(net)
}

/** Joined by commas, as in a rule. */
export function netsText(nets: readonly RuleNet[]): string {
  return nets.map(netText).join(',')
}

/** Undefined for text that is no address or CIDR. */
export function netCidr(net: RuleNet): Cidr | undefined {
  return 'written' in net ? net.cidr : net
}

/** The nets that can be read; undefined when one cannot, or is of another IP version. */
export function netCidrs(nets: readonly RuleNet[], ipVersion: IpVersion): readonly Cidr[] | undefined {
  const cidrs = nets.map(netCidr)
  return cidrs.every(cidr => cidr?.ipVersion === ipVersion) ? cidrs.filter(cidr => cidr !== undefined) : undefined
}
