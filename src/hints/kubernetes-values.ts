// Values of Kubernetes policies in the wrong shape: what they would be in the right one.

import { METADATA_NAME_LABEL } from '../calico/labels.ts'
import { parseNet } from '../net/cidr.ts'
import { isPortName } from '../net/port.ts'
import type { Selector } from '../selector/ast.ts'
import { parseSelector } from '../selector/parse.ts'
import { mendSelector } from './mend-selector.ts'
import { isMapping, listOf, type Mapping, scalarText, single } from './shape-rewrites.ts'

const NAME = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

/** The selector that names, labels as text, or an expression of another language stand for. */
export function readSelector(value: unknown, field: string): Mapping | undefined {
  const items = listOf(value)
  const [first] = items
  if (items.length === 1 && isMapping(first)) return first
  if (field === 'namespaceSelector' && items.length > 0 && items.every(item => NAME.test(scalarText(item)))) {
    return items.length === 1
      ? { matchLabels: { [METADATA_NAME_LABEL]: first } }
      : { matchExpressions: [{ key: METADATA_NAME_LABEL, operator: 'In', values: items }] }
  }
  return items.length === 1 && typeof first === 'string' ? readExpression(first) : undefined
}

/** `app=web`, `app: web`, `app in (a, b)`: whatever means the same as labels and expressions. */
function readExpression(text: string): Mapping | undefined {
  const result = parseSelector(mendSelector(text)?.text ?? text)
  if (!result.ok || text.trim() === '') return undefined
  const terms = result.selector.kind === 'and' ? result.selector.operands : [result.selector]
  const matchLabels: Mapping = {}
  const matchExpressions: unknown[] = []
  for (const term of terms) {
    if (term.kind === 'equals' && !Object.hasOwn(matchLabels, term.label)) matchLabels[term.label] = term.value
    else if (term.kind !== 'all') {
      const expression = expressionOf(term)
      if (expression === undefined) return undefined
      matchExpressions.push(expression)
    }
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  }
}

function expressionOf(term: Selector): Mapping | undefined {
  switch (term.kind) {
    case 'equals':
    case 'notEquals':
      return { key: term.label, operator: term.kind === 'equals' ? 'In' : 'NotIn', values: [term.value] }
    case 'in':
    case 'notIn':
      return { key: term.label, operator: term.kind === 'in' ? 'In' : 'NotIn', values: term.values }
    case 'has':
      return { key: term.label, operator: 'Exists' }
    case 'not':
      return term.operand.kind === 'has' ? { key: term.operand.label, operator: 'DoesNotExist' } : undefined
    default:
      return undefined
  }
}

/** Labels as text, `app=web,tier=db`, or as a list of them. */
export function readLabels(value: unknown): Mapping | undefined {
  const items = listOf(value)
  const read = items.map(item => {
    if (isMapping(item)) return item
    const { matchLabels, ...rest } = (typeof item === 'string' ? readExpression(item) : undefined) ?? {}
    return isMapping(matchLabels) && Object.keys(rest).length === 0 ? matchLabels : undefined
  })
  return read.length === 0 || read.includes(undefined) ? undefined : (Object.assign({}, ...read) as Mapping)
}

/** A net as a peer is written, or as an `ipBlock` is. */
export function readBlock(value: unknown): Mapping | undefined {
  const one = single(value)
  if (isMapping(one)) return one
  return typeof one === 'string' && parseNet(one) !== undefined ? { cidr: withLength(one) } : undefined
}

/** An address as the net of it alone. */
export function withLength(net: string): string {
  return net.includes('/') ? net : `${net}/${net.includes(':') ? 128 : 32}`
}

/** `8080`, `http`, `8080/TCP`, `tcp:8080`, `8000-8010`: one item of `ports`. */
export function readPort(value: unknown): Mapping | undefined {
  const text = scalarText(value).trim()
  const [, before, bare = '', after] =
    /^(?:(tcp|udp|sctp)\s*[/:]\s*)?([^]*?)(?:\s*[/:]\s*(tcp|udp|sctp))?$/i.exec(text) ?? []
  const protocol = (before ?? after)?.toUpperCase()
  const [, first, last] = /^([0-9]{1,5})(?:\s*[-:\u2013]\s*([0-9]{1,5}))?$/.exec(bare) ?? []
  const port = first === undefined ? (isPortName(bare) ? bare : undefined) : Number(first)
  if (port === undefined || (last !== undefined && Number(last) < Number(first))) return undefined
  return {
    ...(protocol === undefined ? {} : { protocol }),
    port,
    ...(last === undefined ? {} : { endPort: Number(last) }),
  }
}
