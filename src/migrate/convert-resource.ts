// One document -> its text in projectcalico.org/v3.

import { isSubdomainName, MAX_NAME_LENGTH } from '../parser/names.ts'
import { trimEndOf } from '../text/trim.ts'
import { LATEST_RELEASE } from '../calico/releases/releases.ts'
import { Report } from '../diagnostics/diagnostic.ts'
import { at, type Path } from '../diagnostics/source.ts'
import { documentText, type SourceDocument, type SourceIndex } from '../diagnostics/source-index.ts'
import { v1KindOf } from '../parser/calico-v1/decoders.ts'
import { convertV1 } from '../parser/calico-v1/convert.ts'
import { ConvertedDocument } from '../parser/calico-v1/source-paths.ts'
import { SelectorCache } from '../parser/compose-selectors.ts'
import type { ResourceDocument } from '../parser/context.ts'
import { readNetworkPolicy } from '../parser/kubernetes/decode-policy.ts'
import { convertKubernetesPolicy } from './kubernetes-policy.ts'
import { isSteering } from '../text/steering.ts'
import { printYaml } from './print-yaml.ts'

/** Text of a document in v3; undefined for a kind that has no v3 form here. Mistakes of the conversion are reported. */
export function convertResource(document: ResourceDocument, report: Report): string | undefined {
  const { apiVersion, kind, value, location } = document
  const { sources } = report
  if (apiVersion === 'projectcalico.org/v3') return passThrough(document, sources)
  const v1Kind = v1KindOf(document)
  if (v1Kind !== undefined) {
    const converted = convertV1(v1Kind, document, new Report({ sources }))
    return (
      converted &&
      print(converted.value, sources.document(location.document), path => converted.document.sourcePath(path))
    )
  }
  if (apiVersion === 'networking.k8s.io/v1' && kind === 'NetworkPolicy') {
    const context = {
      report: new Report({ sources }),
      release: LATEST_RELEASE,
      selectors: new SelectorCache(),
      add: () => undefined,
      configMaps: new Map<string, Readonly<Record<string, unknown>>>(),
      charts: [],
      later: () => undefined,
      notesBeyondCalico: false,
      noteOnce: () => undefined,
    }
    const source = readNetworkPolicy(document, context)
    if (source === undefined) return undefined
    const fault = calicoNameFault(source.id.name)
    if (fault !== undefined) {
      report.error(
        'bad-name',
        `\`${source.id.name}\` cannot be the name of a Calico NetworkPolicy, ${fault}`,
        at(location, 'metadata', 'name'),
        'rename the policy first',
      )
      return ''
    }
    const converted = convertKubernetesPolicy(source)
    const origin = new ConvertedDocument(location, value, converted.paths, sources)
    return print(converted.value, sources.document(location.document), path => origin.sourcePath(path))
  }
  return undefined
}

/** Why Calico would refuse the name: calicoctl takes one dot at most. */
function calicoNameFault(name: string): string | undefined {
  if (name.split('.').length > 2) return 'which holds at most one dot'
  return isSubdomainName(name) && name.length <= MAX_NAME_LENGTH
    ? undefined
    : 'which is of lower-case letters, digits, `-` and `.`'
}

/** A document of its own stays as it is to the byte, unless showing it could do harm; an item of a list is printed anew. */
function passThrough({ value, location }: ResourceDocument, sources: SourceIndex): string {
  const { path } = location
  const document = sources.document(location.document)
  if (path.length > 0 || document.dash) return print(value, document, inner => [...path, ...inner])
  const text = `${trimEndOf(documentText(document).replace(/^\ufeff/, ''), '\n')}\n`
  if (isSteering(text)) return print(value, document, inner => inner)
  // Blank lines around the separator would grow with each conversion.
  return withoutBlankLines(withoutBlankLines(text).replace(/^---[ \t\r]*(?:#.*)?\n/, ''))
}

function withoutBlankLines(text: string): string {
  return text.replace(/^(?:[ \t\r]*\n)+/, '')
}

function print(value: unknown, document: SourceDocument, sourcePath: (path: Path) => Path): string {
  return printYaml(value, { text: documentText(document), sourcePath })
}
