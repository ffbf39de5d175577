// Metadata of a resource: what a file says of it, and what a server adds.

import * as z from 'zod'
import { optional, text, textMap } from './fields.ts'

/** A field that is accepted and left unread. */
const anything = z.optional(z.unknown())

/** Server-made fields are accepted and left unread. */
export const metadataSchema = z.strictObject({
  name: optional(text),
  namespace: optional(text),
  labels: optional(textMap),
  annotations: optional(textMap),
  creationTimestamp: optional(text),
  generateName: anything,
  uid: anything,
  resourceVersion: anything,
  generation: anything,
  ownerReferences: anything,
  finalizers: anything,
  managedFields: anything,
  selfLink: anything,
  deletionTimestamp: anything,
  deletionGracePeriodSeconds: anything,
  clusterName: anything,
})

export type Metadata = z.infer<typeof metadataSchema>

/** The envelope of a resource around its own fields. */
export function resourceSchema<S extends z.ZodRawShape>(shape: S) {
  return z.strictObject({
    apiVersion: anything,
    kind: anything,
    metadata: optional(metadataSchema),
    ...shape,
  })
}

export { anything }
