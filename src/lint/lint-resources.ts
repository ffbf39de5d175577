// What Calico accepts and what was probably not meant: one file for each trap, run in this order. Warnings only.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { warnOfLabelCase } from './label-case.ts'

type Lint = (resources: readonly Resource[], report: Report) => void

const LINTS: readonly Lint[] = [warnOfLabelCase]

export function lintResources(resources: readonly Resource[], report: Report): void {
  for (const lint of LINTS) lint(resources, report)
}
