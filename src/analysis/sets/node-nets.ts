// What the analysis is told of the node whose rules it reads: a walker's NodeView as nets, so that sets can be made of it.

/** Where packets for a net leave; the longest net that holds the destination counts, and of equal ones the last. */
export interface NetRoute {
  /** CIDR or address. */
  readonly net: string
  /** Any of them may be it, where nobody can tell; none where the packets do not leave. */
  readonly interfaces: readonly string[]
  /** Of packets that do not leave: whether the node takes them in, or in which way they are lost. */
  readonly end?: 'local' | 'drop' | 'reject'
}

export interface NodeNets {
  /** Addresses of the node itself, as CIDRs or addresses; the loopback net is one. */
  readonly local: readonly string[]
  /** The source that masquerading gives to what the node sends to itself; left out where that is not known. */
  readonly loopbackSource?: string | undefined
  /** Addresses set on an interface; undefined where that is not known. */
  readonly addressesOn: (interfaceName: string) => readonly string[] | undefined
  /** Destinations that no route holds leave by any interface, but by none of `behind`. */
  readonly routes: readonly NetRoute[]
  /**
   * Interfaces with nothing behind them but the nets of their routes, those of workloads: what comes from there with another
   * source fails the reverse path filter.
   */
  readonly behind: readonly string[]
}
