// Fields of a policy that contradict each other.

import type { Path } from '../../diagnostics/source.ts'
import { checkRule, type Direction } from './check-rule.ts'
import type { Checker } from './checker.ts'
import type { V3Rule } from './rule-schema.ts'
import { DIRECTIONS } from '../../model/ast/policy.ts'

/** The parts of a policy that are checked against each other; a part that does not fit its schema is undefined. */
export interface PolicyParts {
  readonly tier?: unknown
  readonly types?: readonly (string | undefined)[] | undefined
  readonly ingress?: readonly (V3Rule | undefined)[] | undefined
  readonly egress?: readonly (V3Rule | undefined)[] | undefined
  readonly selector?: string | undefined
  readonly namespaceSelector?: string | undefined
  readonly serviceAccountSelector?: string | undefined
  readonly doNotTrack?: boolean | undefined
  readonly preDNAT?: boolean | undefined
  readonly applyOnForward?: boolean | undefined
  readonly performanceHints?: readonly (string | undefined)[] | undefined
  readonly stagedAction?: string | undefined
}

export function checkPolicy(spec: PolicyParts | undefined, isGlobal: boolean, checker: Checker): void {
  if (spec === undefined) return
  if (spec.stagedAction === 'Delete') {
    checkDeletion(spec, checker)
    return
  }
  checkFlags(spec, checker)
  checkRepeats(spec.types, ['spec', 'types'], 'type', checker)
  checkRepeats(spec.performanceHints, ['spec', 'performanceHints'], 'performance hint', checker)
  for (const name of ['selector', 'namespaceSelector', 'serviceAccountSelector'] as const) {
    if (spec[name]?.includes('global()') !== true) continue
    checker.error(
      'bad-policy',
      ['spec', name],
      '`global()` has a meaning only in the namespaceSelector of a rule',
      'leave it out, or use `namespaceSelector: global()` inside a rule',
    )
  }
  for (const direction of DIRECTIONS) {
    spec[direction]?.forEach((rule, index) => {
      if (rule === undefined) return
      const path = ['spec', direction, index]
      checkRule(rule, path, checker)
      checkDirection(rule, direction, isGlobal, path, checker)
    })
  }
}

function checkFlags({ doNotTrack, preDNAT, applyOnForward, types, egress }: PolicyParts, checker: Checker): void {
  const { error } = checker
  if (preDNAT === true && doNotTrack === true)
    error('bad-policy', ['spec', 'preDNAT'], '`preDNAT` and `doNotTrack` exclude each other', 'set only one of the two')
  if (preDNAT === true && (egress ?? []).length > 0)
    error('bad-policy', ['spec', 'egress'], 'a policy with `preDNAT` has no egress rules', 'remove the egress rules')
  if (preDNAT === true && (types ?? []).includes('Egress'))
    error('bad-policy', ['spec', 'types'], 'a policy with `preDNAT` has no type `Egress`', 'write `types: [Ingress]`')
  if (
    (preDNAT === true || doNotTrack === true) &&
    applyOnForward !== true &&
    !checker.isBroken('spec', 'applyOnForward')
  ) {
    const flag = preDNAT === true ? 'preDNAT' : 'doNotTrack'
    error(
      'bad-policy',
      {
        path: ['spec', 'applyOnForward'],
        ...(applyOnForward === undefined ? { because: ['spec', flag] } : {}),
      },
      `\`${flag}\` needs \`applyOnForward: true\``,
      'add `applyOnForward: true`',
    )
  }
}

function checkRepeats(
  words: readonly (string | undefined)[] | undefined,
  path: Path,
  what: string,
  { error }: Checker,
): void {
  const repeated = (words ?? []).findIndex((word, index) => word !== undefined && words?.indexOf(word) !== index)
  if (repeated >= 0)
    error('bad-policy', { path, entry: repeated }, `the ${what} \`${words?.[repeated]}\` is given more than once`)
}

/** Staged deletion names a policy and its tier, and says nothing else. Creating it clears `types`. */
function checkDeletion({ stagedAction: _, tier: __, types: ___, ...rest }: PolicyParts, { error }: Checker): void {
  const isZero = (value: unknown): boolean => value === undefined || value === '' || value === false
  if (Object.values(rest).every(isZero)) return
  error(
    'bad-policy',
    ['spec'],
    'with `stagedAction: Delete` nothing but `tier` may be set',
    'remove the other fields, or choose another stagedAction',
  )
}

/** What a rule may hold in one direction only. */
function checkDirection(rule: V3Rule, direction: Direction, isGlobal: boolean, path: Path, checker: Checker): void {
  const { error } = checker
  const [here, other] =
    direction === 'ingress' ? (['source', 'destination'] as const) : (['destination', 'source'] as const)
  if (rule[other]?.services !== undefined) {
    error(
      'bad-rule',
      [...path, other, 'services'],
      `\`services\` is not allowed in the ${other} of an ${direction} rule`,
      `only the ${here} of an ${direction} rule can be a service`,
    )
  }
  const services = rule[here]?.services
  const namespacePath = [...path, here, 'services', 'namespace']
  if (isGlobal && services !== undefined && (services.namespace ?? '') === '' && !checker.isBroken(...namespacePath))
    error('bad-rule', namespacePath, 'a service needs its namespace in a global policy', 'add `namespace`')
  if (direction === 'egress' && rule.http !== undefined)
    error('bad-rule', [...path, 'http'], '`http` is not allowed in egress rules')
}
