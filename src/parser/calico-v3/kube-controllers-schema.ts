// KubeControllersConfiguration: of it, only the making of host endpoints has to do with rules.

import * as z from 'zod'
import { once } from '../lazily.ts'
import { emptyAsMissing, integer, item, list, oneOf, optional, text, textMap, uncheckedText } from '../fields.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { between, duration, logLevel } from './setting-schema.ts'

const enabled = once(() => emptyAsMissing(oneOf(['Enabled', 'Disabled'], 'bad-value', 'setting')))
const periodic = once(() => optional(z.strictObject({ reconcilerPeriod: optional(duration) })))

/** What stands in a template is read, but Calico's validator does not look at it. */
const template = once(() =>
  item(
    z.strictObject({
      generateName: optional(text),
      interfaceCIDRs: list(uncheckedText),
      interfacePattern: optional(text),
      labels: optional(textMap),
      nodeSelector: optional(text),
    }),
  ),
)

export const kubeControllersSchema = () =>
  resourceSchema({
    status: anything,
    spec: optional(
      z.strictObject({
        logSeverityScreen: logLevel,
        healthChecks: enabled(),
        etcdV3CompactionPeriod: optional(duration),
        prometheusMetricsPort: optional(integer),
        debugProfilePort: optional(between(-2147483648, 2147483647)),
        controllers: optional(
          z.strictObject({
            node: optional(
              z.strictObject({
                reconcilerPeriod: optional(duration),
                syncLabels: enabled(),
                hostEndpoint: optional(
                  z.strictObject({
                    autoCreate: enabled(),
                    createDefaultHostEndpoint: enabled(),
                    templates: list(template()),
                  }),
                ),
                leakGracePeriod: optional(duration),
              }),
            ),
            policy: periodic(),
            workloadEndpoint: periodic(),
            serviceAccount: periodic(),
            namespace: periodic(),
            loadBalancer: optional(
              z.strictObject({
                assignIPs: emptyAsMissing(oneOf(['AllServices', 'RequestedServicesOnly'], 'bad-value', 'setting')),
              }),
            ),
            policyMigration: optional(z.strictObject({ enabled: enabled() })),
          }),
        ),
      }),
    ),
  })
