// Rules and labels of a profile.

import { labelKeyFault, labelValueFault } from '../names.ts'
import { checkRule } from './check-rule.ts'
import type { Checker } from './checker.ts'
import type { V3Rule } from './rule-schema.ts'
import { DIRECTIONS } from '../../model/ast/policy.ts'

export interface ProfileParts {
  readonly ingress?: readonly (V3Rule | undefined)[] | undefined
  readonly egress?: readonly (V3Rule | undefined)[] | undefined
  readonly labelsToApply?: Readonly<Record<string, string | undefined>> | undefined
}

export function checkProfile(spec: ProfileParts | undefined, checker: Checker): void {
  for (const direction of DIRECTIONS) {
    spec?.[direction]?.forEach((rule, index) => {
      if (rule !== undefined) checkRule(rule, ['spec', direction, index], checker)
    })
  }
  // A value that is no text is undefined here: the reader of the field has reported it.
  for (const [key, value = ''] of Object.entries(spec?.labelsToApply ?? {})) {
    const fault = labelKeyFault(key) ?? labelValueFault(value)
    if (fault !== undefined)
      checker.error(
        'bad-name',
        { path: ['spec', 'labelsToApply'], entry: key },
        `\`${key}: ${value}\` is not a valid label`,
        fault,
      )
  }
}
