// Tables by hand, a node for them and one packet that walks through.

import type { KernelIpSet, KernelTables } from '../../src/netfilter/kernel-tables.ts'
import { KERNEL_CHAINS } from '../../src/netfilter/kernel-tables.ts'
import type { KernelChainName, Match, Rule, TableName, Target } from '../../src/model/ruleset.ts'
import type { Packet } from '../../src/netfilter/packet.ts'
import type { Journey, NodeView } from '../../src/walk/packet.ts'
import { createWalker, type WalkResult } from '../../src/walk/walk-packet.ts'

export function rule(matches: readonly Match[], target?: Target): Rule {
  return {
    comments: [],
    matches,
    ...(target === undefined ? {} : { target }),
    origin: { kind: 'calicoDefault', because: 'a test' },
  }
}

export type Chains = Readonly<Record<string, readonly Rule[]>>

interface TablesInput {
  readonly ipVersion?: 4 | 6
  readonly sets?: readonly KernelIpSet[]
  readonly policies?: Readonly<Record<string, 'DROP'>>
}

/** Kernel chains by their upper-case names; all others are user chains. */
export function tables(chains: Partial<Record<TableName, Chains>>, input: TablesInput = {}): KernelTables {
  const origin = { kind: 'calicoDefault', because: 'a test' } as const
  return {
    ipVersion: input.ipVersion ?? 4,
    tables: (Object.entries(chains) as [TableName, Chains][]).map(([name, written]) => ({
      name,
      kernelChains: KERNEL_CHAINS[name].map((chain: KernelChainName) => ({
        name: chain,
        policy: input.policies?.[`${name} ${chain}`] ?? 'ACCEPT',
        rules: written[chain] ?? [],
        origin,
      })),
      userChains: new Map(Object.entries(written).map(([chain, rules]) => [chain, { name: chain, rules, origin }])),
    })),
    ipSets: new Map((input.sets ?? []).map(set => [set.name, set])),
  }
}

/** 192.0.2.1 is the node's; 10.0.0.0/8 is behind cali1; everything else behind eth1. */
export const NODE: NodeView = {
  route: destination =>
    NODE.isLocal(destination)
      ? { kind: 'local' }
      : { kind: 'out', interfaceName: destination.startsWith('10.') ? 'cali1' : 'eth1' },
  isLocal: address => ['192.0.2.1', '127.0.0.1', '2001:db8::1'].includes(address),
  isOnInterface: (address, name) => (name === 'unknown0' ? undefined : address === '192.0.2.1' && name === 'eth0'),
}

export const TCP: Packet = {
  ipVersion: 4,
  source: '198.51.100.7',
  destination: '192.0.2.1',
  protocol: 6,
  sourcePort: 40000,
  destinationPort: 80,
  tcpFlags: ['SYN'],
}
export function walk(kernel: KernelTables, journey: Partial<Journey> = {}, withMisses = false): WalkResult {
  return createWalker(kernel, NODE).walk({ packet: TCP, inInterface: 'eth0', state: 'NEW', ...journey }, { withMisses })
}

export const TCP6: Packet = { ...TCP, ipVersion: 6, source: '2001:db8:7::7', destination: '2001:db8::1' }
export const UDP: Packet = {
  ipVersion: 4,
  source: TCP.source,
  destination: TCP.destination,
  protocol: 17,
  sourcePort: 53,
  destinationPort: 53,
}
export const PING: Packet = {
  ipVersion: 4,
  source: TCP.source,
  destination: TCP.destination,
  protocol: 1,
  icmpType: 8,
  icmpCode: 0,
}

const { icmpCode: _, ...plainPing } = PING
export const PLAIN_PING: Packet = plainPing

export const DROP: Target = { kind: 'drop' }
export const ACCEPT: Target = { kind: 'accept' }
