// A setting of Felix by which the node's rules are what they are.

import type { Cause } from './cause.ts'
import type { Finding } from './finding.ts'

/** @param variable `FELIX_NAME=value` */
export function untoldSetting(variable: string, evidence: string): Cause {
  return {
    kind: 'environment',
    title: `Felix runs with ${variable}, which the input does not tell`,
    evidence: [evidence, `give it: --felix-env ${variable}`],
    findings: [],
    orElse: ['a FelixConfiguration that is not in the input says the same'],
  }
}

/** Of a setting that the input has with another value. */
export function otherSetting(variable: string, evidence: string, findings: readonly Finding[]): Cause {
  return {
    kind: 'environment',
    title: `Felix runs as with ${variable}, and the input says otherwise`,
    evidence: [evidence],
    findings,
    orElse: ['the input was changed since, and Felix has not run since', 'the dump is older than the input'],
  }
}
