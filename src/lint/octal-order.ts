// `order: 0100`: a leading zero makes it octal, so that it is 64.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'

const OCTAL = /^[-+]?0[0-7]+$/
const OCTAL_ORDER = /\border"?:[ \t]+[-+]?0[0-7]/

export function warnOfOctalOrders(resources: readonly Resource[], report: Report): void {
  const suspected = new Map<string, boolean>()
  for (const resource of resources) {
    if ((resource.kind !== 'policy' && resource.kind !== 'tier') || resource.order === undefined) continue
    if (resource.location === undefined) continue
    const { file } = report.sources.document(resource.location.document)
    const isSuspected = suspected.get(file.name) ?? OCTAL_ORDER.test(file.text)
    suspected.set(file.name, isSuspected)
    if (!isSuspected) continue
    const place = at(resource.location, 'spec', 'order')
    const { start, end } = report.sources.spanOf(place)
    const written = file.text.slice(start, end)
    if (!OCTAL.test(written)) continue
    const decimal = written.replace(/0+(?=[0-9])/, '')
    report.warn(
      'octal-number',
      `\`${written}\` is octal because of its leading zero: the order is ${resource.order}`,
      place,
      `write \`${resource.order}\`, or \`${decimal}\` where that is meant`,
    )
  }
}
