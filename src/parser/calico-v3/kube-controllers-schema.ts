// KubeControllersConfiguration: of it, only the making of host endpoints has to do with rules.

import * as z from 'zod'
import { emptyAsMissing, integerBetween, item, list, oneOf, optional, text, textMap, uncheckedText } from '../fields.ts'
import { anything, resourceSchema } from '../metadata.ts'

const enabled = emptyAsMissing(oneOf(['Enabled', 'Disabled'], 'bad-value', 'setting'))
const port = optional(integerBetween(0, 65535, 'bad-port', 'port'))
const periodic = optional(z.strictObject({ reconcilerPeriod: optional(text) }))

/** What stands in a template is read, but Calico's validator does not look at it. */
const template = item(
  z.strictObject({
    generateName: optional(text),
    interfaceCIDRs: list(uncheckedText),
    interfacePattern: optional(text),
    labels: optional(textMap),
    nodeSelector: optional(text),
  }),
)

export const kubeControllersSchema = resourceSchema({
  status: anything,
  spec: optional(
    z.strictObject({
      logSeverityScreen: emptyAsMissing(
        oneOf(['None', 'Debug', 'Info', 'Warning', 'Error', 'Fatal', 'Panic'], 'bad-value', 'log level'),
      ),
      healthChecks: enabled,
      etcdV3CompactionPeriod: optional(text),
      prometheusMetricsPort: port,
      debugProfilePort: port,
      controllers: optional(
        z.strictObject({
          node: optional(
            z.strictObject({
              reconcilerPeriod: optional(text),
              syncLabels: enabled,
              hostEndpoint: optional(
                z.strictObject({
                  autoCreate: enabled,
                  createDefaultHostEndpoint: enabled,
                  templates: list(template),
                }),
              ),
              leakGracePeriod: optional(text),
            }),
          ),
          policy: periodic,
          workloadEndpoint: periodic,
          serviceAccount: periodic,
          namespace: periodic,
          loadBalancer: optional(
            z.strictObject({
              assignIPs: emptyAsMissing(oneOf(['AllServices', 'RequestedServicesOnly'], 'bad-value', 'setting')),
            }),
          ),
          policyMigration: optional(z.strictObject({ enabled })),
        }),
      ),
    }),
  ),
})
