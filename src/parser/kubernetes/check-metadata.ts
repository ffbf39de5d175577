// Names and labels of Kubernetes objects, as the API server takes them: files have not been through it.

import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { ResourceDocument } from '../context.ts'
import { quoteScalar } from '../../hints/quote-scalar.ts'
import { describe } from '../fields.ts'
import {
  isLabelName,
  isSubdomainName,
  labelKeyFault,
  labelValueFault,
  MAX_LABEL_LENGTH,
  MAX_NAME_LENGTH,
  NAME_HELP,
  placeholderHelp,
} from '../names.ts'
import { type Mapping, mappingIn } from './loose-fields.ts'

const SUBDOMAIN = { isName: isSubdomainName, longest: MAX_NAME_LENGTH, help: NAME_HELP }
const LABEL = {
  isName: isLabelName,
  longest: MAX_LABEL_LENGTH,
  help: 'this name has lower-case letters, digits and `-`, and begins and ends with a letter or digit',
}

/** What the names of a kind have to be. */
const NAMES: Readonly<Record<string, typeof SUBDOMAIN>> = {
  Namespace: LABEL,
  Service: LABEL,
  Pod: SUBDOMAIN,
  Node: SUBDOMAIN,
  ServiceAccount: SUBDOMAIN,
  NetworkPolicy: SUBDOMAIN,
  ClusterNetworkPolicy: SUBDOMAIN,
  EndpointSlice: SUBDOMAIN,
}

/** Reports what the API server would refuse in the metadata of a kind of its own; other kinds are for others to check. */
export function checkKubernetesMetadata({ kind, value, location }: ResourceDocument, report: Report): void {
  const rule = Object.hasOwn(NAMES, kind) ? NAMES[kind] : undefined
  if (rule === undefined) return
  const metadata = mappingIn(value, 'metadata')
  if (metadata['name'] === undefined || metadata['name'] === null || metadata['name'] === '')
    reportNameless(metadata, at(location, 'metadata', 'name'), report)
  checkName(metadata['name'], rule, at(location, 'metadata', 'name'), report)
  checkName(metadata['namespace'], LABEL, at(location, 'metadata', 'namespace'), report)
  for (const field of ['labels', 'annotations'] as const) {
    for (const [key, entry] of Object.entries(mappingIn(metadata, field))) {
      const place = at(location, 'metadata', field, key)
      checkEntry(key, entry, field, place, report)
      const keyFault = labelKeyFault(field === 'labels' ? key : key.toLowerCase())
      if (keyFault !== undefined)
        report.error(
          'bad-name',
          `\`${key}\` is not a valid ${field === 'labels' ? 'label' : 'annotation'} key`,
          { ...at(location, 'metadata', field), entry: key },
          keyFault,
        )
      const valueFault = field === 'labels' && typeof entry === 'string' ? labelValueFault(entry) : undefined
      if (valueFault !== undefined)
        report.error('bad-name', `the value \`${String(entry)}\` of label \`${key}\` is not valid`, place, valueFault)
    }
  }
}

/** Without a name nothing can be said of its rules; `generateName` is for the API server to complete. */
function reportNameless(metadata: Mapping, place: Location, report: Report): void {
  const isGenerated = typeof metadata['generateName'] === 'string'
  const help = isGenerated ? 'write `name` instead of `generateName`' : 'every resource needs a name'
  report.error('missing-field', '`metadata.name` is missing', place, help)
}

function checkEntry(
  key: string,
  entry: unknown,
  field: 'labels' | 'annotations',
  place: Location,
  report: Report,
): void {
  if (entry === null || typeof entry === 'string') return
  const message = `\`metadata.${field}.${key}\`: expected text, found ${describe(entry)}`
  report.error('wrong-type', message, place, quoteScalar(entry, place, report))
}

function checkName(name: unknown, { isName, longest, help }: typeof SUBDOMAIN, place: Location, report: Report): void {
  if (typeof name !== 'string' || name === '') return
  if (isName(name) && name.length <= longest) return
  const proposal = name.toLowerCase().replaceAll(/[_ ]+/g, '-')
  const isMended = proposal !== name && isName(proposal) && proposal.length <= longest
  report.error(
    'bad-name',
    name.length > longest
      ? `the name is ${name.length - longest} characters too long: the limit is ${longest}`
      : `\`${name}\` is not a valid name`,
    place,
    isMended ? `write \`${proposal}\`` : (placeholderHelp(name) ?? help),
  )
}
