// A namespace or node that the input does not have, where it has one of nearly the same name.

import type { Report } from '../diagnostics/diagnostic.ts'
import { at, type Location } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'
import { similarName } from '../text/did-you-mean.ts'

/** Names that are compared with all there are. */
const MAX_NAMES = 100

export function warnOfSimilarNames(resources: readonly Resource[], report: Report): void {
  const namespaces = new Set<string>()
  const nodes = new Set<string>()
  for (const resource of resources) {
    if (resource.kind === 'namespace') namespaces.add(resource.name)
    else if (resource.kind === 'node') nodes.add(resource.name)
    else if (resource.kind === 'workloadEndpoint') namespaces.add(resource.namespace)
  }
  const unknownNamespaces = new Map<string, Location>()
  const unknownNodes = new Map<string, Location>()
  const note = (into: Map<string, Location>, name: string, known: ReadonlySet<string>, location: Location): void => {
    if (name !== '' && !known.has(name) && !into.has(name) && into.size < MAX_NAMES) into.set(name, location)
  }
  for (const resource of resources) {
    if (resource.kind === 'policy')
      note(unknownNamespaces, resource.id.namespace, namespaces, at(resource.location, 'metadata', 'namespace'))
    else if (resource.kind === 'networkSet')
      note(unknownNamespaces, resource.namespace, namespaces, at(resource.location, 'metadata', 'namespace'))
    else if (resource.kind === 'hostEndpoint')
      note(unknownNodes, resource.node, nodes, at(resource.location, 'spec', 'node'))
  }
  warn('namespace', unknownNamespaces, [...namespaces], report)
  warn('node', unknownNodes, [...nodes], report)
}

function warn(what: string, unknown: ReadonlyMap<string, Location>, names: readonly string[], report: Report): void {
  for (const [name, location] of unknown) {
    const meant = similarName(name, names)
    if (meant === undefined) continue
    report.warn('similar-name', `the input has no ${what} \`${name}\``, location, `did you mean \`${meant}\`?`)
  }
}
