// What the release at hand does not take, though another one does: kinds, fields, values, names.

import { RESERVED_PREFIXES } from '../calico/policy-names.ts'
import { presence } from '../calico/releases/history.ts'
import type { Release } from '../calico/releases/release.ts'
import { DEFAULT_TIER } from '../calico/tiers.ts'
import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location, type Path } from '../diagnostics/source.ts'
import type { ParseContext, ResourceDocument } from './context.ts'
import { valueAt } from './value-at.ts'

/** Behind what to write instead: the input may be right, and the release another one. */
function orOther(help: string, isLater = true): string {
  return `${help}; if the cluster is of ${isLater ? 'a later' : 'an earlier'} release, name it: \`--calico-version V\``
}

type Limits = Pick<ParseContext, 'report' | 'release'>

/** What to write instead of a kind. */
const KIND_HELP: Readonly<Record<string, string>> = {
  Tier: 'leave it out, and `tier` out of the policies: all policies are one list there, sorted by `order`',
  StagedGlobalNetworkPolicy: 'leave it out: a staged policy is never enforced',
  StagedNetworkPolicy: 'leave it out: a staged policy is never enforced',
  StagedKubernetesNetworkPolicy: 'leave it out: a staged policy is never enforced',
  AdminNetworkPolicy: 'write a GlobalNetworkPolicy with a low `order`',
  BaselineAdminNetworkPolicy: 'write a GlobalNetworkPolicy with a high `order`',
  ClusterNetworkPolicy: 'write an AdminNetworkPolicy or a GlobalNetworkPolicy',
}

/** What to write instead of a kind that a later release gave up. */
const SUCCESSORS: Readonly<Record<string, string>> = {
  AdminNetworkPolicy: 'a ClusterNetworkPolicy of tier Admin',
  BaselineAdminNetworkPolicy: 'a ClusterNetworkPolicy of tier Baseline',
}

const FIELD_HELP: Readonly<Record<string, string>> = {
  'FelixConfiguration spec.nodeSelector': 'name it `default`, or `node.NAME` for each node',
  'GlobalNetworkPolicy spec.tier': 'leave it out, and say with `order` what comes first',
  'NetworkPolicy spec.tier': 'leave it out, and say with `order` what comes first',
}

/** `apiVersion kind`, in the form in which users write it. */
function typeOf({ apiVersion, kind, isStored }: ResourceDocument): string {
  return `${isStored === true ? 'projectcalico.org/v3' : apiVersion} ${kind}`
}

/**
 * Whether the release knows the kind of a document; if not, that is said. Calico's own loader refuses its own kinds. Kinds of
 * Kubernetes are simply not read: a warning where the release never did, an error where older releases made rules of them.
 */
export function isKindTaken(document: ResourceDocument, { report, release }: Limits): boolean {
  const type = typeOf(document)
  if (!release.missingKinds.includes(type)) return true
  const { apiVersion, kind, location } = document
  const { since, until } = presence(release, ({ missingKinds }) => !missingKinds.includes(type))
  const place = at(location, 'kind')
  if (until !== undefined) {
    const help = `Calico ${release.name.replace(/\.[0-9]+$/, '')} does not read it; write ${SUCCESSORS[kind] ?? 'another kind'}`
    report.error('unsupported-kind', `\`${kind}\` of \`${apiVersion}\` is not supported`, place, help)
  } else if (type.startsWith('projectcalico.org/')) {
    const message = `\`${kind}\` came with Calico ${since}: ${release.name} does not have it`
    const help = orOther(KIND_HELP[kind] ?? 'leave it out')
    if (document.isStored === true) report.warn('unsupported-kind', message, place, help)
    else report.error('unsupported-kind', message, place, help)
  } else {
    const message = `\`${kind}\` is read since Calico ${since}: ${release.name} makes no rules of it`
    report.warn('unsupported-kind', message, place, KIND_HELP[kind])
  }
  return false
}

