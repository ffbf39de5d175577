// One resource, of whatever kind: its form and version put right, its release asked, and the decoder of its kind found.

import { at } from '../diagnostics/source.ts'
import type { ParseContext, ResourceDocument } from './context.ts'
import { CALICO_CRD, CALICO_V3, findDecoder, findSideDecoder, REMOVED_KINDS } from './kinds.ts'
import { checkKubernetesMetadata } from './kubernetes/check-metadata.ts'
import { isKindTaken, reportReleaseLimits } from './release-limits.ts'
import { unpackStoredForm } from './stored-form.ts'
import { withTopFields } from './top-fields.ts'
import { reportUnknownType, withRightApi } from './type-hints.ts'

/** @param skipped takes the types that have nothing to do with policy */
export function parseResource(written: ResourceDocument, context: ParseContext, skipped: string[]): void {
  const mended =
    findDecoder(written.apiVersion, written.kind) === undefined ? written : withTopFields(written, context.report)
  const document = withRightApi(mended, context.report)
  const { apiVersion, kind, location } = document
  context.visit?.(document)
  const decoder = findDecoder(apiVersion, kind)
  if (decoder !== undefined) {
    const isStored = apiVersion === CALICO_CRD
    const read = isStored ? unpackStoredForm(document, context.report) : document
    if (!isKindTaken(read, context)) return
    if (isStored || apiVersion === CALICO_V3) reportReleaseLimits(read, context)
    if (isStored) {
      const message = `\`${CALICO_CRD}\` is the form in which Calico stores its resources; read as \`${CALICO_V3}\``
      context.noteOnce('stored-form', message, at(location, 'apiVersion'))
    } else if (apiVersion !== CALICO_V3 && context.notesBeyondCalico) {
      const message = `\`${kind}\` of \`${apiVersion}\` is read as Calico reads it from Kubernetes; its own loader refuses it`
      context.noteOnce('beyond-calico', message, at(location, 'apiVersion'))
    }
    if (!isStored && apiVersion !== CALICO_V3) checkKubernetesMetadata(read, context.report)
    decoder(read, context)
    return
  }
  const type = `${apiVersion} ${kind}`
  const removed = Object.hasOwn(REMOVED_KINDS, type) ? REMOVED_KINDS[type] : undefined
  if (removed !== undefined) {
    context.report.error(
      'unsupported-kind',
      `\`${kind}\` of \`${apiVersion}\` is not supported`,
      // Of a kind whose API moved, the version alone is wrong.
      at(location, apiVersion === 'v1' ? 'kind' : 'apiVersion'),
      removed,
    )
    return
  }
  const decodeAside = findSideDecoder(apiVersion, kind)
  if (decodeAside === undefined ? reportUnknownType(document, context.report) : decodeAside(document, context)) return
  skipped.push(type)
}
