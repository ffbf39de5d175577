// Rules as kube-proxy writes them: pieces that its chains are made of, and names of its chains.

import { base32Sha256 } from '../calico/hash.ts'
import type { Location } from '../diagnostics/source.ts'
import type { Match, Rule, Target } from '../model/ruleset.ts'
import type { PortProtocol } from '../net/protocol.ts'
import { readRuleNet } from '../netfilter/rule-net.ts'

/** Of packets that are to leave with the node's address. */
export const MASQUERADE_MARK = 0x4000

export const MARK_MASQ_CHAIN = 'KUBE-MARK-MASQ'

/** Why a rule is there; `location` of the Service, or none for what is always there. */
export interface Because {
  readonly because: string
  readonly location?: Location
}

export function ruleOf(matches: readonly Match[], target: Target | undefined, why: Because, comment?: string): Rule {
  return {
    comments: comment === undefined ? [] : [comment],
    matches,
    ...(target === undefined ? {} : { target }),
    origin: {
      kind: 'kubeProxy',
      ...why,
      ...(why.location === undefined && comment !== undefined ? { because: comment } : {}),
    },
  }
}

export function jump(chain: string): Target {
  return { kind: 'jump', chain }
}

/** The net or address of one side. */
export function net(side: 'source' | 'destination', text: string, negated = false): Match {
  return { kind: 'net', side, nets: [readRuleNet(text)], negated }
}

export function protocol(name: PortProtocol): Match {
  return { kind: 'protocol', protocol: name, negated: false }
}

export function destinationPort(port: number): Match {
  return { kind: 'ports', side: 'destination', ranges: [{ first: port, last: port }], negated: false }
}

export function isLocalAddress(side: 'src' | 'dst'): Match {
  return { kind: 'addressType', side, type: 'LOCAL', negated: false, limitToOutInterface: false }
}

export const NEW: Match = { kind: 'conntrackState', states: ['NEW'], negated: false }

/** `KUBE-SVC-` and 16 characters of the SHA-256 of the port's name and protocol (pkg/proxy/iptables/proxier.go: portProtoHash). */
export function chainOf(prefix: string, portName: string, protocolName: string, endpoint = ''): string {
  return `${prefix}${base32Sha256(`${portName}${protocolName}${endpoint}`).slice(0, 16)}`
}
