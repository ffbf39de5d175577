// Lock-out for programs. `version` goes up when a field changes its meaning or goes away.

import type { Decided } from '../decided.ts'
import { journeyJson } from '../diff-json.ts'
import type { NodeLockout } from './format-lockout.ts'
import type { LockoutRow } from './lockout.ts'
import type { LockoutPart } from './tell-row.ts'

export function lockoutToJson(nodes: readonly NodeLockout[], missing: readonly string[]): unknown {
  return {
    version: 1,
    missing,
    nodes: nodes.map(({ node, versions, hasEndpoints }) => ({
      node,
      hasEndpoints,
      versions: versions.map(({ ipVersion, isAddressless, rows }) => ({
        ipVersion,
        isAddressless,
        rows: rows.map(rowJson),
      })),
    })),
  }
}

function rowJson({
  endpoint,
  interfaceName,
  service,
  direction,
  zone,
  status,
  isVoid,
  parts,
  hasMore,
}: LockoutRow): unknown {
  return {
    endpoint,
    interfaceName,
    service: service.name,
    title: service.title,
    traffic: service.traffic,
    direction,
    zone,
    status,
    isVoid,
    hasMore,
    parts: parts.map(partJson),
  }
}

function partJson({ kind, cube, journey, decided, without }: LockoutPart): unknown {
  return {
    kind,
    packets: cube,
    example: journeyJson(journey),
    ...decidedJson(decided),
    ...(without === undefined ? {} : { without: decidedJson(without) }),
  }
}

function decidedJson({ verdict, because }: Decided): { readonly verdict: string; readonly because: string } {
  return { verdict, because }
}
