// Which program a chain or rule belongs to, by the names that programs give to theirs.

import { isCalicoChain } from '../calico/read-chain-name.ts'
import type { Rule } from '../model/ruleset.ts'
import { leadOf } from '../netfilter/chain-outline.ts'
import type { KernelTables } from '../netfilter/kernel-tables.ts'
import type { Owner } from './finding.ts'

/** Felix's own prefixes of sets, with those it uses while it fills one. */
export function isCalicoSet(name: string): boolean {
  return /^cali[46][0-9t]/.test(name)
}

/** The first pattern that fits decides. */
const CHAINS: readonly (readonly [RegExp, Owner])[] = [
  [/^KUBE-(KUBELET-CANARY|FIREWALL|IPTABLES-HINT|MARK-DROP)$/, 'kubelet'],
  [/^KUBE-/, 'kube-proxy'],
  [/^CNI-/, 'portmap'],
  [/^DOCKER/, 'docker'],
  [/^ufw6?-/, 'ufw'],
  [/^(INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING)_[A-Za-z0-9_]+$/, 'firewalld'],
  [/^(IN|FWDI|FWDO|FWD|PRE|POST|OUT)_[A-Za-z0-9_]+$/, 'firewalld'],
  [/^LIBVIRT_/, 'libvirt'],
  [/^(OLD_)?CILIUM_/, 'cilium'],
  [/^FLANNEL-/, 'flannel'],
  [/^ISTIO_/, 'istio'],
  [/^f2b-/, 'fail2ban'],
]

export function ownerOfChain(name: string): Owner {
  return CHAINS.find(([pattern]) => pattern.test(name))?.[1] ?? 'own'
}

/** Programs that write single rules into the kernel's chains as well, and how those look beside the chains they also have. */
const SINGLE_RULES: readonly (readonly [Owner, RegExp])[] = [
  ['docker', /(^| )-[io] (docker[0-9]+|br-[0-9a-f]{12}|docker_gwbridge)( |$)/],
  [
    'firewalld',
    /^-A \S+ (-m conntrack --ctstate (RELATED,ESTABLISHED(,DNAT)?|DNAT) -j ACCEPT|-[io] lo -j ACCEPT|-m conntrack --ctstate INVALID -j DROP|-j REJECT --reject-with (icmp-host-prohibited|icmp-admin-prohibited|icmp6-adm-prohibited))$/,
  ],
]

/** Rules that Felix wrote, or that lead to its chains. */
export function isCalicosRule(rule: Rule): boolean {
  const { origin } = rule
  const hasHash = origin.kind === 'read' && origin.hash !== undefined
  return hasHash || isCalicoChain(leadOf(rule) ?? '')
}

/** Tells whose a rule of a kernel chain is that is not Calico's. */
export function createOwners(tables: KernelTables): (rule: Rule) => Owner {
  const present = new Set(tables.tables.flatMap(table => [...table.userChains.keys()].map(ownerOfChain)))
  return rule => {
    const { origin } = rule
    const chain = leadOf(rule)
    if (chain !== undefined) return ownerOfChain(chain)
    const text = origin.kind === 'read' ? origin.text : ''
    const single = SINGLE_RULES.find(([owner, pattern]) => present.has(owner) && pattern.test(text))
    return single?.[0] ?? 'own'
  }
}

/** Programs that are part of every cluster: that they have rules is as it should be. */
export function isClusterOwner(owner: Owner): boolean {
  return owner === 'kube-proxy' || owner === 'kubelet' || owner === 'portmap'
}
