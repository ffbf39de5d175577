// `Tier: frontend` in a rule where everything else says `tier`: labels are case-sensitive, so the rule matches nothing.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Location } from '../diagnostics/source.ts'
import type { ParsedSelector } from '../model/ast/policy.ts'
import type { Resource } from '../model/ast/resources.ts'
import { labelsOf } from './terms.ts'
import { placeOfWords } from './word-place.ts'

/** Only a label with a capital that nothing carries is suspected, and only where the same name in lower case is in use. */
export function warnOfLabelCase(resources: readonly Resource[], report: Report): void {
  const used = new Map<string, Location>()
  const carried = new Set<string>()
  /** Each distinct selector is walked once: policies made from one template share theirs. */
  const seen = new Set<string>()
  const note = (selector: ParsedSelector | undefined, location: Location | undefined): void => {
    if (selector === undefined || location === undefined || seen.has(selector.canonical)) return
    seen.add(selector.canonical)
    for (const label of labelsOf(selector.selector)) if (!used.has(label)) used.set(label, location)
  }
  for (const resource of resources) {
    if (resource.kind === 'policy') {
      note(resource.selector, resource.location)
      for (const { source, destination, location } of [...resource.ingress, ...resource.egress]) {
        for (const side of [source, destination]) {
          note(side.selector, location)
          note(side.notSelector, location)
        }
      }
    } else if ('labels' in resource) {
      for (const label of Object.keys(resource.labels)) carried.add(label)
    } else if (resource.kind === 'profile') {
      for (const label of Object.keys(resource.labelsToApply)) carried.add(label)
    }
  }
  for (const [label, location] of used) {
    const lower = label.toLowerCase()
    if (label === lower || carried.has(label) || !(carried.has(lower) || used.has(lower))) continue
    const place = placeOfWords(report, location, label)
    report.warn('label-case', `nothing has the label \`${label}\`, which is in use as \`${lower}\``, place, {
      help: `labels are case-sensitive; did you mean \`${lower}\`?`,
    })
  }
}
