// A position in the input -> the rules that come of it or, where there are none, why.

import { isStaged } from '../calico/policy-kinds.ts'
import type { Location, Path, SourceFile } from '../diagnostics/source.ts'
import { type Direction, DIRECTIONS, type Policy, type PolicyRule } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { describeMembership, rulesWithSets, setsOfEndpoint } from './describe-membership.ts'
import { describeMatch } from '../words/match.ts'
import { policyName, ruleName } from '../words/origin.ts'
import { describePolicy, describeSelection, describeSilence, whySilent } from './describe-policy.ts'
import { describeLabel } from './describe-label.ts'
import { describeResource } from './describe-resource.ts'
import { concernsPolicy, explainEndpoint, explainPolicy, explanation } from './explain-subject.ts'
import { type Explainer } from './explainer.ts'
import type { Explanation } from './explanation.ts'
import { type IndexedChain, selectRules } from './rule-index.ts'
import { ruleField } from './rule-fields.ts'
import { excerptOf, isPathWithin, type SourceExcerpt, startOfLine } from './source-excerpt.ts'
import { locationOf } from '../model/origin.ts'

/** @param column from 1; left out, the first thing on the line is meant. Undefined for a line that the file does not have. */
export function explainPlace(
  file: SourceFile,
  line: number,
  column: number | undefined,
  explainer: Explainer,
): Explanation | undefined {
  const { sources } = explainer
  const start = startOfLine(file, line, sources)
  if (start === undefined) return undefined
  const [text = ''] = file.text.slice(start).split(/\r?\n/, 1)
  const subject = `${file.name}:${line}${column === undefined ? '' : `:${column}`}`
  const nothing = (note: string): Explanation => explanation(explainer, subject, [], { notes: [note] })
  if (text.trim() === '') return nothing('A blank line: nothing comes of it.')
  if (text.startsWith('---')) return nothing('A separator: the next document begins behind it.')
  if (text.trimStart().startsWith('#')) return nothing('A comment: nothing comes of it.')
  const indent = text.length - text.trimStart().length
  const offset =
    start + (column === undefined ? indent + dashes(text.slice(indent)) : Math.min(column - 1, text.length))
  const resources = explainer.resources.filter(resource => {
    if (resource.location === undefined) return false
    const document = sources.document(resource.location.document)
    return document.file.name === file.name && document.start <= offset && offset < document.end
  })
  const location = resources[0]?.location
  if (location === undefined) return nothing(describeUnread(file, offset))
  const whole = sources.document(location.document).pathAt(offset)
  // A line that begins with a dash means the item as a whole.
  const path = column === undefined && text.trimStart().startsWith('-') ? upToItem(whole) : whole
  const found = explainPath(resources, location, path, explainer)
  return { ...found, subject }
}

/** Length of the dashes that items begin with, and the blanks behind them. */
function dashes(text: string): number {
  return /^(?:-\s+)*/.exec(text)?.[0].length ?? 0
}

function upToItem(path: Path): Path {
  const last = path.findLastIndex(step => typeof step === 'number')
  return last < 0 ? path : path.slice(0, last + 1)
}

