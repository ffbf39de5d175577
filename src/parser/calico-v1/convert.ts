// Resources of the v1 format -> plain values of projectcalico.org/v3, as `calicoctl convert` (up to Calico v3.31) made them.

import { DEFAULT_TIER } from '../../calico/tiers.ts'
import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { formatCidr } from '../../net/cidr.ts'
import type { ResourceDocument } from '../context.ts'
import { decodeWith } from '../decode.ts'
import { checkHostEndpoint, checkNode, checkPolicy, checkPool, checkRules } from './check.ts'
import { CALICO_V3_VERSION, Conversion, type Plain, present } from './conversion.ts'
import { convertHostEndpoint, convertWorkloadEndpoint } from './convert-endpoint.ts'
import { convertRules, convertSelector } from './convert-rule.ts'
import { readFieldNames } from './field-names.ts'
import { convertNameNoDots, convertProfileName, normaliseName, poolName } from './names.ts'
import { ConvertedDocument, SourcePaths } from './source-paths.ts'
import { type V1Kind, type V1Resource, V1_SCHEMAS } from './schema.ts'

export interface Converted {
  readonly kind: string
  readonly value: Plain
  /** Knows for each path of `value` where it comes from. */
  readonly document: ConvertedDocument
  /** What is not as it was, for people. */
  readonly changes: readonly string[]
}

/** Reads, checks and converts one resource; undefined, with messages, when there is something wrong with it. */
export function convertV1(kind: V1Kind, document: ResourceDocument, report: Report): Converted | undefined {
  const before = report.diagnostics.length
  const value = readFieldNames(document.value, document.location, report)
  const conversion = new Conversion()
  const source = new ConvertedDocument(document.location, document.value, new SourcePaths(), report.sources)
  const location: Location = { document: report.sources.add(source), path: [] }
  if (document.kind !== kind) conversion.rename('kind', document.kind, kind)
  const converted = convertKind(kind, value, location, conversion, report)
  const isRight = !report.hasErrorsSince(before)
  if (converted === undefined || !isRight) return undefined
  return {
    kind: String(converted['kind']),
    value: converted,
    document: new ConvertedDocument(document.location, document.value, conversion.paths, report.sources),
    changes: conversion.changes,
  }
}

function convertKind(
  kind: V1Kind,
  value: unknown,
  location: Location,
  conversion: Conversion,
  report: Report,
): Plain | undefined {
  switch (kind) {
    case 'policy': {
      return decodeWith(V1_SCHEMAS.policy, value, location, report, (resource, place, own) => {
        checkPolicy(resource, place, own)
        return convertPolicy(resource, conversion)
      })
    }
    case 'profile': {
      return decodeWith(V1_SCHEMAS.profile, value, location, report, (resource, place, own) => {
        checkRules(resource.spec.ingress, at(place, 'spec', 'ingress'), own)
        checkRules(resource.spec.egress, at(place, 'spec', 'egress'), own)
        checkTags(resource, place, own)
        return convertProfile(resource, conversion)
      })
    }
    case 'hostEndpoint': {
      return decodeWith(V1_SCHEMAS.hostEndpoint, value, location, report, (resource, place, own) => {
        checkHostEndpoint(resource, place, own)
        return convertHostEndpoint(resource, conversion)
      })
    }
    case 'workloadEndpoint': {
      return decodeWith(V1_SCHEMAS.workloadEndpoint, value, location, report, (resource, place, own) => {
        return convertWorkloadEndpoint(resource, place, conversion, own)
      })
    }
    case 'ipPool': {
      return decodeWith(V1_SCHEMAS.ipPool, value, location, report, (resource, place, own) => {
        checkPool(resource, place, own)
        return convertPool(resource, conversion)
      })
    }
    case 'node': {
      return decodeWith(V1_SCHEMAS.node, value, location, report, (resource, place, own) => {
        checkNode(resource, place, own)
        return convertNode(resource, conversion)
      })
    }
  }
}

