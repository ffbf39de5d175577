// PHASE 3: plan -> tables, chains and rules for one IP version. The door of the renderer.

import { ipSetName } from '../calico/names.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import type { NodePlan } from '../model/plan.ts'
import type { IpSet, Ruleset } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { compareBytes } from '../text/bytes.ts'
import { createContext } from './context.ts'
import { allocateMarks } from './marks.ts'
import { renderFilter } from './tables/filter.ts'
import { renderMangle } from './tables/mangle.ts'
import { renderNat } from './tables/nat.ts'
import { renderPolicyChains } from './tables/policy-chains.ts'
import { renderRaw } from './tables/raw.ts'
import { assembleTable } from './tables/table.ts'

/** Undefined, with an error, when Felix could not start with these settings. */
export function renderRuleset(plan: NodePlan, ipVersion: IpVersion, report: Report): Ruleset | undefined {
  const { config, configSources } = plan
  const marks = allocateMarks(config.iptablesMarkMask, config.wireguardEnabled || config.wireguardEnabledV6)
  if (marks === undefined) {
    report.error(
      'felix-crashes',
      `Felix cannot start with the mark mask 0x${config.iptablesMarkMask.toString(16)}: it has too few bits`,
      configSources.get('iptablesMarkMask'),
      'leave at least six bits in `iptablesMarkMask`, seven with WireGuard',
    )
    return undefined
  }
  const context = createContext(plan, marks, ipVersion)
  const policyChains = renderPolicyChains(context)
  return {
    ipVersion,
    tables: [
      renderRaw(policyChains, context),
      renderMangle(policyChains, context),
      renderNat(context),
      renderFilter(policyChains, context),
    ].map(assembleTable),
    ipSets: renderIpSets(plan, ipVersion),
  }
}

function renderIpSets({ ipSets, config }: NodePlan, ipVersion: IpVersion): readonly IpSet[] {
  return ipSets
    .flatMap(({ id, type, members, source }): readonly IpSet[] => {
      const own = members[ipVersion]
      if (own === undefined) return []
      return [
        { name: ipSetName(ipVersion, id), id, type, ipVersion, maxElements: config.maxIpsetSize, members: own, source },
      ]
    })
    .sort((a, b) => compareBytes(a.name, b.name))
}
