// Fields of other policies in one of Kubernetes for the whole cluster: what it has in their place.

import { flowText, isMapping, listOf } from './shape-rewrites.ts'

/** Undefined for what nothing stands for. @param fields those that may stand there, by which the place is told */
export function clusterFieldHelp(fields: readonly string[], key: string, value: unknown): string | undefined {
  const has = (field: string): boolean => fields.includes(field)
  if (has('subject')) {
    if (/^(?:order|weight)$/.test(key)) return 'write `priority`, a number 0-1000'
    if (/selector$/i.test(key)) return 'say whom it is for in `subject`: `{namespaces: {}}` for all pods'
    if (/^(?:policyT|t)ypes$/.test(key)) return 'leave it out: the rules say which directions there are'
  }
  if (has('from') && has('to')) {
    if (/^(?:source|src)$/.test(key)) return 'write `from`, a list of peers'
    if (/^(?:destination|dst)$/.test(key)) return 'write `to`, a list of peers'
  }
  if (has('protocols') && /^(?:ports?|protocol)$/.test(key)) return `write \`protocols: [${protocolText(value)}]\``
  if (has('tcp') && /^(?:ports?|protocol)$/.test(key)) return `write \`${protocolText(value)}\``
  if (has('destinationPort') && /^ports?$/.test(key)) return `write \`destinationPort: {number: ${portOf(value)}}\``
  if (has('networks') && /^(?:ipBlock|cidr|net|ip|address)(?:s|es)?$/i.test(key)) {
    const net = isMapping(value) ? value['cidr'] : value
    return `write \`networks: ${flowText(typeof net === 'object' ? ['10.0.0.0/8'] : [net])}\` in an egress rule`
  }
  const isPods = has('podSelector') && has('namespaceSelector') && !has('ipBlock') && !has('stagedAction')
  if (isPods && /^match(?:Labels|Expressions)$/.test(key)) return `write \`podSelector: {${key}: ${flowText(value)}}\``
  return undefined
}

function protocolText(value: unknown): string {
  return `{tcp: {destinationPort: {number: ${portOf(value)}}}}`
}

/** The first port of a value, or one to begin with. */
function portOf(value: unknown): number {
  const [first] = listOf(value)
  const port = isMapping(first) ? first['port'] : first
  return typeof port === 'number' ? port : 80
}