function convertPolicy({ metadata, spec }: V1Resource<'policy'>, conversion: Conversion): Plain {
  const { tier: oldTier = '' } = metadata
  const tier = oldTier === '' ? DEFAULT_TIER : conversion.rename('tier', oldTier, convertNameNoDots(oldTier))
  const name = conversion.rename('policy', metadata.name, `${tier}.${convertNameNoDots(metadata.name)}`)
  const needsForward = spec.doNotTrack === true || spec.preDNAT === true
  if (needsForward) conversion.note('`applyOnForward: true` was added')
  const tierSource = ['metadata', oldTier === '' ? 'name' : 'tier']
  conversion.paths.set(['spec', 'tier'], tierSource)
  conversion.paths.set(['metadata', 'labels'], tierSource)
  conversion.paths.set(['spec', 'applyOnForward'], ['spec', spec.preDNAT === true ? 'preDNAT' : 'doNotTrack'])
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'GlobalNetworkPolicy',
    metadata: present({ name, labels: { 'projectcalico.org/tier': tier }, annotations: metadata.annotations }),
    spec: present({
      tier,
      order: spec.order,
      selector: spec.selector === undefined ? undefined : convertSelector(spec.selector, conversion),
      doNotTrack: spec.doNotTrack === true ? true : undefined,
      preDNAT: spec.preDNAT === true ? true : undefined,
      applyOnForward: needsForward ? true : undefined,
      types: policyTypes(spec, conversion),
      ingress: convertRules(spec.ingress, ['spec', 'ingress'], conversion),
      egress: convertRules(spec.egress, ['spec', 'egress'], conversion),
    }),
  }
}

/** Those given, or what the rules suggest. */
function policyTypes(
  { types, ingress, egress, preDNAT }: V1Resource<'policy'>['spec'],
  conversion: Conversion,
): readonly string[] {
  if (types !== undefined && types.length > 0) {
    // Calico 2.6 takes the type where no rule goes with it; Calico 3 refuses it.
    const isDropped = preDNAT === true && types.includes('egress')
    if (isDropped) conversion.note('the type `egress` was left out: a `preDNAT` policy has none')
    return types
      .filter(type => !isDropped || type !== 'egress')
      .map(type => (type === 'ingress' ? 'Ingress' : 'Egress'))
  }
  if ((egress ?? []).length === 0) return ['Ingress']
  return (ingress ?? []).length === 0 ? ['Egress'] : ['Ingress', 'Egress']
}

function checkTags({ metadata }: V1Resource<'profile'>, location: Location, report: Report): void {
  for (const [index, tag] of (metadata.tags ?? []).entries()) {
    if (!Object.hasOwn(metadata.labels ?? {}, tag)) continue
    report.error(
      'bad-value',
      `tag \`${tag}\` is also a label`,
      at(location, 'metadata', 'tags', index),
      'rename one of them',
    )
  }
}

function convertProfile({ metadata, spec }: V1Resource<'profile'>, conversion: Conversion): Plain {
  const { labels, tags } = metadata
  conversion.paths.set(['spec', 'labelsToApply'], ['metadata', labels === undefined ? 'tags' : 'labels'])
  for (const [index, tag] of (tags ?? []).entries()) {
    conversion.note(`tag \`${tag}\` became a label with an empty value`)
    conversion.paths.set(['spec', 'labelsToApply', tag], ['metadata', 'tags', index])
  }
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'Profile',
    metadata: { name: conversion.rename('profile', metadata.name, convertProfileName(metadata.name)) },
    spec: present({
      labelsToApply:
        labels === undefined && tags === undefined
          ? undefined
          : { ...labels, ...Object.fromEntries((tags ?? []).map(tag => [tag, ''])) },
      ingress: convertRules(spec.ingress, ['spec', 'ingress'], conversion),
      egress: convertRules(spec.egress, ['spec', 'egress'], conversion),
    }),
  }
}

function convertPool({ metadata, spec }: V1Resource<'ipPool'>, conversion: Conversion): Plain {
  const cidr = formatCidr(metadata.cidr.cidr)
  const { ipip } = spec
  conversion.paths.set(['metadata', 'name'], ['metadata', 'cidr'])
  conversion.paths.set(['spec', 'cidr'], ['metadata', 'cidr'])
  conversion.paths.set(['spec', 'ipipMode'], ['spec', 'ipip'])
  conversion.paths.set(['spec', 'natOutgoing'], ['spec', 'nat-outgoing'])
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'IPPool',
    metadata: { name: conversion.rename('ipPool', cidr, poolName(cidr)) },
    spec: present({
      cidr,
      ipipMode: ipip?.enabled !== true ? 'Never' : ipip.mode === 'cross-subnet' ? 'CrossSubnet' : 'Always',
      vxlanMode: 'Never',
      natOutgoing: spec['nat-outgoing'],
      disabled: spec.disabled,
      blockSize: metadata.cidr.cidr.ipVersion === 4 ? 26 : 122,
      nodeSelector: 'all()',
      allowedUses: ['Workload', 'Tunnel'],
      assignmentMode: 'Automatic',
    }),
  }
}

function convertNode({ metadata, spec }: V1Resource<'node'>, conversion: Conversion): Plain {
  const { bgp } = spec
  return {
    apiVersion: CALICO_V3_VERSION,
    kind: 'Node',
    metadata: { name: conversion.rename('node', metadata.name, normaliseName(metadata.name)) },
    spec: present({ bgp: bgp && present(bgp), orchRefs: spec.orchRefs }),
  }
}
