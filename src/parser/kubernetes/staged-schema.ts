// StagedKubernetesNetworkPolicy as Calico's loader reads it: types alone, where the API server looks at what they say.

import * as z from 'zod'
import { emptyAsMissing, Fault, field, item, list, oneOf, optional, text, textMap, uncheckedText } from '../fields.ts'
import { resourceSchema } from '../metadata.ts'

const int32 = field((value): number | Fault =>
  typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff
    ? value
    : new Fault('wrong-type', 'expected a whole number of 32 bits', { isLoadFault: true }),
)

const portNumberOrText = field((value): number | string | Fault =>
  typeof value === 'string' ? value : (int32.safeParse(value).data ?? notAPort()),
)

function notAPort(): Fault {
  return new Fault('bad-port', 'expected a port number or name', { isLoadFault: true })
}

const labelSelector = z.strictObject({
  matchLabels: optional(textMap),
  matchExpressions: list(
    item(z.strictObject({ key: optional(text), operator: optional(text), values: list(uncheckedText) })),
  ),
})

const ports = list(
  item(z.strictObject({ protocol: optional(text), port: optional(portNumberOrText), endPort: optional(int32) })),
)

const peers = list(
  item(
    z.strictObject({
      podSelector: optional(labelSelector),
      namespaceSelector: optional(labelSelector),
      ipBlock: optional(z.strictObject({ cidr: optional(text), except: list(uncheckedText) })),
    }),
  ),
)

export const stagedKubernetesPolicySchema = resourceSchema({
  spec: optional(
    z.strictObject({
      stagedAction: emptyAsMissing(oneOf(['Set', 'Delete', 'Learn', 'Ignore'], 'bad-value', 'staged action')),
      podSelector: optional(labelSelector),
      policyTypes: list(uncheckedText),
      ingress: list(item(z.strictObject({ from: peers, ports }))),
      egress: list(item(z.strictObject({ to: peers, ports }))),
    }),
  ),
})

export type StagedKubernetesSpec = NonNullable<z.infer<typeof stagedKubernetesPolicySchema>['spec']>
