// StagedKubernetesNetworkPolicy: calicoctl takes what the API server would refuse, so mistakes are warnings here, and a policy
// that cannot be converted is left out. It is never enforced.

import { Report } from '../../diagnostics/diagnostic.ts'
import { at, type Location } from '../../diagnostics/source.ts'
import { orList } from '../../text/wording.ts'
import { parsePort } from '../../net/port.ts'
import type { Checker } from '../calico-v3/checker.ts'
import { decodeResource } from '../calico-v3/decode-resource.ts'
import { once } from '../lazily.ts'
import type { Decoder } from '../context.ts'
import { decodeWith } from '../decode.ts'
import { anything, resourceSchema } from '../metadata.ts'
import { convertKubernetesPolicy } from './decode-policy.ts'
import { networkPolicySpecSchema, OPERATORS } from './schema.ts'
import { stagedKubernetesPolicySchema, type StagedKubernetesSpec } from './staged-schema.ts'
import { DIRECTIONS } from '../../model/ast/policy.ts'

const strictSchema = once(() => resourceSchema({ spec: networkPolicySpecSchema().extend({ stagedAction: anything }) }))

export const decodeStagedKubernetesPolicy: Decoder = (document, context) => {
  const { location, value } = document
  const { report } = context
  const loose = decodeResource(stagedKubernetesPolicySchema(), document, context, ({ spec }, checker) => {
    checkDeletion(spec, checker)
    checkPorts(spec, checker)
  })
  if (loose === undefined || loose.spec?.stagedAction === 'Delete') return
  const own = new Report({ sources: report.sources })
  const tolerant = withoutUnknownOperators({ spec: {}, ...value }, location, own)
  const policy = decodeWith(strictSchema(), tolerant, location, own, ({ spec }, place, inner) =>
    convertKubernetesPolicy('StagedKubernetesNetworkPolicy', loose.metadata, spec, place, {
      ...context,
      report: inner,
      isStaged: true,
    }),
  )
  for (const { code, message, place, help } of own.diagnostics) report.warn(code, message, place, help)
  if (policy !== undefined && !own.hasErrors) context.add(policy)
}

/** Calico's conversion leaves such an expression out without a word. */
function withoutUnknownOperators(value: unknown, location: Location, report: Report): unknown {
  if (Array.isArray(value)) return value.map((entry, i) => withoutUnknownOperators(entry, at(location, i), report))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => {
      const place = at(location, key)
      // Calico's loader makes text of numbers.
      if (key === 'matchLabels' && typeof entry === 'object' && entry !== null)
        return [key, Object.fromEntries(Object.entries(entry).map(([label, text]) => [label, asText(text)]))]
      if (key === 'values' && Array.isArray(entry)) return [key, entry.map(asText)]
      if (key !== 'matchExpressions' || !Array.isArray(entry))
        return [key, withoutUnknownOperators(entry, place, report)]
      const known = (entry as readonly unknown[]).filter((expression, index) => {
        const operator = (expression as { readonly operator?: unknown } | null)?.operator
        if (typeof operator !== 'string' || OPERATORS.some(name => name === operator)) return true
        const message = `unknown operator \`${operator}\`: Calico leaves this expression out`
        report.warn('bad-value', message, at(place, index, 'operator'), `write ${orList(OPERATORS)}`)
        return false
      })
      return [key, known.map(expression => withoutUnknownOperators(expression, place, report))]
    }),
  )
}

function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

function checkDeletion(spec: StagedKubernetesSpec | undefined, { error }: Checker): void {
  if (spec?.stagedAction !== 'Delete') return
  const { podSelector, ingress, egress, policyTypes } = spec
  const hasTerms = Object.values(podSelector ?? {}).some(terms => terms !== undefined)
  if (!hasTerms && ingress === undefined && egress === undefined && policyTypes === undefined) return
  error('bad-policy', ['spec'], 'with `stagedAction: Delete` nothing else may be set', 'remove the other fields')
}

/** The one thing about rules that calicoctl finds: it converts the policy, and a port is read as one of Calico's then. */
function checkPorts(spec: StagedKubernetesSpec | undefined, { error }: Checker): void {
  for (const direction of DIRECTIONS) {
    spec?.[direction]?.forEach((rule, index) => {
      rule?.ports?.forEach((entry, position) => {
        if (entry?.port === undefined) return
        const written = entry.endPort === undefined ? String(entry.port) : `${entry.port}:${entry.endPort}`
        const result = parsePort(written)
        if (result.ok) return
        error(
          'bad-port',
          ['spec', direction, index, 'ports', position],
          result.reason === 'range-reversed'
            ? `the range ends at \`${entry.endPort ?? written}\`, before it starts`
            : `\`${written}\` is no port`,
        )
      })
    })
  }
}
