// StagedKubernetesNetworkPolicy as Calico's loader reads it: types alone, where the API server looks at what they say.

import * as z from 'zod'
import { once } from '../lazily.ts'
import { emptyAsMissing, Fault, field, item, list, oneOf, optional, text, textMap, uncheckedText } from '../fields.ts'
import { resourceSchema } from '../metadata.ts'

const int32 = once(() =>
  field((value): number | Fault =>
    typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 0x7fffffff
      ? value
      : new Fault('wrong-type', 'expected a whole number of 32 bits', { isLoadFault: true }),
  ),
)

const portNumberOrText = once(() =>
  field((value): number | string | Fault =>
    typeof value === 'string' ? value : (int32().safeParse(value).data ?? notAPort()),
  ),
)

function notAPort(): Fault {
  return new Fault('bad-port', 'expected a port number or name', { isLoadFault: true })
}

const labelSelector = once(() =>
  z.strictObject({
    matchLabels: optional(textMap),
    matchExpressions: list(
      item(z.strictObject({ key: optional(text), operator: optional(text), values: list(uncheckedText) })),
    ),
  }),
)

const ports = once(() =>
  list(
    item(z.strictObject({ protocol: optional(text), port: optional(portNumberOrText()), endPort: optional(int32()) })),
  ),
)

const peers = once(() =>
  list(
    item(
      z.strictObject({
        podSelector: optional(labelSelector()),
        namespaceSelector: optional(labelSelector()),
        ipBlock: optional(z.strictObject({ cidr: optional(text), except: list(uncheckedText) })),
      }),
    ),
  ),
)

export const stagedKubernetesPolicySchema = once(() =>
  resourceSchema({
    spec: optional(
      z.strictObject({
        stagedAction: emptyAsMissing(oneOf(['Set', 'Delete', 'Learn', 'Ignore'], 'bad-value', 'staged action')),
        podSelector: optional(labelSelector()),
        policyTypes: list(uncheckedText),
        ingress: list(item(z.strictObject({ from: peers(), ports: ports() }))),
        egress: list(item(z.strictObject({ to: peers(), ports: ports() }))),
      }),
    ),
  }),
)

export type StagedKubernetesSpec = NonNullable<z.infer<ReturnType<typeof stagedKubernetesPolicySchema>>['spec']>
