// Whether the input is a dump of a cluster, in which everything is, or a part of one, such as a repository of a team.

import type { SourceFile } from '../diagnostics/source.ts'
import type { Resource } from '../model/ast/resources.ts'

export type InputExtent = 'whole' | 'part'

/** A field that only an API server writes, in YAML or JSON. */
const SERVER_FIELD = /^[ \t{,]*"?(?:resourceVersion|creationTimestamp)"?[ \t]*:[ \t]*"?\d|"resourceVersion": ?"\d/m

/** A dump has what only a server knows: Nodes, pods with addresses, or resources with fields that the API server sets. */
export function extentOf(resources: readonly Resource[], files: readonly SourceFile[]): InputExtent {
  const isDump =
    files.some(({ text }) => SERVER_FIELD.test(text)) ||
    resources.some(
      resource => resource.kind === 'node' || (resource.kind === 'workloadEndpoint' && resource.addresses.length > 0),
    )
  return isDump ? 'whole' : 'part'
}
