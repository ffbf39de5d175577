// Settings as they reach Felix, and those that do so past its data store: variables of its container, or its configuration file.

import type { FelixField } from '../../calico/felix-config.ts'
import type { Location } from '../../diagnostics/source.ts'

/** A parameter in the text form that Felix receives, or the reason why Felix dies before it gets that far. */
export interface FelixSetting {
  readonly text: string
  readonly crash?: string
  /** The environment variable that sets it, as written. */
  readonly variable?: string
  readonly location: Location
}

/** Settings by the field names of FelixConfiguration, though Felix's own names are written. */
export interface FelixEnvironment {
  readonly kind: 'felixEnvironment'
  /**
   * Where it is from; `none` says that what other resources tell of it does not count. What the cluster tells of itself is no
   * environment, but has Felix's own names too; every FelixConfiguration wins over it.
   */
  readonly source: 'cluster' | 'installation' | 'daemonSet' | 'pod' | 'configFile' | 'given' | 'none'
  /** As messages call it: `DaemonSet kube-system/calico-node`. */
  readonly name: string
  /** Of a pod: the node that it is on. */
  readonly node?: string
  readonly settings: ReadonlyMap<FelixField, FelixSetting>
  /** Parameters set to `none`, by Felix's own names, with which it does not start; they are none of the settings. */
  readonly refused?: ReadonlyMap<string, Location>
  /** By which the interfaces of pods are named: the first of FELIX_INTERFACEPREFIX, a name whose case counts here. */
  readonly workloadPrefix?: string
  /** kube-proxy runs in its nftables mode. */
  readonly hasNftablesProxy?: true
  readonly location: Location
}
