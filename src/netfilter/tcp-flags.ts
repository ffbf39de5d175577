// Flags of TCP by the names that iptables gives them.

/** Lowest bit first. */
export const TCP_FLAGS: readonly string[] = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG']

/** The flags in their fixed order, with `ALL` and `NONE` spelled out. */
export function expandFlags(names: readonly string[]): readonly string[] {
  return TCP_FLAGS.filter(flag => names.includes(flag) || names.includes('ALL'))
}

/** Flags looked at, and those set in them, of a packet that opens a connection: `--syn`. */
export const SYN_MASK: readonly string[] = ['FIN', 'SYN', 'RST', 'ACK']
export const SYN_FLAGS: readonly string[] = ['SYN']

/** Whether iptables takes these names. */
export function isFlagList(names: readonly string[]): boolean {
  return names.every(name => name === 'ALL' || name === 'NONE' || TCP_FLAGS.includes(name))
}

/** In the order in which the kernel logs them (net/netfilter/nf_log_syslog.c). */
export const LOGGED_TCP_FLAGS: readonly string[] = [...TCP_FLAGS].reverse()
