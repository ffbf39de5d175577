// What may have made a node's rules what they are, with what speaks for it.

import type { Finding } from './finding.ts'

const CAUSE_KINDS = [
  'other-release',
  'stored-names',
  'environment',
  'wrong-node',
  'wrong-host',
  'nftables-mode',
  'calico-removed',
  'never-programmed',
  'other-backend',
  'table-flushed',
  'chain-flushed',
  'firewall-manager',
  'program-restarted',
  'admin-rule',
  'changed-by-hand',
  'policy-deleted',
  'policy-edited',
  'policy-added',
  'endpoint-deleted',
  'endpoint-added',
  'set-changed-by-hand',
  'felix-stopped',
  'input-changed',
  'left-over',
] as const

export type CauseKind = (typeof CAUSE_KINDS)[number]

export interface Cause {
  readonly kind: CauseKind
  /** One sentence without a full stop. */
  readonly title: string
  /** What speaks for it, each in a line. */
  readonly evidence: readonly string[]
  /** What it explains; empty where it says which rules were compared at all. */
  readonly findings: readonly Finding[]
  /** What would explain the same as well. */
  readonly orElse: readonly string[]
}

/** Felix looks after the kernel's rules that often (iptablesRefreshInterval). */
const REFRESH_SECONDS = 180

/** Evidence beside whatever Felix would not have let stand. */
export const REPAIRS = `Felix would have put it right within ${REFRESH_SECONDS} seconds: it did not run, or the dump was taken before`
