// What every part of the renderer needs to know: settings, marks and the IP version.

import type { Release } from '../calico/releases/release.ts'
import { areFlowLogsEnabled, type FelixConfig, type FelixField } from '../calico/felix-config.ts'
import { ipSetName } from '../calico/names.ts'
import type { Location } from '../diagnostics/source.ts'
import type { NodePlan } from '../model/plan.ts'
import type { Origin } from '../model/origin.ts'
import type { Chain, Match, Target } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { combine, type Marks } from '../calico/marks.ts'

export interface RenderContext {
  readonly ipVersion: IpVersion
  readonly plan: NodePlan
  readonly config: FelixConfig
  readonly release: Release
  readonly marks: Marks
  readonly hasFlowLogs: boolean
  readonly features: Features
  readonly sharedChains: SharedChains
}

/** Chains that are the same for both IP versions, by table and name: rendered for the first, taken over by the second. */
export type SharedChains = Map<string, Chain>

/** What Felix detects of iptables and the kernel. */
export interface Features {
  readonly snatFullyRandom: boolean
  readonly masqueradeFullyRandom: boolean
  readonly nflogSize: boolean
}

export function createContext(plan: NodePlan, ipVersion: IpVersion, sharedChains: SharedChains): RenderContext {
  const { config, release, marks } = plan
  const { featureDetectOverride } = config
  return {
    ipVersion,
    plan,
    config,
    release,
    marks,
    sharedChains,
    hasFlowLogs: areFlowLogsEnabled(config),
    features: {
      snatFullyRandom: featureOverride(featureDetectOverride['SNATFullyRandom']),
      masqueradeFullyRandom: featureOverride(featureDetectOverride['MASQFullyRandom']),
      nflogSize: featureOverride(featureDetectOverride['NFLogSize']),
    },
  }
}

/** Any node of today has every feature; an override that is no boolean is ignored, as Felix does. */
function featureOverride(written: string | undefined): boolean {
  return !['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(written ?? '')
}

/** Set name in the kernel. */
export function setName({ ipVersion }: RenderContext, id: string): string {
  return ipSetName(ipVersion, id)
}

/** Ports of configuration are 16 bits wide, and Felix lets larger numbers wrap. */
export function portOf(configured: number): number {
  return ((configured % 65536) + 65536) % 65536
}

/** All bits that carry a verdict or a scratch value; the drop bit is not among them. */
export function allMarks({ marks }: RenderContext): number {
  return combine(marks.accept, marks.pass, marks.scratch0, marks.scratch1)
}

/** What to do with packets that policy allows, in the filter table. */
export function filterAllow({ config }: RenderContext): Target {
  return { kind: config.iptablesFilterAllowAction === 'ACCEPT' ? 'accept' : 'return' }
}

export function mangleAllow({ config }: RenderContext): Target {
  return { kind: config.iptablesMangleAllowAction === 'ACCEPT' ? 'accept' : 'return' }
}

export function denyTarget({ config }: RenderContext): Target {
  return { kind: config.iptablesFilterDenyAction === 'DROP' ? 'drop' : 'reject' }
}

/** The deny action as comments spell it. */
export function denyWord({ config }: RenderContext): 'Drop' | 'Reject' {
  return config.iptablesFilterDenyAction === 'DROP' ? 'Drop' : 'Reject'
}

/** One bit of the mark is set. */
export function markIsSet(bit: number): Match {
  return { kind: 'mark', value: bit, mask: bit, negated: false }
}

export function markIsClear(mask: number): Match {
  return { kind: 'markClear', mask, negated: false }
}

export function markIsNotClear(mask: number): Match {
  return { kind: 'markClear', mask, negated: true }
}

export function setMark(bits: number): Target {
  return { kind: 'setMark', value: bits, mask: bits }
}

export function clearMark(bits: number): Target {
  return { kind: 'clearMark', mask: bits }
}

export function jump(chain: string): Target {
  return { kind: 'jump', chain }
}

/** Calico's doing, whatever the input; `field` names the setting that would change it. */
export function byDefault(because: string, field?: FelixField): Origin {
  return field === undefined ? { kind: 'calicoDefault', because } : { kind: 'calicoDefault', because, field }
}

/** The FelixConfiguration that sets a field, or Calico's default for it. */
export function bySetting({ plan }: RenderContext, field: FelixField, because: string): Origin {
  const location: Location | undefined = plan.configSources[field]
  if (location === undefined) return byDefault(because, field)
  const variable = plan.configVariables[field]
  return { kind: 'felixConfiguration', field, because, ...(variable === undefined ? {} : { variable }), location }
}
