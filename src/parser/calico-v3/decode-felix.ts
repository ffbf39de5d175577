// FelixConfiguration -> its settings, and which nodes they are for.

import { describeSelectorFault } from '../../hints/selector-faults.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import type { ParsedSelector } from '../../model/ast/policy.ts'
import { parseSelector } from '../../selector/parse.ts'
import type { Decoder, ParseContext } from '../context.ts'
import { checkFelixConfiguration } from './check-felix.ts'
import { decodeResource } from './decode-resource.ts'
import { felixSettings } from './felix-settings.ts'
import { SCHEMAS } from './schema.ts'

/** calicoctl takes any text here; Felix then has no selector to choose the node by. */
function readNodeSelector(
  written: string,
  place: Location,
  { report, selectors }: ParseContext,
): ParsedSelector | undefined {
  if (written === '') return undefined
  const result = parseSelector(written)
  if (result.ok) return selectors.parse(written)
  const { message, help } = describeSelectorFault(result.fault, written)
  const within = { start: result.fault.start, end: result.fault.end }
  report.warn('selector-syntax', `no node is selected: ${message}`, { ...place, within }, help)
  return undefined
}

export const decodeFelixConfiguration: Decoder = (document, context) => {
  const { location } = document
  const resource = decodeResource(SCHEMAS.FelixConfiguration, document, context, ({ spec }, checker) =>
    checkFelixConfiguration(spec, checker),
  )
  if (resource === undefined) return
  const nodeSelector = resource.spec?.nodeSelector
  const parsed = readNodeSelector(nodeSelector ?? '', at(location, 'spec', 'nodeSelector'), context)
  context.add({
    kind: 'felixConfiguration',
    name: resource.metadata?.name ?? '',
    ...(parsed === undefined ? {} : { nodeSelector: parsed.selector }),
    creationTimestamp: resource.metadata?.creationTimestamp ?? '',
    settings: felixSettings(resource.spec, resource.metadata?.annotations ?? {}, location, context.release),
    location,
  })
}
