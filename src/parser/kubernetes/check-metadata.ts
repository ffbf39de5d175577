// Names and labels of Kubernetes objects, as the API server takes them: files have not been through it.

import type { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { ResourceDocument } from '../context.ts'
import { quoteScalar } from '../../hints/quote-scalar.ts'
import { describe } from '../fields.ts'
import {
  asName,
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

interface NameRule {
  readonly isName: (text: string) => boolean
  readonly longest: number
  readonly help: string
}

const SUBDOMAIN: NameRule = { isName: isSubdomainName, longest: MAX_NAME_LENGTH, help: NAME_HELP }
const LABEL: NameRule = {
  isName: isLabelName,
  longest: MAX_LABEL_LENGTH,
  help: 'this name has lower-case letters, digits and `-`, and begins and ends with a letter or digit',
}

/** What the names of a kind have to be. */
const NAMES: Readonly<Record<string, NameRule>> = {
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
  const { name, namespace } = metadata
  if (name === undefined || name === null || name === '') reportNameless(metadata, location, report)
  else if (!isRightName(name, rule)) reportName(name, rule, at(location, 'metadata', 'name'), report)
  if (!isRightName(namespace, LABEL)) reportName(namespace, LABEL, at(location, 'metadata', 'namespace'), report)
  // Readers of other kinds refuse it themselves.
  if (kind.endsWith('NetworkPolicy'))
    for (const field of ['name', 'namespace']) reportNumber(field, metadata, location, report)
  checkEntries('labels', metadata, location, report)
  checkEntries('annotations', metadata, location, report)
}

/** Labels or annotations. Places are made for what is wrong alone: a cluster has hundreds of thousands of labels. */
function checkEntries(field: 'labels' | 'annotations', metadata: Mapping, location: Location, report: Report): void {
  const entries = mappingIn(metadata, field)
  const isLabels = field === 'labels'
  for (const key of Object.keys(entries)) {
    const entry = entries[key]
    if (entry !== null && typeof entry !== 'string')
      reportEntry(key, entry, field, at(location, 'metadata', field, key), report)
    const keyFault = labelKeyFault(isLabels ? key : key.toLowerCase())
    if (keyFault !== undefined)
      report.error(
        'bad-name',
        `\`${key}\` is not a valid ${isLabels ? 'label' : 'annotation'} key`,
        { ...at(location, 'metadata', field), entry: key },
        keyFault,
      )
    const valueFault = isLabels && typeof entry === 'string' ? labelValueFault(entry) : undefined
    if (valueFault !== undefined) {
      const message = `the value \`${String(entry)}\` of label \`${key}\` is not valid`
      report.error('bad-name', message, at(location, 'metadata', field, key), valueFault)
    }
  }
}

/** Without a name nothing can be said of its rules; `generateName` is for the API server to complete. */
function reportNameless(metadata: Mapping, location: Location, report: Report): void {
  const place = at(location, 'metadata', 'name')
  const isGenerated = typeof metadata['generateName'] === 'string'
  const help = isGenerated ? 'write `name` instead of `generateName`' : 'every resource needs a name'
  report.error('missing-field', '`metadata.name` is missing', place, help)
}

function reportNumber(field: string, metadata: Mapping, location: Location, report: Report): void {
  const entry = metadata[field]
  if (typeof entry !== 'number') return
  const place = at(location, 'metadata', field)
  const message = `\`metadata.${field}\`: expected text, found ${describe(entry)}`
  report.error('wrong-type', message, place, quoteScalar(entry, place, report))
}

function reportEntry(
  key: string,
  entry: unknown,
  field: 'labels' | 'annotations',
  place: Location,
  report: Report,
): void {
  const message = `\`metadata.${field}.${key}\`: expected text, found ${describe(entry)}`
  report.error('wrong-type', message, place, quoteScalar(entry, place, report))
}

/** What is no text at all is for the reader of the kind to say. */
function isRightName(name: unknown, { isName, longest }: NameRule): boolean {
  return typeof name !== 'string' || name === '' || (name.length <= longest && isName(name))
}

function reportName(written: unknown, { isName, longest, help }: NameRule, place: Location, report: Report): void {
  const name = String(written)
  const proposal = asName(name)
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
