// PHASE 3: plan -> tables, chains and rules for one IP version. The door of the renderer.

import { ipSetName } from '../calico/names.ts'
import type { NodePlan } from '../model/plan.ts'
import type { IpSet, Ruleset } from '../model/ruleset.ts'
import type { IpVersion } from '../net/cidr.ts'
import { compareBytes } from '../text/bytes.ts'
import { createContext, type SharedChains } from './context.ts'
import { renderFilter } from './tables/filter.ts'
import { renderMangle } from './tables/mangle.ts'
import { renderNat } from './tables/nat.ts'
import { renderPolicyChains } from './tables/policy-chains.ts'
import { renderRaw } from './tables/raw.ts'
import { assembleTable } from './tables/table.ts'

/** @param shared chains that another IP version of the same plan has rendered already */
export function renderRuleset(plan: NodePlan, ipVersion: IpVersion, shared: SharedChains = new Map()): Ruleset {
  const context = createContext(plan, ipVersion, shared)
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