/** What stands outside of everything that was read: a kind that makes no rules, or text around documents. */
function describeUnread({ text }: SourceFile, offset: number): string {
  const before = text.lastIndexOf('\n---', offset)
  const after = text.indexOf('\n---', offset)
  const piece = text.slice(before < 0 ? 0 : before + 4, after < 0 ? text.length : after)
  const [, kind] = /^[ \t]*kind:[ \t]*["']?([A-Za-z]+)/m.exec(piece) ?? /"kind":\s*"([A-Za-z]+)"/.exec(piece) ?? []
  return kind === undefined || kind.endsWith('List')
    ? 'Nothing that is read stands here, so nothing comes of it.'
    : `This ${kind} makes no rules: it is of a kind that is skipped, or says nothing that rules are made of.`
}

/** Metadata but for labels and annotations, and what stands beside the spec, mean the resource as a whole. */
function isHeader([first, second]: Path): boolean {
  if (typeof first !== 'string') return true
  return first === 'metadata' ? second !== 'labels' && second !== 'annotations' : first !== 'spec'
}

function explainPath(
  resources: readonly Resource[],
  location: Location,
  path: Path,
  explainer: Explainer,
): Explanation {
  const source = excerptAt(location, path, explainer)
  const label = labelAt(path)
  if (label !== undefined) {
    const notes = resources.flatMap(resource => describeLabel(resource, label, explainer))
    if (notes.length > 0) return explanation(explainer, '', [], { notes: [...new Set(notes)], source })
  }
  const [policy] = resources.filter(resource => resource.kind === 'policy')
  if (policy !== undefined) return explainInPolicy(policy, path, source, explainer)
  const endpoint = explainer.endpoints.find(found => resources.some(resource => resource === found.endpoint))
  if (endpoint?.endpoint.kind === 'workloadEndpoint' && path[0] === 'spec' && path[1] === 'containers') {
    const sets = setsOfEndpoint(endpoint.endpoint, explainer).filter(({ source: { kind } }) => kind === 'namedPort')
    const notes = ['Of containers only the names of their ports count: rules may name them.']
    if (sets.length > 0) for (const note of describeMembership('ports of this pod', sets, explainer)) notes.push(note)
    return explanation(explainer, '', rulesWithSets(sets, explainer.chains), { notes, source })
  }
  const own = within(location, path, explainer)
  if (endpoint !== undefined && (isHeader(path) || own.length === 0))
    return { ...explainEndpoint(endpoint, explainer), ...(path.length === 0 ? {} : { source }) }
  const described = describeResource(resources, path, explainer)
  // A setting makes rules of its own; any other field has a part in all that the resource makes.
  const isSetting = resources.some(({ kind }) => kind === 'felixConfiguration') && !isHeader(path)
  const caused = own.length > 0 || isSetting ? own : within(location, [], explainer)
  const chains = merge(caused, described.chains, explainer)
  return explanation(explainer, '', chains, { notes: described.notes, source })
}

/** `metadata.labels.x`, of whatever kind. */
function labelAt([first, second, third]: Path): string | undefined {
  return first === 'metadata' && second === 'labels' && typeof third === 'string' ? third : undefined
}

/** What stands at a path as it is written; of a resource in an older format, whose paths are others, the whole. */
function excerptAt({ document, path: own }: Location, path: Path, { sources }: Explainer): SourceExcerpt {
  const written = sources.document(document).writtenPath(path)
  const isSame = written.length === path.length && isPathWithin(written, path)
  return excerptOf({ document, path: isSame ? path : own }, sources)
}

/** Rules that come of what stands at a path or inside it. */
function within(location: Location, path: Path, explainer: Explainer): readonly IndexedChain[] {
  return selectRules(explainer.chains, ({ rule: { origin } }) => {
    const own = locationOf(origin)
    return (
      own !== undefined && explainer.sources.isSameText(own, location) && isPathWithin(path, written(own, explainer))
    )
  })
}

function merge(a: readonly IndexedChain[], b: readonly IndexedChain[], { chains }: Explainer): readonly IndexedChain[] {
  const wanted = new Set([...a, ...b].flatMap(({ rules }) => rules))
  return selectRules(chains, rule => wanted.has(rule))
}

/** The path of a location as the text has it. */
function written({ document, path }: Location, { sources }: Explainer): Path {
  return sources.document(document).writtenPath(path)
}

function explainInPolicy(policy: Policy, path: Path, source: SourceExcerpt, explainer: Explainer): Explanation {
  const inRule = DIRECTIONS.flatMap(direction =>
    policy[direction].flatMap((rule, index) => {
      const own = rule.location
      if (own === undefined) return []
      const steps = written(own, explainer)
      return steps.length > 0 && isPathWithin(steps, path) ? [{ direction, rule, index, own, steps }] : []
    }),
  )
  const [first] = inRule
  if (first !== undefined) {
    return explainRule(policy, inRule, first.own, path.slice(first.steps.length), source, explainer)
  }
  const [, direction] = path.map(step => String(step).toLowerCase())
  if (direction === 'ingress' || direction === 'egress') {
    const chains = within(policy.location, path, explainer)
    const count = policy[direction].length
    const notes = [
      `The ${direction} rules of ${policyName(policy.id)}${count === 0 ? ': none, so what it selects is closed but for other policies' : ''}.`,
      ...(chains.length > 0 ? [] : describeSelection(policy, explainer)),
      ...describeSilence(policy, explainer, [direction]),
    ]
    return explanation(explainer, '', chains, { notes, source })
  }
  const notes = describePolicy(policy, policyName(policy.id), explainer)
  if (isHeader(path)) return { ...explainPolicy(policy, explainer), notes }
  // Whom it selects and where it stands shows in the jumps that lead to its rules.
  const chains = selectRules(
    explainer.chains,
    ({ rule: { origin } }) => origin.kind !== 'policyRule' && concernsPolicy(origin, policy),
  )
  const jumps = explanation(explainer, '', chains)
  return { ...jumps, notes, source }
}

interface RuleAt {
  readonly direction: Direction
  readonly rule: PolicyRule
  /** From 0, among the rules of its direction: one rule of a Kubernetes policy may be several of these. */
  readonly index: number
}

function explainRule(
  policy: Policy,
  all: readonly RuleAt[],
  location: Location,
  steps: Path,
  source: SourceExcerpt,
  explainer: Explainer,
): Explanation {
  const { ipVersion } = explainer.ruleset
  const wanted = ofPeer(all, steps)
  const chains = selectRules(explainer.chains, ({ rule: { origin } }) =>
    wanted.some(
      ({ direction, index }) =>
        origin.kind === 'policyRule' &&
        origin.direction === direction &&
        origin.index === index &&
        explainer.sources.isSameText(origin.location, location) &&
        origin.policy.name === policy.id.name,
    ),
  )
  const [{ direction, rule } = { direction: 'ingress' as const, rule: undefined }] = wanted
  const notes = [
    `In ${[...new Set(wanted.map(one => ruleName({ ...one, location })))].join(', ')} of ${policyName(policy.id)}.`,
  ]
  if (chains.length === 0) {
    const selection = describeSelection(policy, explainer)
    const silent = wanted.flatMap(({ rule: one }) => whySilent(one, direction, policy, ipVersion) ?? [])
    if (isStaged(policy.id.kind)) notes.push('The policy is staged: it is never enforced, so it makes no rules.')
    else if (silent[0] !== undefined) notes.push(`It makes no IPv${ipVersion} rules: ${silent[0]}.`)
    else for (const note of selection) notes.push(note)
    return explanation(explainer, '', [], { notes, source })
  }
  const field = ruleField(steps, rule)
  if (field !== undefined) {
    const matches = chains.flatMap(({ rules }) => rules.flatMap(({ rule: one }) => one.matches.filter(field.isMatch)))
    const sentences = [...new Set(matches.map(match => describeMatch(match, explainer.context)))]
    notes.push(
      sentences.length === 0
        ? `\`${field.name}\` adds no match of its own.`
        : `\`${field.name}\` became: ${sentences.join('; ')}.`,
    )
  }
  return explanation(explainer, '', chains, { notes, source })
}

/** Of a Kubernetes rule, which stands for one rule for each of its peers and protocols, those of the peer that is meant. */
function ofPeer(all: readonly RuleAt[], [field, meant]: Path): readonly RuleAt[] {
  if ((field !== 'from' && field !== 'to') || typeof meant !== 'number') return all
  return all.filter(({ rule: { peer } }) => peer === undefined || peer === meant)
}
