// A port name that no endpoint of the input has: a match on it finds nothing.

import type { Report } from '../diagnostics/diagnostic.ts'
import type { Resource } from '../model/ast/resources.ts'
import { sortedUnique } from '../text/bytes.ts'
import { didYouMean } from '../text/did-you-mean.ts'
import { policiesOf, sidesOf, textOf } from './policies.ts'
import { placeOfWords } from './word-place.ts'

export function warnOfUndefinedPorts(resources: readonly Resource[], report: Report): void {
  const defined = new Set<string>()
  let hasEndpoints = false
  for (const resource of resources) {
    const isEndpoint = resource.kind === 'workloadEndpoint' || resource.kind === 'hostEndpoint'
    if (!isEndpoint && resource.kind !== 'podTemplate') continue
    hasEndpoints ||= isEndpoint
    for (const { name } of resource.ports) defined.add(name)
  }
  if (!hasEndpoints && defined.size === 0) return
  const names = sortedUnique([...defined])
  for (const policy of policiesOf(resources)) {
    const seen = new Set<string>()
    for (const side of sidesOf(policy)) {
      for (const field of ['ports', 'notPorts'] as const) {
        for (const name of side.entity[field === 'ports' ? 'namedPorts' : 'notNamedPorts']) {
          const text = textOf(policy, side)
          const key = `${name} ${field} ${text.path.join(' ')}`
          if (defined.has(name) || seen.has(key)) continue
          seen.add(key)
          const meant = didYouMean(name, names)
          report.warn(
            'undefined-port',
            `no endpoint of the input has a port named \`${name}\`: ${field === 'ports' ? 'the rule matches nothing' : 'it excludes nothing'}`,
            placeOfWords(report, text, field, name),
            meant === undefined
              ? 'name the port in `containerPort` entries, or write its number'
              : `did you mean \`${meant}\`?`,
          )
        }
      }
    }
  }
}