/** Fields, values and names of a document of Calico's own. */
export function reportReleaseLimits(document: ResourceDocument, { report, release }: Limits): void {
  const { kind, value, location } = document
  for (const path of release.missingFields[kind] ?? []) {
    for (const place of placesOf(value, path)) reportField(document, path, at(location, ...place), { report, release })
  }
  for (const [path, words] of Object.entries(release.missingValues[kind] ?? {})) {
    for (const place of placesOf(value, path)) {
      const written = valueAt(value, place)
      for (const [index, item] of [written].flat().entries()) {
        const word = typeof item === 'number' ? String(item) : item
        if (typeof word !== 'string' || !words.includes(word)) continue
        const { since } = presence(release, other => other.missingValues[kind]?.[path]?.includes(word) !== true)
        const step = Array.isArray(written) ? [index] : []
        report.error(
          'bad-value',
          `\`${word}\` came with Calico ${since}: ${release.name} refuses the ${kind}`,
          at(location, ...place, ...step),
          orOther('leave it out'),
        )
      }
    }
  }
  if (document.isStored !== true && POLICY_KINDS.includes(kind)) checkPolicyName(document, release, report)
}

/** A field that is stored all the same is not looked at; the document that has it is not refused any more. */
function reportField(
  { kind, isStored }: ResourceDocument,
  path: string,
  place: Location,
  { report, release }: Limits,
): void {
  const { since, until } = presence(release, ({ missingFields }) => missingFields[kind]?.includes(path) !== true)
  const name = path.replace(/^spec\./, '').replaceAll('.*', '')
  const history =
    since === undefined
      ? `\`${name}\` is gone since Calico ${release.name.replace(/\.[0-9]+$/, '')} (${until} was the last that had it)`
      : `\`${name}\` came with Calico ${since}`
  const key = { ...place, target: 'key' } as const
  if (isStored === true) {
    report.warn('unknown-field', `${history}: ${release.name} does not look at it`, key)
    return
  }
  report.error(
    'unknown-field',
    `${history}: ${release.name} refuses the whole ${kind} for it`,
    key,
    orOther(FIELD_HELP[`${kind} ${path}`] ?? 'leave it out', since !== undefined),
  )
}

/** Where a dotted path leads in a value; `*` stands for every item of a list. */
function placesOf(value: unknown, path: string): readonly Path[] {
  let found: readonly { readonly place: Path; readonly value: unknown }[] = [{ place: [], value }]
  for (const step of path.split('.')) {
    found = found.flatMap(({ place, value: parent }) => {
      if (typeof parent !== 'object' || parent === null) return []
      if (step === '*')
        return Array.isArray(parent) ? parent.map((item: unknown, i) => ({ place: [...place, i], value: item })) : []
      if (!Object.hasOwn(parent, step)) return []
      return [{ place: [...place, step], value: (parent as Readonly<Record<string, unknown>>)[step] }]
    })
  }
  return found.map(({ place }) => place)
}

const POLICY_KINDS = ['GlobalNetworkPolicy', 'StagedGlobalNetworkPolicy', 'NetworkPolicy', 'StagedNetworkPolicy']

function checkPolicyName({ kind, value, location }: ResourceDocument, release: Release, report: Report): void {
  const name = textAt(value, 'metadata', 'name')
  const place = at(location, 'metadata', 'name')
  if (name === undefined || name === '') return
  switch (release.policyNames) {
    case 'oneDot':
      return
    case 'oneLabel': {
      const isReserved = !kind.includes('Global') && /^(?:knp|ossg)\.default\./.test(name)
      if (!name.includes('.') || isReserved) return
      const plain = name.startsWith(`${DEFAULT_TIER}.`) ? name.slice(DEFAULT_TIER.length + 1) : name
      const message = `names of policies have no dot up to Calico v3.28: \`${name}\``
      report.error('bad-name', message, place, `write \`${plain.replaceAll('.', '-')}\``)
      return
    }
    case 'tierPrefix': {
      const tier = textAt(value, 'spec', 'tier') || DEFAULT_TIER
      const isReserved = RESERVED_PREFIXES.some(([prefix]) => name.startsWith(prefix))
      const isPlain = !name.includes('.') && tier === DEFAULT_TIER
      if (isReserved || isPlain || name.startsWith(`${tier}.`)) return
      const rest = name.slice(name.indexOf('.') + 1)
      report.error(
        'bad-name',
        `up to Calico v3.31 the name of a policy of tier \`${tier}\` begins with \`${tier}.\`: \`${name}\` does not`,
        place,
        `write \`${tier}.${rest}\`${name.includes('.') ? ', or another `tier`' : ''}`,
      )
    }
  }
}

function textAt(value: Readonly<Record<string, unknown>>, ...path: Path): string | undefined {
  let found: unknown = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined
    found = (found as Readonly<Record<string | number, unknown>>)[step]
  }
  return typeof found === 'string' ? found : undefined
}
